"""Booleans of two solids: exact, because both are stacks of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.derive.solid import SAME_Z_MM, Solid, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray


def combined(sign: str, left: Solid, right: Solid) -> Solid:
    """Combine two solids.

    z is cut at every face of either solid; in each interval both are prisms, and their cross-sections
    are combined in the plane. Faces of ``right`` within ``SAME_Z_MM`` of one of ``left`` count as that one,
    so left = (left - right) + (left & right) holds exactly.

    Parameters
    ----------
    sign : {"-", "+", "&"}
        Without, together with, in common with.
    left, right : Solid
        Either may be empty.

    Returns
    -------
    Solid
        May be empty.
    """
    right = _on_faces_of(left, right)
    faces_mm = np.unique(np.concatenate([left.low_mm, left.high_mm, right.low_mm, right.high_mm]))
    middles_mm = (faces_mm[1:] + faces_mm[:-1]) / 2
    in_left, in_right = left.layer_at(middles_mm), right.layer_at(middles_mm)
    areas = np.full(middles_mm.size, None, dtype=object)
    if sign in "-+":
        areas[in_left >= 0] = left.areas[in_left[in_left >= 0]]
    if sign == "+":
        areas[in_right >= 0] = right.areas[in_right[in_right >= 0]]
    both = (in_left >= 0) & (in_right >= 0)
    areas[both] = _overlay(sign, left.areas[in_left[both]], right.areas[in_right[both]])
    return stack(faces_mm[:-1], faces_mm[1:], areas)


def _overlay(sign: str, left: NDArray[np.object_], right: NDArray[np.object_]) -> NDArray[np.object_]:
    import shapely

    if sign == "+":
        return shapely.union(left, right)
    areas = left.copy() if sign == "-" else np.full(left.size, None, dtype=object)
    meet = shapely.intersects(left, right)
    overlay = shapely.difference if sign == "-" else shapely.intersection
    areas[meet] = overlay(left[meet], right[meet])
    return areas


def _on_faces_of(left: Solid, right: Solid) -> Solid:
    """Return ``right`` with its faces moved onto those of ``left`` where they are the same."""
    if left.is_empty or right.is_empty:
        return right
    faces_mm = np.unique(np.concatenate([left.low_mm, left.high_mm]))
    return stack(_nearest(faces_mm, right.low_mm), _nearest(faces_mm, right.high_mm), right.areas)


def _nearest(faces_mm: NDArray[np.float64], z_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest = faces_mm[np.searchsorted((faces_mm[1:] + faces_mm[:-1]) / 2, z_mm)]
    return np.where(np.abs(nearest - z_mm) <= SAME_Z_MM, nearest, z_mm)
