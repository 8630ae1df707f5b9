"""Array moves that the engine makes in several places: runs and grid cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


KEPT_BYTES = 31 << 20
# Curves are made of many arrays of a few megabytes. glibc hands each back to the system when it is freed and asks for
# it anew, page by page, until a block this large was freed once: from then on it keeps them. None of its pages is
# ever touched.
np.empty(KEPT_BYTES, dtype=np.uint8)


def spread(first: NDArray[np.intp], count: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lay out runs of consecutive integers one after the other.

    Parameters
    ----------
    first, count : ndarray of int, shape (runs,)
        Run k is first[k], first[k] + 1, ... with count[k] members.

    Returns
    -------
    run, member : ndarray of int, shape (sum of counts,)
        The run each member belongs to, and its value.
    """
    return np.repeat(np.arange(count.size), count), runs_of(first, count)


def runs_of(first: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the members of runs of consecutive integers, one run after the other."""
    members = np.repeat(first - (np.cumsum(count) - count), count)
    members += np.arange(members.size)
    return members


def cell(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the grid cell of each position along an axis, and the fraction 0..1 inside it.

    Parameters
    ----------
    at_mm : ndarray
        Positions within the axis.
    axis_mm : ndarray
        At least two rising positions.
    """
    index = np.clip(np.searchsorted(axis_mm, at_mm, side="right") - 1, 0, axis_mm.size - 2)
    return index, (at_mm - axis_mm[index]) / (axis_mm[index + 1] - axis_mm[index])


def even_cell(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Do the same as ``cell`` for an equidistant axis, faster."""
    at = (at_mm - axis_mm[0]) * ((axis_mm.size - 1) / (axis_mm[-1] - axis_mm[0]))
    index = np.clip(at.astype(np.intp), 0, axis_mm.size - 2)
    return index, at - index


def nodes_around(at_mm: NDArray[np.float64], axis_mm: NDArray[np.float64]) -> slice:
    """Return the grid points around a stretch, at least two."""
    first = int(np.searchsorted(axis_mm, at_mm.min(), "right")) - 1
    last = int(np.searchsorted(axis_mm, at_mm.max(), "left"))
    return slice(max(min(first, axis_mm.size - 2), 0), min(max(last, 1), axis_mm.size - 1) + 1)
