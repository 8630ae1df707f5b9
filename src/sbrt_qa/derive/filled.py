"""Filled: a structure read as everything that any of its contours encloses, whatever lies within another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.derive.region import fill_nonzero
from sbrt_qa.model import Contour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely import Geometry

    from sbrt_qa.model import Structure

SAME_PLANE_MM = 0.05  # as for the slabs


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
    contours = tuple(contour for plane in _planes(structure) for contour in _united(plane))
    left_out = tuple(contour for contour in structure.contours if not contour.is_closed)
    return replace(structure, contours=(*contours, *left_out))


def _planes(structure: Structure) -> Iterator[list[Contour]]:
    closed = sorted(structure.closed_contours, key=_height_mm)
    heights = np.array([_height_mm(contour) for contour in closed])
    starts = np.flatnonzero(np.diff(heights, prepend=-np.inf) > SAME_PLANE_MM)
    for start, stop in zip(starts, [*starts[1:], len(closed)], strict=True):
        yield closed[start:stop]


def _height_mm(contour: Contour) -> float:
    z_mm = contour.points_mm[:, 2]
    return float(z_mm.min() + z_mm.max()) / 2


def _united(plane: list[Contour]) -> Iterator[Contour]:
    """Outlines and holes of what the contours of one plane enclose together; as they are where they bound no area."""
    import shapely

    region = shapely.union_all([fill_nonzero(contour.points_mm[:, :2]) for contour in plane])
    polygons = [part for part in shapely.get_parts(region) if shapely.get_dimensions(part) == 2]
    if not polygons:
        yield from plane
    for ring in _rings(polygons):
        xy = shapely.get_coordinates(ring)[:-1]
        yield Contour(np.column_stack([xy, np.full(len(xy), _height_mm(plane[0]))]))


def _rings(polygons: list[Geometry]) -> list[Geometry]:
    import shapely

    return list(shapely.get_rings(polygons))
