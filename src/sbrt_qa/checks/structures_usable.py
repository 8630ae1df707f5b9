"""Every judged structure bounds a volume that can be sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import planes_mm, unused, used, volume_cc
from sbrt_qa.checks._wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Structure

CODES = {
    "structure-empty": "A judged structure has no contours; its findings are undecided.",
    "structure-not-closed": "A judged structure has only points or open lines; its findings are undecided."
    " Beside closed contours they are left out with a warning.",
    "structure-too-small": "A judged structure is smaller than 0.1 cc; its findings are undecided.",
    "contour-degenerate": "Contours that bound no area are left out with a warning; when a judged"
    " structure has no"
    " others, its findings are undecided.",
    "contour-data-invalid": "Coordinates of a judged structure are not valid numbers; its findings are undecided.",
    "contour-offset": "A contour of a judged structure is to be moved by an offset; its findings are undecided.",
    "charset-invalid": "The name of a structure cannot be decoded: its findings are undecided when it is judged;"
    " the check is undecided when a required structure is missing, which it may be; else a note.",
    "roi-empty-unused": "A structure that no constraint uses bounds no volume; a note.",
}
SMALLEST_CC = 0.1


def run(subject: Subject) -> Outcome:
    """Look at the contours of every used structure, and count the unused ones that bound nothing."""
    structures = used(subject)
    doubts = [doubt for structure in structures for doubt in _doubts(subject, structure)]
    return Outcome(f"All {len(structures)} judged structures bound a volume.", (*doubts, *_unused_notes(subject)))


def _doubts(subject: Subject, structure: Structure) -> Iterator[Doubt]:
    for code, sentence in structure.faults:
        yield Doubt(Effect.FINDING, code, f"{structure.name}: {sentence.rstrip('.')}.", (structure.number,))
    if structure.faults and not structure.contours:
        return  # what the reader could not read is not known to be empty
    unusable = _unusable(structure)
    if unusable is not None:
        yield Doubt(Effect.FINDING, *unusable, (structure.number,))
        return
    yield from _left_out(structure)
    volume = volume_cc(subject, structure)
    if not volume >= SMALLEST_CC:
        text = f"{structure.name} holds {volume:.3f} cc; below {SMALLEST_CC} cc its dose cannot be sampled reliably."
        yield Doubt(Effect.FINDING, "structure-too-small", text, (structure.number,))


def _unusable(structure: Structure) -> tuple[str, str] | None:
    """Code and sentence for a structure that bounds no volume at all."""
    closed = [contour for contour in structure.contours if contour.is_closed]
    if not structure.contours:
        return "structure-empty", f"{structure.name} has no contours; contour it in the planning system."
    if not closed:
        kinds = listed(sorted({contour.geometry for contour in structure.contours}))
        return "structure-not-closed", f"{structure.name} has only {kinds} contours, which bound no volume."
    if any(contour.bounds_area for contour in closed):
        return None
    if len(closed) == 1 and len(closed[0].points_mm) < 3:
        return "structure-too-small", f"{structure.name} is a single contour of fewer than 3 points."
    return (
        "contour-degenerate",
        f"No contour of {structure.name} bounds an area: fewer than 3 points, or all on a line.",
    )


def _left_out(structure: Structure) -> Iterator[Doubt]:
    open_ones = sum(not contour.is_closed for contour in structure.contours)
    flat = [contour.z_mm for contour in structure.contours if contour.is_closed and not contour.bounds_area]
    if open_ones:
        text = f"{structure.name}: {open_ones} of {len(structure.contours)} contours are not closed and are left out."
        yield Doubt(Effect.WARN, "structure-not-closed", text, (structure.number,))
    if flat:
        planes = listed(f"{z:.1f}" for z in sorted(flat))
        text = f"{structure.name}: contours that bound no area are left out (z {planes} mm)."
        yield Doubt(Effect.WARN, "contour-degenerate", text, (structure.number,))


def _unused_notes(subject: Subject) -> Iterator[Doubt]:
    empty = [structure.name for structure in unused(subject) if not planes_mm(structure).size]
    if empty:
        text = f"Without a volume, but judged by no constraint: {listed(empty)}."
        yield Doubt(Effect.NOTE, "roi-empty-unused", text)
    unreadable = [s.name for s in unused(subject) if any(code == "charset-invalid" for code, _ in s.faults)]
    if unreadable:
        text = f"Names that cannot be decoded fill no role: {listed(unreadable)}"
        if subject.missing:
            text = f"{text}; one of them may be a structure that is missing"
        yield Doubt(Effect.CHECK if subject.missing else Effect.NOTE, "charset-invalid", f"{text}.")


CHECK = Check(
    id="structures-usable",
    title="Structures bound a volume",
    why="The volume above any dose is 0 cc in an empty structure, which would meet every upper limit.",
    mend="Complete the contours in the planning system, or leave the structure out of the protocol.",
    source="DICOM PS3.3 C.8.8.6 ROI Contour Module: contour types, contours optional;"
    " measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
