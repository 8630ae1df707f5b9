"""Asking: what a run judges by, read and proved once before any work is done."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.histogram import Sampling
from sbrt_qa.pipeline.task import Question
from sbrt_qa.workflow import ask

if TYPE_CHECKING:
    import os


def question(
    protocol: str,
    *,
    names: str | os.PathLike[str] | None = None,
    allow: str | os.PathLike[str] | None = None,
    sampling: Sampling | None = None,
    strict: bool = False,
) -> Question:
    """Return the question of a run.

    Raises
    ------
    UsageError, ProtocolError
        When a file cannot be read or is wrong.
    """
    asked = ask(protocol, names=names, allow=allow, sampling=sampling, strict=strict)
    assert asked.protocol is not None
    site, released = (None if path is None else str(Path(path).resolve()) for path in (names, allow))
    contents = b"\0".join(Path(path).read_bytes() for path in (site, released) if path is not None)
    return Question(
        protocol=str(Path(protocol).resolve()) if Path(protocol).is_file() else protocol,
        protocol_sha256=asked.protocol.sha256,
        names=site,
        allow=released,
        files_sha256=sha256(contents).hexdigest(),
        sampling=sampling or Sampling(),
        strict=strict,
    )
