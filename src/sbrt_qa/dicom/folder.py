"""Any pile of files -> DICOM objects: headers, raw bytes and hashes; the rest is listed with the reason."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.dicom.archive import is_archive, members
from sbrt_qa.dicom.limits import LARGEST, too_large
from sbrt_qa.dicom.part10 import Part10, has_prefix, is_plain, looks_like_dicom, open_part10, unreadable_syntax
from sbrt_qa.dicom.read_identity import read_identity
from sbrt_qa.dicom.readable import HEAD_BYTES, Readable
from sbrt_qa.dicom.strict import uid, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.dicom.walk import MEND
from sbrt_qa.errors import CaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Identity

    Pile = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

ROLES = {
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.8": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE",
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
}
RT_ROLES = ("RTPLAN", "RTDOSE", "RTSTRUCT")

_RT_CLASSES = frozenset(sop_class for sop_class, role in ROLES.items() if role in RT_ROLES)
_DICOMDIR = "1.2.840.10008.1.3.10"
# (0002,0002) and (0008,0016), as far as they are complete
_STATED_CLASS = re.compile(rb"(?:\x02\x00\x02\x00|\x08\x00\x16\x00)(?:UI..|....)([0-9.]+)(?=[^0-9.])", re.DOTALL)
_NOT_FOLLOWED = "a link; links are not followed"


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
    warnings : tuple of (code, sentence)
        Doubtful things about its encoding.
    quirks : tuple of str
        Oddities of its encoding that were put right, one sentence each.
    reopen : callable
        Reads the file's bytes again.
    """

    name: str
    role: str
    identity: Identity
    sha256: str
    elements: Elements | None
    notes: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    quirks: tuple[str, ...]
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


def scan(path: Pile) -> Iterator[DicomObject | Skipped]:
    """Read every file of a folder (nested folders included), of a zip archive, or one single file.

    Parameters
    ----------
    path : path-like, or sequence of them
        Folder, zip archive or file; several are one pile.

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
    if not isinstance(path, str | os.PathLike):
        for one in path:
            yield from scan(one)
        return
    root = Path(path)
    if not root.exists():
        raise UsageError("there is no such file or folder", where=str(root), mend="check the spelling of the path")
    if root.is_dir():
        files = _folder(root)
    elif root.is_file() and is_archive(root):
        files = members(root)
    else:
        files = iter([_in_folder(root.resolve(), root.name)])
    for file in files:
        yield _object(file) if isinstance(file, Readable) else Skipped(*file)


def _object(file: Readable) -> DicomObject | Skipped:
    if not looks_like_dicom(file.head):
        is_zip = file.head.startswith(b"PK\3\4")
        return Skipped(file.name, "an archive inside is not opened" if is_zip else "not DICOM")
    try:
        return _identified(file)
    except OSError as error:
        return Skipped(file.name, f"cannot be read: {error.strerror or error}")
    except CaseError as error:
        if error.code == "archive-unreadable":
            raise
        return Skipped(file.name, error.what, error if _may_be_rt(file.head) else None)


def _may_be_rt(head: bytes) -> bool:
    """Whether an unreadable file is, or could be, an RT object: it states such a class, or none at all."""
    stated = {found.decode() for found in _STATED_CLASS.findall(head)}
    return not stated.isdisjoint(_RT_CLASSES) or (has_prefix(head) and not stated)


def _identified(file: Readable) -> DicomObject | Skipped:
    data = file.read()
    part10 = open_part10(data, file.name)
    elements = part10.elements
    sop_class = uid(elements, Tag.SOPClassUID)
    if not sop_class and part10.media_class == _DICOMDIR:
        return Skipped(file.name, "the directory of a medium; the files themselves are read instead")
    if not sop_class:
        raise CaseError("a DICOM file without SOP class", where=file.name, mend=MEND, code="file-truncated")
    role = ROLES.get(sop_class, "OTHER")
    if role in RT_ROLES and not is_plain(part10.syntax):
        raise unreadable_syntax(part10.syntax, file.name)
    if role in RT_ROLES:
        elements.require_shallow()
    return DicomObject(
        name=file.name,
        role=role,
        identity=read_identity(elements, role),
        sha256=sha256(data).hexdigest(),
        elements=elements if role in RT_ROLES else None,
        notes=_notes(part10, role),
        warnings=_warnings(part10, role),
        quirks=part10.quirks,
        reopen=file.reopen,
    )


def _notes(part10: Part10, role: str) -> tuple[tuple[str, str], ...]:
    modality = word(part10.elements, Tag.Modality)
    if role not in RT_ROLES or modality == role:
        return ()
    return (("modality-text-differs", f"The {role} calls itself {modality!r}; its SOP class decides."),)


def _warnings(part10: Part10, role: str) -> tuple[tuple[str, str], ...]:
    if role not in RT_ROLES or part10.has_meta:
        return ()
    return (("file-meta-missing", f"The {role} has no file meta information; it was read as implicit VR."),)


def _folder(root: Path) -> Iterator[Readable | tuple[str, str]]:
    closed: list[OSError] = []
    for folder, subfolders, names in os.walk(root, onerror=closed.append):
        subfolders.sort()
        for linked in [s for s in subfolders if Path(folder, s).is_symlink()]:
            yield str(Path(folder, linked).relative_to(root)), _NOT_FOLLOWED
        for name in sorted(names):
            path = Path(folder, name)
            yield _in_folder(path, str(path.relative_to(root)))
    for error in closed:
        yield str(error.filename), f"cannot be read: {error.strerror}"


def _in_folder(path: Path, name: str) -> Readable | tuple[str, str]:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return name, _NOT_FOLLOWED
        if not stat.S_ISREG(mode):
            return name, "not an ordinary file"
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        return name, f"cannot be read: {error.strerror or error}"
    read = partial(_read, path, name)
    return Readable(name, head, read, read)


def _read(path: Path, name: str) -> bytes:
    size = path.stat().st_size
    if size > LARGEST:
        raise too_large(size, name)
    return path.read_bytes()
