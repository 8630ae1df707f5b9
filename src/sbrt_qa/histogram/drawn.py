"""Drawn: each contour plane as a field on a raster, from the distance to its outline.

From the signed distance d to the outline (positive inside) and the largest distance m on the plane,

    f = d (2 m − d),

which on a disc of radius r is r² − ρ².
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import spread
from sbrt_qa.histogram.nearest import nearest_marked
from sbrt_qa.histogram.rows import Edges, cross, edges, extent, lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Contour

    Floats = NDArray[np.float64]

CELLS = 48  # raster cells across the median outline
CELLS_THIN = 8  # and across its typical thickness
FINEST_MM, COARSEST_MM = 0.1, 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The contour planes of a structure on one raster.

    Parameters
    ----------
    x_mm, y_mm : ndarray
        Positions of the raster.
    field : ndarray, shape (planes, y, x)
        f in mm², above 0 inside.
    contour : ndarray of int, shape (planes, y, x)
        The contour whose outline is nearest.
    """

    x_mm: Floats
    y_mm: Floats
    field: Floats
    contour: NDArray[np.intp]


def raster_of(outline: Edges, planes: int, fineness: float) -> tuple[Floats, Floats]:
    """Return x and y of the raster: fine enough for the median plane and thin parts, with room around the largest."""
    low_x, high_x = extent(Edges(outline.y0, outline.x0, outline.y1, outline.x1, outline.slab, outline.previous))
    low_y, high_y = extent(outline)
    wide = float(np.median(np.maximum(high_x - low_x, high_y - low_y)))
    wanted = min(wide / CELLS, _thickness_mm(outline, planes, wide / CELLS) / CELLS_THIN)
    step = float(np.clip(wanted, FINEST_MM, COARSEST_MM)) / fineness
    axes = []
    for values in (outline.x0, outline.y0):
        low, high = float(values.min()) - 3.5 * step, float(values.max()) + 3.5 * step
        axes.append(np.asarray(low + step * np.arange(math.ceil((high - low) / step) + 1), dtype=np.float64))
    return axes[0], axes[1]


def drawn_planes(contours: tuple[Contour, ...], plane: NDArray[np.intp], fineness: float) -> Drawn:
    """Return the field of each plane.

    Parameters
    ----------
    contours : tuple of Contour
        Closed contours on axial planes.
    plane : ndarray of int, shape (contours,)
        Plane of each contour.
    fineness : float
        Divides the step of the raster.
    """
    outline = edges(contours, plane)
    owner = edges(contours, np.arange(len(contours))).slab
    planes = int(plane.max()) + 1
    x, y = raster_of(outline, planes, fineness)
    distance, nearest = _distance(outline, planes, (x, y))
    signed = np.where(_inside(outline, planes, (x, y)), distance, -distance)
    widest = np.maximum(signed.max(axis=(1, 2)), 0.0)
    return Drawn(x, y, np.asarray(signed * (2 * widest[:, None, None] - signed)), owner[nearest])


def _thickness_mm(outline: Edges, planes: int, step_mm: float) -> float:
    """Typical thickness: twice area by perimeter, which is the radius of a disc and the thickness of a rind."""
    rows = lines(outline, float(outline.y0.min()) + step_mm / 2, step_mm)
    crossings = cross(outline, rows)
    chord = crossings.x[1::2] - crossings.x[::2]
    area = np.bincount(rows.slab[crossings.row[::2]], chord * step_mm, minlength=planes)
    length = np.hypot(outline.x1 - outline.x0, outline.y1 - outline.y0)
    perimeter = np.bincount(outline.slab, length, minlength=planes)
    return float(np.median(2 * area / np.maximum(perimeter, 1e-9)))


def _inside(outline: Edges, planes: int, raster: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Tell for each plane which raster points lie inside, by even-odd along rows."""
    x, y = raster
    step = float(y[1] - y[0])
    rows = lines(outline, float(y[0]), step)
    crossings = cross(outline, rows)
    plane = rows.slab[crossings.row]
    row = np.rint((rows.y[crossings.row] - y[0]) / step).astype(np.intp)
    column = np.searchsorted(x, crossings.x)
    toggles = np.bincount((plane * y.size + row) * (x.size + 1) + column, minlength=planes * y.size * (x.size + 1))
    return np.asarray(np.cumsum(toggles.reshape(planes, y.size, x.size + 1), axis=2)[:, :, :-1] % 2 == 1)


def _distance(outline: Edges, planes: int, raster: tuple[Floats, Floats]) -> tuple[Floats, NDArray[np.intp]]:
    """Return the distance to the outline on each plane, and the edge through the nearest cell that has one.

    The distance is that to this edge and to those through the cells beside.
    """
    x, y = raster
    step = float(x[1] - x[0])
    along_x, along_y = outline.x1 - outline.x0, outline.y1 - outline.y0
    count = np.maximum(np.ceil(np.hypot(along_x, along_y) / (0.5 * step)), 1).astype(np.intp)
    edge, part = spread(np.zeros_like(count), count)
    share = (part + 0.5) / count[edge]
    i = np.rint((outline.x0[edge] + share * along_x[edge] - x[0]) / step).astype(np.intp)
    j = np.rint((outline.y0[edge] + share * along_y[edge] - y[0]) / step).astype(np.intp)
    passing = np.full((planes, y.size, x.size), -1, dtype=np.intp)
    passing[outline.slab[edge], j, i] = edge
    row, column = nearest_marked(passing >= 0)
    place = (np.arange(planes)[:, None, None] * y.size + row) * x.size + column
    nearest = passing.take(place)
    best = _squared(outline, nearest, x, y[:, None]).reshape(-1)
    at_x, at_y = np.broadcast_to(x, passing.shape).reshape(-1), np.broadcast_to(y[:, None], passing.shape).reshape(-1)
    for step_to in (1, -1, x.size, -x.size):  # no outline comes so near the border of the raster that this leaves it
        beside = passing.take(place + step_to).reshape(-1)
        other = np.flatnonzero(beside >= 0)
        candidate = _squared(outline, beside.take(other), at_x.take(other), at_y.take(other))
        best[other] = np.minimum(best.take(other), candidate)
    return np.sqrt(best).reshape(passing.shape), nearest


def _squared(outline: Edges, edge: NDArray[np.intp], x: Floats, y: Floats) -> Floats:
    """Return the squared distance of points from an edge each."""
    x0, y0 = outline.x0.take(edge), outline.y0.take(edge)
    dx, dy = outline.x1.take(edge) - x0, outline.y1.take(edge) - y0
    px, py = x - x0, y - y0
    where = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0)
    px -= where * dx
    py -= where * dy
    return np.asarray(px * px + py * py)
