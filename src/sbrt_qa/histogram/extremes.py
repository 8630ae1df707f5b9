"""Extremes: the lowest and highest dose of the trilinear field inside a structure.

Inside a grid cell a trilinear field has no extremum, so over a stack of prisms the extremes lie on the
faces of slabs or on grid planes, and there on grid points inside the contours, on contour vertices, or where a contour
crosses a grid line. All of these are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import cell, chunks, even_cell, spread
from sbrt_qa.histogram.rows import Crossings, Edges, Rows, cross, extent, lines, on_slabs_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose

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
    edges = on_slabs_only(edges, _promising(edges, slab_mm, dose, seen))
    if levels.size == 0 or edges.slab.size == 0:
        return seen
    y_lines = lines(edges, grid.y_mm[0], grid.spacing_mm[1])
    x_lines = lines(_swapped(edges), grid.x_mm[0], grid.spacing_mm[0])
    along_x, along_y = cross(edges, y_lines), cross(_swapped(edges), x_lines)
    boundary = (
        (edges.x0, edges.y0, edges.slab),
        (along_x.x, y_lines.y[along_x.row], y_lines.slab[along_x.row]),
        (x_lines.y[along_y.row], along_y.x, x_lines.slab[along_y.row]),
    )
    for x, y, on in boundary:
        seen = _widen(seen, _at_levels(x, y, on, (levels, slab), dose))
    columns = _on_grid_points(along_x, y_lines, slab_mm, (dose, seen))
    return _widen(seen, _at_levels(*columns, (levels, slab), dose))


def _promising(edges: Edges, slab_mm: NDArray[np.float64], dose: Dose, seen: Range) -> NDArray[np.intp]:
    """Return the slabs in whose box the dose leaves the range already seen; the others cannot widen it."""
    grid = dose.grid
    found = []
    x_low, x_high = extent(_swapped(edges))
    y_low, y_high = extent(edges)
    i, j = _nodes(x_low, x_high, grid.x_mm), _nodes(y_low, y_high, grid.y_mm)
    k = _nodes(slab_mm[:, 0], slab_mm[:, 1], grid.z_mm)
    for index, slab in enumerate(np.unique(edges.slab)):
        box = dose.gy[k[0][slab] : k[1][slab], j[0][index] : j[1][index], i[0][index] : i[1][index]]
        if box.size and (box.min() < seen[0] or box.max() > seen[1]):
            found.append(slab)
    return np.array(found, dtype=np.intp)


def _nodes(
    low: NDArray[np.float64], high: NDArray[np.float64], axis_mm: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and one past the last grid node that a stretch can depend on."""
    first = np.maximum(np.searchsorted(axis_mm, low, "right") - 1, 0)
    return first, np.minimum(np.searchsorted(axis_mm, high, "left") + 1, axis_mm.size)


def _levels(slab_mm: NDArray[np.float64], z_mm: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Heights to look at, sorted by slab: both faces of each slab and the grid planes between them, inside the grid."""
    low, high = np.maximum(slab_mm[:, 0], z_mm[0]), np.minimum(slab_mm[:, 1], z_mm[-1])
    known = np.flatnonzero(low <= high)
    first, last = np.searchsorted(z_mm, low[known], "right"), np.searchsorted(z_mm, high[known], "left")
    between, plane = spread(first, np.maximum(last - first, 0))
    levels = np.concatenate([low[known], z_mm[plane], high[known]])
    slab = np.concatenate([known, known[between], known])
    order = np.argsort(slab, kind="stable")
    return levels[order], slab[order]


def _swapped(edges: Edges) -> Edges:
    return Edges(edges.y0, edges.x0, edges.y1, edges.x1, edges.slab, edges.previous)


def _widen(seen: Range, values: NDArray[np.float64]) -> Range:
    if values.size == 0:
        return seen
    return min(seen[0], float(values.min())), max(seen[1], float(values.max()))


def _at_levels(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    on: NDArray[np.intp],
    levels: tuple[NDArray[np.float64], NDArray[np.intp]],
    dose: Dose,
) -> NDArray[np.float64]:
    """Dose at points (x, y) of slabs ``on``, at every level of their slab."""
    height, slab = levels
    grid = dose.grid
    inside = (x >= grid.x_mm[0]) & (x <= grid.x_mm[-1]) & (y >= grid.y_mm[0]) & (y <= grid.y_mm[-1])
    x, y, on = x[inside], y[inside], on[inside]
    first = np.searchsorted(slab, on, "left")
    point, level = spread(first, np.searchsorted(slab, on, "right") - first)
    return _trilinear(dose, x[point], y[point], height[level])


def _trilinear(
    dose: Dose, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    grid = dose.grid
    _, ny, nx = grid.shape_zyx
    i, fx = even_cell(x, grid.x_mm)
    j, fy = even_cell(y, grid.y_mm)
    k, fz = cell(z, grid.z_mm)
    flat = dose.gy.reshape(-1)
    at = (k * ny + j) * nx + i
    rows = []
    for offset in (0, nx, ny * nx, ny * nx + nx):
        left = flat.take(at + offset)
        rows.append(left + fx * (flat.take(at + offset + 1) - left))
    front, rear = rows[0] + fz * (rows[2] - rows[0]), rows[1] + fz * (rows[3] - rows[1])
    return np.asarray(front + fy * (rear - front), dtype=np.float64)


def _on_grid_points(
    along_x: Crossings, y_lines: Rows, slab_mm: NDArray[np.float64], field: tuple[Dose, Range]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Grid points inside the contours where the dose could lie beyond what was seen: x, y and slab of each column.

    Between two dose planes the dose over a grid point is linear in z, so a column whose dose planes (the
    ones just outside the slab included) all lie within ``seen`` cannot widen it.
    """
    dose, seen = field
    grid = dose.grid
    _, ny, nx = grid.shape_zyx
    left, dx = grid.x_mm[0], grid.spacing_mm[0]
    first = np.maximum(np.ceil((along_x.x[::2] - left) / dx).astype(np.intp), 0)
    last = np.minimum(np.floor((along_x.x[1::2] - left) / dx).astype(np.intp), nx - 1)
    row = np.rint((y_lines.y[along_x.row[::2]] - grid.y_mm[0]) / grid.spacing_mm[1]).astype(np.intp)
    slab = y_lines.slab[along_x.row[::2]]
    k0 = np.maximum(np.searchsorted(grid.z_mm, slab_mm[:, 0], "right") - 1, 0)
    k1 = np.minimum(np.searchsorted(grid.z_mm, slab_mm[:, 1], "left"), grid.z_mm.size - 1)
    planes = np.maximum(k1 - k0 + 1, 0)
    kept = (last >= first) & (row >= 0) & (row < ny)
    first, last, row, slab = first[kept], last[kept], row[kept], slab[kept]
    strip, plane = spread(k0[slab], planes[slab])
    begin = (plane * ny + row[strip]) * nx + first[strip]
    count = (last - first + 1)[strip]
    flat = dose.gy.reshape(-1)
    found = []
    for chosen in chunks(count):
        inner, at = spread(begin[chosen], count[chosen])
        value = flat.take(at)
        hit = np.flatnonzero((value < seen[0]) | (value > seen[1]))
        on = slab[strip[chosen][inner[hit]]]
        found.append((grid.x_mm[at[hit] % nx], grid.y_mm[at[hit] // nx % ny], on))
    if not found:
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.intp)
    x, y, on = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return x, y, on
