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


_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64).view(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges of a structure as flat arrays, sorted by slab: k runs from (x0, y0) to (x1, y1), after ``previous``."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Chords:
    """Pieces of rows inside a structure, sorted by slab.

    Parameters
    ----------
    x0, x1 : ndarray
        Ends along x in mm.
    y, depth : ndarray
        Position of the row and the extent in y that it stands for, in mm.
    slab : ndarray of int
        Slab of each chord.
    """

    x0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y: NDArray[np.float64]
    depth: NDArray[np.float64]
    slab: NDArray[np.intp]


def edges(contours: Sequence[Contour], slab: NDArray[np.intp]) -> Edges:
    """Flatten contours into edges; the last point of each joins its first.

    Parameters
    ----------
    contours : sequence of Contour
        Closed contours on axial planes.
    slab : ndarray of int, shape (contours,)
        Slab of each contour, rising.

    Notes
    -----
    Points that repeat the one before are dropped, and a keyhole's channel, drawn in and out along the same points, is
    taken out, so that a hole reached by a channel is the same outline as a nested one.
    """
    points = np.concatenate([c.points_mm for c in contours])[:, :2]
    sizes = np.array([len(c.points_mm) for c in contours])
    points, sizes = _without_repeats(points, sizes)
    ends = np.cumsum(sizes)
    following = np.arange(1, points.shape[0] + 1)
    following[ends - 1] = ends - sizes
    x, y = points[:, 0].copy(), points[:, 1].copy()
    previous = np.empty_like(following)
    previous[following] = np.arange(following.size)
    contour = np.repeat(np.arange(sizes.size), sizes)
    channels = _channels(x, y, following, contour)
    if not channels:
        return Edges(x, y, x[following], y[following], slab[contour], previous)
    kept = np.ones(x.size, dtype=bool)
    for there, back in channels:
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
    x, y = points[:, 0], points[:, 1]
    kept = (x != x[before]) | (y != y[before])
    if kept.all():
        return points, sizes
    kept[starts] |= np.add.reduceat(kept, starts) == 0
    return points[kept], np.add.reduceat(kept.astype(np.intp), starts)


def _channels(
    x: NDArray[np.float64], y: NDArray[np.float64], following: NDArray[np.intp], contour: NDArray[np.intp]
) -> list[tuple[int, int]]:
    """Find the pairs of edges of one contour that run along the same two points in opposite directions.

    Such an edge ends in a point that the contour visits twice, which is looked for first.
    """
    twice = _visited_twice(x, y, contour)
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


def _visited_twice(x: NDArray[np.float64], y: NDArray[np.float64], contour: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which points their contour visits more than once.

    Points are sorted by a hash of their bits, of which 16 at a time sort fastest; only those of one hash are compared.
    """
    bits = (x + 0.0).view(np.int64) * _ODD[0] + (y + 0.0).view(np.int64) * _ODD[1] + contour * _ODD[2]
    low, high = (bits >> 32).astype(np.uint16), (bits >> 48).astype(np.uint16)
    order = np.argsort(low, kind="stable")
    order = order[np.argsort(high[order], kind="stable")]
    low, high = low[order], high[order]
    same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
    twice = np.zeros(x.size, dtype=bool)
    if not same.any():
        return twice
    crowd = order[np.append(same, False) | np.append(False, same)]
    order = crowd[np.lexsort((y[crowd], x[crowd], contour[crowd]))]
    here, ahead = order[:-1], order[1:]
    same = (x[here] == x[ahead]) & (y[here] == y[ahead]) & (contour[here] == contour[ahead])
    twice[here[same]] = twice[ahead[same]] = True
    return twice


def on_slabs_only(edges: Edges, slabs: NDArray[np.intp]) -> Edges:
    """Return the edges on some slabs."""
    chosen = np.zeros(int(edges.slab[-1]) + 1 if edges.slab.size else 0, dtype=bool)
    chosen[slabs[slabs < chosen.size]] = True
    kept = chosen[edges.slab]
    if kept.all():
        return edges
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
    slab = edges.slab[_starts(edges)]
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
    slab = edges.slab[_starts(edges)]
    first = np.floor((low - base_mm) / step_mm).astype(np.intp) + 1
    count = np.maximum(np.ceil((high - base_mm) / step_mm).astype(np.intp) - first, 0)
    of_slab = np.zeros(int(slab[-1]) + 1)
    of_slab[slab] = bend_mm * _area(edges, low, high)
    sharp = np.flatnonzero(_missed_area(edges, step_mm) > of_slab[edges.slab])
    which, line = spread(first - 1, count + 2)
    ends_y = np.asarray(base_mm + line * step_mm, dtype=np.float64)
    last = np.cumsum(count + 2) - 1
    ends_y[last - count - 1], ends_y[last] = low, high
    ends_slab = slab[which]
    if sharp.size:
        bounds = float(low.min()), float(high.max())
        key, extra = _by_slab(ends_slab, ends_y, *bounds), _by_slab(edges.slab[sharp], edges.y0[sharp], *bounds)
        order = np.argsort(extra)
        at = np.searchsorted(key, extra[order])
        ends_y = np.insert(ends_y, at, edges.y0[sharp[order]])
        ends_slab = np.insert(ends_slab, at, edges.slab[sharp[order]])
    depth = np.diff(ends_y)
    real = (np.diff(ends_slab) == 0) & (depth > 1e-9)
    return Rows(ends_slab[:-1][real], ((ends_y[1:] + ends_y[:-1]) / 2)[real], depth[real])


def extent(edges: Edges) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest y of each slab that has an outline."""
    starts = _starts(edges)
    return np.minimum.reduceat(edges.y0, starts), np.maximum.reduceat(edges.y0, starts)


def _starts(edges: Edges) -> NDArray[np.intp]:
    """Return the first edge on each slab that has an outline."""
    return np.flatnonzero(np.diff(edges.slab, prepend=-1))


def _by_slab(slab: NDArray[np.intp], y: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """One number for slab and y to sort by; low and high bound all y."""
    return np.asarray(slab * (high - low + 1.0) + (y - low))


def _area(edges: Edges, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of each slab's box in y and x: the scale that a missed area is held against."""
    starts = _starts(edges)
    return np.asarray((np.maximum.reduceat(edges.x0, starts) - np.minimum.reduceat(edges.x0, starts)) * (high - low))


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
    low = min(float(rows.y.min()), float(edges.y0.min()))
    high = max(float(rows.y.max()), float(edges.y0.max()))
    at0 = np.searchsorted(_by_slab(rows.slab, rows.y, low, high), _by_slab(edges.slab, edges.y0, low, high))
    at1 = _at_other_end(edges, at0, rows, (low, high))
    first = np.minimum(at0, at1)
    edge, row = spread(first, np.maximum(at0, at1) - first)
    x0, y0 = edges.x0.take(edge), edges.y0.take(edge)
    x = x0 + (rows.y.take(row) - y0) * ((edges.x1.take(edge) - x0) / (edges.y1.take(edge) - y0))
    return _sorted(row, x, rows.y.size)


def _at_other_end(edges: Edges, at0: NDArray[np.intp], rows: Rows, bounds: tuple[float, float]) -> NDArray[np.intp]:
    """Return the row above the upper end of each edge: where the next edge begins, if edges follow each other."""
    if np.array_equal(edges.y1[edges.previous], edges.y0):
        at1 = np.empty_like(at0)
        at1[edges.previous] = at0
        return at1
    return np.searchsorted(_by_slab(rows.slab, rows.y, *bounds), _by_slab(edges.slab, edges.y1, *bounds))


def _sorted(row: NDArray[np.intp], x: NDArray[np.float64], rows: int) -> Crossings:
    """Sort crossings by row, then x; most rows have two, which only need to be put the right way round."""
    count = np.bincount(row, minlength=rows)
    first, last = np.zeros(rows, dtype=np.intp), np.zeros(rows, dtype=np.intp)
    place = np.arange(row.size)
    first[row[::-1]], last[row] = place[::-1], place
    begin = np.cumsum(count) - count
    simple = np.flatnonzero(count == 2)
    made = np.empty(row.size)
    one, two = x[first[simple]], x[last[simple]]
    made[begin[simple]], made[begin[simple] + 1] = np.minimum(one, two), np.maximum(one, two)
    other = (count > 0) & (count != 2)
    many = np.flatnonzero(other)
    if many.size:
        crowded = np.flatnonzero(other[row])
        order = _order(row[crowded], x[crowded])
        made[spread(begin[many], count[many])[1]] = x[crowded[order]]
    return Crossings(np.repeat(np.arange(rows), count), made)


def _order(row: NDArray[np.intp], x: NDArray[np.float64]) -> NDArray[np.intp]:
    """Sort by row, then x: one sort of one float key instead of two."""
    left, width = x.min(), max(float(np.ptp(x)), 1e-3)
    # Below 1 by construction, so that x never carries over into the next row.
    return np.argsort(row + 0.999 * (x - left) / width)
