"""Load: a protocol file becomes a Protocol, or one error that lists every fault of the file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sbrt_qa.derive.nodes import Expression
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.metrics import Metric
from sbrt_qa.protocol.draft import Draft, near
from sbrt_qa.protocol.faults import Faults
from sbrt_qa.protocol.file_text import is_file, read_file
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.yaml_source import read_yaml

if TYPE_CHECKING:
    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.yaml_source import Source

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def load_protocol(id_or_path: str | os.PathLike[str]) -> Protocol:
    """Load a protocol.

    Parameters
    ----------
    id_or_path : str or PathLike
        Id of a shipped protocol, or a path. A shipped id comes before a file of the same name
        (write ``./name`` for the file); a PathLike is always a path.

    Returns
    -------
    Protocol

    Raises
    ------
    UsageError
        When there is no such protocol or file; lists the shipped ids.
    ProtocolError
        When the file has faults: all of them, by line, each as ``file:line:column``.
    """
    protocol, faults, _ = read(id_or_path)
    faults.raise_any()
    assert protocol is not None
    return replace(protocol, sha256=sha256_of(protocol))


def lint(id_or_path: str | os.PathLike[str]) -> tuple[SbrtQaError, ...]:
    """Return every fault of a protocol file by line, none when it is good; UsageError without a file."""
    return read(id_or_path).faults.sorted()


def _locate(id_or_path: str | os.PathLike[str]) -> tuple[Path, str]:
    """Return the file, and the name by which messages call it."""
    known = shipped()
    if isinstance(id_or_path, str) and id_or_path in known:
        return known[id_or_path], f"{id_or_path}.yaml"
    name = os.fspath(id_or_path)
    path = Path(name)
    if is_file(path):
        return path, name
    if path.exists():
        raise UsageError(f"'{name}' is not a protocol file", mend="name one YAML file, or the id of a shipped protocol")
    if isinstance(id_or_path, str) and _ID.fullmatch(name) and not name.endswith((".yaml", ".yml")):
        ids = f"shipped are {', '.join(known) or 'none'}"
        close = near(name, known, "")
        mend = f"{close} {ids}" if close.startswith("did") else f"{ids}; or name a file"
        raise UsageError(f"unknown protocol '{name}'", mend=mend, code="protocol-unknown")
    ids = f"check the path; shipped protocols are {', '.join(known) or 'none'}"
    raise UsageError(f"there is no protocol file '{name}'", mend=ids, code="protocol-unknown")


class Reading(NamedTuple):
    """A file as far as it could be read; the protocol is complete only when there are no faults."""

    protocol: Protocol | None
    faults: Faults
    source: Source


def read(id_or_path: str | os.PathLike[str]) -> Reading:
    """Read a protocol file as far as possible, with the places of what it says; UsageError without a file."""
    path, name = _locate(id_or_path)
    return read_content(read_file(path, name), name)


def read_content(content: bytes, name: str) -> Reading:
    """Read the bytes of a protocol file; ``name`` is what messages call it."""
    from sbrt_qa.protocol.forms import ProtocolForm
    from sbrt_qa.protocol.meaning import read_protocol
    from sbrt_qa.protocol.schema import judge_shape

    faults = Faults(name)
    source = read_yaml(content, faults)
    if source.data is None:
        return Reading(None, faults, source)
    source.data = judge_shape(ProtocolForm, source, faults)
    return Reading(read_protocol(Draft(source, faults)), faults, source)


def sha256_of(protocol: Protocol) -> str:
    """Hash the content of a protocol: the same for every layout, comment, key order and spelt-out default."""
    text = json.dumps(_canonical(protocol), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """Reduce to JSON values; what is left at its default is left out, so a new field changes no old hash."""
    if isinstance(value, Metric | Expression):
        return value.text
    if is_dataclass(value):
        kept = {
            field.name: getattr(value, field.name)
            for field in fields(value)
            if field.name not in {"where", "sha256", "text"} and getattr(value, field.name) != _default(field)
        }
        return _canonical(kept)
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    return unicodedata.normalize("NFC", " ".join(value.split())) if isinstance(value, str) else value


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
