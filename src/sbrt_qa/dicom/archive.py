"""Zip archive -> its members, read in memory: refused where it is unsafe, and never unpacked to any path."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from functools import partial
from typing import TYPE_CHECKING

from sbrt_qa.dicom.limits import LARGEST_TOGETHER, largest_unpacked, too_large
from sbrt_qa.dicom.readable import HEAD_BYTES, Readable
from sbrt_qa.dicom.walk import MEND
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PACK_AGAIN = "pack the export folder again, with nothing but its own files and without a password"
_ENCRYPTED = 1
_DRIVE = re.compile(r"[A-Za-z]:")
_FAILURES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
)  # fmt: skip


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    with path.open("rb") as file:
        return file.read(4) in {b"PK\3\4", b"PK\5\6"}


def members(path: Path) -> Iterator[Readable | tuple[str, str]]:
    """List the files of a zip archive, in the order of their names.

    Parameters
    ----------
    path : Path
        The archive.

    Yields
    ------
    Readable or (name, reason)
        The members, or why one is left aside. Their bytes are read when they are asked for.

    Raises
    ------
    CaseError
        ``archive-unsafe`` when any member points outside, is a link or encrypted, ``file-too-large`` when
        a member or all together would unpack to too much, both before anything is unpacked;
        ``archive-unreadable`` when it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = sorted(archive.infolist(), key=lambda member: member.filename)
            for member in found:
                _refuse_unsafe(member, path.name)
            _refuse_together(found, path)
            for member in found:
                if not _is_ordinary(member):
                    yield member.filename, "not an ordinary file"
                elif not member.is_dir():
                    head = _read(archive, member, HEAD_BYTES)
                    yield Readable(
                        member.filename, head, partial(_read, archive, member), partial(_reopen, path, member)
                    )
    except _FAILURES as error:
        raise _unreadable(path.name, error) from error


def _reopen(path: Path, member: zipfile.ZipInfo) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, member)
    except _FAILURES as error:
        raise _unreadable(path.name, error) from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int | None = None) -> bytes:
    count = member.file_size if most is None else min(most, member.file_size)
    try:
        with archive.open(member) as file:
            data = file.read(count)
    except _FAILURES as error:
        raise _unreadable(member.filename, error) from error
    if len(data) < count:
        raise _unreadable(member.filename, f"it ends after {len(data)} of {member.file_size} bytes")
    return data


def _refuse_unsafe(member: zipfile.ZipInfo, where: str) -> None:
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or _DRIVE.match(parts[0]):
        raise _unsafe("a member that points outside of it", member, where)
    if stat.S_ISLNK(_mode(member)):
        raise _unsafe("a link, which points outside of it", member, where)
    if member.flag_bits & _ENCRYPTED:
        raise _unsafe("a member that is encrypted", member, where)
    if member.file_size > largest_unpacked(member.compress_size):
        raise too_large(member.file_size, f"{where}: {member.filename}")


def _refuse_together(found: list[zipfile.ZipInfo], path: Path) -> None:
    """Refuse members that are small each and too large together, as when they share the same packed bytes."""
    size = sum(member.file_size for member in found)
    if size > largest_unpacked(path.stat().st_size, most=LARGEST_TOGETHER):
        raise too_large(size, path.name)


def _mode(member: zipfile.ZipInfo) -> int:
    return member.external_attr >> 16


def _is_ordinary(member: zipfile.ZipInfo) -> bool:
    return stat.S_IFMT(_mode(member)) in {0, stat.S_IFREG, stat.S_IFDIR}


def _unsafe(what: str, member: zipfile.ZipInfo, where: str) -> CaseError:
    place = f"{where}: {member.filename!r}"  # names stand in the place alone, which no record keeps
    return CaseError(f"the archive holds {what}", where=place, mend=_PACK_AGAIN, code="archive-unsafe")


def _unreadable(where: str, why: object) -> CaseError:
    return CaseError("the archive cannot be read", where=f"{where}: {why}", mend=MEND, code="archive-unreadable")
