"""What is in a folder: every object, what it refers to, and what was left aside and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbrt_qa.dicom.folder import RT_ROLES, DicomObject, scan
from sbrt_qa.dicom.links import data_of
from sbrt_qa.dicom.read_dose import plans_of, structure_sets_of
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    import os

    from sbrt_qa.model import Identity


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from one object to another.

    Parameters
    ----------
    role : str
        Role of the object referred to: RTPLAN or RTSTRUCT.
    sop_uid : str
        Its SOP Instance UID.
    resolved : bool
        Whether it is in the folder.
    """

    role: str
    sop_uid: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One RT object.

    Parameters
    ----------
    name : str
        Path within the folder or archive.
    role : str
        RTPLAN, RTDOSE or RTSTRUCT.
    identity : Identity
        Label, UIDs, patient.
    links : tuple of Link
        What it refers to.
    notes : tuple of (code, sentence)
        Ordinary oddities.
    """

    name: str
    role: str
    identity: Identity
    links: tuple[Link, ...]
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One series of CT slices: how many there are, and in which frame of reference."""

    series_uid: str
    frame_uid: str
    slices: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """One file that is not used, and why; ``code`` is set when it is an RT object that cannot be read."""

    name: str
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything below one path.

    Parameters
    ----------
    objects : tuple of Listed
        RT objects: plans, then doses, then structure sets.
    series : tuple of Series
        CT series.
    ignored : tuple of Ignored
        Everything else, in the order of the names.
    """

    objects: tuple[Listed, ...]
    series: tuple[Series, ...]
    ignored: tuple[Ignored, ...]

    def of_role(self, role: str) -> tuple[Listed, ...]:
        """Objects of one role: RTPLAN, RTDOSE or RTSTRUCT."""
        return tuple(item for item in self.objects if item.role == role)


def inventory(path: str | os.PathLike[str]) -> Inventory:
    """List what is in a folder, a zip archive or a file, without judging or choosing.

    Parameters
    ----------
    path : path-like
        As for `read_case`.

    Returns
    -------
    Inventory

    Raises
    ------
    UsageError
        When there is nothing at ``path``.
    CaseError
        When an archive must not be, or cannot be, unpacked.
    """
    listed: list[Listed] = []
    series: Counter[tuple[str, str]] = Counter()
    ignored: list[Ignored] = []
    for file in scan(path):
        if not isinstance(file, DicomObject):
            ignored.append(Ignored(file.name, file.reason, file.error.code if file.error else ""))
        elif file.role in RT_ROLES:
            item = _listed(file)
            if isinstance(item, Listed):
                listed.append(item)
            else:
                ignored.append(item)
        elif file.role == "CT":
            series[file.identity.series_uid, file.identity.frame_uid] += 1
        else:
            ignored.append(Ignored(file.name, "a DICOM object that the check does not need"))
    listed.sort(key=lambda item: (RT_ROLES.index(item.role), item.identity.sop_uid))
    return Inventory(
        objects=_resolved(listed),
        series=tuple(Series(*key, slices=count) for key, count in sorted(series.items())),
        ignored=tuple(ignored),
    )


def _listed(file: DicomObject) -> Listed | Ignored:
    ds = data_of(file)
    try:
        links = [("RTPLAN", uid) for uid in plans_of(ds)] if file.role == "RTDOSE" else []
        links += [("RTSTRUCT", uid) for uid in structure_sets_of(ds)]
    except CaseError as error:
        return Ignored(file.name, error.what, error.code)
    unresolved = tuple(Link(role, uid, resolved=False) for role, uid in links)
    return Listed(file.name, file.role, file.identity, unresolved, file.notes)


def _resolved(listed: list[Listed]) -> tuple[Listed, ...]:
    there = {(item.role, item.identity.sop_uid) for item in listed}
    return tuple(
        replace(
            item,
            links=tuple(replace(link, resolved=(link.role, link.sop_uid) in there) for link in item.links),
        )
        for item in listed
    )
