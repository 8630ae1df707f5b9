"""Pieces: the outline cut at the lines of the dose grid. Along a piece, at any height, the dose is a parabola."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import nodes_around, spread
from sbrt_qa.histogram.levels import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.levels import Planes
    from sbrt_qa.histogram.rows import Edges
    from sbrt_qa.model import Dose, Grid

Points = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.intp]"]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces of edges between grid lines.

    Parameters
    ----------
    edge, share : ndarray, shape (cuts,)
        The edge of each cut and the share 0..1 along it, sorted; the ends of an edge are cuts, too.
    x, y : ndarray, shape (cuts, 1)
        Where the cuts are, in mm.
    first : ndarray of int, shape (pieces,)
        The cut at which each piece inside the grid begins; the next one ends it.
    """

    edge: NDArray[np.intp]
    share: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    first: NDArray[np.intp]

    def points(self, edges: Edges, first: NDArray[np.intp]) -> Points:
        """Return one end, the middle and the other end of some pieces."""
        start, end = self.share[first], self.share[first + 1]
        of = self.edge[first]
        return *_points(edges, of, np.stack([start, (start + end) / 2, end], axis=1)), edges.slab[of]


def _points(
    edges: Edges, of: NDArray[np.intp], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y at shares (n, m) of the way along edges."""
    x0, y0 = edges.x0[of, None], edges.y0[of, None]
    return x0 + share * (edges.x1[of, None] - x0), y0 + share * (edges.y1[of, None] - y0)


def cut(edges: Edges, chosen: NDArray[np.intp], grid: Grid) -> Pieces:
    """Cut edges at the grid lines."""
    x0, y0, x1, y1 = (part[chosen] for part in (edges.x0, edges.y0, edges.x1, edges.y1))
    along_x, edge_x = _crossings(x0, x1, grid.x_mm)
    along_y, edge_y = _crossings(y0, y1, grid.y_mm)
    every = np.arange(chosen.size)
    share = np.concatenate([np.zeros(chosen.size), along_x, along_y, np.ones(chosen.size)])
    edge = np.concatenate([every, edge_x, edge_y, every])
    order = np.argsort(edge + 0.5 * share, kind="stable")
    share, edge = share[order], chosen[edge[order]]
    x, y = _points(edges, edge, share[:, None])
    inside = (within(x, grid.x_mm) & within(y, grid.y_mm)).reshape(-1)
    return Pieces(edge, share, x, y, np.flatnonzero((edge[1:] == edge[:-1]) & inside[1:] & inside[:-1]))


def bends(edges: Edges, pieces: Pieces, planes: Planes, dose: Dose) -> NDArray[np.float64]:
    """Return a bound of the bend of the dose along each piece, from the largest twist on the planes around it."""
    grid = dose.grid
    bottom, top = int(planes.first.min()), int((planes.first + planes.count).max())
    j, i = nodes_around(edges.y0, grid.y_mm), nodes_around(edges.x0, grid.x_mm)
    twist = np.array([_twist(plane) for plane in dose.gy[bottom:top, j, i]])
    here = planes.first[pieces.first] - bottom
    largest = twist[here]
    for step in range(1, int(planes.count.max())):
        largest = np.maximum(largest, twist[here + np.minimum(step, planes.count[pieces.first] - 1)])
    of, dx, dy = pieces.edge[pieces.first], *grid.spacing_mm[:2]
    share = pieces.share[pieces.first + 1] - pieces.share[pieces.first]
    across, down = (edges.x1[of] - edges.x0[of]) / dx, (edges.y1[of] - edges.y0[of]) / dy
    return np.asarray(np.abs(across * down) * share * share * largest)


def _twist(plane: NDArray[np.float32]) -> float:
    """Return the largest twist of a cell: how much the rise along one side differs from that along the opposite one."""
    rise = np.subtract(plane[1:], plane[:-1], dtype=np.float64)
    return float(np.abs(rise[:, 1:] - rise[:, :-1]).max())


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
