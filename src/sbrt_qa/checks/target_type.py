"""What is judged as a target is declared as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import used

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {"target-type-differs": "The file declares a judged target as something else, such as ORGAN; a warning."}
TARGETS = {"", "GTV", "CTV", "ITV", "PTV", "CAVITY", "TREATED_VOLUME"}


def run(subject: Subject) -> Outcome:
    """Compare RTROIInterpretedType of every target with the types a target can have."""
    doubts = tuple(
        Doubt(
            Effect.WARN,
            "target-type-differs",
            f"{s.name} is judged as a target, but the file declares it as {s.kind}.",
            (s.number,),
        )
        for s in used(subject)
        if s.number in subject.targets and s.kind not in TARGETS
    )
    return Outcome("Every target is declared as one, or not declared at all.", doubts)


CHECK = Check(
    id="target-type",
    title="Declared type of targets",
    why="A helper structure or an organ with a target's name would be judged in place of the target.",
    mend="Make sure the right structure carries the name, and set its type in the planning system.",
    source="DICOM PS3.3 C.8.8.8 RT ROI Observations Module, RT ROI Interpreted Type (3006,00A4).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
