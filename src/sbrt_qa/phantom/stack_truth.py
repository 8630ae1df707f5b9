"""Truth of the stack of polygons as written: each contour an upright prism over its slab, in a linear dose.

The volume of a prism above a plane has a closed form. With s the distance along the horizontal part
of the gradient and t the horizontal distance across it, Green's theorem gives for a polygon's part
beyond s = c the area ``A(c) = |∮ t ds|`` over the boundary with s >= c (the cut itself, ds = 0, adds
nothing), and ``W(c) = ∫ A = |∮ (s − c) t ds|``. Both are sums of polynomials over edges. A plane that
also tilts in z cuts at a c that moves evenly with z, so the prism's part is a difference of two W.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.truth import MM3_PER_CC, Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Structure
    from sbrt_qa.phantom.fields import Linear
    from sbrt_qa.phantom.loops import Loop

    Floats = NDArray[np.float64]

END_CAPS_MM = {"half-slice": math.inf, "max-1.5mm": 1.5, "none": 0.0}
FLAT = 1e-6  # a plane that rises less than this share across a slab is taken at mid-height (error 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Prisms:
    """Upright prisms, one edge a row; the even-odd sign stands in the direction of the edges.

    Parameters
    ----------
    start_mm, end_mm : ndarray, shape (n, 2)
        Ends (x, y) of every edge; what is solid lies to the left.
    low_mm, high_mm : ndarray, shape (n,)
        Slab of every edge.
    """

    start_mm: Floats
    end_mm: Floats
    low_mm: Floats
    high_mm: Floats

    def part_mm3(self, gradient: tuple[float, float, float], level: float) -> float:
        """Volume where ``gradient · (x, y, z) >= level``, in mm³."""
        gx, gy, gz = gradient
        steep = math.hypot(gx, gy)
        if steep == 0.0:
            return self._beyond_height(gz, level)
        along, across = np.array([gx, gy]) / steep, np.array([gy, -gx]) / steep
        s, t = (self.start_mm @ along, self.end_mm @ along), (self.start_mm @ across, self.end_mm @ across)
        cut_low, cut_high = (level - gz * self.low_mm) / steep, (level - gz * self.high_mm) / steep
        reach = max(float(np.ptp(s[0])), 1e-9)
        rise = np.abs(cut_high - cut_low)
        if float(rise.max()) < FLAT * reach:
            return float(np.sum(_area_terms(s, t, (cut_low + cut_high) / 2) * (self.high_mm - self.low_mm)))
        wedge = _wedge_terms(s, t, np.minimum(cut_low, cut_high)) - _wedge_terms(s, t, np.maximum(cut_low, cut_high))
        return float(np.sum(wedge)) * steep / abs(gz)

    def moments_mm(self) -> tuple[float, Floats]:
        """Volume in mm³ and centroid (x, y, z) in mm."""
        (x0, y0), (x1, y1) = self.start_mm.T, self.end_mm.T
        turn = (x0 * y1 - x1 * y0) / 2 * (self.high_mm - self.low_mm)
        volume = float(turn.sum())
        middle = (self.low_mm + self.high_mm) / 2
        first = [float(np.sum(turn * (a + b) / 3)) for a, b in ((x0, x1), (y0, y1))]
        return volume, np.array([*first, float(np.sum(turn * middle))]) / volume

    def corners_mm(self) -> Floats:
        """Every vertex on both faces of its slab, shape (2 n, 3)."""
        return np.vstack([np.column_stack((self.start_mm, z)) for z in (self.low_mm, self.high_mm)])

    def _beyond_height(self, gz: float, level: float) -> float:
        if gz == 0.0:
            return self.moments_mm()[0] if level <= 0.0 else 0.0
        cut = np.clip(level / gz, self.low_mm, self.high_mm)
        thickness = self.high_mm - cut if gz > 0.0 else cut - self.low_mm
        (x0, y0), (x1, y1) = self.start_mm.T, self.end_mm.T
        return float(np.sum((x0 * y1 - x1 * y0) / 2 * thickness))


def truth_of_stack(structure: Structure, field: Linear, end_cap: str = "half-slice") -> Truth:
    """Exact curve of a structure's prisms in a linear dose of any direction.

    Parameters
    ----------
    structure : Structure
        Closed contours on axial planes; loops on one plane are disjoint or nested, never crossing.
        A keyhole runs its inner loop the other way round.
    field : Linear
        The dose; the trilinear interpolation of its samples is the field itself.
    end_cap : {"half-slice", "none", "max-1.5mm"}
        How far the first and last slab reach beyond their planes.

    Returns
    -------
    Truth
    """
    prisms = prisms_of(structure, end_cap)
    volume_mm3, centroid = prisms.moments_mm()
    gradient = field.gradient_gy_per_mm
    base_gy = float(field.gy(0.0, 0.0, 0.0))
    corner_gy = field.gy(*prisms.corners_mm().T)
    return Truth(
        volume_cc=volume_mm3 / MM3_PER_CC,
        min_gy=float(corner_gy.min()),
        mean_gy=float(field.gy(*centroid)),
        max_gy=float(corner_gy.max()),
        part_cc=lambda gy: prisms.part_mm3(gradient, gy - base_gy) / MM3_PER_CC,
    )


def prisms_of(structure: Structure, end_cap: str = "half-slice") -> Prisms:
    """Return the prisms of a structure: contours by plane, each over half the gap to each neighbour."""
    closed = sorted(structure.closed_contours, key=lambda contour: contour.z_mm)
    planes = [list(group) for _, group in groupby(closed, key=lambda contour: round(contour.z_mm, 3))]
    slabs = _slabs([plane[0].z_mm for plane in planes], end_cap)
    if structure.slabs_mm is not None:
        own = {round(z, 3): (low, high) for z, low, high in structure.slabs_mm}
        slabs = [own[round(plane[0].z_mm, 3)] for plane in planes]
    starts, ends, faces = [], [], []
    for plane, slab in zip(planes, slabs, strict=True):
        for loop in _oriented([contour.points_mm[:, :2] for contour in plane]):
            starts.append(loop)
            ends.append(np.roll(loop, -1, axis=0))
            faces.append(np.tile(slab, (len(loop), 1)))
    low, high = np.vstack(faces).T
    return Prisms(np.vstack(starts), np.vstack(ends), low, high)


def _slabs(z_mm: list[float], end_cap: str) -> list[tuple[float, float]]:
    if len(z_mm) < 2:
        raise UsageError("the slab of a single plane has no thickness of its own")
    if end_cap not in END_CAPS_MM:
        raise UsageError(f"unknown end cap {end_cap!r}", mend=f"choose one of: {', '.join(END_CAPS_MM)}")
    reach = END_CAPS_MM[end_cap]
    faces = [(a + b) / 2 for a, b in pairwise(z_mm)]
    bottom = z_mm[0] - min((z_mm[1] - z_mm[0]) / 2, reach)
    top = z_mm[-1] + min((z_mm[-1] - z_mm[-2]) / 2, reach)
    return list(pairwise([bottom, *faces, top]))


def _oriented(loops: list[Loop]) -> list[Loop]:
    """Turn the loops of one plane so that solid lies to the left: by how many others each lies within."""
    turned = []
    for k, loop in enumerate(loops):
        depth = sum(_contains(other, loop[0]) for m, other in enumerate(loops) if m != k)
        counterclockwise = _signed_area(loop) > 0.0
        turned.append(loop if counterclockwise == (depth % 2 == 0) else loop[::-1])
    return turned


def _signed_area(loop: Loop) -> float:
    (x0, y0), (x1, y1) = (loop - loop[0]).T, (np.roll(loop, -1, axis=0) - loop[0]).T
    return float(np.sum(x0 * y1 - x1 * y0)) / 2


def _contains(loop: Loop, point: Floats) -> bool:
    (x0, y0), (x1, y1) = (loop - point).T, (np.roll(loop, -1, axis=0) - point).T
    straddles = (y0 > 0.0) != (y1 > 0.0)
    left = (x0 * y1 - x1 * y0)[straddles] * np.sign(y1 - y0)[straddles] > 0.0
    return bool(np.count_nonzero(left) % 2)


def _clipped(s: tuple[Floats, Floats], t: tuple[Floats, Floats], cut: Floats) -> tuple[Floats, ...]:
    """Return the ends (s, t) of every edge moved onto the cut where they lie before it; s from the cut."""
    s0, s1 = s[0] - cut, s[1] - cut
    run = s1 - s0
    slope = np.divide(t[1] - t[0], run, out=np.zeros_like(run), where=run != 0.0)
    a, b = np.maximum(s0, 0.0), np.maximum(s1, 0.0)
    return a, b, t[0] + slope * (a - s0), t[0] + slope * (b - s0)


def _area_terms(s: tuple[Floats, Floats], t: tuple[Floats, Floats], cut: Floats) -> Floats:
    """Each edge's share of the area beyond the cut: ``∫ t ds``."""
    a, b, ta, tb = _clipped(s, t, cut)
    return (b - a) * (ta + tb) / 2


def _wedge_terms(s: tuple[Floats, Floats], t: tuple[Floats, Floats], cut: Floats) -> Floats:
    """Each edge's share of the integral of that area over all cuts beyond this one: ``∫ (s − cut) t ds``."""
    a, b, ta, tb = _clipped(s, t, cut)
    return (b - a) * (2 * a * ta + a * tb + b * ta + 2 * b * tb) / 6
