"""A plan export -> Case."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from sbrt_qa.dicom.folder import RT_ROLES, DicomObject, scan
from sbrt_qa.dicom.links import choose_dose, choose_plan, choose_slices, choose_structure_set, data_of
from sbrt_qa.dicom.read_dose import read_dose
from sbrt_qa.dicom.read_image import read_image
from sbrt_qa.dicom.read_plan import read_plan
from sbrt_qa.dicom.read_structures import read_structures
from sbrt_qa.dicom.source import source_of
from sbrt_qa.errors import CaseError, SbrtQaError, UsageError
from sbrt_qa.model import Case

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence


def read_case(path: str | os.PathLike[str], *, plan: str | None = None) -> Case:
    """Read one plan with its dose, structures and, when there is one, its CT.

    Parameters
    ----------
    path : path-like
        Folder (nested folders included), zip archive or single file.
    plan : str, optional
        RTPlanLabel or SOP Instance UID of the plan, needed when there are several.

    Returns
    -------
    Case
        Linked by UIDs. Links, dose type, summation and identity are kept as written, for the checks
        to judge; without an RTPLAN object ``plan`` is None. The CT is read when it is asked for.

    Raises
    ------
    UsageError
        When there is nothing at ``path``, or no plan of that label or UID.
    CaseError
        When bytes, gray or geometry cannot be established, dose or structures are missing, or the
        links leave a choice. ``code`` is the reason code of the hazard table.
    """
    try:
        return _read(path, plan)
    except (CaseError, UsageError):
        raise
    except SbrtQaError as error:  # the model refused what the file says
        raise CaseError(error.what, where=error.where, mend=error.mend, code=error.code) from error


def _read(path: str | os.PathLike[str], wanted: str | None) -> Case:
    objects = _objects(path)
    plan_file = choose_plan(objects["RTPLAN"], wanted)
    dose_file = choose_dose(objects["RTDOSE"], plan_file)
    set_file = choose_structure_set(objects["RTSTRUCT"], plan_file, dose_file)
    slices = choose_slices(objects["CT"], set_file, dose_file.identity.frame_uid)
    chosen = [found for found in (plan_file, dose_file, set_file) if found is not None]
    return Case(
        id=(plan_file or dose_file).identity.sop_uid,
        plan=read_plan(data_of(plan_file), plan_file.identity) if plan_file else None,
        dose=read_dose(data_of(dose_file), dose_file.identity),
        structure_set=read_structures(data_of(set_file), set_file.identity),
        load_image=partial(read_image, slices),
        source=source_of(chosen, slices, objects),
    )


def _objects(path: str | os.PathLike[str]) -> dict[str, list[DicomObject]]:
    """Every object by role, each once, in the order of the UIDs."""
    files = list(scan(path))
    broken = [file.error for file in files if not isinstance(file, DicomObject) and file.error is not None]
    if broken:
        raise min(broken, key=lambda error: (error.code, error.what))  # whichever file has the first name
    found = [file for file in files if isinstance(file, DicomObject)]
    if not any(item.role in RT_ROLES for item in found):
        mend = "give the folder that holds the exported RTPLAN, RTDOSE and RTSTRUCT files"
        raise CaseError("there is no readable RT object", where=str(path), mend=mend, code="case-empty")
    objects: dict[str, list[DicomObject]] = {role: [] for role in (*RT_ROLES, "CT", "OTHER")}
    for item in sorted(found, key=lambda item: (item.identity.sop_uid, item.sha256)):
        before = objects[item.role][-1:]
        if not before or before[0].sha256 != item.sha256:  # a second copy of the same bytes adds nothing
            objects[item.role].append(item)
    for role in RT_ROLES:
        _refuse_versions(objects[role])
    return objects


def _refuse_versions(objects: Sequence[DicomObject]) -> None:
    """Refuse two different files that claim to be the same object."""
    codes = {"RTPLAN": "plan-ambiguous", "RTDOSE": "dose-ambiguous", "RTSTRUCT": "structure-set-ambiguous"}
    for one, other in pairwise(objects):
        if one.identity.sop_uid == other.identity.sop_uid:
            what = f"two different {one.role} files have the UID {one.identity.sop_uid}"
            mend = "keep the right one in the folder"
            raise CaseError(what, where=f"{one.name}, {other.name}", mend=mend, code=codes[one.role])
