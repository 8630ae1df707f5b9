"""Inbox: what the network brought, byte for byte, one folder per study.

No name in it comes from what was sent: folders and files are called by digests of UIDs. A file is written as a draft
elsewhere, brought to disk, and moved to its place; only then may its sender be told that it is safe.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.heading import MAKER, SOP_CLASS, SOP_INSTANCE, STUDY, NoHeading, heading_of
from sbrt_qa.report.encapsulated_pdf import MAKER as OWN_MAKER
from sbrt_qa.report.encapsulated_pdf import SOP_CLASS as ENCAPSULATED_PDF

if TYPE_CHECKING:
    from pathlib import Path

_PREFIX = 132  # preamble and DICM
_UID = re.compile(r"[0-9.]{1,64}")
_OWN = (ENCAPSULATED_PDF, OWN_MAKER)
_BLOCK = 2**20


class Taken(Enum):
    """What became of a file."""

    NEW = "new"
    SAME = "same"  # it was there already, with the same bytes
    CONFLICT = "conflict"  # other bytes under the same UID: kept beside the first, so that the case is ambiguous


class NotTaken(Exception):
    """A file that cannot be kept, because it is not what its sender says, or cannot be understood."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much an inbox takes.

    Parameters
    ----------
    largest_bytes : int
        Of one instance.
    free_bytes : int
        What must stay free on the disk.
    """

    largest_bytes: int = 2 * 10**9
    free_bytes: int = 10**9


class Inbox:
    """Where received files are kept.

    Parameters
    ----------
    folder : Path
        The output folder; ``inbox``, ``documents`` and ``drafts`` are made in it. Drafts that an earlier run left are
        removed: nobody was told that they are safe.
    room : Room
        How much it takes.

    Raises
    ------
    UsageError
        When the folders cannot be made.
    """

    def __init__(self, folder: Path, room: Room | None = None) -> None:
        self.root = folder / "inbox"
        self._documents = folder / "documents"  # our own, sent back and sent here again: judged, they would breed
        self.room = room or Room()
        self._drafts = folder / "drafts"
        self._numbers = count()
        self._placing = threading.Lock()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._documents.mkdir(exist_ok=True)
            self._drafts.mkdir(exist_ok=True)
            for draft in self._drafts.glob("*.part"):
                draft.unlink()
            for made in (folder, self.root, self._documents):
                _bring_to_disk(made)
        except OSError as error:
            what = f"cannot write to {str(folder)!r}: {error.strerror or error}"
            raise UsageError(what, mend="make room or choose another folder") from error

    @property
    def has_room(self) -> bool:
        """Whether enough of the disk is free."""
        return shutil.disk_usage(self._drafts).free >= self.room.free_bytes

    def new_draft(self) -> Path:
        """Return the path of a file that is not there yet."""
        return self._drafts / f"{os.getpid()}-{next(self._numbers)}.part"

    def take(self, draft: Path, sop_class: str, sop_uid: str) -> Taken:
        """Bring a draft to disk and move it to its place.

        Parameters
        ----------
        draft : Path
            A whole DICOM file; it is gone afterwards, unless an error is raised.
        sop_class, sop_uid : str
            What its sender says that it is.

        Raises
        ------
        NotTaken
            When it is something else, or says of no study.
        OSError
            When it cannot be written.
        """
        sop_uid = sop_uid.strip("\0 ")
        study, maker = _study_and_maker_of(draft, sop_class.strip("\0 "), sop_uid)
        _bring_to_disk(draft)
        root = self._documents if (sop_class, maker) == _OWN else self.root
        folder = root / _digest(study)
        with self._placing:
            if not folder.is_dir():
                folder.mkdir()
                _bring_to_disk(root)
            taken = _place(draft, folder, _digest(sop_uid))
        _bring_to_disk(folder)
        return taken


def _place(draft: Path, folder: Path, name: str) -> Taken:
    """Move a draft to its place, and never over another file."""
    first = folder / f"{name}.dcm"
    if not first.exists():
        draft.replace(first)
        return Taken.NEW
    content = _content_of(draft)
    if content == _content_of(first):
        draft.unlink()
        return Taken.SAME
    draft.replace(folder / f"{name}-{content[:16]}.dcm")  # the same bytes again take the same name
    return Taken.CONFLICT


def _study_and_maker_of(draft: Path, sop_class: str, sop_uid: str) -> tuple[str, str]:
    try:
        found = heading_of(draft)
    except NoHeading as error:
        raise NotTaken("it cannot be read") from error
    study = found.get(STUDY, "")
    if (found.get(SOP_CLASS), found.get(SOP_INSTANCE)) != (sop_class, sop_uid):
        raise NotTaken("it is not what its sender says")
    if not (_UID.fullmatch(sop_uid) and _UID.fullmatch(study)):
        raise NotTaken("it says of no study" if not study else "a UID is none")
    return study, found.get(MAKER, "")


def _digest(uid: str) -> str:
    return sha256(uid.encode()).hexdigest()[:32]


def _content_of(file: Path) -> str:
    """Return the digest of the data set: the file meta information is of the program that wrote it."""
    digest = sha256()
    with file.open("rb") as stream:
        head = stream.read(_PREFIX + 12)
        stream.seek(len(head) + int.from_bytes(head[-4:], "little"))
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _bring_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
