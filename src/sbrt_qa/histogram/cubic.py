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

REACH = 2  # grid points beyond a box that its cubics depend on


def parts(fineness: float) -> int:
    """Return the pieces per grid spacing: three leave a ninth of the trilinear error, two (coarse) a quarter."""
    return 3 if fineness >= 1 else 2


def refined(dose: Dose, box_mm: tuple[tuple[float, float], ...], parts: int) -> Dose:
    """Return the dose in a box on a finer grid.

    Parameters
    ----------
    dose : Dose
        On an axis-aligned grid of at least two voxels along each axis.
    box_mm : ((x0, x1), (y0, y1), (z0, z1))
        Region of interest; the result covers as much of it as the dose does.
    parts : int
        Pieces per grid spacing.
    """
    axes = (dose.grid.x_mm, dose.grid.y_mm, dose.grid.z_mm)
    spans = [_nodes(axis, *limits) for axis, limits in zip(axes, box_mm, strict=True)]
    gy = dose.gy[spans[2], spans[1], spans[0]]
    made: list[NDArray[np.float64]] = []
    for axis_mm, span, place in zip(axes, spans, (2, 1, 0), strict=True):
        gy, finer_mm = _along(gy, axis_mm[span], place, parts)
        made.append(finer_mm)
    x_mm, y_mm, z_mm = made
    return Dose(Grid(x_mm, y_mm, z_mm), np.maximum(gy, 0.0, out=gy), dose.identity)


def _nodes(axis_mm: NDArray[np.float64], low: float, high: float) -> slice:
    first = int(np.searchsorted(axis_mm, low, "right")) - 1 - REACH
    last = int(np.searchsorted(axis_mm, high, "left")) + REACH
    return slice(max(min(first, axis_mm.size - 2), 0), min(max(last, 1), axis_mm.size - 1) + 1)


def _along(
    gy: NDArray[np.float32], at_mm: NDArray[np.float64], place: int, parts: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Refine along one axis."""
    values = np.moveaxis(gy, place, 0)
    count = values.shape[0]
    finer = np.empty((parts * (count - 1) + 1, *values.shape[1:]), dtype=np.float32)
    finer[::parts] = values
    for part in range(1, parts):
        finer[part::parts] = _between(values, at_mm, part / parts)
    gap = np.diff(at_mm)
    places = np.append((at_mm[:-1, None] + gap[:, None] * np.arange(parts) / parts).reshape(-1), at_mm[-1])
    return np.ascontiguousarray(np.moveaxis(finer, 0, place)), places


def _between(values: NDArray[np.float32], at_mm: NDArray[np.float64], t: float) -> NDArray[np.float32]:
    """Values at the share t of each gap: four weights for the four points around it, three at the ends."""
    gap = np.diff(at_mm)
    near = (1 + 2 * t) * (1 - t) ** 2, t**2 * (3 - 2 * t)
    slope = t * (1 - t) ** 2, t**2 * (t - 1)
    weights = np.zeros((gap.size, gap.size + 1))
    rows = np.arange(gap.size)
    weights[rows, rows], weights[rows, rows + 1] = near
    tangent = _tangents(gap)
    weights += gap[:, None] * (slope[0] * tangent[:-1] + slope[1] * tangent[1:])
    made = np.zeros((gap.size, *values.shape[1:]), dtype=np.float32)
    column = (-1,) + (1,) * (values.ndim - 1)
    for shift in (-2, -1, 0, 1, 2, 3):
        used = rows[(rows + shift >= 0) & (rows + shift <= gap.size)]
        weight = weights[used, used + shift].astype(np.float32)
        if weight.any():
            made[used[0] : used[-1] + 1] += weight.reshape(column) * values[used[0] + shift : used[-1] + shift + 1]
    return made


def _tangents(gap: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the slope at each point: of the parabola through it and its neighbours, at an end of the last one."""
    count = gap.size + 1
    rise = (np.eye(count, k=1) - np.eye(count))[:-1] / gap[:, None]
    if count == 2:
        return np.concatenate([rise, rise])
    share = (gap[1:] / (gap[1:] + gap[:-1]))[:, None]
    inner = rise[:-1] * share + rise[1:] * (1 - share)
    return np.concatenate([2 * rise[:1] - inner[:1], inner, 2 * rise[-1:] - inner[-1:]])
