"""Truth of a solid as it is contoured: itself from the first to the last plane, and the end cuts continued beyond.

DICOM fixes no rule for what lies beyond the first and the last contour. A yardstick for the end-cap rule *as such*
must therefore follow it: between the planes the solid is ideal, beyond them the end cut goes on unchanged. All areas
are closed forms; only the sum over z is a quadrature, over pieces that are smooth and end like a root.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.quadrature import integrate
from sbrt_qa.phantom.shapes import Cone, Cylinder, NestedSpheres
from sbrt_qa.phantom.truth import MM3_PER_CC, Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sbrt_qa.phantom.fields import Linear

    Floats = NDArray[np.float64]

Turned = NestedSpheres | Cylinder | Cone


@dataclass(frozen=True, slots=True)
class Ends:
    """First and last contour plane, and how far the solid goes on beyond each.

    Parameters
    ----------
    first_mm, last_mm : float
        z of the planes.
    reach_mm : float
        Height of the prism on each end.
    """

    first_mm: float
    last_mm: float
    reach_mm: float


def truth_of_capped(solid: Turned, field: Linear, ends: Ends) -> Truth:
    """Exact curve of a solid between two planes with a prism on each end, in a dose that changes along y or z.

    Parameters
    ----------
    solid : NestedSpheres (one sphere), Cylinder or Cone (axis x or z)
        Symmetric about its own middle in y.
    field : Linear
        Rising along the patient's +y (towards posterior), +z (towards the head) or −z.
    ends : Ends
        Planes inside or on the ends of the solid; a plane on a tangent point or line has no area there.

    Returns
    -------
    Truth
        To about 1e-10 relative.

    Raises
    ------
    UsageError
        For another solid or direction.
    """
    x, y, z = field.gradient_gy_per_mm
    centre_z = solid.centre_mm[2]
    own = _Capped(solid, ends.first_mm - centre_z, ends.last_mm - centre_z, ends.reach_mm)
    if x == y == 0.0 != z:
        return own.along_z(float(field.gy(*solid.centre_mm)), z)
    if x == z == 0.0 < y:
        return own.along_y(float(field.gy(*solid.centre_mm)), y)
    raise UsageError(f"a capped solid's truth is known along +y and ±z, not along {field.gradient_gy_per_mm}")


@dataclass(frozen=True, slots=True)
class _Capped:
    """The same relative to the solid's centre."""

    solid: Turned
    first: float
    last: float
    reach: float

    def along_z(self, centre_gy: float, slope: float) -> Truth:
        def area(z: Floats) -> Floats:
            return cut_mm2(self.solid, z, -math.inf)

        def part_mm3(height: float) -> float:
            inside = min(max(height, self.first), self.last)
            caps = [
                float(area(np.array(end))) * min(max(top - height, 0.0), self.reach)
                for end, top in ((self.first, self.first), (self.last, self.last + self.reach))
            ]
            return self._sum(area, inside, -math.inf) + sum(caps)

        volume = part_mm3(-math.inf)
        ends = [(self.first, self.first - self.reach / 2), (self.last, self.last + self.reach / 2)]
        moment = self._sum(lambda z: z * area(z), self.first, -math.inf)
        moment += sum(float(area(np.array(end))) * self.reach * middle for end, middle in ends)

        def above_cc(gy: float) -> float:
            higher = part_mm3((gy - centre_gy) / slope)
            return (higher if slope > 0.0 else volume - higher) / MM3_PER_CC

        faces = sorted(centre_gy + slope * z for z in (self.first - self.reach, self.last + self.reach))
        return Truth(volume / MM3_PER_CC, faces[0], centre_gy + slope * moment / volume, faces[1], above_cc)

    def along_y(self, centre_gy: float, slope: float) -> Truth:
        def part_mm3(level: float) -> float:
            def beyond(z: Floats) -> Floats:
                return cut_mm2(self.solid, z, level)

            ends = beyond(np.array([self.first, self.last]))
            return self._sum(beyond, self.first, level) + self.reach * float(ends.sum())

        widest = float(half_width_mm(self.solid, self.first, self.last))
        return Truth(
            volume_cc=part_mm3(-math.inf) / MM3_PER_CC,
            min_gy=centre_gy - slope * widest,
            mean_gy=centre_gy,
            max_gy=centre_gy + slope * widest,
            part_cc=lambda gy: part_mm3((gy - centre_gy) / slope) / MM3_PER_CC,
        )

    def _sum(self, of: Callable[[Floats], Floats], start: float, level: float) -> float:
        """Integral over z from ``start`` to the last plane."""
        inner = (z for z in kinks_mm(self.solid, level) if start < z < self.last)
        return integrate(of, [start, *sorted(inner), self.last]) if start < self.last else 0.0


# ---- cuts, relative to the solid's centre


@singledispatch
def cut_mm2(solid: Turned, z: Floats, level: float) -> Floats:  # noqa: ARG001  names the fallback
    """Area of the cut at height ``z`` where y is at least ``level``."""
    raise _unknown(solid)


@singledispatch
def kinks_mm(solid: Turned, level: float) -> list[float]:  # noqa: ARG001  names the fallback
    """Heights where that area is not smooth."""
    raise _unknown(solid)


@singledispatch
def half_width_mm(solid: Turned, first: float, last: float) -> float:  # noqa: ARG001  names the fallback
    """Largest y of the solid between two heights."""
    raise _unknown(solid)


def _unknown(solid: Turned) -> UsageError:
    return UsageError(f"the truth of a capped {type(solid).__name__} is not known in closed form")


def _radius(solid: NestedSpheres) -> float:
    if len(solid.radii_mm) != 1:
        raise _unknown(solid)
    return solid.radii_mm[0]


@cut_mm2.register(NestedSpheres)
def _(solid: NestedSpheres, z: Floats, level: float) -> Floats:
    return _segment(_circle(_radius(solid), z), level)


@kinks_mm.register(NestedSpheres)
def _(solid: NestedSpheres, level: float) -> list[float]:
    return _round_kinks(_radius(solid), level)


@half_width_mm.register(NestedSpheres)
def _(solid: NestedSpheres, first: float, last: float) -> float:
    return _widest_circle(_radius(solid), first, last)


@cut_mm2.register(Cylinder)
def _(solid: Cylinder, z: Floats, level: float) -> Floats:
    if solid.axis == "z":
        return _segment(np.full_like(z, solid.radius_mm), level)
    _require_x(solid)
    width = _circle(solid.radius_mm, z)
    return np.asarray(solid.height_mm * np.clip(width - level, 0.0, 2.0 * width))


@kinks_mm.register(Cylinder)
def _(solid: Cylinder, level: float) -> list[float]:
    return [] if solid.axis == "z" else _round_kinks(solid.radius_mm, level)


@half_width_mm.register(Cylinder)
def _(solid: Cylinder, first: float, last: float) -> float:
    return solid.radius_mm if solid.axis == "z" else _widest_circle(solid.radius_mm, first, last)


@cut_mm2.register(Cone)
def _(solid: Cone, z: Floats, level: float) -> Floats:
    radius, height = solid.radius_mm, solid.height_mm
    if solid.axis == "z":
        return _segment(radius * np.clip(0.5 - z / height, 0.0, 1.0), level)
    _require_x(solid)
    edge = min(max(level, -radius), radius)
    beyond = _hyperbola(z, abs(edge), radius)
    return height / radius * (beyond if edge >= 0.0 else _hyperbola(z, 0.0, radius) * 2.0 - beyond)


@kinks_mm.register(Cone)
def _(solid: Cone, level: float) -> list[float]:
    if solid.axis != "z":
        return _round_kinks(solid.radius_mm, level)
    share = abs(level) / solid.radius_mm
    return [solid.height_mm * (0.5 - share)] if share < 1.0 else []


@half_width_mm.register(Cone)
def _(solid: Cone, first: float, last: float) -> float:
    if solid.axis == "z":
        return solid.radius_mm * (0.5 - first / solid.height_mm)
    return _widest_circle(solid.radius_mm, first, last)


def _require_x(solid: Cylinder | Cone) -> None:
    if solid.axis != "x":
        raise UsageError(f"the truth of a capped {type(solid).__name__} along {solid.axis} is not known")


def _circle(radius: float, z: Floats) -> Floats:
    return np.sqrt(np.maximum(radius * radius - z * z, 0.0))


def _round_kinks(radius: float, level: float) -> list[float]:
    """Where a circle in (y, z) passes the level, and its middle, where a hyperbola's area is z² log z."""
    inner = radius * radius - level * level
    return [0.0] if inner <= 0.0 else [-math.sqrt(inner), 0.0, math.sqrt(inner)]


def _widest_circle(radius: float, first: float, last: float) -> float:
    nearest = min(max(0.0, first), last)
    return math.sqrt(max(radius * radius - nearest * nearest, 0.0))


def _segment(radius: Floats, level: float) -> Floats:
    """Area of a disc beyond a line."""
    c = np.clip(level, -radius, radius)
    cosine = np.divide(c, radius, out=np.zeros_like(c), where=radius > 0.0)
    return np.asarray(radius**2 * np.arccos(cosine) - c * np.sqrt(np.maximum(radius**2 - c**2, 0.0)))


def _hyperbola(z: Floats, level: float, radius: float) -> Floats:
    """``∫ (√(r² − z²) − level) dr`` from where the root passes the level to the base's radius; level >= 0."""
    low = np.minimum(np.hypot(z, level), radius)
    return np.asarray(_root_area(np.full_like(low, radius), z) - _root_area(low, z) - level * (radius - low))


def _root_area(r: Floats, z: Floats) -> Floats:
    """``∫ √(r² − z²) dr`` from |z| to r."""
    z = np.abs(z)
    root = np.sqrt(np.maximum(r * r - z * z, 0.0))
    spread = np.divide(r + root, z, out=np.ones_like(root), where=z > 0.0)
    return np.asarray((r * root - z * z * np.log(spread)) / 2.0)
