"""The volume found here is the volume the file states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._rois import area_mm2, planes_mm, used
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram.slabs import SAME_PLANE_MM
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Structure

CODES = {
    "roi-volume-differs": "The volume of a judged structure differs from the one the file states, with end caps and"
    " without, by more than 0.5 cc and 5 %, a warning, or 15 %, then its findings are undecided."
}
SMALL_CC, WARN_SHARE, FINDING_SHARE = 0.5, 0.05, 0.15


def run(subject: Subject) -> Outcome:
    """Compare ROIVolume with the volume of the curve, where there are both."""
    structures = [s for s in used(subject) if s.stated_volume_cc is not None]
    doubts = tuple(doubt for doubt in (_doubt(subject, s) for s in structures) if doubt is not None)
    good = f"{len(structures)} stated volumes agree." if structures else "The file states no volumes to compare with."
    return Outcome(good, doubts)


def _doubt(subject: Subject, structure: Structure) -> Doubt | None:
    stated, own = structure.stated_volume_cc, _own_cc(subject, structure)
    if stated is None or own is None:
        return None
    bare = own - _caps_cc(structure)
    # Planning systems close the ends in either way, which is a third of a small target.
    if bare - SMALL_CC <= stated <= own + SMALL_CC or _agree(stated, (bare, own), WARN_SHARE):
        return None
    text = (
        f"{structure.name} has {show(own, Unit.CC)}, or {show(bare, Unit.CC)} without end caps, but the file states"
        f" {show(stated, Unit.CC)}: look for lost contours, filled holes or an old volume."
    )
    effect = Effect.WARN if _agree(stated, (bare, own), FINDING_SHARE) else Effect.FINDING
    return Doubt(effect, "roi-volume-differs", text, (structure.number,))


def _agree(stated_cc: float, own_cc: tuple[float, float], share: float) -> bool:
    return own_cc[0] - share * stated_cc <= stated_cc <= own_cc[1] + share * stated_cc


def _caps_cc(structure: Structure) -> float:
    """Volume of half a slice beyond the first and the last plane in cc."""
    planes = planes_mm(structure)
    if planes.size < 2:
        return 0.0
    ends = ((planes[0], planes[1] - planes[0]), (planes[-1], planes[-1] - planes[-2]))
    drawn = [(contour.z_mm, abs(area_mm2(contour))) for contour in structure.closed_contours]
    caps = (gap / 2 * sum(area for z, area in drawn if abs(z - end) <= SAME_PLANE_MM) for end, gap in ends)
    return float(sum(caps)) / 1000


def _own_cc(subject: Subject, structure: Structure) -> float | None:
    if subject.curve is None:
        return None
    try:
        return subject.curve(structure).volume_cc
    except SbrtQaError:
        return None


CHECK = Check(
    id="roi-volume",
    title="Stated volumes",
    why="A volume far from the planning system's shows lost contours or a hole taken the wrong way.",
    mend="Compare the contours with the planning system's, and export the structure set again.",
    source="DICOM PS3.3 C.8.8.5 Structure Set Module, ROI Volume (3006,002C) in cm³; measured experience"
    " with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
