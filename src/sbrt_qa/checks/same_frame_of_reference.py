"""Dose, plan and structures live in one coordinate system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import used
from sbrt_qa.checks._wording import listed, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import StructureSet

CODES = {
    "frame-of-reference-differs": "Dose, plan or structure set lie in different frames of reference, or"
    " do not"
    " say in which; the case is refused.",
    "structure-other-frame": "A judged structure lies in another frame of reference than the dose;"
    " its findings are undecided.",
}


def run(subject: Subject) -> Outcome:
    """Compare the Frame of Reference UIDs of all objects, then of every used structure."""
    frame = subject.case.dose.frame_uid
    objects = tuple(_object_doubts(subject))
    doubts = objects or tuple(_structure_doubts(subject))
    return Outcome(f"Dose, plan and structures lie in one frame of reference ({short(frame)}).", doubts)


def _object_doubts(subject: Subject) -> Iterator[Doubt]:
    case = subject.case
    frame = case.dose.frame_uid
    if not frame:
        text = "The dose does not say in which frame of reference it lies, so it cannot be laid over the structures."
        yield Doubt(Effect.REFUSE, "frame-of-reference-differs", text)
        return
    plan_frame = "" if case.plan is None else case.plan.identity.frame_uid
    if plan_frame and plan_frame != frame:
        text = f"The dose lies in frame of reference {short(frame)}, the plan in {short(plan_frame)}."
        yield Doubt(Effect.REFUSE, "frame-of-reference-differs", text)
    frames = _frames(case.structure_set)
    if frame not in frames:
        stated = listed(short(uid) for uid in frames) or "none"
        text = f"The dose lies in frame of reference {short(frame)}, the structure set states {stated}."
        yield Doubt(Effect.REFUSE, "frame-of-reference-differs", text)


def _frames(structures: StructureSet) -> tuple[str, ...]:
    """Frames the set states; where it states none, those of its structures."""
    own = [uid for uid in (*structures.frame_uids, structures.identity.frame_uid) if uid]
    return tuple(dict.fromkeys(own or [s.frame_uid for s in structures.structures if s.frame_uid]))


def _structure_doubts(subject: Subject) -> Iterator[Doubt]:
    frame = subject.case.dose.frame_uid
    only = _frames(subject.case.structure_set)
    for structure in used(subject):
        own = structure.frame_uid or (only[0] if len(only) == 1 else "")
        if own != frame:
            text = f"{structure.name} lies in frame of reference {short(own)}, the dose in {short(frame)}."
            yield Doubt(Effect.FINDING, "structure-other-frame", text, (structure.number,))


CHECK = Check(
    id="same-frame-of-reference",
    title="One frame of reference",
    why="Coordinates of two frames of reference cannot be compared: organ and dose would lie in different spaces.",
    mend="Export the dose and the structure set that were planned on the same image series.",
    source="DICOM PS3.3 C.7.4.1 Frame of Reference Module, C.8.8.5 Structure Set Module (3006,0024).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
