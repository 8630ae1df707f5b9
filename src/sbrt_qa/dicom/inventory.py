"""What is in a folder: every object, what it refers to, and what was left aside and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbrt_qa.dicom.folder import RT_ROLES, DicomObject, scan
from sbrt_qa.dicom.links import choose_dose, choose_structure_set, data_of
from sbrt_qa.dicom.read_dose import plans_of, structure_sets_of
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from sbrt_qa.model import Identity

_OTHER_PLAN = ("dose-other-plan", "the dose does not refer to this plan")
_OTHER_SET = ("structure-set-other", "this plan does not refer to the structure set")


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
        Oddities of the file, what was put right included (``quirk``).
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
class Linked:
    """One plan and what belongs to it by UIDs, as a check of this plan would choose it.

    Parameters
    ----------
    plan : Listed
        The RTPLAN.
    doses : tuple of Listed
        The dose, or the doses of the beams that are added up.
    structure_set : Listed or None
        The structure set.
    doubts : tuple of (code, sentence)
        Why a part could not be chosen, or is not linked to the plan.
    """

    plan: Listed
    doses: tuple[Listed, ...]
    structure_set: Listed | None
    doubts: tuple[tuple[str, str], ...]


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
    cases : tuple of Linked
        One per plan, in the same order.
    series : tuple of Series
        CT series.
    ignored : tuple of Ignored
        Everything else, in the order of the names.
    """

    objects: tuple[Listed, ...]
    cases: tuple[Linked, ...]
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
    listed: dict[str, tuple[Listed, DicomObject]] = {}
    series: Counter[tuple[str, str]] = Counter()
    ignored: list[Ignored] = []
    for file in scan(path):
        if not isinstance(file, DicomObject):
            ignored.append(Ignored(file.name, file.reason, file.error.code if file.error else ""))
        elif file.role in RT_ROLES:
            item = _listed(file)
            if isinstance(item, Listed):
                listed[file.name] = item, file
            else:
                ignored.append(item)
        elif file.role == "CT":
            series[file.identity.series_uid, file.identity.frame_uid] += 1
        else:
            ignored.append(Ignored(file.name, "a DICOM object that the check does not need"))
    objects = _resolved(sorted((item for item, _ in listed.values()), key=_order))
    return Inventory(
        objects=objects,
        cases=_cases(objects, [file for _, file in listed.values()]),
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
    return Listed(file.name, file.role, file.identity, unresolved, _oddities(file))


def _order(item: Listed) -> tuple[int, str, str]:
    return RT_ROLES.index(item.role), item.identity.sop_uid, item.name


def _cases(objects: Sequence[Listed], files: Sequence[DicomObject]) -> tuple[Linked, ...]:
    """Choose for each plan as a check would, and keep what could not be chosen as a doubt."""
    by_name = {item.name: item for item in objects}
    of_role = {role: [file for file in files if file.role == role] for role in RT_ROLES}
    found = []
    for plan in sorted(of_role["RTPLAN"], key=lambda file: (file.identity.sop_uid, file.name)):
        doses: Sequence[DicomObject] = ()
        structure_set, doubts = None, []
        try:
            doses = choose_dose(of_role["RTDOSE"], plan).files
            doubts += [_OTHER_PLAN] * any(plan.identity.sop_uid not in plans_of(data_of(dose)) for dose in doses)
            structure_set = choose_structure_set(of_role["RTSTRUCT"], plan, doses)
            doubts += [_OTHER_SET] * (structure_set.identity.sop_uid not in structure_sets_of(data_of(plan)))
        except CaseError as error:
            doubts.append((error.code, error.what))
        linked = by_name[structure_set.name] if structure_set else None
        found.append(Linked(by_name[plan.name], tuple(by_name[dose.name] for dose in doses), linked, tuple(doubts)))
    return tuple(found)


def _oddities(file: DicomObject) -> tuple[tuple[str, str], ...]:
    return *file.notes, *file.warnings, *(("quirk", sentence) for sentence in file.quirks)


def _resolved(listed: Sequence[Listed]) -> tuple[Listed, ...]:
    there = {(item.role, item.identity.sop_uid) for item in listed}
    return tuple(
        replace(
            item,
            links=tuple(replace(link, resolved=(link.role, link.sop_uid) in there) for link in item.links),
        )
        for item in listed
    )
