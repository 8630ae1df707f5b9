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

from sbrt_qa.histogram.rows import Edges, cross, edges, lines
from sbrt_qa.histogram.squares import segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.sampling import Sampling
    from sbrt_qa.model import Contour

CELLS = 48  # raster cells across the median outline
FINEST_MM, COARSEST_MM = 0.1, 2.5
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
    pieces = []
    for slab, z in enumerate(slab_mm.mean(axis=1)):
        lines_at_z = segments(_field_at(float(z), z_mm, field, rounded=sampling.end_cap == "rounded"), *raster)
        pieces.append((*lines_at_z, np.full(lines_at_z[0].size, slab)))
    x0, y0, x1, y1, on = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return slab_mm, Edges(x0, y0, x1, y1, on, np.arange(on.size))


def _raster(outline: Edges, planes: int, sampling: Sampling) -> Fields:
    """Return x and y of the raster: fine enough for the median plane, with room around the largest."""
    wide = []
    for slab in range(planes):
        on = outline.slab == slab
        wide.append(max(float(np.ptp(outline.x0[on])), float(np.ptp(outline.y0[on]))))
    step = float(np.clip(np.median(wide) / CELLS, FINEST_MM, COARSEST_MM)) / sampling.fineness
    axes = []
    for values in (outline.x0, outline.y0):
        low, high = float(values.min()) - 3.5 * step, float(values.max()) + 3.5 * step
        axes.append(np.asarray(low + step * np.arange(math.ceil((high - low) / step) + 1), dtype=np.float64))
    return axes[0], axes[1]


def _fields(outline: Edges, planes: int, raster: Fields) -> NDArray[np.float64]:
    """Return f on the raster for each plane, shape (planes, y, x)."""
    x, y = raster
    inside = _inside(outline, planes, raster)
    made = np.empty((planes, y.size, x.size))
    for plane in range(planes):
        on = outline.slab == plane
        distance = _distance(outline.x0[on], outline.y0[on], outline.x1[on], outline.y1[on], raster)
        signed = np.where(inside[plane], distance, -distance)
        made[plane] = signed * (2 * max(float(signed.max()), float(x[1] - x[0])) - signed)
    return made


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


def _distance(
    x0: NDArray[np.float64],
    y0: NDArray[np.float64],
    x1: NDArray[np.float64],
    y1: NDArray[np.float64],
    raster: Fields,
) -> NDArray[np.float64]:
    """Distance of raster points to the outline: to the edges through the nearest cell that has one, and beside it."""
    from scipy.ndimage import distance_transform_edt

    x, y = raster
    step = float(x[1] - x[0])
    count = np.maximum(np.ceil(np.hypot(x1 - x0, y1 - y0) / (0.5 * step)), 1).astype(np.intp)
    edge = np.repeat(np.arange(count.size), count)
    share = (np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[edge]
    i = np.rint((x0[edge] + share * (x1 - x0)[edge] - x[0]) / step).astype(np.intp)
    j = np.rint((y0[edge] + share * (y1 - y0)[edge] - y[0]) / step).astype(np.intp)
    passing = np.full((y.size, x.size), -1, dtype=np.intp)
    passing[j, i] = edge
    nearest = distance_transform_edt(passing < 0, return_distances=False, return_indices=True)
    best = np.full(passing.shape, np.inf)
    around = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))
    for dj, di in around:
        candidate = passing[np.clip(nearest[0] + dj, 0, y.size - 1), np.clip(nearest[1] + di, 0, x.size - 1)]
        candidate = np.where(candidate < 0, passing[nearest[0], nearest[1]], candidate)
        dx, dy = (x1 - x0)[candidate], (y1 - y0)[candidate]
        px, py = x[None, :] - x0[candidate], y[:, None] - y0[candidate]
        along = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        best = np.minimum(best, np.hypot(px - along * dx, py - along * dy))
    return best


def _thin_slabs(z_mm: NDArray[np.float64], sampling: Sampling) -> NDArray[np.float64]:
    """Cut every gap, and as much beyond both ends as the end caps reach, into thin slabs."""
    first, last = _reach(float(z_mm[1] - z_mm[0]), sampling), _reach(float(z_mm[-1] - z_mm[-2]), sampling)
    stretches = [(z_mm[0] - first, z_mm[0]), *pairwise(z_mm), (z_mm[-1], z_mm[-1] + last)]
    if sampling.between == "slab":
        stretches = [stretches[0], stretches[-1]]
    parts = max(round(PLANES_PER_GAP * sampling.fineness**1.5), 2)
    faces = [np.linspace(low, high, parts + 1) for low, high in stretches if high > low]
    return np.concatenate([np.column_stack([face[:-1], face[1:]]) for face in faces])


def _reach(gap_mm: float, sampling: Sampling) -> float:
    if sampling.end_cap == "rounded":
        return gap_mm
    if sampling.end_cap == "none":
        return 0.0
    return min(gap_mm / 2, 1.5) if sampling.end_cap == "max-1.5mm" else gap_mm / 2


def _field_at(z: float, z_mm: NDArray[np.float64], field: NDArray[np.float64], *, rounded: bool) -> NDArray[np.float64]:
    """Return f at any height."""
    if z_mm[0] <= z <= z_mm[-1]:
        above = int(np.clip(np.searchsorted(z_mm, z), 1, z_mm.size - 1))
        low, high = np.minimum(field[above - 1], field[above]), np.maximum(field[above - 1], field[above])
        first = int(np.clip(above - 2, 0, max(z_mm.size - 4, 0)))
        near = slice(first, min(first + 4, z_mm.size))
        return np.asarray(np.clip(_polynomial(z, z_mm[near], field[near]), low, high))
    if z < z_mm[0]:
        return _beyond(z_mm[0] - z, z_mm[0] - z_mm[:3], field[:3], rounded=rounded)
    return _beyond(z - z_mm[-1], z_mm[:-4:-1] - z_mm[-1], field[:-4:-1], rounded=rounded)


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
