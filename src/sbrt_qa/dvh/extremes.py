"""Extremes: the lowest and highest dose of the trilinear field inside a structure.

Inside a grid cell a trilinear field has no extremum, so over a stack of prisms the extremes lie on the
faces of slabs or on grid planes, and there on grid points inside the contours, on contour vertices, or where a contour
crosses a grid line. All of these are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dvh.rows import Crossings, Edges, cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Grid

Range = tuple[float, float]


def extremes(edges: Edges, slab_mm: NDArray[np.float64], dose: Dose, seen: Range) -> Range:
    """Widen a range of doses already seen inside the structure to the exact extremes.

    Parameters
    ----------
    edges : Edges
        Contour edges of the structure.
    slab_mm : ndarray, shape (slabs, 2)
        Low and high z of each slab.
    dose : Dose
        On an axis-aligned grid.
    seen : (low, high)
        Doses of points known to lie inside, e.g. the ends of the integrated pieces, in Gy.

    Returns
    -------
    (low, high) in Gy.
    """
    grid = dose.grid
    levels, slab = _levels(slab_mm, grid.z_mm)
    if levels.size == 0:
        return seen
    along_x = cross(edges, grid.y_mm[0], grid.spacing_mm[1])
    along_y = cross(_swapped(edges), grid.x_mm[0], grid.spacing_mm[0])
    boundary = (
        (edges.x0, edges.y0, edges.slab),
        (along_x.x, grid.y_mm[0] + along_x.row * grid.spacing_mm[1], along_x.slab),
        (grid.x_mm[0] + along_y.row * grid.spacing_mm[0], along_y.x, along_y.slab),
    )
    for x, y, on in boundary:
        seen = _widen(seen, _on_boundary(x, y, on, (levels, slab), dose))
    return _widen(seen, _on_grid_points(along_x, (levels, slab), dose, seen))


def _levels(slab_mm: NDArray[np.float64], z_mm: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Heights to look at, sorted by slab: both faces of each slab and the grid planes between them, inside the grid."""
    low, high = np.maximum(slab_mm[:, 0], z_mm[0]), np.minimum(slab_mm[:, 1], z_mm[-1])
    known = np.flatnonzero(low <= high)
    first, last = np.searchsorted(z_mm, low[known], "right"), np.searchsorted(z_mm, high[known], "left")
    count = np.maximum(last - first, 0)
    plane = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    levels = np.concatenate([low[known], z_mm[plane], high[known]])
    slab = np.concatenate([known, np.repeat(known, count), known])
    order = np.argsort(slab, kind="stable")
    return levels[order], slab[order]


def _swapped(edges: Edges) -> Edges:
    return Edges(edges.y0, edges.x0, edges.y1, edges.x1, edges.slab)


def _widen(seen: Range, values: NDArray[np.float64]) -> Range:
    if values.size == 0:
        return seen
    return min(seen[0], float(values.min())), max(seen[1], float(values.max()))


def _on_boundary(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    on: NDArray[np.intp],
    levels: tuple[NDArray[np.float64], NDArray[np.intp]],
    dose: Dose,
) -> NDArray[np.float64]:
    """Dose at boundary points, at every level of their slab."""
    height, slab = levels
    grid = dose.grid
    inside = (x >= grid.x_mm[0]) & (x <= grid.x_mm[-1]) & (y >= grid.y_mm[0]) & (y <= grid.y_mm[-1])
    x, y, on = x[inside], y[inside], on[inside]
    first, count = _levels_of(on, slab)
    point = np.repeat(np.arange(x.size), count)
    level = np.arange(point.size) - np.repeat(np.cumsum(count) - count - first, count)
    return _trilinear(dose, x[point], y[point], height[level])


def _levels_of(on: NDArray[np.intp], slab: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first = np.searchsorted(slab, on, "left")
    return first, np.searchsorted(slab, on, "right") - first


def _trilinear(dose: Dose, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    grid = dose.grid
    _, ny, nx = grid.shape_zyx
    i, fx = _cell(x, grid.x_mm)
    j, fy = _cell(y, grid.y_mm)
    k, fz = _cell(z, grid.z_mm)
    flat = dose.gy.reshape(-1)
    at = (k * ny + j) * nx + i
    rows = []
    for offset in (0, nx, ny * nx, ny * nx + nx):
        left = flat.take(at + offset)
        rows.append(left + fx * (flat.take(at + offset + 1) - left))
    front, rear = rows[0] + fz * (rows[2] - rows[0]), rows[1] + fz * (rows[3] - rows[1])
    return front + fy * (rear - front)


def _cell(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    index = np.clip(np.searchsorted(axis_mm, at_mm, side="right") - 1, 0, axis_mm.size - 2)
    return index, (at_mm - axis_mm[index]) / (axis_mm[index + 1] - axis_mm[index])


def _on_grid_points(
    crossings: Crossings, levels: tuple[NDArray[np.float64], NDArray[np.intp]], dose: Dose, seen: Range
) -> NDArray[np.float64]:
    """Dose at the grid points inside the contours that could widen what was seen, at every level of their slab."""
    height, slab = levels
    if crossings.x.size == 0:
        return np.empty(0)
    grid = dose.grid
    x0, x1 = crossings.x.min(), crossings.x.max()
    i0, i1 = np.searchsorted(grid.x_mm, x0, "left"), np.searchsorted(grid.x_mm, x1, "right")
    j0, j1 = max(int(crossings.row.min()), 0), min(int(crossings.row.max()) + 1, grid.y_mm.size)
    found = []
    for z, on in zip(height, slab, strict=True):
        k = int(np.clip(np.searchsorted(grid.z_mm, z, side="right") - 1, 0, grid.z_mm.size - 2))
        fz = (z - grid.z_mm[k]) / (grid.z_mm[k + 1] - grid.z_mm[k])
        low, high = dose.gy[k, j0:j1, i0:i1], dose.gy[k + 1, j0:j1, i0:i1]
        plane = low if fz == 0 else high if fz == 1 else low + np.float32(fz) * (high - low)
        j, i = np.nonzero((plane < seen[0]) | (plane > seen[1]))
        if j.size:
            inside = _inside(crossings, on, j + j0, grid, i + i0)
            found.append(plane[j[inside], i[inside]].astype(np.float64))
    return np.concatenate(found) if found else np.empty(0)


def _inside(crossings: Crossings, slab: int, row: NDArray[np.intp], grid: Grid, column: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which grid points lie inside by counting the crossings to their left: odd is inside."""
    first, last = np.searchsorted(crossings.slab, [slab, slab + 1])
    rows, x = crossings.row[first:last], crossings.x[first:last]
    if x.size == 0:
        return np.zeros(row.size, dtype=bool)
    left, width = min(float(x.min()), float(grid.x_mm[0])), max(float(x.max()), float(grid.x_mm[-1]))
    scale = 0.999 / (width - left)
    key = rows + scale * (x - left)
    return np.asarray(np.searchsorted(key, row + scale * (grid.x_mm[column] - left)) % 2 == 1)
