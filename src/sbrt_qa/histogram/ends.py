"""Ends: where parts of a structure stop, and how their shape closes beyond the last contour.

A part of a contour plane ends where no contour of the next plane overlaps it; on the first and the last plane every
part does. The end cap says how far such a part reaches, and the shape only how it narrows on the way: it never closes
before. At the share t of the reach the field does not fall below

    d (2 m − d) − m² √t³,

where d is the distance to the outline on the plane and m the largest d of this part. This power keeps the volume of a
sphere wherever its last contour lies: what is gained where the pole is nearer than half a gap is lost where it is
farther.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.drawn import Drawn
    from sbrt_qa.model import Contour

    Floats = NDArray[np.float64]

POWER = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The parts of all planes, each under the number of one of its contours, and where they end.

    Parameters
    ----------
    part : ndarray of int, shape (planes, y, x)
        The part that is nearest to each raster point.
    deepest : ndarray, shape (contours,)
        Largest d of each part in mm; 0 where the raster has no point inside.
    plane : ndarray of int, shape (contours,)
        Plane of each part.
    tip_mm : ndarray, shape (contours, 2)
        x and y where d is largest; a point of the contour where the raster has none inside.
    ending : (ndarray of bool, ndarray of bool), each of shape (contours,)
        True for a part that ends downwards, upwards.
    """

    part: NDArray[np.intp]
    deepest: Floats
    plane: NDArray[np.intp]
    tip_mm: Floats
    ending: tuple[NDArray[np.bool_], NDArray[np.bool_]]

    def least(self, field: Floats, plane: int, share: float, *, upwards: bool) -> Floats:
        """Return the least f at a share of the reach beyond a plane: minus infinity where nothing ends."""
        most = max(float(field[plane].max()), 0.0)
        d = np.sqrt(most) - np.sqrt(most - field[plane])
        m = self.deepest[self.part[plane]]
        kept = np.where(self.ending[upwards], 0.0, np.inf)[self.part[plane]]
        return np.asarray(d * (2 * m - d) - share**POWER * m * m - kept)

    def any_on(self, plane: int, *, upwards: bool) -> bool:
        """Tell whether any part of a plane ends in a direction."""
        return bool((self.ending[upwards] & (self.plane == plane)).any())


def ends_of(drawn: Drawn, contours: tuple[Contour, ...], plane: NDArray[np.intp]) -> Ends:
    """Find the parts and where they end.

    Parameters
    ----------
    drawn : Drawn
        The contour planes.
    contours : tuple of Contour
        Closed contours.
    plane : ndarray of int, shape (contours,)
        Plane of each contour.
    """
    inside = drawn.field > 0
    own = _joined(drawn.contour, inside, plane.size)
    part = own[drawn.contour]
    within = np.flatnonzero(inside)
    member, depth = part.reshape(-1)[within], drawn.field.reshape(-1)[within]
    deepest = np.zeros(own.size)
    np.maximum.at(deepest, member, depth)
    tip_mm = np.array([contour.points_mm[0, :2] for contour in contours])
    column, row = (
        np.rint((at - axis[0]) / (axis[1] - axis[0])).astype(np.intp)
        for at, axis in zip(tip_mm.T, (drawn.x_mm, drawn.y_mm), strict=True)
    )
    top = depth == deepest[member]
    _, j, i = np.unravel_index(within[top], inside.shape)
    tip_mm[member[top]] = np.column_stack([drawn.x_mm[i], drawn.y_mm[j]])
    most = np.maximum(drawn.field.max(axis=(1, 2)), 0.0)[plane]
    deepest = np.sqrt(most) - np.sqrt(most - deepest)
    each = own == np.arange(own.size)
    down, up = (each & _stops(part, inside, (plane, row, column), step) for step in (-1, 1))
    return Ends(part, deepest, plane, tip_mm, (down, up))


def _stops(
    part: NDArray[np.intp], inside: NDArray[np.bool_], tip: tuple[NDArray[np.intp], ...], step: int
) -> NDArray[np.bool_]:
    """Tell which parts no inside of the next plane overlaps; of a part without a raster point its tip is asked."""
    beside = np.zeros_like(inside)
    here, there = (slice(-1), slice(1, None))[::step]
    beside[here] = inside[there]
    stops = ~beside[tip]
    stops[part[inside & ~beside]] = True
    stops[part[inside & beside]] = False
    return stops


def _joined(contour: NDArray[np.intp], inside: NDArray[np.bool_], contours: int) -> NDArray[np.intp]:
    """Return the part of each contour: those whose insides meet, as a hole's and that of the contour around it."""
    seen = []
    for axis in (1, 2):
        one, other = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(-1),)
        meet = inside[one] & inside[other] & (contour[one] != contour[other])
        seen.append(contour[one][meet] * contours + contour[other][meet])
    a, b = np.divmod(np.unique(np.concatenate(seen)), contours)
    own = np.arange(contours)
    while (own[a] != own[b]).any():
        low = np.minimum(own[a], own[b])
        np.minimum.at(own, a, low)
        np.minimum.at(own, b, low)
    return own
