"""Exports below a folder: which folders hold one treatment's files, so that each can be judged on its own.

Folders come first, UIDs second: the same case exported twice is two exports, and two patients in two folders are never
mixed. Only where plan, dose and structure set lie in sibling folders are they joined, provided that they say the same
study.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.dicom.archive import is_archive
from sbrt_qa.dicom.folder import ROLES, RT_ROLES, DicomObject, scan
from sbrt_qa.dicom.part10 import looks_like_dicom
from sbrt_qa.dicom.readable import HEAD_BYTES
from sbrt_qa.errors import CaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sbrt_qa.model import Identity

_WHOLE = frozenset(RT_ROLES)
_UNKNOWN = "UNKNOWN"
_CLASS = re.compile(rb"\x08\x00\x16\x00(?:UI..|....)([0-9.]+)", re.DOTALL)
_STUDY = re.compile(rb"\x20\x00\x0d\x00(?:UI..|....)([0-9.]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Export:
    """What one treatment planning export left below a folder.

    Parameters
    ----------
    name : str
        Its path below the folder that was searched, with ``/``; ``.`` for that folder itself.
    paths : tuple of Path
        What to read: one folder or archive, or single files where other exports lie in folders beside them.
    plans : tuple of Identity
        Its RTPLAN objects, each once, by their UIDs. Where there are several each is judged on its own.
    lacking : tuple of str
        Which of RTPLAN, RTDOSE and RTSTRUCT are not there, as far as the first bytes of its files tell. An archive,
        which is not opened to know, lacks nothing.
    """

    name: str
    paths: tuple[Path, ...]
    plans: tuple[Identity, ...]
    lacking: tuple[str, ...] = ()


def find_exports(root: str | os.PathLike[str]) -> tuple[Export, ...]:
    """Find every export below a folder.

    Parameters
    ----------
    root : path-like
        A folder. Links are not followed.

    Returns
    -------
    tuple of Export
        In the order of their names. A folder with some of plan, dose and structure set is an export too: judging it
        says what is missing. Folders without any RT object are none. Each zip archive is one.

    Raises
    ------
    UsageError
        When there is no folder at ``root``.

    Notes
    -----
    Only the first bytes of each file are looked at, and the plans.
    """
    top = Path(root)
    if not top.is_dir():
        raise UsageError("there is no such folder", where=str(top), mend="give the folder that holds the exports")
    found, left = _below(top)
    found += [pile for pile in left if pile.may_hold_rt]
    named = [(pile, _name(pile, top)) for pile in found]
    return tuple(_export(pile, name) for pile, name in sorted(named, key=lambda pair: pair[1]))


@dataclass(slots=True, eq=False)
class _Pile:
    """Files that belong together as far as is known."""

    folder: Path
    paths: tuple[Path, ...]
    roles: set[str] = field(default_factory=set)
    studies: set[str] = field(default_factory=set)
    plan_files: list[Path] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.roles >= _WHOLE

    @property
    def may_hold_rt(self) -> bool:
        return bool(self.roles & (_WHOLE | {_UNKNOWN}))


def _below(folder: Path) -> tuple[list[_Pile], list[_Pile]]:
    """Return the exports below a folder, and the piles that lack something; children first."""
    whole: list[_Pile] = []
    parts: list[_Pile] = []
    own = _Pile(folder, ())
    for entry in _entries(folder):
        if entry.is_dir():
            below, left = _below(entry)
            whole += below
            parts += left
        else:
            whole += _add(own, entry)
    parts += [own] * bool(own.roles)
    if not parts:
        return whole, []
    if len(whole) == 1 and not any(pile.may_hold_rt for pile in parts) and _is_one_study([*whole, *parts]):
        return [_joined(folder, [*whole, *parts])], []
    if not whole and (parts == [own] or (len(parts) > 1 and _is_one_study(parts))):
        parts = [_joined(folder, parts)]
    return whole + [pile for pile in parts if pile.is_whole], [pile for pile in parts if not pile.is_whole]


def _entries(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder by name, links and what is no ordinary file left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # whoever judges the folder above says so
    for entry in entries:
        if not entry.is_symlink() and (entry.is_dir() or entry.is_file()):
            yield Path(entry.path)


def _add(own: _Pile, file: Path) -> list[_Pile]:
    """Add a file to the pile of its folder; an archive is returned as a pile of its own."""
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        if is_archive(file):
            return [_Pile(file, (file,), {_UNKNOWN}, set(), [file])]
    except OSError:
        return []
    if not looks_like_dicom(head):
        return []
    stated = _CLASS.search(head)
    role = ROLES.get(stated[1].decode(), "OTHER") if stated else _UNKNOWN
    own.paths += (file,)
    own.roles.add(role)
    own.studies |= {study[1].decode() for study in [_STUDY.search(head)] if study}
    if role in {"RTPLAN", _UNKNOWN}:
        own.plan_files.append(file)
    return []


def _is_one_study(piles: list[_Pile]) -> bool:
    """Whether all say the same single study."""
    return len(set.union(*(pile.studies for pile in piles))) == 1 and all(pile.studies for pile in piles)


def _joined(folder: Path, piles: Iterable[_Pile]) -> _Pile:
    """Return one pile: everything below the folder."""
    joined = _Pile(folder, (folder,))
    for pile in piles:
        joined.roles |= pile.roles
        joined.studies |= pile.studies
        joined.plan_files += pile.plan_files
    return joined


def _name(pile: _Pile, top: Path) -> str:
    return pile.folder.relative_to(top).as_posix()


def _export(pile: _Pile, name: str) -> Export:
    plans: dict[str, Identity] = {}
    for file in pile.plan_files:
        try:
            found = [item for item in scan(file) if isinstance(item, DicomObject) and item.role == "RTPLAN"]
        except (CaseError, UsageError):
            continue  # whoever judges the export says so
        plans |= {item.identity.sop_uid: item.identity for item in found}
    lacking = () if pile.folder.is_file() else tuple(role for role in RT_ROLES if role not in pile.roles)
    return Export(name, pile.paths, tuple(plans[uid] for uid in sorted(plans)), lacking)
