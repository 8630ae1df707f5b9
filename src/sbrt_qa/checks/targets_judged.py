"""No target of the plan is left out of the judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import unused
from sbrt_qa.checks._wording import listed
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import DoseReference

CODES = {
    "target-unjudged": "The plan prescribes to a structure that no constraint judges, a warning; or another structure"
    " is declared as PTV and not judged, a note.",
    "target-not-in-set": "The plan prescribes to a structure that the structure set does not hold, so a target may be"
    " missing; the check is undecided.",
}
WITHIN_A_PTV = {"GTV", "CTV", "ITV"}


def run(subject: Subject) -> Outcome:
    """Look for prescribed and declared targets among the structures that no constraint uses."""
    if subject.targets.isdisjoint(s.number for group in subject.used.values() for s in group):
        return Outcome("The protocol judges no target.")
    return Outcome("Every target of the plan is judged.", tuple(_doubts(subject)))


def _doubts(subject: Subject) -> Iterator[Doubt]:
    left = {s.number: s for s in unused(subject)}
    prescribed = {n: gy for n, gy in _prescribed(subject).items() if n in left and left[n].kind not in WITHIN_A_PTV}
    if lost := _lost(subject):
        text = (
            f"The plan prescribes to ROI {listed(map(str, lost))}, which the structure set does not hold; a target may"
            " have been deleted or left out: export plan and structure set together again."
        )
        yield Doubt(Effect.CHECK, "target-not-in-set", text)
    for number, gy in prescribed.items():
        text = (
            f"The plan prescribes {show(gy, Unit.GY)} to {left[number].name}, which no constraint judges;"
            " rename it, or add its name to the protocol or to a names file."
        )
        yield Doubt(Effect.WARN, "target-unjudged", text, (number,))
    declared = [s.name for s in left.values() if s.kind == "PTV" and s.number not in prescribed and s.closed_contours]
    if declared:
        yield Doubt(
            Effect.NOTE, "target-unjudged", f"Declared as PTV, but judged by no constraint: {listed(declared)}."
        )


def _lost(subject: Subject) -> list[int]:
    """ROI numbers that the plan names as targets and nothing has; a point bounds no volume, and may be left out."""
    held = {s.number for s in subject.case.structures}
    named = {r.roi_number for r in _references(subject) if r.structure_type != "POINT" and r.roi_number is not None}
    return sorted(named - held)


def _prescribed(subject: Subject) -> dict[int, float]:
    """Prescription in Gy of each ROI that the plan names as a target."""
    return {
        r.roi_number: r.prescription_gy
        for r in _references(subject)
        if r.roi_number is not None and r.prescription_gy is not None
    }


def _references(subject: Subject) -> list[DoseReference]:
    references = () if subject.case.plan is None else subject.case.plan.dose_references
    return [reference for reference in references if reference.is_target]


CHECK = Check(
    id="targets-judged",
    title="Every target is judged",
    why="With several beds, a target whose name fills no role would not be judged, and may be cold.",
    mend="Name the targets alike, or add their names to the protocol or to a names file.",
    source="AAPM TG-275 and MPPG 11.a: coverage of every target; DICOM PS3.3 C.8.8.10 RT Prescription Module.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
