"""Plan and images agree on how the patient lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._wording import listed

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "patient-position-differs": "Plan and images (or the dose) name different patient positions; a warning."
    " Nothing is turned by it."
}


def run(subject: Subject) -> Outcome:
    """Compare PatientPosition of the plan's setups with that of the CT slices and the dose."""
    plan, images = subject.case.plan, subject.case.source.patient_positions
    planned = () if plan is None else plan.patient_positions
    if not planned or not images:
        return Outcome("Nothing states the patient position twice, so there is nothing to compare.")
    if set(planned) == set(images):
        return Outcome(f"Plan and images name the same patient position ({listed(planned)}).")
    text = (
        f"The plan is for patient position {listed(planned)}, the images or the dose state {listed(images)}; geometry"
        " is taken from positions and orientations alone. Make sure that left and right, head and feet are as planned."
    )
    return Outcome("", (Doubt(Effect.WARN, "patient-position-differs", text),))


CHECK = Check(
    id="patient-position",
    title="Patient position",
    why="A plan for another position than the images were taken in may be a mirror image of the treatment.",
    mend="Compare the setup in the plan with the images, and correct the position in the planning system.",
    source="DICOM PS3.3 C.7.3.1 General Series Module, Patient Position (0018,5100): for annotation only;"
    " AAPM TG-275: patient setup.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
