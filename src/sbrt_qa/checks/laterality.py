"""A left organ lies on the left, a right organ on the right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import centre_x_mm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Structure

CODES = {
    "laterality-contradicted": "A judged organ whose name says left lies on the right, or the reverse;"
    " its findings are undecided."
}
SIDES = {"l": "left", "left": "left", "lt": "left", "r": "right", "right": "right", "rt": "right"}
# Named after a side of the heart or the liver, not of the patient: the left hepatic duct may lie on the right.
NOT_SIDED = ("ventric", "atrium", "coronary", "liver", "hepat", "lobe", "duct", "bile", "portal")
CLEARLY_MM = 10.0


def run(subject: Subject) -> Outcome:
    """Compare the side in the names of organs with their position beside the midline; targets may lie anywhere."""
    sided = {
        structure.number: (structure, side)
        for role, group in subject.used.items()
        for structure in group
        if structure.number not in subject.targets and (side := _side(role) or _side(structure.name))
    }
    if not sided:
        return Outcome("No judged organ is named after a side.")
    middle = _midline(subject)
    if middle is None:
        return Outcome("Nothing shows where the midline is, so sides were not compared.")
    pairs = (_doubt(structure, side, *middle) for structure, side in sided.values())
    good = "Organs named left or right lie on that side."
    return Outcome(good, tuple(doubt for doubt in pairs if doubt is not None))


def _side(name: str) -> str:
    """``left``, ``right``, or empty when the name says neither or both."""
    if any(word in name.casefold() for word in NOT_SIDED):
        return ""
    said = {SIDES[word] for word in re.split(r"[\W_]+", name.casefold()) if word in SIDES}
    return said.pop() if len(said) == 1 else ""


def _midline(subject: Subject) -> tuple[float, str] | None:
    """Position x of the midline and the structure it was taken from: the body outline, else the cord."""
    for structure in (*_outlines(subject), *_cords(subject)):
        x_mm = centre_x_mm(structure)
        if x_mm is not None:
            return x_mm, structure.name
    return None


def _outlines(subject: Subject) -> Iterator[Structure]:
    return (structure for structure in subject.case.structures if structure.kind == "EXTERNAL")


def _cords(subject: Subject) -> Iterator[Structure]:
    return (s for role, group in subject.used.items() if "cord" in role.casefold() for s in group)


def _doubt(structure: Structure, side: str, middle_mm: float, middle: str) -> Doubt | None:
    x_mm = centre_x_mm(structure)
    if x_mm is None:
        return None
    towards_left = x_mm - middle_mm  # +x is the patient's left
    wrong_mm = -towards_left if side == "left" else towards_left
    if wrong_mm <= CLEARLY_MM:
        return None
    other = "right" if side == "left" else "left"
    text = (
        f"{structure.name} is judged as {side}, but lies {wrong_mm:.0f} mm to the patient's {other}"
        f" of the middle of {middle}."
    )
    return Doubt(Effect.FINDING, "laterality-contradicted", text, (structure.number,))


CHECK = Check(
    id="laterality",
    title="Left and right",
    why="With sides swapped, the spared kidney would be judged in place of the treated one.",
    mend="Correct the name in the planning system, and check the orientation of the images.",
    source="DICOM PS3.3 C.7.6.2 Image Plane Module: +x is towards the patient's left;"
    " AAPM TG-263: left and right in structure names.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
