"""No contour plane is missing inside a judged structure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome, Reading
from sbrt_qa.checks._rois import planes_mm, used, usual_step_mm
from sbrt_qa.checks._wording import listed
from sbrt_qa.histogram.slabs import SAME_PLANE_MM, slabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Structure

    Drawn = dict[int, NDArray[np.float64]]  # planes in mm by ROI number
    Gap = tuple[float, float]  # the planes in mm on either side

CODES = {
    "contour-gap": "Planes without a contour inside a judged structure: a warning for one or two planes"
    " of an organ;"
    " for more, or any in a target, its findings are undecided where it matters which gaps are bridged.",
    "slice-spacing-mixed": "The planes of a judged structure are wider apart towards an end, as the"
    " image's are; a note.",
}
GAP = 1.5  # times the usual step
MOST_MISSING = 2
MOST_READINGS = 3  # gaps, or groups of neighbouring gaps, of which each may be real
SPARSE = 2.5  # times the step of the most drawn structure: not drawn on every second plane, but with planes missing
ROUNDING_MM = 0.01


def run(subject: Subject) -> Outcome:
    """Compare every step between contour planes with the structure's usual step."""
    drawn = {structure.number: planes_mm(structure) for structure in subject.case.structures}
    doubts = (doubt for s in used(subject) for doubt in _doubts(s, drawn, is_target=s.number in subject.targets))
    return Outcome("No contour plane is missing inside a judged structure.", tuple(doubts))


def _doubts(structure: Structure, drawn: Drawn, *, is_target: bool) -> Iterator[Doubt]:
    planes = drawn[structure.number]
    others = [other for number, other in drawn.items() if number != structure.number and other.size]
    usual = _usual_mm(planes, others)
    wide = np.diff(planes) > GAP * usual + ROUNDING_MM
    mixed = _image_spacing(planes, wide, others)
    if mixed.any():
        text = f"{structure.name}: planes are up to {np.diff(planes)[mixed].max():.1f} mm apart towards an end."
        yield Doubt(Effect.NOTE, "slice-spacing-mixed", text, (structure.number,))
    gaps = [(float(planes[k]), float(planes[k + 1])) for k in np.flatnonzero(wide & ~mixed)]
    if not gaps:
        return
    missing = sum(max(round((high - low) / usual) - 1, 1) for low, high in gaps)
    places = listed(f"{low:.1f} to {high:.1f}" for low, high in gaps)
    name = f"{structure.name} (a target)" if is_target else structure.name
    text = (
        f"{name}: {missing} contour plane{'s' * (missing > 1)} missing (z {places} mm,"
        f" usual step {usual:.1f} mm); complete the contours or confirm the gap."
    )
    if not is_target and missing <= MOST_MISSING:
        yield Doubt(Effect.WARN, "contour-gap", text, (structure.number,))
        return
    # One may be real and the next forgotten, so each has its own reading; of many, neighbours are read alike.
    for some in np.array_split(np.arange(len(gaps)), min(len(gaps), MOST_READINGS)):
        parted = Reading("contour-gap", partial(_parted, [gaps[k] for k in some], usual))
        yield Doubt(Effect.FINDING, "contour-gap", text, (structure.number,), parted)


def _parted(gaps: list[Gap], usual_mm: float, structure: Structure, sampling: Sampling) -> Structure:
    """Read each gap as a real one: the planes beside it reach into it by half the usual step, not half way."""
    below = {low: low + usual_mm / 2 for low, _ in gaps}
    above = {high: high - usual_mm / 2 for _, high in gaps}
    cut = tuple(
        (z, _near(above, z, low), _near(below, z, high)) for z, low, high in slabs(structure, sampling)
    )  # fmt: skip
    return replace(structure, slabs_mm=cut)


def _near(ends_mm: dict[float, float], z_mm: float, otherwise_mm: float) -> float:
    """Return the end that belongs to this plane, if the plane lies beside a gap."""
    return next((end for z, end in ends_mm.items() if abs(z - z_mm) <= SAME_PLANE_MM), otherwise_mm)


def _usual_mm(planes: NDArray[np.float64], others: list[NDArray[np.float64]]) -> float:
    """Usual step; of a structure with fewer than three steps, or far wider ones, that of the most drawn one."""
    own = usual_step_mm(planes)
    richest = max(others, key=lambda other: other.size, default=planes)
    usual = usual_step_mm(richest)
    return min(own, usual) if richest.size >= 4 and (planes.size < 4 or own > SPARSE * usual) else own


def _image_spacing(
    planes: NDArray[np.float64], wide: NDArray[np.bool_], others: list[NDArray[np.float64]]
) -> NDArray[np.bool_]:
    """Mark the wide steps that follow the image: an even run at an end, in which nobody drew."""
    follows = np.zeros_like(wide)
    narrow = np.flatnonzero(~wide)
    if not narrow.size:
        return follows
    for run in (slice(0, narrow[0]), slice(narrow[-1] + 1, wide.size)):
        inside = planes[run.start : run.stop + 1]
        if inside.size > 1 and np.ptp(np.diff(inside)) <= 2 * SAME_PLANE_MM and _is_bare(inside, others):
            follows[run] = True
    return follows


def _is_bare(run_planes: NDArray[np.float64], others: list[NDArray[np.float64]]) -> bool:
    """Tell whether the image itself seems to have no plane between these: no other structure has one there.

    A single wide step may as well be one forgotten plane; it needs another structure that passes through it.
    """
    low, high = run_planes[0], run_planes[-1]
    for other in others:
        within = other[(other > low) & (other < high)]
        if within.size and np.abs(within[:, None] - run_planes).min(axis=1).max() > SAME_PLANE_MM:
            return False
    return run_planes.size > 2 or any(other[0] <= low and other[-1] >= high for other in others)


CHECK = Check(
    id="contour-gaps",
    title="No contour plane missing",
    why="A forgotten plane takes volume, and perhaps the hottest part, out of the structure.",
    mend="Complete the contours, or interpolate them in the planning system.",
    source="AAPM TG-275 and MPPG 11.a: contours are complete; measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
