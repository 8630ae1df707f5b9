"""Squares: the zero line of a field on a raster, as loose pieces of closed lines (marching squares).

The even-odd rule needs no order along a line, so the pieces are left loose and each is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# For each pattern of positive corners (1 lower left, 2 lower right, 4 upper right, 8 upper left) the sides that a piece
# joins: 0 bottom, 1 right, 2 top, 3 left. Saddles join the sides that keep the positive corners apart.
_SIDES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip
_Lines = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def segments(field: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> _Lines:
    """Return the pieces (x0, y0, x1, y1) of the line where a field is zero.

    Parameters
    ----------
    field : ndarray, shape (y, x)
        Taken as negative along the border, so that every line closes.
    x, y : ndarray
        Positions of the raster.
    """
    positive = field > 0
    positive[[0, -1], :] = positive[:, [0, -1]] = False
    pattern = positive[:-1, :-1] + 2 * positive[:-1, 1:] + 4 * positive[1:, 1:] + 8 * positive[1:, :-1].astype(np.intp)
    j, i = np.nonzero((pattern > 0) & (pattern < 15))
    kind = pattern[j, i]
    sides = _crossings(field, x, y, j, i)
    starts, ends = [], []
    for number, joins in _SIDES.items():
        chosen = kind == number
        if chosen.any():
            for a, b in joins:
                starts.append(sides[a][:, chosen])
                ends.append(sides[b][:, chosen])
    if not starts:
        nothing = np.empty(0)
        return nothing, nothing, nothing, nothing
    (x0, y0), (x1, y1) = np.concatenate(starts, axis=1), np.concatenate(ends, axis=1)
    return x0, y0, x1, y1


def _crossings(
    field: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    j: NDArray[np.intp],
    i: NDArray[np.intp],
) -> tuple[NDArray[np.float64], ...]:
    """Where the field would cross zero on the bottom, right, top and left side of each square, each (2, squares)."""
    corners = field[j, i], field[j, i + 1], field[j + 1, i + 1], field[j + 1, i]
    left, right, low, high = x[i], x[i + 1], y[j], y[j + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom = left + (right - left) * (corners[0] / (corners[0] - corners[1]))
        top = left + (right - left) * (corners[3] / (corners[3] - corners[2]))
        west = low + (high - low) * (corners[0] / (corners[0] - corners[3]))
        east = low + (high - low) * (corners[1] / (corners[1] - corners[2]))
    return (
        np.stack([bottom, low]),
        np.stack([right, east]),
        np.stack([top, high]),
        np.stack([left, west]),
    )
