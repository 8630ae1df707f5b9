"""Drawing a solid: contours on axial planes, as a planning system would write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Contour, Structure
from sbrt_qa.phantom.loops import keyhole, rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sbrt_qa.phantom.loops import Loop
    from sbrt_qa.phantom.shapes import Solid

Holes = Literal["nested", "xor", "keyhole"]
TOUCH_MM = 1e-6  # a plane this near to an end of a solid lies on it
NUDGE_MM = 1e-8  # how far inside its outline is taken
SPECK_MM = 4e-4  # half the side of the smallest mark


@dataclass(frozen=True, slots=True)
class Slicing:
    """How a solid is contoured.

    Parameters
    ----------
    slice_mm : float
        Distance between planes.
    offset_mm : float
        The planes lie at ``bottom + (k + 1/2) slice + offset``. With offset 0 and a solid whose
        height is a multiple of the slice, half-slice end caps reach exactly from its bottom to its top.
    point_mm : float
        About the largest distance between neighbouring vertices on curved outlines.
    holes : {"nested", "xor", "keyhole"}
        Several loops on one plane become CLOSED_PLANAR contours, CLOSEDPLANAR_XOR contours, or one
        CLOSED_PLANAR contour with a channel from each loop to the next (for concentric loops only).
    """

    slice_mm: float
    offset_mm: float = 0.0
    point_mm: float = 0.5
    holes: Holes = "nested"

    def __post_init__(self) -> None:
        if not (self.slice_mm > 0.0 and self.point_mm > 0.0 and math.isfinite(self.offset_mm)):
            raise UsageError(f"slice and point distance must be above 0 mm, got {self}")


def planes_mm(solid: Solid, slicing: Slicing) -> NDArray[np.float64]:
    """Return the z of every plane strictly inside the solid's extent, rising."""
    bottom, top = solid.extent_mm[2]
    first, step = bottom + slicing.slice_mm / 2 + slicing.offset_mm, slicing.slice_mm
    index = np.arange(math.floor((bottom - first) / step), math.ceil((top - first) / step) + 1, dtype=np.float64)
    z = first + index * step
    near = 1e-9 * step
    return z[(z > bottom + near) & (z < top - near)]


def contours(solid: Solid, slicing: Slicing) -> tuple[Contour, ...]:
    """Contour a solid on axial planes.

    Parameters
    ----------
    solid : Solid
        What is drawn.
    slicing : Slicing
        Planes, vertices, and how holes are written.

    Returns
    -------
    tuple of Contour
        Plane by plane from the lowest z; planes whose cut is empty or degenerate are left out.
    """
    return contours_on(solid, planes_mm(solid, slicing), slicing)


def contours_on(solid: Solid, z_mm: Iterable[float], slicing: Slicing) -> tuple[Contour, ...]:
    """Contour a solid on planes of one's choice.

    Parameters
    ----------
    solid : Solid
        What is drawn.
    z_mm : iterable of float
        The planes. One on an end of the solid shows the end's outline; where that is a point or a line,
        a speck or sliver less than 1 µm wide (Nelms 2015 marks the ends of its solids so).
    slicing : Slicing
        Vertices, and how holes are written; its planes are not used.

    Returns
    -------
    tuple of Contour
        Plane by plane in the order given; planes whose cut is empty are left out.
    """
    found: list[Contour] = []
    for z in map(float, z_mm):
        loops = _ending(solid, z, slicing.point_mm) or solid.outlines(z, slicing.point_mm)
        if slicing.holes == "keyhole" and len(loops) > 1:
            loops = (keyhole(loops),)
        geometry = "CLOSEDPLANAR_XOR" if slicing.holes == "xor" and len(loops) > 1 else "CLOSED_PLANAR"
        found += [Contour(np.column_stack((loop, np.full(len(loop), z))), geometry) for loop in loops]
    return tuple(found)


def _ending(solid: Solid, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
    """Return the loops on a plane that touches an end of the solid, none on every other plane."""
    bottom, top = solid.extent_mm[2]
    within = NUDGE_MM if abs(z_mm - bottom) < TOUCH_MM else -NUDGE_MM if abs(z_mm - top) < TOUCH_MM else 0.0
    if within == 0.0:
        return ()
    loops = solid.outlines((bottom if within > 0.0 else top) + within, point_mm)
    return tuple(_visible(loop) for loop in loops)


def _visible(loop: Loop) -> Loop:
    """Return the loop, or where it is all but a point, a square that text with 10 digits can hold."""
    if float(np.ptp(loop, axis=0).max()) > 2 * SPECK_MM:
        return loop
    return np.asarray(loop.mean(axis=0) + rectangle(SPECK_MM, SPECK_MM))


def structure(solid: Solid, slicing: Slicing, *, name: str = "Phantom", kind: str = "ORGAN") -> Structure:
    """Return a solid's contours as a structure."""
    return Structure(name=name, number=1, contours=contours(solid, slicing), kind=kind)
