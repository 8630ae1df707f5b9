"""Slabs: which height of the structure each contour plane stands for.

The planes of a structure follow from the z of its closed contours; each plane owns the half gap
to its neighbours, and the end-cap rule of :class:`Sampling` decides what lies beyond the first
and the last plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.histogram.curve import empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.sampling import Sampling
    from sbrt_qa.model import Contour, Structure

SAME_PLANE_MM = 0.05  # contours closer in z than this lie on one plane
CAP_LIMIT_MM = 1.5
TILT_MM = 1.0  # a contour that spans more than this in z lies on no axial plane


def planes(structure: Structure) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Group the closed contours of a structure into planes.

    Returns
    -------
    z_mm : ndarray, shape (planes,)
        Height of each plane, rising.
    plane : ndarray of int, shape (closed contours,)
        The plane of each closed contour, in the order of ``structure.closed_contours``.

    Raises
    ------
    MetricUndefined
        When there is no closed contour, or one that does not lie on an axial plane.
    """
    contours = structure.closed_contours
    if not contours:
        raise empty(structure)
    heights = _heights(structure.name, contours)
    order = np.argsort(heights, kind="stable")
    starts = np.diff(heights[order], prepend=-np.inf) > SAME_PLANE_MM
    plane = np.empty(len(contours), dtype=np.intp)
    plane[order] = np.cumsum(starts) - 1
    return heights[order][starts], plane


def _heights(name: str, contours: tuple[Contour, ...]) -> NDArray[np.float64]:
    """Height of each contour; a tilted contour belongs to no axial plane."""
    z = np.concatenate([c.points_mm[:, 2] for c in contours])
    ends = np.cumsum([len(c.points_mm) for c in contours])
    starts = np.append(0, ends[:-1])
    low, high = np.minimum.reduceat(z, starts), np.maximum.reduceat(z, starts)
    if (high - low).max() > TILT_MM:
        raise MetricUndefined(
            f"{name} has a contour that spans {(high - low).max():.1f} mm in z, so it does not lie on an axial plane",
            where=name,
            mend="export axial contours",
            code="contour-not-axial",
        )
    return np.asarray((low + high) / 2)


def slabs(structure: Structure, sampling: Sampling) -> tuple[tuple[float, float, float], ...]:
    """Return (plane z, low z, high z) in mm for each contour plane, rising.

    Raises
    ------
    MetricUndefined
        When there is no closed contour, or only one plane: one contour says nothing about a thickness.
    """
    if structure.slabs_mm is not None:
        return structure.slabs_mm
    z, _ = planes(structure)
    if z.size == 1:
        raise MetricUndefined(
            f"{structure.name} is drawn on one plane only, which has no thickness",
            where=structure.name,
            mend="contour it on the neighbouring slices too",
            code="structure-too-small",
        )
    middle = (z[1:] + z[:-1]) / 2
    first = z[0] - _cap_mm(z[1] - z[0], sampling)
    last = z[-1] + _cap_mm(z[-1] - z[-2], sampling)
    low, high = np.append(first, middle), np.append(middle, last)
    return tuple(zip(z.tolist(), low.tolist(), high.tolist(), strict=True))


def _cap_mm(gap_mm: float, sampling: Sampling) -> float:
    if sampling.end_cap == "none":
        return 0.0
    half = gap_mm / 2
    return min(half, CAP_LIMIT_MM) if sampling.end_cap == "max-1.5mm" else half


def on_slabs(
    structure: Structure, sampling: Sampling
) -> tuple[NDArray[np.float64], tuple[Contour, ...], NDArray[np.intp]]:
    """Return the slabs, the contours that bound them, and the slab of each contour.

    Returns
    -------
    slab_mm : ndarray, shape (slabs, 2)
        Low and high z of each slab.
    contours : tuple of Contour
        Closed contours, sorted by slab.
    slab : ndarray of int, shape (contours,)
        Index into ``slab_mm``, rising.
    """
    listed = np.array(slabs(structure, sampling))
    contours = structure.closed_contours
    if structure.slabs_mm is None:
        slab = planes(structure)[1]
    else:
        heights = np.array([c.points_mm[0, 2] for c in contours])
        # Derived contours lie exactly on the plane of their slab; take the nearest whatever the rounding.
        slab = np.searchsorted((listed[1:, 0] + listed[:-1, 0]) / 2, heights)
    order = np.argsort(slab, kind="stable")
    return listed[:, 1:], tuple(contours[index] for index in order.tolist()), slab[order]
