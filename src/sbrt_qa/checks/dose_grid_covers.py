"""The dose grid covers what is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import planes_mm, unused, used
from sbrt_qa.checks._wording import listed
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.model import Grid, Structure

CODES = {
    "dose-grid-too-small": "A judged structure leaves the dose grid; each finding is decided only where the"
    " unknown dose cannot change it.",
    "structure-outside-grid-unused": "A structure that no constraint uses leaves the dose grid; a note.",
    "dose-single-plane": "The dose has a single plane and no volume; all findings are undecided.",
}
TOLERANCE_MM = 1e-6


def run(subject: Subject) -> Outcome:
    """Compare each structure with the box from the first to the last voxel centre."""
    doubts = (*_single_plane(subject), *_used_doubts(subject), *_unused_notes(subject))
    return Outcome("No judged structure leaves the dose grid.", doubts)


def _single_plane(subject: Subject) -> Iterator[Doubt]:
    shape = subject.case.dose.grid.shape_zyx
    if min(shape) == 1:
        z, y, x = shape
        text = f"The dose grid has {x} x {y} x {z} points, a single plane: it bounds no volume."
        yield Doubt(Effect.FINDING, "dose-single-plane", text, tuple(s.number for s in used(subject)))


def _used_doubts(subject: Subject) -> Iterator[Doubt]:
    for structure in used(subject):
        if not _leaves(structure, subject.case.dose.grid):
            continue
        curve = _curve(subject, structure)
        if curve is None:
            text = f"{structure.name} reaches beyond the dose grid, where the dose is unknown."
        elif curve.is_covered:
            continue
        else:
            outside, whole = show(curve.uncovered_cc, Unit.CC), show(curve.volume_cc, Unit.CC)
            text = (
                f"{structure.name}: {curve.covered:.1%} lies inside the dose grid; {outside} of {whole}"
                " lie outside,"
                " where the dose is unknown."
            )
        yield Doubt(Effect.NOTE, "dose-grid-too-small", text, (structure.number,))


def _unused_notes(subject: Subject) -> Iterator[Doubt]:
    outside = [s.name for s in unused(subject) if _leaves(s, subject.case.dose.grid)]
    if outside:
        text = f"Beyond the dose grid, but judged by no constraint: {listed(outside)}."
        yield Doubt(Effect.NOTE, "structure-outside-grid-unused", text)


def _leaves(structure: Structure, grid: Grid) -> bool:
    """Tell whether the structure's bounding box, half a slice beyond its ends included, leaves the grid."""
    contours = structure.closed_contours
    if not contours:
        return False
    axes = np.array(grid.axes)
    points = np.concatenate([contour.points_mm for contour in contours]) @ axes.T
    steps = np.diff(planes_mm(structure))
    cap = np.abs(axes[:, 2]) * (max(steps[0], steps[-1]) / 2 if steps.size else 0.0)
    first = np.array([grid.x_mm[0], grid.y_mm[0], grid.z_mm[0]])
    last = np.array([grid.x_mm[-1], grid.y_mm[-1], grid.z_mm[-1]])
    low, high = points.min(axis=0) - cap, points.max(axis=0) + cap
    return bool((low < first - TOLERANCE_MM).any() or (high > last + TOLERANCE_MM).any())


def _curve(subject: Subject, structure: Structure) -> DVH | None:
    if subject.curve is None:
        return None
    try:
        return subject.curve(structure)
    except SbrtQaError:
        return None


CHECK = Check(
    id="dose-grid-covers",
    title="Dose grid covers the structures",
    why="Outside the grid the dose is unknown, not zero: a part left out makes maxima, means and volumes too good.",
    mend="Enlarge the dose grid until it holds every judged structure, calculate and export again.",
    source="DICOM PS3.3 C.7.6.2 Image Plane Module (voxel centres), C.8.8.3.2 Grid Frame Offset Vector;"
    " measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
