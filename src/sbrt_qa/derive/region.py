"""Regions: closed lines on a plane filled by the even-odd rule."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Geometry


def fill_even_odd(
    xy_mm: NDArray[np.float64], sizes: NDArray[np.intp], plane: NDArray[np.intp], planes: int
) -> NDArray[np.object_]:
    """Fill the contours of every plane.

    A point belongs to a plane's region when a ray from it crosses the plane's contours an odd number of
    times: holes, islands in holes, keyholes and self-crossing contours need no case of their own.

    Parameters
    ----------
    xy_mm : ndarray, shape (points, 2)
        The vertices of all contours, one contour after the other.
    sizes : ndarray of int, shape (contours,)
        Number of vertices of each contour, at least 3.
    plane : ndarray of int, shape (contours,)
        Plane of each contour.
    planes : int
        Number of planes.

    Returns
    -------
    ndarray of shapely polygons or None, shape (planes,)
        None where nothing is enclosed.
    """
    import shapely

    rings = np.asarray(shapely.linearrings(xy_mm, indices=np.repeat(np.arange(sizes.size), sizes)))
    polygons = np.asarray(shapely.polygons(rings))
    is_simple = np.asarray(shapely.is_valid(polygons))
    areas = np.full(planes, None, dtype=object)
    order = np.argsort(plane, kind="stable")
    starts = np.flatnonzero(np.diff(plane[order], prepend=-1))
    for own in np.split(order, starts[1:]):
        if is_simple[own].all():
            areas[plane[own[0]]] = reduce(shapely.symmetric_difference, polygons[own])
        else:
            areas[plane[own[0]]] = _fill_by_faces(rings[own])
    return areas


def fill_nonzero(xy_mm: NDArray[np.float64]) -> Geometry:
    """Fill one contour: a point is inside when the contour runs around it, once or more often in one sense.

    Parameters
    ----------
    xy_mm : ndarray, shape (points, 2)
        The vertices, at least 3.

    Returns
    -------
    shapely geometry
        Empty where nothing is enclosed.
    """
    import shapely

    polygon = shapely.Polygon(xy_mm)
    if polygon.is_valid:
        return polygon
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([polygon.exterior])]))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    starts, ends = xy_mm.T, np.roll(xy_mm, -1, axis=0).T
    wound = np.array([_windings(starts, ends, x, y) != 0 for x, y in inside], dtype=bool)
    return shapely.union_all(faces[wound])


def _fill_by_faces(rings: NDArray[np.object_]) -> Geometry | None:
    """Fill lines that cross or touch themselves: the faces they cut the plane into, taken by parity."""
    import shapely

    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(rings)]))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring[:-1] == ring[1:]
    starts, ends = xy[:-1][is_edge].T, xy[1:][is_edge].T
    odd = np.array([_crossings(starts, ends, x, y) % 2 == 1 for x, y in inside], dtype=bool)
    return shapely.union_all(faces[odd]) if odd.any() else None


def _crossings(starts: NDArray[np.float64], ends: NDArray[np.float64], x: float, y: float) -> int:
    """How often the ray from a point towards +x crosses the edges."""
    spans = (starts[1] > y) != (ends[1] > y)
    (x0, y0), (x1, y1) = starts[:, spans], ends[:, spans]
    return int(np.count_nonzero(x0 + (y - y0) / (y1 - y0) * (x1 - x0) > x))


def _windings(starts: NDArray[np.float64], ends: NDArray[np.float64], x: float, y: float) -> int:
    """How often the edges run around a point, in one sense less the other."""
    spans = (starts[1] > y) != (ends[1] > y)
    (x0, y0), (x1, y1) = starts[:, spans], ends[:, spans]
    beyond = x0 + (y - y0) / (y1 - y0) * (x1 - x0) > x
    return int(np.sign(y1 - y0)[beyond].sum())
