"""The document as files: every module of ``formats/`` with a constant ``FORMAT`` is one way out."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sbrt_qa.report.files import put, refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sbrt_qa.commission.document import Commissioning


@dataclass(frozen=True, slots=True)
class Format:
    """One way out.

    Parameters
    ----------
    suffix : str
        File name ending that asks for it, in lower case with the dot.
    write : callable
        ``Commissioning -> bytes``: the complete file. The same document gives the same bytes.
    """

    suffix: str
    write: Callable[[Commissioning], bytes]


@cache
def formats() -> Mapping[str, Format]:
    """Every format by its suffix, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.commission.formats")
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
    found: list[Format] = [importlib.import_module(f"sbrt_qa.commission.formats.{name}").FORMAT for name in names]
    return {entry.suffix: entry for entry in sorted(found, key=lambda entry: entry.suffix)}


def ensure_writable(target: Path) -> None:
    """Refuse an output that cannot be written, before any work is done for it.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, a folder of that name, or no permission.
    """
    refuse_unwritable(target, formats())


def write_commissioning(document: Commissioning, targets: Iterable[Path]) -> None:
    """Write the document, once for each target; all of them or none.

    Raises
    ------
    UsageError
        As for :func:`ensure_writable`.
    """
    wanted = tuple(targets)
    for target in wanted:
        ensure_writable(target)
    put([(target, formats()[target.suffix.lower()].write(document)) for target in wanted])
