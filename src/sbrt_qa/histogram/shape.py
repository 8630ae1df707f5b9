"""Shape: the outline between contour planes, and beyond the last one, estimated from all planes around it.

On each contour plane a field f is made from the distance to the outline (see ``drawn``). For every quadric (sphere,
ellipsoid, cylinder, cone, lying or standing) f is a *polynomial* of second degree in z although half-widths go as a
square root, so a polynomial through the neighbouring planes finds the outline between them where a straight line
through the distances cannot. Between two planes f is kept within their two values: the outline lies between the union
and the intersection of its neighbours, so no bump can be invented. How parts of the structure close is decided in
``ends``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.drawn import drawn_planes, raster_of
from sbrt_qa.histogram.ends import ends_of
from sbrt_qa.histogram.rows import Edges, edges, joined
from sbrt_qa.histogram.slabs import CAP_LIMIT_MM
from sbrt_qa.histogram.squares import segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.drawn import Drawn
    from sbrt_qa.histogram.ends import Ends
    from sbrt_qa.histogram.sampling import Sampling
    from sbrt_qa.model import Contour

CHUNK = 500_000  # raster points worked on at a time
PLANES_PER_GAP = 8
CLOSING_BY_ITSELF = {"none", "rounded"}  # end caps under which nothing is kept open beyond its last contour
CORNER = 0.97  # cosine of the least turn of a corner, 14 degrees


@dataclass(frozen=True, slots=True, eq=False)
class _Solid:
    """The drawn planes, where they lie, how their parts end where an end cap keeps them open, and the conventions."""

    z_mm: NDArray[np.float64]
    drawn: Drawn
    ends: Ends | None
    sampling: Sampling

    def reach_mm(self, plane: int, *, upwards: bool) -> float:
        """Return how far a part that ends on a plane goes on."""
        last = self.z_mm.size - 1
        gap = min(plane, last - 1) if upwards else max(plane, 1) - 1
        return _reach(float(self.z_mm[gap + 1] - self.z_mm[gap]), self.sampling)


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
        Low and high z of each thin slab; some without height mark points that the raster is too coarse for.
    edges : Edges
        Outlines of the slabs: pieces of closed lines.
    """
    drawn = drawn_planes(contours, plane, sampling.fineness)
    ends = None if sampling.end_cap in CLOSING_BY_ITSELF else ends_of(drawn, contours, plane)
    solid = _Solid(z_mm, drawn, ends, sampling)
    slab_mm = _thin_slabs(z_mm, sampling)
    at_a_time = max(CHUNK // drawn.field[0].size, 1)
    pieces = []
    for first in range(0, len(slab_mm), at_a_time):
        z = slab_mm[first : first + at_a_time].mean(axis=1)
        x0, y0, x1, y1, layer = segments(_fields_at(z, solid), drawn.x_mm, drawn.y_mm)
        pieces.append((x0, y0, x1, y1, layer + first))
    x0, y0, x1, y1, on = (np.concatenate(part) for part in zip(*pieces, strict=True))
    made = slab_mm, Edges(x0, y0, x1, y1, on, np.arange(on.size))
    return joined(made, _marks(edges(contours, plane), solid)) if sampling.between == "shape" else made


def raster_points(contours: tuple[Contour, ...], plane: NDArray[np.intp], planes: int, sampling: Sampling) -> int:
    """Return how many raster points the shape of a structure needs: what it costs."""
    x, y = raster_of(edges(contours, plane), planes, sampling.fineness)
    return planes * x.size * y.size


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
    return min(gap_mm / 2, CAP_LIMIT_MM) if sampling.end_cap == "max-1.5mm" else gap_mm / 2


def _fields_at(z: NDArray[np.float64], solid: _Solid) -> NDArray[np.float64]:
    """Return f at any heights, shape (heights, y, x)."""
    z_mm, field = solid.z_mm, solid.drawn.field
    rounded = solid.sampling.end_cap == "rounded"
    made = np.empty((z.size, *field.shape[1:]))
    inner = (z >= z_mm[0]) & (z <= z_mm[-1])
    if inner.any():
        made[inner] = _between(z[inner], z_mm, field)
    for index in np.flatnonzero(~inner):
        if z[index] < z_mm[0]:
            made[index] = _beyond(float(z_mm[0] - z[index]), z_mm[0] - z_mm[:3], field[:3], rounded=rounded)
        else:
            made[index] = _beyond(float(z[index] - z_mm[-1]), z_mm[:-4:-1] - z_mm[-1], field[:-4:-1], rounded=rounded)
    if solid.ends is not None:
        _keep_open(made, z, solid, solid.ends)
    return made


def _keep_open(made: NDArray[np.float64], z: NDArray[np.float64], solid: _Solid, ends: Ends) -> None:
    """Raise f where a part of the planes beside would close before it has reached as far as the end cap says."""
    above = np.searchsorted(solid.z_mm, z)
    for index, height in enumerate(z):
        for plane, upwards in ((above[index] - 1, True), (above[index], False)):
            if not (0 <= plane < solid.z_mm.size and ends.any_on(plane, upwards=upwards)):
                continue
            away, reach = abs(height - solid.z_mm[plane]), solid.reach_mm(plane, upwards=upwards)
            if away < reach:
                least = ends.least(solid.drawn.field, plane, away / reach, upwards=upwards)
                np.maximum(made[index], least, out=made[index])


def _marks(outline: Edges, solid: _Solid) -> tuple[NDArray[np.float64], Edges]:
    """Mark the points that the raster is too coarse for: corners as they are drawn, and the tips of ends.

    A mark is a point on a slab without height, so it counts for the lowest and the highest dose only.
    """
    way = outline.x1 - outline.x0 + 1j * (outline.y1 - outline.y0)
    way /= np.abs(way)
    corner = (way * way[outline.previous].conj()).real < CORNER
    x, y, z = [outline.x0[corner]], [outline.y0[corner]], [solid.z_mm[outline.slab[corner]]]
    ends = solid.ends
    if ends is not None:
        for upwards in (False, True):
            ending = np.flatnonzero(ends.ending[upwards])
            reach = np.array([solid.reach_mm(plane, upwards=upwards) for plane in ends.plane[ending]])
            x.append(ends.tip_mm[ending, 0])
            y.append(ends.tip_mm[ending, 1])
            z.append(solid.z_mm[ends.plane[ending]] + (reach if upwards else -reach))
    at_z = np.concatenate(z)
    order = np.argsort(at_z, kind="stable")
    at_x, at_y = np.concatenate(x)[order], np.concatenate(y)[order]
    height, slab = np.unique(at_z[order], return_inverse=True)
    return np.column_stack([height, height]), Edges(at_x, at_y, at_x, at_y, slab, np.arange(slab.size))


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
