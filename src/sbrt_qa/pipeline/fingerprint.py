"""Fingerprints: what a record depends on, as digests. Names and dates of files never enter, only their bytes."""

from __future__ import annotations

import os
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa._version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sbrt_qa.pipeline.task import Question


def of_files(paths: Iterable[str | os.PathLike[str]]) -> str:
    """Return the digest of the contents of files and of all files below folders.

    A file that cannot be read counts as such: when it can be read again, the digest is another.
    """
    digests = sorted(_digest(file) for path in paths for file in _files(Path(path)))
    return sha256("\n".join(digests).encode()).hexdigest()


def key_of(contents: str, plan_uid: str | None, question: Question) -> str:
    """Return the key of a task: contents, plan, question and this version of the program."""
    return sha256(repr((contents, plan_uid, question.key, __version__)).encode()).hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)


def _digest(file: Path) -> str:
    if file.is_symlink() or not file.is_file():
        return "not an ordinary file"
    try:
        with file.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
