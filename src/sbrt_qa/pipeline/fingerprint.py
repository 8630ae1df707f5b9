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


def of_stats(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, float]:
    """Return a digest of names, sizes and times of all files below paths, and when the last of them changed.

    Cheap enough to be asked every few seconds; where it stays the same, nobody is writing. The time is that of the
    file system, in seconds since 1970, and 0 where there is no file.
    """
    lines, changed_s = [], 0.0
    for file in (file for path in paths for file in _files(Path(path))):
        try:
            found = file.stat(follow_symlinks=False)
        except OSError:
            lines.append(f"{file}\0gone")
            continue
        lines.append(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}")
        changed_s = max(changed_s, found.st_mtime, found.st_ctime)
    return sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest(), changed_s


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
