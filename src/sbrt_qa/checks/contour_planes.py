"""Every contour lies in one plane across the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import used

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Contour, Structure

CODES = {
    "contour-not-planar": "Contours of a judged structure leave their own plane: a warning up to 1 mm,"
    " beyond it the findings are undecided.",
    "contour-not-axial": "Contours of a judged structure are tilted against z: a warning up to 1 mm,"
    " beyond it the findings are undecided.",
}
NOTHING_MM, MOST_MM = 0.1, 1.0


def run(subject: Subject) -> Outcome:
    """Measure how far the points of each contour stray from the contour's mean z."""
    found = (_doubt(structure) for structure in used(subject))
    doubts = tuple(doubt for doubt in found if doubt is not None)
    return Outcome("Every contour of the judged structures lies in one axial plane.", doubts)


def _doubt(structure: Structure) -> Doubt | None:
    strays = [_from_mean_z_mm(contour) for contour in structure.closed_contours]
    if not strays or max(strays) <= NOTHING_MM:
        return None
    worst_mm = max(strays)
    contour = structure.closed_contours[strays.index(worst_mm)]
    beyond = sum(stray > NOTHING_MM for stray in strays)
    bound = MOST_MM if worst_mm > MOST_MM else NOTHING_MM
    planar = _from_fitted_plane_mm(contour) <= bound
    code, how = ("contour-not-axial", "tilted") if planar else ("contour-not-planar", "not flat")
    text = (
        f"{structure.name}: {beyond} of {len(strays)} contours are {how}, the worst by {worst_mm:.2f} mm"
        f" at z {contour.z_mm:.1f} mm."
    )
    effect = Effect.FINDING if worst_mm > MOST_MM else Effect.WARN
    return Doubt(effect, code, text, (structure.number,))


def _from_mean_z_mm(contour: Contour) -> float:
    return float(np.abs(contour.points_mm[:, 2] - contour.z_mm).max())


def _from_fitted_plane_mm(contour: Contour) -> float:
    """Largest distance of a point to the plane that fits the contour best, in mm."""
    centred = contour.points_mm - contour.points_mm.mean(axis=0)
    normal = np.linalg.svd(centred, full_matrices=False)[2][2]
    return float(np.abs(centred @ normal).max())


CHECK = Check(
    id="contour-planes",
    title="Contours in axial planes",
    why="Volumes are stacked from axial planes; a tilted contour would be stacked in the wrong place.",
    mend="Contour on axial slices, or resample the structure to them before export.",
    source="DICOM PS3.3 C.8.8.6 ROI Contour Module (CLOSED_PLANAR is coplanar); measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
