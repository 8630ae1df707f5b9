"""Levels: the dose at points of slabs, on both faces of their slab and on the planes of the dose between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import even_cell, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose

ROUNDING_MM = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """The dose planes that bound and cut the slab of each point, and its faces between them.

    Parameters
    ----------
    first, count : ndarray of int, shape (points,)
        Number of the highest plane not above the slab, and how many planes reach to the lowest not below it.
    low, high : ndarray, shape (points,)
        Share 0..1 of the way from the first plane to the second at the low face, and from the last but one to the last
        at the high face.
    """

    first: NDArray[np.intp]
    count: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, slab_mm: NDArray[np.float64], z_mm: NDArray[np.float64], on: NDArray[np.intp]) -> Planes:
        """Find them for slabs that meet the grid; what lies outside of it is left away."""
        low_mm, high_mm = np.clip(slab_mm, z_mm[0], z_mm[-1]).T
        first = np.clip(np.searchsorted(z_mm, low_mm, "right") - 1, 0, z_mm.size - 2)
        last = np.clip(np.searchsorted(z_mm, high_mm, "left"), first + 1, z_mm.size - 1)
        low = (low_mm - z_mm[first]) / (z_mm[first + 1] - z_mm[first])
        high = (high_mm - z_mm[last - 1]) / (z_mm[last] - z_mm[last - 1])
        return cls(first[on], (last - first + 1)[on], low[on], high[on])


def at_levels(x: NDArray[np.float64], y: NDArray[np.float64], planes: Planes, dose: Dose) -> NDArray[np.float64]:
    """Read the dose at points (n, m) on the faces of their slabs and on the planes inside: (levels, m)."""
    low, high, between, _ = _levels(x, y, planes, dose)
    return np.concatenate([low, high, between])


def ranges_at_levels(
    x: NDArray[np.float64], y: NDArray[np.float64], planes: Planes, dose: Dose
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest dose at each of some points (n, 1) over the levels of its slab."""
    low, high, between, point = _levels(x, y, planes, dose)
    coldest, hottest = np.minimum(low, high).reshape(-1), np.maximum(low, high).reshape(-1)
    np.minimum.at(coldest, point, between.reshape(-1))
    np.maximum.at(hottest, point, between.reshape(-1))
    return coldest, hottest


def _levels(
    x: NDArray[np.float64], y: NDArray[np.float64], planes: Planes, dose: Dose
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Read points on the low and the high face of their slab and on the planes inside, and tell whose the last are."""
    point, plane = spread(planes.first, planes.count)
    on_planes = _bilinear(dose, x, y, (point, plane))
    start = np.cumsum(planes.count) - planes.count
    end = start + planes.count - 1
    bottom, top = on_planes[start], on_planes[end]
    low = bottom + planes.low[:, None] * (on_planes[start + 1] - bottom)
    below = on_planes[end - 1]
    high = below + planes.high[:, None] * (top - below)
    between = np.ones(plane.size, dtype=np.bool_)
    between[start] = between[end] = False
    return low, high, on_planes[between], point[between]


def within(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which positions lie on an axis, rounding allowed."""
    return np.asarray((at_mm >= axis_mm[0] - ROUNDING_MM) & (at_mm <= axis_mm[-1] + ROUNDING_MM))


def _bilinear(
    dose: Dose,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    chosen: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Read the dose at points (n, m), each on some planes given as (point, plane): (readings, m)."""
    point, plane = chosen
    _, ny, nx = dose.grid.shape_zyx
    i, across = even_cell(x, dose.grid.x_mm)
    j, down = even_cell(y, dose.grid.y_mm)
    flat = dose.gy.reshape(-1)
    at = (j * nx + i)[point] + (plane * ny * nx)[:, None]
    across = across[point]
    front, rear = flat.take(at), flat.take(at + nx)
    front = front + across * (flat.take(at + 1) - front)
    rear = rear + across * (flat.take(at + nx + 1) - rear)
    return np.asarray(front + down[point] * (rear - front), dtype=np.float64)
