"""Solids whose dose-volume curve is known on paper, and the outlines an axial plane cuts from them.

Every solid stands in DICOM patient axes (LPS), is given by its centre and lengths in mm, and offers

``extent_mm``
    its bounding box, ``((x0, x1), (y0, y1), (z0, z1))``,
``outlines(z_mm, point_mm)``
    the loops of its cut with the plane at ``z_mm``, each an array (n, 2) of patient x and y with
    vertices **on** the boundary at most about ``point_mm`` apart. Loops combine by even-odd. A plane
    that cuts nothing, or only a point or a line, gives no loop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.loops import across, at, ellipse, mirrored, rectangle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Triple
    from sbrt_qa.phantom.loops import Axis, Loop

Box3 = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
AXES: tuple[Axis, ...] = ("x", "y", "z")
ORIGIN: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Solid(Protocol):
    """What every solid offers."""

    @property
    def centre_mm(self) -> Triple:
        """Centre in patient mm."""

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """Loops of the cut with the axial plane at ``z_mm``."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Ellipsoid with semi-axes along the patient axes.

    Parameters
    ----------
    semi_axes_mm : (x, y, z)
        Semi-axes, all above 0.
    centre_mm : (x, y, z)
        Centre.
    """

    semi_axes_mm: Triple
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("semi-axes", *self.semi_axes_mm)

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        return _box(self.centre_mm, self.semi_axes_mm)

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """One ellipse."""
        a, b, c = self.semi_axes_mm
        share = 1.0 - ((z_mm - self.centre_mm[2]) / c) ** 2
        if share <= 0.0:
            return ()
        return (at(self.centre_mm, ellipse(a * math.sqrt(share), b * math.sqrt(share), point_mm)),)


@dataclass(frozen=True, slots=True)
class NestedSpheres:
    """Concentric spheres combined by even-odd: a ball, a hollow ball, a hollow ball with an island in it, ...

    Parameters
    ----------
    radii_mm : tuple of float
        Falling radii: solid from the first inwards to the second, hollow to the third, and so on.
    centre_mm : (x, y, z)
        Common centre.
    """

    radii_mm: tuple[float, ...]
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("radii", *self.radii_mm)
        if any(inner >= outer for outer, inner in zip(self.radii_mm, self.radii_mm[1:], strict=False)):
            raise UsageError(f"radii of nested spheres must fall, got {self.radii_mm}")

    @property
    def signed_radii_mm(self) -> list[tuple[float, float]]:
        """Every sphere's sign, +1 or −1, and radius: the solid is their signed sum."""
        return [(-1.0 if k % 2 else 1.0, radius) for k, radius in enumerate(self.radii_mm)]

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        return _box(self.centre_mm, (self.radii_mm[0],) * 3)

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """One circle for each sphere that the plane meets, the outermost first."""
        dz = z_mm - self.centre_mm[2]
        cuts = [math.sqrt(r * r - dz * dz) for r in self.radii_mm if r > abs(dz)]
        return tuple(at(self.centre_mm, ellipse(r, r, point_mm)) for r in cuts)


def sphere(radius_mm: float, centre_mm: Triple = ORIGIN) -> NestedSpheres:
    """Return a ball."""
    return NestedSpheres((radius_mm,), centre_mm)


def shell(outer_mm: float, inner_mm: float, centre_mm: Triple = ORIGIN) -> NestedSpheres:
    """Return a hollow ball."""
    return NestedSpheres((outer_mm, inner_mm), centre_mm)


@dataclass(frozen=True, slots=True)
class Cylinder:
    """Circular cylinder.

    Parameters
    ----------
    radius_mm, height_mm : float
        Radius, and length along the axis.
    axis : {"x", "y", "z"}
        Patient axis it stands along.
    centre_mm : (x, y, z)
        Middle of the axis.
    """

    radius_mm: float
    height_mm: float
    axis: Axis = "z"
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("radius and height", self.radius_mm, self.height_mm)

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        return _box(self.centre_mm, _halves(self.axis, self.height_mm / 2, self.radius_mm))

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """Circle (axis z) or rectangle (axis x or y)."""
        dz, radius, half = z_mm - self.centre_mm[2], self.radius_mm, self.height_mm / 2
        if self.axis == "z":
            return (at(self.centre_mm, ellipse(radius, radius, point_mm)),) if abs(dz) < half else ()
        if abs(dz) >= radius:
            return ()
        wide = math.sqrt(radius * radius - dz * dz)
        return (at(self.centre_mm, across(self.axis, rectangle(half, wide))),)


@dataclass(frozen=True, slots=True)
class Cone:
    """Circular cone, base at the low end of its axis and tip at the high end.

    Parameters
    ----------
    radius_mm, height_mm : float
        Radius of the base, and distance from base to tip.
    axis : {"x", "y", "z"}
        Patient axis it stands along.
    centre_mm : (x, y, z)
        Half way between base and tip.
    """

    radius_mm: float
    height_mm: float
    axis: Axis = "z"
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("radius and height", self.radius_mm, self.height_mm)

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        return _box(self.centre_mm, _halves(self.axis, self.height_mm / 2, self.radius_mm))

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """Circle (axis z), or a branch of a hyperbola closed by the base (axis x or y)."""
        dz, radius, half = z_mm - self.centre_mm[2], self.radius_mm, self.height_mm / 2
        if self.axis == "z":
            cut = radius * (0.5 - dz / self.height_mm)
            return (at(self.centre_mm, ellipse(cut, cut, point_mm)),) if 0.0 < cut < radius else ()
        if abs(dz) >= radius:
            return ()
        wide = math.sqrt(radius * radius - dz * dz)
        steps = 2 * max(6, math.ceil(math.hypot(wide, self.height_mm) / point_mm))
        lateral = np.linspace(-wide, wide, steps + 1)
        axial = half - self.height_mm * np.hypot(lateral, dz) / radius
        return (at(self.centre_mm, across(self.axis, np.column_stack((axial, lateral)))),)


@dataclass(frozen=True, slots=True)
class Torus:
    """Ring torus.

    Parameters
    ----------
    ring_mm, tube_mm : float
        Radius of the ring's centre line, and of the tube; ``tube_mm < ring_mm``.
    axis : {"x", "y", "z"}
        Patient axis of the ring.
    centre_mm : (x, y, z)
        Centre of the ring.
    """

    ring_mm: float
    tube_mm: float
    axis: Axis = "z"
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("radii", self.ring_mm, self.tube_mm)
        if self.tube_mm >= self.ring_mm:
            raise UsageError(f"a torus needs tube < ring, got {self.tube_mm} and {self.ring_mm} mm")

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        return _box(self.centre_mm, _halves(self.axis, self.tube_mm, self.ring_mm + self.tube_mm))

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """Two nested circles (axis z); two lobes or one waisted loop (axis x or y)."""
        dz, ring, tube = z_mm - self.centre_mm[2], self.ring_mm, self.tube_mm
        if self.axis == "z":
            if abs(dz) >= tube:
                return ()
            half = math.sqrt(tube * tube - dz * dz)
            return tuple(at(self.centre_mm, ellipse(r, r, point_mm)) for r in (ring + half, ring - half))
        if abs(dz) >= ring + tube:
            return ()
        far = math.sqrt((ring + tube) ** 2 - dz * dz)
        near = math.sqrt((ring - tube) ** 2 - dz * dz) if abs(dz) < ring - tube else -far

        def width(lateral: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.sqrt(np.maximum(tube * tube - (np.hypot(lateral, dz) - ring) ** 2, 0.0))

        lobe = mirrored(near, far, width, point_mm)
        lobes = (lobe,) if near == -far else (lobe, lobe * (1.0, -1.0))
        return tuple(at(self.centre_mm, across(self.axis, loop)) for loop in lobes)


@dataclass(frozen=True, slots=True)
class SlantedPrism:
    """Prism on a horizontal polygon, whose cross-section moves evenly with z.

    Parameters
    ----------
    outline_mm : tuple of (x, y)
        Corners of the cross-section at half height, relative to the centre; one simple polygon.
    height_mm : float
        Extent along z.
    lean : (dx/dz, dy/dz)
        How far the cross-section moves for each mm of z; (0, 0) is an upright prism.
    centre_mm : (x, y, z)
        Origin of the outline, at half height.
    """

    outline_mm: tuple[tuple[float, float], ...]
    height_mm: float
    lean: tuple[float, float] = (0.0, 0.0)
    centre_mm: Triple = ORIGIN

    def __post_init__(self) -> None:
        _positive("height", self.height_mm)
        if len(self.outline_mm) < 3:
            raise UsageError(f"a prism needs at least three corners, got {len(self.outline_mm)}")

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        corners, half = np.array(self.outline_mm), self.height_mm / 2
        reach = np.abs(self.lean) * half
        low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
        cx, cy, cz = self.centre_mm
        x, y = (cx + float(low[0]), cx + float(high[0])), (cy + float(low[1]), cy + float(high[1]))
        return x, y, (cz - half, cz + half)

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:  # noqa: ARG002  straight edges need no more points
        """Return the polygon, moved."""
        dz = z_mm - self.centre_mm[2]
        if abs(dz) >= self.height_mm / 2:
            return ()
        return (at(self.centre_mm, np.array(self.outline_mm, dtype=np.float64) + dz * np.array(self.lean)),)


def box(sides_mm: Triple, centre_mm: Triple = ORIGIN) -> SlantedPrism:
    """Return a box with sides along the patient axes."""
    x, y, z = sides_mm
    _positive("sides", x, y, z)
    return SlantedPrism(tuple(map(tuple, rectangle(x / 2, y / 2).tolist())), z, centre_mm=centre_mm)


def _positive(what: str, *lengths_mm: float) -> None:
    if not lengths_mm or not all(math.isfinite(length) and length > 0.0 for length in lengths_mm):
        raise UsageError(f"{what} of a solid must be above 0 mm, got {', '.join(map(str, lengths_mm)) or 'none'}")


def _box(centre: Triple, half: Triple) -> Box3:
    x, y, z = ((c - h, c + h) for c, h in zip(centre, half, strict=True))
    return x, y, z


def _halves(axis: Axis, along: float, across: float) -> Triple:
    x, y, z = (along if name == axis else across for name in AXES)
    return x, y, z
