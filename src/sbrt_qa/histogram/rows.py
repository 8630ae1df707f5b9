"""Rows: contours cut into chords along x.

The crossings of all edges with all rows come from one vectorised pass. Sorted along each row
they pair up by the even-odd rule, which gives holes, keyholes, islands in holes and XOR
contours without a special case. The ends of a chord are exact; only y and z are sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.model import Contour


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges of a structure as flat arrays: edge k runs from (x0, y0) to (x1, y1) on ``slab``, after ``previous``."""

    x0: NDArray[np.float64]
    y0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    slab: NDArray[np.intp]
    previous: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows along x, sorted by slab and y.

    Parameters
    ----------
    slab : ndarray of int
        Slab of each row.
    y : ndarray
        Position in mm.
    depth : ndarray
        Extent in y that the row stands for, in mm.
    """

    slab: NDArray[np.intp]
    y: NDArray[np.float64]
    depth: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Where edges cross rows, sorted by row and x.

    Parameters
    ----------
    row : ndarray of int
        Index into the rows.
    x : ndarray
        Position along the row in mm. Entries 2k and 2k+1 are the two ends of a chord.
    """

    row: NDArray[np.intp]
    x: NDArray[np.float64]


def edges(contours: Sequence[Contour], slab: NDArray[np.intp]) -> Edges:
    """Flatten contours into edges; the last point of each joins its first.

    Parameters
    ----------
    contours : sequence of Contour
        Closed contours on axial planes.
    slab : ndarray of int, shape (contours,)
        Slab of each contour.

    Notes
    -----
    Points that repeat the one before are dropped, and a keyhole's channel, drawn in and out along the same points, is
    taken out, so that a hole reached by a channel is the same outline as a nested one.
    """
    points = np.concatenate([c.points_mm[:, :2] for c in contours])
    sizes = np.array([len(c.points_mm) for c in contours])
    points, sizes = _without_repeats(points, sizes)
    ends = np.cumsum(sizes)
    following = np.arange(1, points.shape[0] + 1)
    following[ends - 1] = ends - sizes
    x, y = points[:, 0].copy(), points[:, 1].copy()
    previous = np.empty_like(following)
    previous[following] = np.arange(following.size)
    kept = np.ones(x.size, dtype=bool)
    contour = np.repeat(np.arange(sizes.size), sizes)
    for there, back in _channels(x, y, following, contour):
        previous[following[back]], previous[following[there]] = previous[there], previous[back]
        following[previous[following[back]]], following[previous[following[there]]] = following[back], following[there]
        kept[[there, back]] = False
    place = np.cumsum(kept) - 1
    x1, y1 = x[following], y[following]
    return Edges(x[kept], y[kept], x1[kept], y1[kept], slab[contour[kept]], place[previous[kept]])


def _without_repeats(
    points: NDArray[np.float64], sizes: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Drop the points of each contour that equal the one before, a closing point included."""
    starts = np.cumsum(sizes) - sizes
    before = np.arange(-1, points.shape[0] - 1)
    before[starts] = starts + sizes - 1
    kept = (points != points[before]).any(axis=1)
    kept[starts] |= np.add.reduceat(kept, starts) == 0
    return points[kept], np.add.reduceat(kept.astype(np.intp), starts)


def _channels(
    x: NDArray[np.float64], y: NDArray[np.float64], following: NDArray[np.intp], contour: NDArray[np.intp]
) -> list[tuple[int, int]]:
    """Find the pairs of edges of one contour that run along the same two points in opposite directions.

    Such an edge ends in a point that the contour visits twice, which is looked for first.
    """
    scale = 0.5 / (np.abs(x).max() + np.abs(y).max() + 1.0)
    place = 2.0 * contour + scale * (x + 0.618 * y)
    order = np.argsort(place, kind="stable")
    same = np.flatnonzero(np.diff(place[order]) == 0)
    twice = np.zeros(x.size, dtype=bool)
    twice[order[same]] = twice[order[same + 1]] = True
    seen: dict[tuple[int, float, float, float, float], int] = {}
    pairs = []
    for edge in np.flatnonzero(twice & twice[following]).tolist():
        ahead = int(following[edge])
        here, there = (float(x[edge]), float(y[edge])), (float(x[ahead]), float(y[ahead]))
        other = seen.pop((int(contour[edge]), *there, *here), None)
        if other is None:
            seen[int(contour[edge]), *here, *there] = edge
        else:
            pairs.append((other, edge))
    return pairs


def on_slabs_only(edges: Edges, slabs: NDArray[np.intp]) -> Edges:
    """Return the edges on some slabs."""
    kept = np.isin(edges.slab, slabs)
    place = np.cumsum(kept) - 1
    return Edges(
        edges.x0[kept], edges.y0[kept], edges.x1[kept], edges.y1[kept], edges.slab[kept], place[edges.previous[kept]]
    )


def joined(
    one: tuple[NDArray[np.float64], Edges], other: tuple[NDArray[np.float64], Edges]
) -> tuple[NDArray[np.float64], Edges]:
    """Put two sets of slabs with their outlines together."""
    (slab_mm, a), (more_mm, b) = one, other
    both = Edges(
        np.concatenate([a.x0, b.x0]),
        np.concatenate([a.y0, b.y0]),
        np.concatenate([a.x1, b.x1]),
        np.concatenate([a.y1, b.y1]),
        np.concatenate([a.slab, b.slab + len(slab_mm)]),
        np.concatenate([a.previous, b.previous + a.x0.size]),
    )
    return np.concatenate([slab_mm, more_mm]), both


def lines(edges: Edges, base_mm: float, step_mm: float) -> Rows:
    """Return the rows y = base + r * step that can meet the outline, for every slab."""
    low, high = extent(edges)
    slab = np.unique(edges.slab)
    first = np.ceil((low - base_mm) / step_mm).astype(np.intp)
    last = np.floor((high - base_mm) / step_mm).astype(np.intp)
    which, row = spread(first, np.maximum(last - first + 1, 0))
    return Rows(slab[which], np.asarray(base_mm + row * step_mm, dtype=np.float64), np.full(row.size, step_mm))


def strips(edges: Edges, base_mm: float, step_mm: float, bend_mm: float) -> Rows:
    """Cut each slab's outline into rows that stand for a strip in y.

    Parameters
    ----------
    edges : Edges
        Edges of one structure.
    base_mm, step_mm : float
        Strips end at base + r * step, so that none straddles a line of the dose grid, ...
    bend_mm : float
        ... and at every vertex where the outline bends so much that a strip's chord in the middle would
        miss its area by more than this share of the slab's area: flat tops, tips, corners.

    Notes
    -----
    Between two such ends the chord is a continuous function of y with small bends only, so the chord
    in the middle of a strip gives its area to second order.
    """
    low, high = extent(edges)
    slab = np.unique(edges.slab)
    first = np.floor((low - base_mm) / step_mm).astype(np.intp) + 1
    count = np.maximum(np.ceil((high - base_mm) / step_mm).astype(np.intp) - first, 0)
    which, line = spread(first, count)
    sharp = np.flatnonzero(_missed_area(edges, step_mm) > bend_mm * _area(edges)[np.searchsorted(slab, edges.slab)])
    ends_y = np.concatenate([low, base_mm + line * step_mm, edges.y0[sharp], high])
    ends_slab = np.concatenate([slab, slab[which], edges.slab[sharp], slab])
    order = np.lexsort((ends_y, ends_slab))
    ends_y, ends_slab = ends_y[order], ends_slab[order]
    depth = np.diff(ends_y)
    real = (np.diff(ends_slab) == 0) & (depth > 1e-9)
    return Rows(ends_slab[:-1][real], ((ends_y[1:] + ends_y[:-1]) / 2)[real], depth[real])


def extent(edges: Edges) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest y of each slab that has an outline."""
    order = np.argsort(edges.slab, kind="stable")
    starts = np.flatnonzero(np.diff(edges.slab[order], prepend=-1))
    y = edges.y0[order]
    return np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)


def _area(edges: Edges) -> NDArray[np.float64]:
    """Area of each slab's box in y and x: the scale that a missed area is held against."""
    order = np.argsort(edges.slab, kind="stable")
    starts = np.flatnonzero(np.diff(edges.slab[order], prepend=-1))
    x, y = edges.x0[order], edges.y0[order]
    wide = np.maximum.reduceat(x, starts) - np.minimum.reduceat(x, starts)
    return np.asarray(wide * (np.maximum.reduceat(y, starts) - np.minimum.reduceat(y, starts)))


def _missed_area(edges: Edges, step_mm: float) -> NDArray[np.float64]:
    """Area in mm² that the bend at the start of each edge can cost when it lies inside a strip."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (edges.x1 - edges.x0) / (edges.y1 - edges.y0)
        bend = np.abs(slope - slope[edges.previous])
    return np.where(np.isfinite(bend), bend, np.inf) * step_mm**2 / 8


def cross(edges: Edges, rows: Rows) -> Crossings:
    """Cut every edge by the rows of its slab.

    Parameters
    ----------
    edges : Edges
        Edges of one structure.
    rows : Rows
        Sorted by slab and y.

    Notes
    -----
    An edge owns its lower end and not its upper one, so a row through a vertex is crossed
    exactly once by two edges that pass through it, and twice or never by a tip. Every closed
    contour therefore crosses each row an even number of times.
    """
    if rows.y.size == 0:
        return Crossings(np.empty(0, dtype=np.intp), np.empty(0))
    bottom = min(float(rows.y.min()), float(edges.y0.min()))
    height = max(float(rows.y.max()), float(edges.y0.max())) - bottom + 1.0
    key = rows.slab * height + (rows.y - bottom)
    at0 = np.searchsorted(key, edges.slab * height + (edges.y0 - bottom))
    at1 = np.searchsorted(key, edges.slab * height + (edges.y1 - bottom))
    first = np.minimum(at0, at1)
    edge, row = spread(first, np.maximum(at0, at1) - first)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (edges.x1 - edges.x0) / (edges.y1 - edges.y0)
    x = edges.x0[edge] + (rows.y[row] - edges.y0[edge]) * slope[edge]
    order = _order(row, x)
    return Crossings(row[order], x[order])


def _order(row: NDArray[np.intp], x: NDArray[np.float64]) -> NDArray[np.intp]:
    """Sort by row, then x: one sort of one float key instead of two."""
    if x.size == 0:
        return np.empty(0, dtype=np.intp)
    left, width = x.min(), max(float(np.ptp(x)), 1e-3)
    # Below 1 by construction, so that x never carries over into the next row.
    return np.argsort(row + 0.999 * (x - left) / width, kind="stable")
