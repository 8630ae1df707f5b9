"""Solid: a stack of flat layers, which is what contours with slabs are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.derive.region import fill_even_odd
from sbrt_qa.errors import DerivationError
from sbrt_qa.model import Contour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.model import Structure

    Areas = NDArray[np.object_]

SAME_Z_MM = 0.01
"""Faces of two solids closer than this in z are one face: DICOM planes do not say more."""

PLANE_MM = 0.1
"""A contour further from every plane than this is not axial."""

SPECK_MM2 = 1e-8
"""Smaller polygons are rounding dust of the arithmetic, not tissue."""


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """Layers of constant cross-section, rising in z, without overlap; gaps between them are empty.

    Parameters
    ----------
    low_mm, high_mm : ndarray, shape (n,)
        Faces of each layer.
    areas : ndarray of shapely geometries, shape (n,)
        Cross-section of each layer in patient x and y (mm): valid polygons, none empty.
    """

    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]
    areas: Areas

    @property
    def is_empty(self) -> bool:
        """True when nothing is left."""
        return self.areas.size == 0

    def layer_at(self, z_mm: NDArray[np.float64]) -> NDArray[np.intp]:
        """Index of the layer that holds each z; -1 where there is none."""
        if self.is_empty:
            return np.full(z_mm.shape, -1, dtype=np.intp)
        index = np.searchsorted(self.low_mm, z_mm, side="right") - 1
        index[(index >= 0) & (z_mm >= self.high_mm[index])] = -1
        return index


def solid_of(structure: Structure, slabs_mm: Sequence[tuple[float, float, float]]) -> Solid:
    """Fill a structure's contours, plane by plane, and give each plane its slab.

    Parameters
    ----------
    structure : Structure
        Axial contours; those on one plane are filled by the even-odd rule.
    slabs_mm : sequence of (z, low, high)
        One per contour plane.

    Raises
    ------
    DerivationError
        If a coordinate is not finite, or a contour lies on none of the planes.
    """
    contours = structure.closed_contours
    if not contours or not slabs_mm:
        return stack(np.empty(0), np.empty(0), np.empty(0, dtype=object))
    z_mm, low_mm, high_mm = np.array(sorted(slabs_mm), dtype=np.float64).T
    points = np.concatenate([contour.points_mm for contour in contours])
    _refuse_not_finite(structure, points)
    sizes = np.array([len(contour.points_mm) for contour in contours])
    plane = _planes_of(structure, _heights_mm(points[:, 2], sizes), z_mm)
    areas = fill_even_odd(points[:, :2], sizes, plane, z_mm.size)
    return stack(low_mm, high_mm, areas)


def stack(low_mm: NDArray[np.float64], high_mm: NDArray[np.float64], areas: Areas) -> Solid:
    """Make a solid of layers rising in z: empty ones leave, touching ones of the very same area join."""
    import shapely

    areas = _polygons_only(areas)
    kept = ~(shapely.is_missing(areas) | shapely.is_empty(areas)) & (high_mm > low_mm)
    low_mm, high_mm, areas = low_mm[kept], high_mm[kept], areas[kept]
    continues = np.zeros(areas.size, dtype=bool)
    continues[1:] = (high_mm[:-1] == low_mm[1:]) & np.array([a is b for a, b in pairwise(areas)], dtype=bool)
    first = np.flatnonzero(~continues)
    last = np.append(first[1:] - 1, areas.size - 1)[: first.size]
    return Solid(low_mm[first], high_mm[last], areas[first])


def contours_of(solid: Solid) -> tuple[tuple[Contour, ...], tuple[tuple[float, float, float], ...]]:
    """Return a solid's outlines and holes as contours, and its slabs as (z, low, high).

    Each contour lies at the middle of its slab; holes are contours inside contours, for the even-odd rule.
    """
    import shapely

    z_mm = (solid.low_mm + solid.high_mm) / 2
    polygons, layer = shapely.get_parts(solid.areas, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    xyz = np.column_stack([xy, z_mm[layer[polygon[ring]]]])
    pieces = np.split(xyz, np.flatnonzero(np.diff(ring)) + 1)
    contours = tuple(Contour(piece[:-1]) for piece in pieces)  # the ring repeats its first point at the end
    slabs_mm = zip(z_mm.tolist(), solid.low_mm.tolist(), solid.high_mm.tolist(), strict=True)
    return contours, tuple(slabs_mm)


def _polygons_only(areas: Areas) -> Areas:
    """Drop the points, lines and specks that an overlay leaves where two outlines touch."""
    import shapely

    areas = areas.copy()
    parts, owner = shapely.get_parts(areas, return_index=True)
    wanted = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > SPECK_MM2)
    for index in np.unique(owner[~wanted]):
        kept = shapely.get_parts(parts[(owner == index) & wanted])
        areas[index] = shapely.multipolygons(kept) if kept.size else None
    return areas


def _heights_mm(z_mm: NDArray[np.float64], sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Height of each contour, as slabs count it: half way between its lowest and its highest point."""
    starts = np.cumsum(sizes) - sizes
    return np.asarray((np.minimum.reduceat(z_mm, starts) + np.maximum.reduceat(z_mm, starts)) / 2)


def _planes_of(structure: Structure, z_mm: NDArray[np.float64], planes_mm: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the nearest plane for each contour."""
    middles = (planes_mm[1:] + planes_mm[:-1]) / 2
    plane = np.searchsorted(middles, z_mm)
    stray = np.abs(planes_mm[plane] - z_mm) > PLANE_MM
    if stray.any():
        raise DerivationError(
            f"a contour at z = {z_mm[stray][0]:.2f} mm lies on none of the structure's planes",
            where=structure.name,
            mend="contour on axial planes, then export the structure set again",
            code="contour-not-axial",
        )
    return plane


def _refuse_not_finite(structure: Structure, points_mm: NDArray[np.float64]) -> None:
    if not np.isfinite(points_mm).all():
        raise DerivationError(
            "contour coordinates are not all numbers",
            where=structure.name,
            mend="export the structure set again",
            code="contour-data-invalid",
        )
