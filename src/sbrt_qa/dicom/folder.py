"""Any pile of files -> DICOM objects: headers, raw bytes and hashes; the rest is listed with the reason."""

from __future__ import annotations

import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.dicom.part10 import (
    HEAD_BYTES,
    Part10,
    has_prefix,
    is_plain,
    largest_unpacked,
    looks_like_dicom,
    open_part10,
    too_large,
    unreadable_syntax,
)
from sbrt_qa.dicom.read_identity import read_identity
from sbrt_qa.dicom.strict import uid, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.dicom.walk import MEND
from sbrt_qa.errors import CaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Identity

ROLES = {
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.8": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE",
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
}
RT_ROLES = ("RTPLAN", "RTDOSE", "RTSTRUCT")

_RT_CLASSES = b"1.2.840.10008.5.1.4.1.1.481."
_ANY_CLASS = re.compile(rb"1\.2\.840\.10008\.(?:5\.1\.4|1\.3)\.[0-9.]+[^0-9.]")
_CLASS_WITHIN = 4096
_ZIP_FAILURES = (  # an encrypted member is a RuntimeError
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DicomObject:
    """One DICOM file.

    Parameters
    ----------
    name : str
        Path within the folder or archive, for messages; it never enters a record.
    role : str
        RTPLAN, RTDOSE, RTSTRUCT, CT or OTHER; the SOP class decides, never the Modality text.
    identity : Identity
        UIDs, patient, label.
    sha256 : str
        Hex digest of the file's bytes.
    elements : Elements or None
        The data set of an RT object; None for others, whose bytes are not kept.
    notes : tuple of (code, sentence)
        Ordinary oddities of this file.
    reopen : callable
        Reads the file's bytes again.
    """

    name: str
    role: str
    identity: Identity
    sha256: str
    elements: Elements | None
    notes: tuple[tuple[str, str], ...]
    reopen: Callable[[], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Skipped:
    """One file that is not used.

    Parameters
    ----------
    name : str
        Path within the folder or archive.
    reason : str
        Why.
    error : CaseError or None
        Set when the file claims to be an RT object and cannot be read: then no case can be built.
    """

    name: str
    reason: str
    error: CaseError | None = None


def scan(path: str | os.PathLike[str]) -> Iterator[DicomObject | Skipped]:
    """Read every file of a folder (nested folders included), of a zip archive, or one single file.

    Parameters
    ----------
    path : path-like
        Folder, zip archive or file.

    Yields
    ------
    DicomObject or Skipped
        One per file, in the order of their names.

    Raises
    ------
    UsageError
        When there is nothing at ``path``.
    CaseError
        ``archive-unsafe``, ``archive-unreadable`` or ``file-too-large`` for an archive that must not be,
        or cannot be, unpacked.
    """
    root = Path(path)
    if not root.exists():
        raise UsageError("there is no such file or folder", where=str(root), mend="check the spelling of the path")
    if root.is_dir():
        files = _folder(root)
    elif root.is_file() and _is_zip(root):
        files = _archive(root)
    else:
        files = iter([_in_folder(root.resolve(), root.name)])
    for file in files:
        yield file if isinstance(file, Skipped) else _object(*file)


def _object(name: str, read: Callable[[], bytes]) -> DicomObject | Skipped:
    try:
        data = read()
    except OSError as error:
        return Skipped(name, f"cannot be read: {error.strerror or error}")
    if not looks_like_dicom(data[:HEAD_BYTES]):
        return Skipped(name, "not DICOM")
    try:
        return _identified(name, data, read)
    except CaseError as error:
        return Skipped(name, error.what, error if _may_be_rt(data[:_CLASS_WITHIN]) else None)


def _may_be_rt(head: bytes) -> bool:
    """Whether an unreadable file is, or could be, an RT object: it names such a class, or none at all."""
    names_another = _ANY_CLASS.search(head) is not None
    return _RT_CLASSES in head or (has_prefix(head) and not names_another)


def _identified(name: str, data: bytes, read: Callable[[], bytes]) -> DicomObject:
    part10 = open_part10(data, name)
    elements = part10.elements
    sop_class = uid(elements, Tag.SOPClassUID)
    if not sop_class:
        raise CaseError("a DICOM file without SOP class", where=name, mend=MEND, code="file-truncated")
    role = ROLES.get(sop_class, "OTHER")
    if role in RT_ROLES and not is_plain(part10.syntax):
        raise unreadable_syntax(part10.syntax, name)
    return DicomObject(
        name=name,
        role=role,
        identity=read_identity(elements, role),
        sha256=sha256(data).hexdigest(),
        elements=elements if role in RT_ROLES else None,
        notes=_notes(part10, role),
        reopen=read,
    )


def _notes(part10: Part10, role: str) -> tuple[tuple[str, str], ...]:
    if role not in RT_ROLES:
        return ()
    notes = []
    if not part10.has_meta:
        notes.append(("file-meta-missing", f"The {role} has no file meta information; it was read as implicit VR."))
    modality = word(part10.elements, Tag.Modality)
    if modality != role:
        notes.append(("modality-text-differs", f"The {role} calls itself {modality!r}; its SOP class decides."))
    return tuple(notes)


_Readable = tuple[str, "Callable[[], bytes]"]


def _folder(root: Path) -> Iterator[_Readable | Skipped]:
    closed: list[OSError] = []
    for folder, subfolders, names in os.walk(root, onerror=closed.append):
        subfolders.sort()
        for linked in [s for s in subfolders if Path(folder, s).is_symlink()]:
            yield Skipped(str(Path(folder, linked).relative_to(root)), "a link; links are not followed")
        for name in sorted(names):
            path = Path(folder, name)
            yield _in_folder(path, str(path.relative_to(root)))
    for error in closed:
        yield Skipped(str(error.filename), f"cannot be read: {error.strerror}")


def _in_folder(path: Path, name: str) -> _Readable | Skipped:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return Skipped(name, "a link; links are not followed")
        if not stat.S_ISREG(mode):
            return Skipped(name, "not an ordinary file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        return Skipped(name, f"cannot be read: {error.strerror or error}")
    if not looks_like_dicom(head):
        return Skipped(name, "an archive inside the folder is not opened" if head[:4] == b"PK\3\4" else "not DICOM")
    return name, path.read_bytes


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in {b"PK\3\4", b"PK\5\6"}


def _archive(path: Path) -> Iterator[_Readable | Skipped]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
    except _ZIP_FAILURES as error:
        raise _unreadable(path.name, str(error)) from error
    for member in members:
        _refuse_unsafe(member, path.name)
        if not member.is_dir():
            yield member.filename, partial(_unpack, path, member)


def _refuse_unsafe(member: zipfile.ZipInfo, where: str) -> None:
    parts = member.filename.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if is_link or ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise CaseError(
            "the archive holds a member that points outside of it",
            where=f"{where}: {member.filename!r}",  # names stand in the place alone, which no record keeps
            mend="pack the export folder again",
            code="archive-unsafe",
        )
    if member.file_size > largest_unpacked(member.compress_size):
        raise too_large(member.file_size, f"{where}: {member.filename}")


def _unpack(path: Path, member: zipfile.ZipInfo) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            return file.read(member.file_size)
    except _ZIP_FAILURES as error:
        raise _unreadable(f"{path.name}: {member.filename}", str(error)) from error


def _unreadable(where: str, why: str) -> CaseError:
    return CaseError("the archive cannot be read", where=f"{where}: {why}", mend=MEND, code="archive-unreadable")
