"""Filled: a structure read as what its contours enclose together, with or without holes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.derive.region import fill_nonzero
from sbrt_qa.model import Contour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapely import Geometry

    from sbrt_qa.model import Structure

SAME_PLANE_MM = 0.05  # as for the slabs
SPECK_MM2 = 2.0  # as for the check of overlaps: what sticks out by less lies within, ...
WALL_MM = 0.3  # ... and outlines that are nearer all around are one
HALF = 0.5


def filled(structure: Structure) -> Structure:
    """Unite the contours of every plane.

    By the even-odd rule an area that two contours enclose is outside; here it is inside. A contour that runs
    around an area twice encloses it; the channel of a keyhole and what it leads to stay outside.

    Parameters
    ----------
    structure : Structure
        Axial contours.

    Returns
    -------
    Structure
        The same planes; contours within contours are the holes that are left.
    """
    return _read(structure, _all)


def united(structure: Structure) -> Structure:
    """Unite the contours of every plane that cross or lie on each other, and take those within another as its holes.

    Parameters
    ----------
    structure : Structure
        Axial contours.

    Returns
    -------
    Structure
        The same planes; contours within contours are the holes, and the islands in them.
    """
    return _read(structure, _less_holes)


def _read(structure: Structure, region: Callable[[list[Geometry]], Geometry]) -> Structure:
    contours = tuple(contour for plane in _planes(structure) for contour in _redrawn(plane, region))
    left_out = tuple(contour for contour in structure.contours if not (contour.is_closed and contour.bounds_area))
    return replace(structure, contours=(*contours, *left_out))


def _all(areas: list[Geometry]) -> Geometry:
    import shapely

    return shapely.union_all(areas)


def _less_holes(areas: list[Geometry]) -> Geometry:
    """Add areas from large to small; one within a larger one is taken out, unless it lies in a hole already."""
    import shapely

    region: Geometry = shapely.Polygon()
    larger: list[Geometry] = []
    for area in sorted(areas, key=shapely.area, reverse=True):
        around = [other for other in larger if shapely.area(shapely.difference(area, other)) <= SPECK_MM2]
        wall_mm2 = WALL_MM * shapely.length(area)
        if any(shapely.area(other) - shapely.area(area) <= wall_mm2 for other in around):
            continue
        shared_mm2 = shapely.area(shapely.intersection(region, area))
        is_hole = bool(around) and shared_mm2 > HALF * shapely.area(area)
        region = (shapely.difference if is_hole else shapely.union)(region, area)
        larger.append(area)
    return region


def _planes(structure: Structure) -> Iterator[list[Contour]]:
    closed = sorted(structure.closed_contours, key=_height_mm)
    heights = np.array([_height_mm(contour) for contour in closed])
    starts = np.flatnonzero(np.diff(heights, prepend=-np.inf) > SAME_PLANE_MM)
    for start, stop in pairwise([*starts.tolist(), len(closed)]):
        yield closed[start:stop]


def _height_mm(contour: Contour) -> float:
    z_mm = contour.points_mm[:, 2]
    return float(z_mm.min() + z_mm.max()) / 2


def _redrawn(plane: list[Contour], region: Callable[[list[Geometry]], Geometry]) -> Iterator[Contour]:
    """Outlines and holes of what the contours of one plane enclose together; as they are where they bound no area."""
    import shapely

    whole = region([fill_nonzero(contour.points_mm[:, :2]) for contour in plane])
    polygons = [part for part in shapely.get_parts(whole) if shapely.get_dimensions(part) == 2]
    if not polygons:
        yield from plane
    for ring in _rings(polygons):
        xy = shapely.get_coordinates(ring)[:-1]
        yield Contour(np.column_stack([xy, np.full(len(xy), _height_mm(plane[0]))]))


def _rings(polygons: list[Geometry]) -> list[Geometry]:
    import shapely

    return list(shapely.get_rings(polygons))
