"""It is clear what the contours of a judged structure enclose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome, Reading
from sbrt_qa.checks._overlaps import overlaps
from sbrt_qa.checks._rois import used
from sbrt_qa.checks._wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.checks._overlaps import Overlap
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Structure

CODES = {
    "holes-ambiguous": "Contours of a judged structure on one plane cross, lie on each other, run around an area"
    " twice, or are nested and of two types: an area enclosed twice counts as outside, a note; findings whose verdict"
    " is another with that area filled are undecided.",
    "holes-nested": "Contours of a judged structure lie within each other and are read as holes; a note. Findings"
    " whose verdict is another with the holes filled, or, where others cross, with those united around the holes, are"
    " undecided (holes-ambiguous).",
}
WORDS = {
    "coincide": "contours lie on each other, as if drawn or exported twice",
    "cross": "contours cross each other",
    "self": "a contour runs around the same area twice",
    "mixed": "nested contours are of two types",
}
XOR = frozenset({"CLOSEDPLANAR_XOR"})


def run(subject: Subject) -> Outcome:
    """Look for areas that the contours of one plane enclose more than once."""
    doubts = tuple(doubt for structure in used(subject) for doubt in _doubts(structure))
    return Outcome("No two contours of a judged structure on one plane share an area.", doubts)


def _doubts(structure: Structure) -> Iterator[Doubt]:
    planes: dict[str, set[float]] = {}
    for overlap in overlaps(structure):
        planes.setdefault(_kind(overlap), set()).add(round(overlap.z_mm, 1))
    for kind, words in WORDS.items():
        if kind in planes:
            text = (
                f"{structure.name}: {words} (z {_listed(planes[kind])} mm), so it is not clear what they enclose;"
                " draw each area once, then export again."
            )
            yield Doubt(Effect.NOTE, "holes-ambiguous", text, (structure.number,), FILLED)
    if "nested" in planes:
        places = "1 plane" if len(planes["nested"]) == 1 else f"{len(planes['nested'])} planes"
        text = f"{structure.name}: nested contours on {places} are read as holes."
        # What crosses may be meant together although what is nested is a hole: neither even-odd nor filled.
        other = FILLED if planes.keys() == {"nested"} else UNITED
        yield Doubt(Effect.NOTE, "holes-nested", text, (structure.number,), None if _all_xor(structure) else other)


def _filled(structure: Structure, _: Sampling) -> Structure:
    from sbrt_qa.derive.filled import filled

    return filled(structure)


def _united(structure: Structure, _: Sampling) -> Structure:
    from sbrt_qa.derive.filled import united

    return united(structure)


FILLED = Reading("holes-ambiguous", _filled)
UNITED = Reading("holes-ambiguous", _united)


def _all_xor(structure: Structure) -> bool:
    """Tell whether the file itself defines what the contours enclose."""
    return all(contour.geometry in XOR for contour in structure.closed_contours)


def _kind(overlap: Overlap) -> str:
    """How an overlap is to be read: exclusive or is defined for contours that cross, not for one drawn twice."""
    if overlap.how == "nested" and len(overlap.geometries) > 1:
        return "mixed"
    if overlap.how in {"cross", "self"} and overlap.geometries == XOR:
        return "nested"
    return overlap.how


def _listed(planes_mm: set[float]) -> str:
    return listed(f"{z:.1f}" for z in sorted(planes_mm))


CHECK = Check(
    id="contour-overlaps",
    title="Contours enclose each area once",
    why="Where two contours overlap, a program may fill the area or cut it out; an area drawn twice may vanish,"
    " and the hottest part of an organ with it.",
    mend="Unite or remove the overlapping contours in the planning system, then export the structure set again.",
    source="DICOM PS3.3 C.8.8.6.3 (CLOSEDPLANAR_XOR, keyholes); overlapping CLOSED_PLANAR contours have no"
    " defined meaning; measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
