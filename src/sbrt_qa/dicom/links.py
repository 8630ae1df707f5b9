"""Which plan, which dose, which structures: decided by UIDs alone, and refused where they leave a choice.

Nothing is chosen for being the newest, the first or the best labelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sbrt_qa.dicom.quirks import zero_placeholder_dose
from sbrt_qa.dicom.read_dose import plans_of, structure_sets_of
from sbrt_qa.dicom.read_structures import series_of
from sbrt_qa.dicom.strict import word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.model import DoseAsked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbrt_qa.dicom.folder import DicomObject
    from sbrt_qa.dicom.walk import Elements

_KINDS = frozenset({"PHYSICAL", "EFFECTIVE", "ERROR"})
_PARTS = frozenset({"BEAM", "BRACHY", "CONTROL_POINT", "FRACTION_SESSION", "BEAM_SESSION", "BRACHY_SESSION"})
_USUAL = DoseAsked()


def data_of(found: DicomObject) -> Elements:
    """Return the data set of an RT object."""
    assert found.elements is not None, "only RT objects keep their data set"
    return found.elements


def choose_plan(plans: Sequence[DicomObject], wanted: str | None) -> DicomObject | None:
    """Choose the plan.

    Parameters
    ----------
    plans : sequence of DicomObject
        All RTPLAN objects.
    wanted : str or None
        RTPlanLabel or SOP Instance UID.

    Returns
    -------
    DicomObject or None
        None when there is no plan at all.

    Raises
    ------
    UsageError
        When nothing has the wanted label or UID.
    CaseError
        ``plan-ambiguous`` when more than one plan is left.
    """
    left = [p for p in plans if wanted is None or wanted.strip() in {p.identity.label, p.identity.sop_uid}]
    if not left and wanted is not None:
        mend = f"there are: {_named(plans)}" if plans else "the export holds no RTPLAN"
        raise UsageError(f"no plan has the label or UID {wanted!r}", mend=mend, code="plan-missing")
    if len(left) > 1:
        told_apart = len({p.identity.label for p in left}) == len(left)
        mend = f"choose one by its {'label or UID' if told_apart else 'UID'} with --plan, or plan= in Python"
        raise CaseError(f"there are {len(left)} plans: {_named(left)}", mend=mend, code="plan-ambiguous")
    return left[0] if left else None


class ChosenDose(NamedTuple):
    """The dose of a plan.

    Parameters
    ----------
    files : tuple of DicomObject
        One, or all beam doses of the plan, which are to be added up.
    notes : tuple of (code, sentence)
        What was left aside.
    quirks : tuple of str
        Oddities that were put right, one sentence each.
    """

    files: tuple[DicomObject, ...]
    notes: tuple[tuple[str, str], ...] = ()
    quirks: tuple[str, ...] = ()


def choose_dose(doses: Sequence[DicomObject], plan: DicomObject | None, asked: DoseAsked = _USUAL) -> ChosenDose:
    """Choose the dose that belongs to the plan.

    Parameters
    ----------
    doses : sequence of DicomObject
        All RTDOSE objects.
    plan : DicomObject or None
        The plan; without one all doses are candidates, provided that they belong to one plan.
    asked : DoseAsked, optional
        Of several doses of the plan, the one of this type and summation is taken.

    Returns
    -------
    ChosenDose
        The only dose is taken whatever it refers to: a check judges the link.

    Raises
    ------
    CaseError
        ``dose-missing``, ``dose-ambiguous``, or ``dose-not-whole-plan`` for several doses of parts.
    """
    if len(doses) == 1:
        return ChosenDose((doses[0],))
    owners = {dose.identity.sop_uid: plans_of(data_of(dose)) for dose in doses}
    if plan is None:
        fitting = list(doses)
        if len(set(owners.values())) > 1:
            raise _ambiguous_dose(fitting, "belong to different plans, and the export holds no plan to choose by")
    else:
        fitting = [dose for dose in doses if plan.identity.sop_uid in owners[dose.identity.sop_uid]]
        unowned = [dose for dose in doses if not owners[dose.identity.sop_uid]]
        if not fitting and unowned:
            raise _ambiguous_dose(doses, "do not say that they belong to the plan")
    if not fitting:
        what = f"none of {len(doses)} doses belongs to the plan" if doses else "there is no RTDOSE object"
        raise CaseError(what, mend="export the dose of the plan with it", code="dose-missing")
    chosen = _whole(fitting, asked)
    if len(chosen.files) > 1 and plan is None:
        raise _only_parts(chosen.files)
    return chosen


def choose_structure_set(
    sets: Sequence[DicomObject], plan: DicomObject | None, doses: Sequence[DicomObject]
) -> DicomObject:
    """Choose the structure set that the plan, or else the dose, refers to.

    Parameters
    ----------
    sets : sequence of DicomObject
        All RTSTRUCT objects.
    plan : DicomObject or None
        The plan.
    doses : sequence of DicomObject
        Its dose, or its beam doses.

    Returns
    -------
    DicomObject
        The only set is taken whatever the references say: a check judges the link.

    Raises
    ------
    CaseError
        ``structures-missing`` or ``structure-set-ambiguous``.
    """
    if not sets:
        mend = "export the structure set of the plan with it"
        raise CaseError("there is no RTSTRUCT object", mend=mend, code="structures-missing")
    if len(sets) == 1:
        return sets[0]
    wanted = (structure_sets_of(data_of(plan)) if plan else ()) or tuple(
        uid for dose in doses for uid in structure_sets_of(data_of(dose))
    )
    referred = [found for found in sets if found.identity.sop_uid in wanted]
    if len(referred) != 1:
        what = f"plan and dose refer to {len(referred)} of {len(sets)} structure sets: {_named(sets)}"
        mend = "keep only the structure set the plan was made on in the folder"
        raise CaseError(what, mend=mend, code="structure-set-ambiguous")
    return referred[0]


def choose_slices(slices: Iterable[DicomObject], structure_set: DicomObject, frame_uid: str) -> tuple[DicomObject, ...]:
    """Choose the CT series of a frame of reference.

    Parameters
    ----------
    slices : iterable of DicomObject
        All CT files.
    structure_set : DicomObject
        Names the series it was drawn on.
    frame_uid : str
        Frame of reference of the dose.

    Returns
    -------
    tuple of DicomObject
        The series the structures were drawn on, or else the only one of that frame; otherwise none. Images of
        another patient are never shown, whatever their frame.
    """
    series: dict[str, list[DicomObject]] = {}
    patient_id = structure_set.identity.patient_id
    for found in slices:
        if frame_uid and found.identity.frame_uid == frame_uid and found.identity.patient_id == patient_id:
            series.setdefault(found.identity.series_uid, []).append(found)
    drawn_on = set(series_of(data_of(structure_set))) & set(series)
    candidates = drawn_on or set(series)
    return tuple(series[candidates.pop()]) if len(candidates) == 1 else ()


def _whole(fitting: Sequence[DicomObject], asked: DoseAsked) -> ChosenDose:
    """Return the dose of the whole plan among the doses of one plan, or all its beam doses."""
    of_kind = [dose for dose in fitting if _kind(dose) == asked.kind or _kind(dose) not in _KINDS]
    real, quirks = _without_placeholders(of_kind or fitting)
    if len(real) == 1:
        return ChosenDose((real[0],), quirks=quirks)
    parts = [dose for dose in real if _summation(dose) in _PARTS]
    candidates = [dose for dose in real if dose not in parts]
    exact = [dose for dose in candidates if _summation(dose) in {asked.summation, ""}]
    candidates = exact or [dose for dose in candidates if _summation(dose) == "PLAN"] or candidates
    if len(candidates) > 1:
        raise _ambiguous_dose(candidates, "fit")
    if candidates:
        aside = [dose for dose in real if dose is not candidates[0]]
        kinds = ", ".join(sorted({_summation(dose) for dose in aside}))
        text = f"{len(aside)} other doses of this plan ({kinds}) were left aside: the dose of the whole plan is there."
        return ChosenDose((candidates[0],), (("beam-doses-unused", text),) * bool(aside), quirks)
    kinds = ", ".join(sorted({_summation(dose) for dose in parts}))
    if kinds == "BEAM":
        return ChosenDose(tuple(parts), quirks=quirks)
    raise _only_parts(parts)


def _without_placeholders(doses: Sequence[DicomObject]) -> tuple[list[DicomObject], tuple[str, ...]]:
    """Leave aside all-zero doses where others are of single beams."""
    if not any(_summation(dose) == "BEAM" for dose in doses):
        return list(doses), ()
    real = [dose for dose in doses if not zero_placeholder_dose.applies(data_of(dose))]
    is_beside_beams = any(_summation(dose) == "BEAM" for dose in real)
    if len(real) == len(doses) or not is_beside_beams:
        return list(doses), ()
    return real, (zero_placeholder_dose.QUIRK.sentence,)


def _summation(dose: DicomObject) -> str:
    return word(data_of(dose), Tag.DoseSummationType)


def _kind(dose: DicomObject) -> str:
    return word(data_of(dose), Tag.DoseType)


def _only_parts(parts: Sequence[DicomObject]) -> CaseError:
    kinds = ", ".join(sorted({_summation(dose) for dose in parts}))
    what = f"there are only doses of parts of the plan ({len(parts)} × {kinds})"
    return CaseError(what, mend="export the dose of the whole plan", code="dose-not-whole-plan")


def _ambiguous_dose(doses: Sequence[DicomObject], why: str) -> CaseError:
    what = f"{len(doses)} doses {why}: {_named(doses)}"
    return CaseError(what, mend="keep only the dose of the plan in the folder", code="dose-ambiguous")


def _named(found: Sequence[DicomObject]) -> str:
    """Labels and UIDs, in the order of the UIDs so that file names do not matter."""
    identities = sorted((item.identity for item in found), key=lambda identity: identity.sop_uid)
    return ", ".join(f"{identity.label!r} ({identity.sop_uid})" for identity in identities)
