"""Cubic: dose between grid points by local cubics, as a finer grid that the engine then reads as usual.

Along each axis in turn the dose follows the cubic through two neighbouring grid points whose slopes there are those of
the parabola through three points (Catmull-Rom on even spacing). It passes through every grid point, reproduces
parabolas exactly and depends on no point beyond the next but one. Where it dips below zero it is cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.model import Dose, Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = 3  # pieces per grid spacing; what is left of the trilinear error is a ninth
REACH = 2  # grid points beyond a box that its cubics depend on


def refined(dose: Dose, box_mm: tuple[tuple[float, float], ...]) -> Dose:
    """Return the dose in a box on a grid three times as fine.

    Parameters
    ----------
    dose : Dose
        On an axis-aligned grid of at least two voxels along each axis.
    box_mm : ((x0, x1), (y0, y1), (z0, z1))
        Region of interest; the result covers as much of it as the dose does.
    """
    axes = (dose.grid.x_mm, dose.grid.y_mm, dose.grid.z_mm)
    spans = [_nodes(axis, *limits) for axis, limits in zip(axes, box_mm, strict=True)]
    gy = dose.gy[spans[2], spans[1], spans[0]].astype(np.float64)
    made: list[NDArray[np.float64]] = []
    for axis_mm, span, place in zip(axes, spans, (2, 1, 0), strict=True):
        gy, finer_mm = _along(gy, axis_mm[span], place)
        made.append(finer_mm)
    x_mm, y_mm, z_mm = made
    return Dose(Grid(x_mm, y_mm, z_mm), np.maximum(gy, 0.0).astype(np.float32), dose.identity)


def _nodes(axis_mm: NDArray[np.float64], low: float, high: float) -> slice:
    first = int(np.searchsorted(axis_mm, low, "right")) - 1 - REACH
    last = int(np.searchsorted(axis_mm, high, "left")) + REACH
    return slice(max(min(first, axis_mm.size - 2), 0), min(max(last, 1), axis_mm.size - 1) + 1)


def _along(
    gy: NDArray[np.float64], at_mm: NDArray[np.float64], place: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Refine along one axis."""
    values = np.moveaxis(gy, place, 0)
    gap = np.diff(at_mm)
    slope = _slopes(values, gap)
    count = values.shape[0]
    finer = np.empty((PARTS * (count - 1) + 1, *values.shape[1:]))
    shape = (-1,) + (1,) * (values.ndim - 1)
    for part in range(PARTS):
        t = part / PARTS
        width = gap.reshape(shape)
        finer[part : PARTS * (count - 1) : PARTS] = (
            (1 + 2 * t) * (1 - t) ** 2 * values[:-1]
            + t * (1 - t) ** 2 * width * slope[:-1]
            + t**2 * (3 - 2 * t) * values[1:]
            + t**2 * (t - 1) * width * slope[1:]
        )
    finer[-1] = values[-1]
    places = np.append((at_mm[:-1, None] + gap[:, None] * np.arange(PARTS) / PARTS).reshape(-1), at_mm[-1])
    return np.moveaxis(finer, 0, place), places


def _slopes(values: NDArray[np.float64], gap: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slope at each grid point: of the parabola through it and its neighbours, at the ends of the last parabola."""
    width = gap.reshape((-1,) + (1,) * (values.ndim - 1))
    rise = np.diff(values, axis=0) / width
    if len(gap) == 1:
        return np.concatenate([rise, rise])
    inner = (rise[:-1] * width[1:] + rise[1:] * width[:-1]) / (width[1:] + width[:-1])
    first = 2 * rise[:1] - inner[:1]
    last = 2 * rise[-1:] - inner[-1:]
    return np.concatenate([first, inner, last])
