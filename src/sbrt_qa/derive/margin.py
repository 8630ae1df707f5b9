"""Margins in three dimensions: the surface of a solid moved outwards or inwards by a ball.

A point belongs to the grown solid when it is within the margin of any layer: at height z that is each
layer's cross-section widened by sqrt(margin² - d²), where d is the distance in z to the layer. A point stays
in the shrunk solid when the whole ball around it lies inside: each layer's cross-section narrowed likewise,
in common; what is beyond the ends and in gaps counts as empty layers.

Steps. z is cut at each face and one margin above and below each face. Where the answer still varies between
two cuts, steps are at most an eighth of the margin, though not finer than half a millimetre while that is at
most a quarter of it. In a step, the widening is its exact mean over the step, so volume is kept to first
order in the margin; the ends along z are exact. In the plane, arcs are chords within 0.1 % of the margin.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.derive.solid import SAME_Z_MM, Solid, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Geometry

    Axis = NDArray[np.float64]

FINE_STEP_MM = 0.5
ARC_SEGMENTS = 28
"""Chords in a quarter of a circle: these stay within 0.1 % of the radius."""

REMEMBERED = 512
"""Cross-sections kept, enough for the steps of one long structure."""


def grown(solid: Solid, margin_mm: float) -> Solid:
    """Return every point that is at most ``margin_mm`` from the solid.

    Parameters
    ----------
    solid : Solid
        May be empty, and then stays so.
    margin_mm : float
        More than 0.
    """
    if solid.is_empty:
        return solid
    return _moved(solid, margin_mm, outwards=True)


def shrunk(solid: Solid, margin_mm: float) -> Solid:
    """Return every point of the solid that is at least ``margin_mm`` from everything outside.

    Parameters
    ----------
    solid : Solid
        May be empty, and then stays so.
    margin_mm : float
        More than 0.

    Returns
    -------
    Solid
        Empty when nothing is that deep.
    """
    if solid.is_empty:
        return solid
    return _moved(_with_gaps(solid), margin_mm, outwards=False)


def _moved(near: Solid, margin_mm: float, *, outwards: bool) -> Solid:
    """Join (outwards) or intersect (inwards), in each step of z, the moved layers that reach it."""
    import shapely

    low_mm, high_mm = _steps(near, margin_mm)
    radius_mm = _mean_radius(near, low_mm, high_mm, margin_mm)
    outlines = shapely.to_wkb(near.areas)
    areas = np.full(low_mm.size, None, dtype=object)
    for step, radii in enumerate(radius_mm.round(9)):
        reached = np.flatnonzero(radii >= 0)
        if reached.size:
            areas[step] = _together(tuple(outlines[reached]), tuple(radii[reached].tolist()), outwards)
    return stack(low_mm, high_mm, areas)


# One structure under two end caps differs in its outermost layers only: the second time nearly all is there already.
@lru_cache(maxsize=REMEMBERED)
def _together(outlines: tuple[bytes, ...], radii_mm: tuple[float, ...], outwards: bool) -> Geometry:  # noqa: FBT001 - cached
    """Join or intersect some outlines (WKB), each moved by its own radius."""
    import shapely

    moved = [_offset(outline, mm if outwards else -mm) for outline, mm in zip(outlines, radii_mm, strict=True)]
    if len(moved) == 1:
        return moved[0]
    return shapely.union_all(moved) if outwards else shapely.intersection_all(moved)


@lru_cache(maxsize=REMEMBERED)
def _offset(outline: bytes, signed_mm: float) -> Geometry:
    import shapely

    return shapely.buffer(shapely.from_wkb(outline), signed_mm, quad_segs=ARC_SEGMENTS)


def _steps(near: Solid, margin_mm: float) -> tuple[Axis, Axis]:
    """Cut z where a layer begins, ends or comes into reach, and finely where the answer varies between."""
    own_mm = np.concatenate([near.low_mm, near.high_mm])
    own_mm = own_mm[np.isfinite(own_mm)]
    every_mm = np.unique(np.concatenate([own_mm, own_mm - margin_mm, own_mm + margin_mm]))
    cuts_mm = every_mm[np.diff(every_mm, prepend=-np.inf) > SAME_Z_MM]
    cuts_mm[-1] = every_mm[-1]
    low_mm, high_mm = cuts_mm[:-1], cuts_mm[1:]
    distance_mm = _distance_mm(near, (low_mm + high_mm) / 2)
    varies = ((distance_mm > 0) & (distance_mm < margin_mm)).any(axis=1)
    longest_mm = np.where(varies, min(margin_mm / 4, max(margin_mm / 8, FINE_STEP_MM)), np.inf)
    counts = np.ceil((high_mm - low_mm) / longest_mm - 1e-6).clip(1).astype(int)
    pieces = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(low_mm, high_mm, counts, strict=True)]
    faces_mm = np.append(np.concatenate(pieces), cuts_mm[-1])
    return faces_mm[:-1], faces_mm[1:]


def _mean_radius(near: Solid, low_mm: Axis, high_mm: Axis, margin_mm: float) -> NDArray[np.float64]:
    """Mean over each step (rows) of sqrt(margin² - d²) for each layer (columns); -1 beyond reach."""
    height_mm = (high_mm - low_mm)[:, None]
    middle_mm = _distance_mm(near, (low_mm + high_mm) / 2)
    start_mm = (middle_mm - height_mm / 2).clip(0, margin_mm)
    end_mm = (middle_mm + height_mm / 2).clip(0, margin_mm)
    span_mm = np.where(end_mm > start_mm, end_mm - start_mm, 1.0)
    mean_mm = (_below_arc(end_mm, margin_mm) - _below_arc(start_mm, margin_mm)) / span_mm
    return np.where(middle_mm == 0, margin_mm, np.where(middle_mm < margin_mm, mean_mm, -1.0))


def _below_arc(distance_mm: NDArray[np.float64], margin_mm: float) -> NDArray[np.float64]:
    """Integral of sqrt(margin² - d²) from 0 to a distance."""
    radius_mm = np.sqrt((margin_mm - distance_mm) * (margin_mm + distance_mm))
    return (distance_mm * radius_mm + margin_mm**2 * np.arcsin(distance_mm / margin_mm)) / 2


def _distance_mm(near: Solid, z_mm: Axis) -> NDArray[np.float64]:
    """Distance in z from each height (rows) to each layer (columns); 0 inside."""
    return np.maximum(near.low_mm - z_mm[:, None], z_mm[:, None] - near.high_mm).clip(0)


def _with_gaps(solid: Solid) -> Solid:
    """Add what is beyond the ends and between layers as layers without any area."""
    import shapely

    low_mm = np.append(-np.inf, solid.high_mm)
    high_mm = np.append(solid.low_mm, np.inf)
    gaps = high_mm - low_mm > SAME_Z_MM
    nothing = np.full(int(gaps.sum()), shapely.Polygon(), dtype=object)
    return Solid(
        np.concatenate([solid.low_mm, low_mm[gaps]]),
        np.concatenate([solid.high_mm, high_mm[gaps]]),
        np.concatenate([solid.areas, nothing]),
    )
