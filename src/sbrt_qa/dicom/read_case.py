"""A plan export -> Case."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from sbrt_qa.dicom.beam_doses import add, require_each_once
from sbrt_qa.dicom.folder import RT_ROLES, DicomObject, scan
from sbrt_qa.dicom.image_planes import image_planes
from sbrt_qa.dicom.links import choose_dose, choose_plan, choose_slices, choose_structure_set, data_of
from sbrt_qa.dicom.read_dose import read_dose
from sbrt_qa.dicom.read_image import read_image
from sbrt_qa.dicom.read_plan import read_plan
from sbrt_qa.dicom.read_structures import read_structures
from sbrt_qa.dicom.source import source_of
from sbrt_qa.errors import CaseError, SbrtQaError, UsageError
from sbrt_qa.model import Case, DoseAsked, DoseWithoutPixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.dicom.folder import Pile
    from sbrt_qa.model import Dose, Plan


def read_case(path: Pile, *, plan: str | None = None, dose: DoseAsked | None = None) -> Case:
    """Read one plan with its dose, structures and, when there is one, its CT.

    Parameters
    ----------
    path : path-like, or sequence of them
        Folder (nested folders included), zip archive or single file; several are one pile.
    plan : str, optional
        RTPlanLabel or SOP Instance UID of the plan, needed when there are several.
    dose : DoseAsked, optional
        Which dose of the plan to take where there are several: the physical one of the plan unless said otherwise.

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
        return _read(path, plan, dose or DoseAsked())
    except (CaseError, UsageError):
        raise
    except SbrtQaError as error:  # the model refused what the file says
        raise CaseError(error.what, where=error.where, mend=error.mend, code=error.code) from error


def _read(path: Pile, wanted: str | None, asked: DoseAsked) -> Case:
    objects = _objects(path)
    plan_file = choose_plan(objects["RTPLAN"], wanted)
    chosen = choose_dose(objects["RTDOSE"], plan_file, asked)
    set_file = choose_structure_set(objects["RTSTRUCT"], plan_file, chosen.files)
    plan = read_plan(data_of(plan_file), plan_file.identity) if plan_file else None
    try:
        dose = _dose(chosen.files, plan)
    except DoseWithoutPixels as error:
        raise _with_names(error, set_file) from None
    slices = choose_slices(objects["CT"], set_file, dose.frame_uid)
    used = [*((plan_file,) if plan_file else ()), *chosen.files, set_file]
    source = source_of(used, slices, objects)
    return Case(
        id=(plan or dose).identity.sop_uid,
        plan=plan,
        dose=dose,
        structure_set=read_structures(data_of(set_file), set_file.identity),
        load_image=partial(read_image, slices),
        load_planes=partial(image_planes, slices, set_file, dose.frame_uid),
        source=replace(
            source,
            quirks=tuple(sorted({*source.quirks, *chosen.quirks})),
            notes=tuple(sorted({*source.notes, *chosen.notes})),
        ),
    )


def _with_names(error: DoseWithoutPixels, set_file: DicomObject) -> DoseWithoutPixels:
    """Say of which structures the curves are that the dose holds instead of a grid."""
    try:
        structures = read_structures(data_of(set_file), set_file.identity).structures
    except SbrtQaError:
        return error
    return DoseWithoutPixels(error.where, error.stated_dvhs, {s.number: s.name for s in structures})


def _dose(files: Sequence[DicomObject], plan: Plan | None) -> Dose:
    """Read a dose, or add up all beam doses of the plan; a single one that is not all is left to the checks."""
    only = read_dose(data_of(files[0]), files[0].identity) if len(files) == 1 else None
    if plan is None or (only is not None and only.summation != "BEAM"):
        assert only is not None, "several doses are chosen for a plan alone"
        return only
    try:
        beams = require_each_once(map(data_of, files), plan)
    except CaseError:
        if only is None:
            raise
        return only
    return add((read_dose(data_of(file), file.identity) for file in files), beams)


def _objects(path: Pile) -> dict[str, list[DicomObject]]:
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
