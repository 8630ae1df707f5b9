"""Extremes: the lowest and highest dose of the trilinear field inside a structure.

Inside a grid cell a trilinear field has no extremum, so over a stack of prisms the extremes lie on the
faces of slabs or on grid planes, and there on grid points inside the contours or on the contours. Between two grid
lines the dose along an edge is a parabola: its ends and its turning point are looked at. All this is done only where a
grid point nearby lies beyond what was already seen inside the structure: elsewhere nothing can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import even_cell, spread
from sbrt_qa.histogram.rows import Rows, cross, on_slabs_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.rows import Edges
    from sbrt_qa.model import Dose, Grid

ROUNDING_MM = 1e-6
Range = tuple[float, float]
Points = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.intp]"]


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
        Doses known to be reached inside, in Gy; the wider, the less is left to look at.

    Returns
    -------
    (low, high) in Gy.
    """
    edges = on_slabs_only(edges, np.flatnonzero(_meets_grid(slab_mm, dose.grid)))
    if edges.slab.size == 0:
        return seen
    for points in (_on_outline, _on_grid_points):
        beyond = _beyond(edges, slab_mm, dose, seen)
        if beyond is None:
            return seen
        seen = _widened(seen, points(edges, beyond, dose.grid), slab_mm, dose)
    return seen


def _meets_grid(slab_mm: NDArray[np.float64], grid: Grid) -> NDArray[np.bool_]:
    return np.asarray((slab_mm[:, 1] >= grid.z_mm[0]) & (slab_mm[:, 0] <= grid.z_mm[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Beyond:
    """Where the dose leaves the range already seen.

    Parameters
    ----------
    first : (row, column)
        Position of the box in the grid.
    place : ndarray of int
        Number of each slab below, or −1.
    nodes : ndarray of bool, shape (numbered slabs, rows, columns)
        True where a grid point on one of the dose planes in or next to the slab lies beyond.
    """

    first: tuple[int, int]
    place: NDArray[np.intp]
    nodes: NDArray[np.bool_]

    @property
    def cells(self) -> NDArray[np.bool_]:
        """True for each cell that has such a point at a corner."""
        rows = self.nodes[:, 1:] | self.nodes[:, :-1]
        return np.asarray(rows[:, :, 1:] | rows[:, :, :-1])


def _beyond(edges: Edges, slab_mm: NDArray[np.float64], dose: Dose, seen: Range) -> _Beyond | None:
    """Compare the dose around the structure with what was seen; None where nothing lies beyond."""
    grid = dose.grid
    k0 = np.clip(np.searchsorted(grid.z_mm, slab_mm[:, 0], "right") - 1, 0, grid.z_mm.size - 1)
    k1 = np.clip(np.searchsorted(grid.z_mm, slab_mm[:, 1], "left"), k0, grid.z_mm.size - 1)
    slab = edges.slab[np.flatnonzero(np.diff(edges.slab, prepend=-1))]
    bottom, top = int(k0[slab].min()), int(k1[slab].max())
    j, i = _nodes(edges.y0, grid.y_mm), _nodes(edges.x0, grid.x_mm)
    box = dose.gy[bottom : top + 1, j, i]
    plane = (box < seen[0]) | (box > seen[1])
    any_in = np.append(0, np.cumsum(plane.any(axis=(1, 2))))
    slab = slab[any_in[k1[slab] + 1 - bottom] > any_in[k0[slab] - bottom]]
    if slab.size == 0:
        return None
    nodes = plane[k0[slab] - bottom]
    for step in range(1, int((k1 - k0)[slab].max()) + 1):
        nodes |= plane[np.minimum(k0[slab] + step, k1[slab]) - bottom]
    place = np.full(len(slab_mm), -1)
    place[slab] = np.arange(slab.size)
    return _Beyond((j.start, i.start), place, nodes)


def _nodes(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> slice:
    """Return the grid points around a stretch, at least two."""
    first = int(np.searchsorted(axis_mm, at_mm.min(), "right")) - 1
    last = int(np.searchsorted(axis_mm, at_mm.max(), "left"))
    return slice(max(min(first, axis_mm.size - 2), 0), min(max(last, 1), axis_mm.size - 1) + 1)


def _on_outline(edges: Edges, beyond: _Beyond, grid: Grid) -> Points:
    """Pieces of the outline between grid lines, in cells that have a point beyond: one end, middle, other end."""
    chosen = _near(edges, beyond, grid)
    x0, y0, x1, y1 = (part[chosen] for part in (edges.x0, edges.y0, edges.x1, edges.y1))
    along_x, edge_x = _crossings(x0, x1, grid.x_mm)
    along_y, edge_y = _crossings(y0, y1, grid.y_mm)
    every = np.arange(chosen.size)
    share = np.concatenate([np.zeros(chosen.size), along_x, along_y, np.ones(chosen.size)])
    edge = np.concatenate([every, edge_x, edge_y, every])
    order = np.argsort(edge + 0.5 * share, kind="stable")
    share, edge = share[order], edge[order]
    first = np.flatnonzero(edge[1:] == edge[:-1])
    ends = np.stack([share[first], (share[first] + share[first + 1]) / 2, share[first + 1]], axis=1)
    of = edge[first]
    x = x0[of, None] + ends * (x1 - x0)[of, None]
    y = y0[of, None] + ends * (y1 - y0)[of, None]
    return x, y, edges.slab[chosen][of]


def _near(edges: Edges, beyond: _Beyond, grid: Grid) -> NDArray[np.intp]:
    """Return the edges that could pass through a cell with a point beyond."""
    cells = beyond.cells
    _, rows, columns = cells.shape
    kept = np.flatnonzero(beyond.place[edges.slab] >= 0)
    dx, dy, _ = grid.spacing_mm
    i0, i1 = (((x[kept] - grid.x_mm[0]) / dx).astype(np.intp) - beyond.first[1] for x in (edges.x0, edges.x1))
    j0, j1 = (((y[kept] - grid.y_mm[0]) / dy).astype(np.intp) - beyond.first[0] for y in (edges.y0, edges.y1))
    long = (np.abs(i1 - i0) > 1) | (np.abs(j1 - j0) > 1)
    i0, i1 = np.clip(i0, 0, columns - 1), np.clip(i1, 0, columns - 1)
    base = beyond.place[edges.slab[kept]] * rows
    flat = cells.reshape(-1)
    for j in (j0, j1):
        row = (base + np.clip(j, 0, rows - 1)) * columns
        long |= flat.take(row + i0) | flat.take(row + i1)
    return np.asarray(kept[long])


def _crossings(
    start: NDArray[np.float64], end: NDArray[np.float64], axis_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Cross edges with the grid lines of one coordinate: the share 0..1 along the edge, and the edge, of each."""
    step = (axis_mm[-1] - axis_mm[0]) / (axis_mm.size - 1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.maximum(np.ceil((low - axis_mm[0]) / step), 0).astype(np.intp)
    last = np.minimum(np.floor((high - axis_mm[0]) / step), axis_mm.size - 1).astype(np.intp)
    edge, line = spread(first, np.where(high > low, np.maximum(last - first + 1, 0), 0))
    return np.clip((axis_mm[line] - start[edge]) / (end[edge] - start[edge]), 0.0, 1.0), edge


def _on_grid_points(edges: Edges, beyond: _Beyond, grid: Grid) -> Points:
    """Grid points inside the outline that lie beyond on one of the dose planes of their slab."""
    slab = np.flatnonzero(beyond.place >= 0)
    number, row = np.nonzero(beyond.nodes.any(axis=2))
    rows = Rows(slab[number], grid.y_mm[row + beyond.first[0]], np.zeros(row.size))
    crossings = cross(on_slabs_only(edges, slab), rows)
    hot = beyond.nodes[number, row]
    before = np.zeros((row.size, hot.shape[1] + 1), dtype=np.intp)
    np.cumsum(hot, axis=1, out=before[:, 1:])
    chord, left = crossings.row[::2], grid.x_mm[0] + beyond.first[1] * grid.spacing_mm[0]
    first = np.ceil((crossings.x[::2] - left) / grid.spacing_mm[0]).astype(np.intp)
    last = np.floor((crossings.x[1::2] - left) / grid.spacing_mm[0]).astype(np.intp)
    first, last = np.maximum(first, 0), np.minimum(last, hot.shape[1] - 1)
    beyond_in = before[chord, np.maximum(last + 1, 0)] - before[chord, np.minimum(first, hot.shape[1])]
    has = np.flatnonzero((last >= first) & (beyond_in > 0))
    which, column = spread(first[has], (last - first + 1)[has])
    on = chord[has][which]
    found = hot[on, column]
    on, column = on[found], column[found]
    return grid.x_mm[column + beyond.first[1]][:, None], rows.y[on][:, None], rows.slab[on]


def _widened(seen: Range, points: Points, slab_mm: NDArray[np.float64], dose: Dose) -> Range:
    """Look at points of slabs at every level of their slab: both faces, and the grid planes between them."""
    x, y, on = points
    grid = dose.grid
    inside = _within(x, grid.x_mm).all(axis=1) & _within(y, grid.y_mm).all(axis=1)
    x, y, on = x[inside], y[inside], on[inside]
    if x.size == 0:
        return seen
    values = _at_levels(x, y, _Planes.of(slab_mm, grid.z_mm, on), dose)
    low, high = min(seen[0], float(values.min())), max(seen[1], float(values.max()))
    if x.shape[1] == 1:
        return low, high
    turning = _turning(values)
    return min(low, float(turning.min(initial=np.inf))), max(high, float(turning.max(initial=-np.inf)))


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
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
    def of(cls, slab_mm: NDArray[np.float64], z_mm: NDArray[np.float64], on: NDArray[np.intp]) -> _Planes:
        """Find them for slabs that meet the grid; what lies outside of it is left away."""
        low_mm, high_mm = np.clip(slab_mm, z_mm[0], z_mm[-1]).T
        first = np.clip(np.searchsorted(z_mm, low_mm, "right") - 1, 0, z_mm.size - 2)
        last = np.clip(np.searchsorted(z_mm, high_mm, "left"), first + 1, z_mm.size - 1)
        low = (low_mm - z_mm[first]) / (z_mm[first + 1] - z_mm[first])
        high = (high_mm - z_mm[last - 1]) / (z_mm[last] - z_mm[last - 1])
        return cls(first[on], (last - first + 1)[on], low[on], high[on])


def _at_levels(x: NDArray[np.float64], y: NDArray[np.float64], planes: _Planes, dose: Dose) -> NDArray[np.float64]:
    """Read the dose at points (n, m) on the faces of their slabs and on the planes inside: (levels, m)."""
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
    return np.concatenate([low, high, on_planes[between]])


def _within(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((at_mm >= axis_mm[0] - ROUNDING_MM) & (at_mm <= axis_mm[-1] + ROUNDING_MM))


def _turning(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values where the dose turns round on a piece of outline: a parabola through three values, at one level."""
    start, middle, end = values.T
    bend, rise = 2 * (start - 2 * middle + end), 4 * middle - 3 * start - end
    with np.errstate(divide="ignore", invalid="ignore"):
        at = -rise / (2 * bend)
        turns = (at > 0) & (at < 1)
        return np.asarray((start + 0.5 * rise * at)[turns])


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
