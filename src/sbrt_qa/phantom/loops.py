"""Loops: closed outlines as arrays (n, 2), the last vertex joining the first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Triple

    Floats = NDArray[np.float64]
    Loop = Floats

Axis = Literal["x", "y", "z"]


def at(centre: Triple, loop: Loop) -> Loop:
    """Move a loop from the origin to a centre."""
    return loop + np.array(centre[:2], dtype=np.float64)


def across(axis: Axis, loop: Loop) -> Loop:
    """Turn (axial, lateral) into (x, y)."""
    return loop if axis == "x" else loop[:, ::-1]


def rectangle(half_first: float, half_second: float) -> Loop:
    """Return a rectangle round the origin."""
    return np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=np.float64) * (half_first, half_second)


def _angles(reach_mm: float, point_mm: float) -> Floats:
    """Return even angles, four of them on the axes so that the extremes of the curve are vertices."""
    quarter = max(6, math.ceil(math.pi / 2 * reach_mm / point_mm))
    return np.arange(4 * quarter, dtype=np.float64) * (math.pi / 2 / quarter)


def ellipse(a: float, b: float, point_mm: float) -> Loop:
    """Return an ellipse round the origin, vertices on it."""
    angle = _angles(max(a, b), point_mm)
    return np.column_stack((a * np.cos(angle), b * np.sin(angle)))


def mirrored(low: float, high: float, width: Callable[[Floats], Floats], point_mm: float) -> Loop:
    """Return the loop ``|first| = width(second)``, low <= second <= high; its ends are like a root."""
    angle = _angles((high - low) / 2, point_mm)
    second = (low + high) / 2 - (high - low) / 2 * np.cos(angle)
    return np.column_stack((np.sign(np.sin(angle)) * width(second), second))


def keyhole(loops: tuple[Loop, ...]) -> Loop:
    """Join concentric loops into one outline with a channel in and out along the same points.

    Parameters
    ----------
    loops : tuple of ndarray, shape (n, 2)
        The outermost first, each inside the one before it and running the same way round, their
        first vertices in line.

    Returns
    -------
    ndarray, shape (m, 2)
        Every second loop runs the other way round, so that the signed area is that of the even-odd region.
    """
    outer, *inner = loops
    if not inner:
        return outer
    within = keyhole(tuple(inner))
    return np.vstack((outer, outer[:1], within[:1], within[:0:-1], within[:1], outer[:1]))
