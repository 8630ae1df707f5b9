"""Drawing a solid: contours on axial planes, as a planning system would write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Contour, Structure
from sbrt_qa.phantom.loops import keyhole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.shapes import Solid

Holes = Literal["nested", "xor", "keyhole"]


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
    found: list[Contour] = []
    for z in planes_mm(solid, slicing):
        loops = solid.outlines(float(z), slicing.point_mm)
        if slicing.holes == "keyhole" and len(loops) > 1:
            loops = (keyhole(loops),)
        geometry = "CLOSEDPLANAR_XOR" if slicing.holes == "xor" and len(loops) > 1 else "CLOSED_PLANAR"
        found += [Contour(np.column_stack((loop, np.full(len(loop), z))), geometry) for loop in loops]
    return tuple(found)


def structure(solid: Solid, slicing: Slicing, *, name: str = "Phantom", kind: str = "ORGAN") -> Structure:
    """Return a solid's contours as a structure."""
    return Structure(name=name, number=1, contours=contours(solid, slicing), kind=kind)
