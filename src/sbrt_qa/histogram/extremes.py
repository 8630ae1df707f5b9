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

from sbrt_qa.histogram.arrays import nodes_around, spread
from sbrt_qa.histogram.levels import Planes, at_levels, ranges_at_levels, within
from sbrt_qa.histogram.pieces import bends, cut
from sbrt_qa.histogram.rows import Rows, cross, on_slabs_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.pieces import Points
    from sbrt_qa.histogram.rows import Edges
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
        Doses known to be reached inside, in Gy; the wider, the less is left to look at.

    Returns
    -------
    (low, high) in Gy.
    """
    edges = on_slabs_only(edges, np.flatnonzero(_meets_grid(slab_mm, dose.grid)))
    if edges.slab.size == 0:
        return seen
    for widened in (_along_outline, _at_grid_points):
        beyond = _beyond(edges, slab_mm, dose, seen)
        if beyond is None:
            return seen
        seen = widened(seen, (edges, beyond), slab_mm, dose)
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
    j, i = nodes_around(edges.y0, grid.y_mm), nodes_around(edges.x0, grid.x_mm)
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


def _along_outline(seen: Range, where: tuple[Edges, _Beyond], slab_mm: NDArray[np.float64], dose: Dose) -> Range:
    """Look along the outline in cells that have a point beyond: at its cuts, then between those that are near enough.

    Between two cuts the dose is a parabola. It leaves the range of its ends by at most a quarter of its bend, so only
    where that reaches beyond all ends its turning point can matter.
    """
    edges, beyond = where
    pieces = cut(edges, _near(edges, beyond, dose.grid), dose.grid)
    if pieces.first.size == 0:
        return seen
    planes = Planes.of(slab_mm, dose.grid.z_mm, edges.slab[pieces.edge])
    coldest, hottest = ranges_at_levels(pieces.x, pieces.y, planes, dose)
    used = np.zeros(pieces.edge.size, dtype=np.bool_)
    used[pieces.first] = used[pieces.first + 1] = True
    seen = min(seen[0], float(coldest[used].min())), max(seen[1], float(hottest[used].max()))
    bend = bends(edges, pieces, planes, dose) / 4
    here, ahead = pieces.first, pieces.first + 1
    turns = np.minimum(coldest[here], coldest[ahead]) - bend < seen[0]
    turns |= np.maximum(hottest[here], hottest[ahead]) + bend > seen[1]
    return _widened(seen, pieces.points(edges, here[turns]), slab_mm, dose)


def _at_grid_points(seen: Range, where: tuple[Edges, _Beyond], slab_mm: NDArray[np.float64], dose: Dose) -> Range:
    return _widened(seen, _on_grid_points(*where, dose.grid), slab_mm, dose)


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
    inside = within(x, grid.x_mm).all(axis=1) & within(y, grid.y_mm).all(axis=1)
    x, y, on = x[inside], y[inside], on[inside]
    if x.size == 0:
        return seen
    values = at_levels(x, y, Planes.of(slab_mm, grid.z_mm, on), dose)
    low, high = min(seen[0], float(values.min())), max(seen[1], float(values.max()))
    if x.shape[1] == 1:
        return low, high
    turning = _turning(values)
    return min(low, float(turning.min(initial=np.inf))), max(high, float(turning.max(initial=-np.inf)))


def _turning(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values where the dose turns round on a piece of outline: a parabola through three values, at one level."""
    start, middle, end = values.T
    bend, rise = 2 * (start - 2 * middle + end), 4 * middle - 3 * start - end
    with np.errstate(divide="ignore", invalid="ignore"):
        at = -rise / (2 * bend)
        turns = (at > 0) & (at < 1)
        return np.asarray((start + 0.5 * rise * at)[turns])
