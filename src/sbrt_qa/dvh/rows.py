"""Rows: contours cut into chords along x.

The crossings of all edges with all rows come from one vectorised pass. Sorted along each row
they pair up by the even-odd rule, which gives holes, keyholes, islands in holes and XOR
contours without a special case. The ends of a chord are exact; only y and z are sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dvh.arrays import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.model import Contour


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """All edges of a structure as flat arrays; the edge of index k runs from (x0, y0) to (x1, y1) on ``slab``."""

    x0: NDArray[np.float64]
    y0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    slab: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Where edges cross rows, sorted by slab, row and x.

    Parameters
    ----------
    slab, row : ndarray of int
        Slab index and row number; row r lies at ``base + r * step``.
    x : ndarray
        Position along the row in mm. Entries 2k and 2k+1 are the two ends of a chord.
    """

    slab: NDArray[np.intp]
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
    """
    points = np.concatenate([c.points_mm for c in contours])
    sizes = np.array([len(c.points_mm) for c in contours])
    ends = np.cumsum(sizes)
    following = np.arange(1, ends[-1] + 1)
    following[ends - 1] = ends - sizes
    x, y = points[:, 0].copy(), points[:, 1].copy()
    return Edges(x, y, x[following], y[following], np.repeat(slab, sizes))


def cross(edges: Edges, base_mm: float, step_mm: float) -> Crossings:
    """Cut every edge by the rows y = base + r * step, r any integer.

    Parameters
    ----------
    edges : Edges
        Edges of one structure.
    base_mm, step_mm : float
        Position of row 0, and the distance of rows.

    Notes
    -----
    An edge owns its lower end and not its upper one, so a row through a vertex is crossed
    exactly once by two edges that pass through it, and twice or never by a tip. Every closed
    contour therefore crosses each row an even number of times.
    """
    u0, u1 = (edges.y0 - base_mm) / step_mm, (edges.y1 - base_mm) / step_mm
    first = np.ceil(np.minimum(u0, u1)).astype(np.intp)
    count = np.ceil(np.maximum(u0, u1)).astype(np.intp) - first
    edge, row = spread(first, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (edges.x1 - edges.x0) / (u1 - u0)
    x = edges.x0[edge] + (row - u0[edge]) * slope[edge]
    slab = edges.slab[edge]
    order = _order(slab, row, x)
    return Crossings(slab[order], row[order], x[order])


def _order(slab: NDArray[np.intp], row: NDArray[np.intp], x: NDArray[np.float64]) -> NDArray[np.intp]:
    """Sort by slab, then row, then x: one sort of one float key instead of three."""
    if x.size == 0:
        return np.empty(0, dtype=np.intp)
    key = slab * (row.max() - row.min() + 1) + (row - row.min())
    left, width = x.min(), max(float(np.ptp(x)), 1e-3)
    # Below 1 by construction, so that x never carries over into the next row.
    return np.argsort(key + 0.999 * (x - left) / width, kind="stable")
