"""Shape: the outline between contour planes, and beyond the last one, estimated from all planes around it.

On each contour plane a field is made from the signed distance d to the outline (positive inside) and the largest
distance m on the plane,

    f = d (2 m − d),

which on a disc of radius r is r² − ρ². For every quadric (sphere, ellipsoid, cylinder, cone, lying or standing) f is a
*polynomial* of second degree in z although half-widths go as a square root, so a polynomial through the neighbouring
planes finds the outline between them where a straight line through the distances cannot. Between two planes f is
kept within their two values: the outline lies between the union and the intersection of its neighbours, so no bump can
be invented.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import spread
from sbrt_qa.histogram.nearest import nearest_marked
from sbrt_qa.histogram.rows import Edges, cross, edges, extent, lines
from sbrt_qa.histogram.squares import segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.sampling import Sampling
    from sbrt_qa.model import Contour

CELLS = 48  # raster cells across the median outline
CELLS_THIN = 8  # and across its typical thickness
FINEST_MM, COARSEST_MM = 0.1, 2.5
CHUNK = 500_000  # raster points worked on at a time
PLANES_PER_GAP = 8
Fields = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def between_planes(
    contours: tuple[Contour, ...], plane: NDArray[np.intp], z_mm: NDArray[np.float64], sampling: Sampling
) -> tuple[NDArray[np.float64], Edges]:
    """Cut the structure into thin slabs whose outlines follow its shape.

    Parameters
    ----------
    contours : tuple of Contour
        Closed contours on axial planes.
    plane : ndarray of int, shape (contours,)
        Plane of each contour.
    z_mm : ndarray, shape (planes,)
        Height of each plane, rising; at least two.
    sampling : Sampling
        ``end_cap`` decides how far the shape goes on beyond the first and the last plane; with ``between="slab"`` only
        those ends are made.

    Returns
    -------
    slab_mm : ndarray, shape (slabs, 2)
        Low and high z of each thin slab.
    edges : Edges
        Outlines of the slabs: pieces of closed lines.
    """
    outline = edges(contours, plane)
    raster = _raster(outline, z_mm.size, sampling)
    field = _fields(outline, z_mm.size, raster)
    slab_mm = _thin_slabs(z_mm, sampling)
    at_a_time = max(CHUNK // field[0].size, 1)
    pieces = []
    for first in range(0, len(slab_mm), at_a_time):
        z = slab_mm[first : first + at_a_time].mean(axis=1)
        x0, y0, x1, y1, layer = segments(_fields_at(z, z_mm, field, rounded=sampling.end_cap == "rounded"), *raster)
        pieces.append((x0, y0, x1, y1, layer + first))
    x0, y0, x1, y1, on = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return slab_mm, Edges(x0, y0, x1, y1, on, np.arange(on.size))


def raster_points(contours: tuple[Contour, ...], plane: NDArray[np.intp], planes: int, sampling: Sampling) -> int:
    """Return how many raster points the shape of a structure needs: what it costs."""
    x, y = _raster(edges(contours, plane), planes, sampling)
    return planes * x.size * y.size


def _raster(outline: Edges, planes: int, sampling: Sampling) -> Fields:
    """Return x and y of the raster: fine enough for the median plane and thin parts, with room around the largest."""
    low_x, high_x = extent(Edges(outline.y0, outline.x0, outline.y1, outline.x1, outline.slab, outline.previous))
    low_y, high_y = extent(outline)
    wide = float(np.median(np.maximum(high_x - low_x, high_y - low_y)))
    wanted = min(wide / CELLS, _thickness_mm(outline, planes, wide / CELLS) / CELLS_THIN)
    step = float(np.clip(wanted, FINEST_MM, COARSEST_MM)) / sampling.fineness
    axes = []
    for values in (outline.x0, outline.y0):
        low, high = float(values.min()) - 3.5 * step, float(values.max()) + 3.5 * step
        axes.append(np.asarray(low + step * np.arange(math.ceil((high - low) / step) + 1), dtype=np.float64))
    return axes[0], axes[1]


def _thickness_mm(outline: Edges, planes: int, step_mm: float) -> float:
    """Typical thickness: twice area by perimeter, which is the radius of a disc and the thickness of a rind."""
    rows = lines(outline, float(outline.y0.min()) + step_mm / 2, step_mm)
    crossings = cross(outline, rows)
    chord = crossings.x[1::2] - crossings.x[::2]
    area = np.bincount(rows.slab[crossings.row[::2]], chord * step_mm, minlength=planes)
    length = np.hypot(outline.x1 - outline.x0, outline.y1 - outline.y0)
    perimeter = np.bincount(outline.slab, length, minlength=planes)
    return float(np.median(2 * area / np.maximum(perimeter, 1e-9)))


def _fields(outline: Edges, planes: int, raster: Fields) -> NDArray[np.float64]:
    """Return f on the raster for each plane, shape (planes, y, x)."""
    distance = _distance(outline, planes, raster)
    signed = np.where(_inside(outline, planes, raster), distance, -distance)
    widest = np.maximum(signed.max(axis=(1, 2)), raster[0][1] - raster[0][0])
    return np.asarray(signed * (2 * widest[:, None, None] - signed))


def _inside(outline: Edges, planes: int, raster: Fields) -> NDArray[np.bool_]:
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


def _distance(outline: Edges, planes: int, raster: Fields) -> NDArray[np.float64]:
    """Distance to the outline on each plane: to the edges through the nearest cell that has one, and beside it."""
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
    k = np.arange(planes)[:, None, None]
    j, i = nearest_marked(passing >= 0)
    nearest = passing[k, j, i]
    best = np.full(passing.shape, np.inf)
    for dj, di in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)):
        beside = passing[k, np.clip(j + dj, 0, y.size - 1), np.clip(i + di, 0, x.size - 1)]
        candidate = np.where(beside < 0, nearest, beside)
        dx, dy = along_x[candidate], along_y[candidate]
        px, py = x - outline.x0[candidate], y[:, None] - outline.y0[candidate]
        where = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        px -= where * dx
        py -= where * dy
        best = np.minimum(best, px * px + py * py)
    return np.asarray(np.sqrt(best))


def _thin_slabs(z_mm: NDArray[np.float64], sampling: Sampling) -> NDArray[np.float64]:
    """Cut every gap, and as much beyond both ends as the end caps reach, into thin slabs."""
    first, last = _reach(float(z_mm[1] - z_mm[0]), sampling), _reach(float(z_mm[-1] - z_mm[-2]), sampling)
    # Cut in the middle too: a rounded end may stop there.
    stretches = [
        (z_mm[0] - first, z_mm[0] - first / 2),
        (z_mm[0] - first / 2, z_mm[0]),
        (z_mm[-1], z_mm[-1] + last / 2),
        (z_mm[-1] + last / 2, z_mm[-1] + last),
    ]
    if sampling.between == "shape":
        stretches += pairwise(z_mm)
    parts = max(round(PLANES_PER_GAP * sampling.fineness**1.5), 2)
    faces = [np.linspace(low, high, parts + 1) for low, high in stretches if high > low]
    return np.concatenate([np.column_stack([face[:-1], face[1:]]) for face in faces])


def _reach(gap_mm: float, sampling: Sampling) -> float:
    if sampling.end_cap == "rounded":
        return gap_mm
    if sampling.end_cap == "none":
        return 0.0
    return min(gap_mm / 2, 1.5) if sampling.end_cap == "max-1.5mm" else gap_mm / 2


def _fields_at(
    z: NDArray[np.float64], z_mm: NDArray[np.float64], field: NDArray[np.float64], *, rounded: bool
) -> NDArray[np.float64]:
    """Return f at any heights, shape (heights, y, x)."""
    made = np.empty((z.size, *field.shape[1:]))
    inner = (z >= z_mm[0]) & (z <= z_mm[-1])
    if inner.any():
        made[inner] = _between(z[inner], z_mm, field)
    for index in np.flatnonzero(~inner):
        if z[index] < z_mm[0]:
            made[index] = _beyond(float(z_mm[0] - z[index]), z_mm[0] - z_mm[:3], field[:3], rounded=rounded)
        else:
            made[index] = _beyond(float(z[index] - z_mm[-1]), z_mm[:-4:-1] - z_mm[-1], field[:-4:-1], rounded=rounded)
    return made


def _between(z: NDArray[np.float64], z_mm: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return f between the planes: the polynomial through the nearest four, kept within the nearest two."""
    above = np.clip(np.searchsorted(z_mm, z), 1, z_mm.size - 1)
    near = min(4, z_mm.size)
    first = np.clip(above - 2, 0, z_mm.size - near)
    nodes = z_mm[first[:, None] + np.arange(near)]
    made = np.zeros((z.size, *field.shape[1:]))
    for node in range(near):
        others = np.delete(nodes, node, axis=1)
        weight = ((z[:, None] - others) / (nodes[:, node, None] - others)).prod(axis=1)
        made += weight[:, None, None] * field[first + node]
    low, high = field[above - 1], field[above]
    return np.asarray(np.clip(made, np.minimum(low, high), np.maximum(low, high)))


def _beyond(
    away: float, z_mm: NDArray[np.float64], field: NDArray[np.float64], *, rounded: bool
) -> NDArray[np.float64]:
    """Return f beyond an end plane.

    Parameters
    ----------
    away : float
        Distance from the end plane, above 0.
    z_mm : ndarray, shape (2 or 3,)
        Heights of the last planes measured outwards from the end plane: 0, then negative.
    field : ndarray, shape (2 or 3, y, x)
        Their fields, the end plane first.
    rounded : bool
        True to go on beyond half a gap where the end closes by itself.
    """
    # On the end plane the largest f is the square of the largest distance.
    widest_mm = float(np.sqrt(max(float(field[0].max()), 0.0)))
    gap = -float(z_mm[1])
    # An end may go on growing as it grew between the last two planes, never faster, and never at more than 45 degrees.
    growth = np.minimum(np.maximum(field[0] - field[1], 0.0) * (away / gap), away * (2 * widest_mm + away))
    made = np.minimum(_polynomial(away, z_mm, field), field[0] + growth)
    if away <= gap / 2:
        return np.asarray(made)
    # The next plane is empty. Beyond half the way to it only an end that closes by itself before reaching it goes on.
    closes = rounded and float(_polynomial(gap, z_mm, field).max()) < 0
    return np.asarray(np.minimum(made, field[0]) if closes else np.full_like(made, -1.0))


def _polynomial(z: float, z_mm: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lagrange polynomial through all given planes."""
    made = np.zeros(field.shape[1:])
    for k in range(z_mm.size):
        others = np.delete(z_mm, k)
        made += float(np.prod((z - others) / (z_mm[k] - others))) * field[k]
    return made
