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
_Lines = tuple[
    "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.intp]"
]


def segments(field: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> _Lines:
    """Return the pieces of the lines where fields are zero.

    Parameters
    ----------
    field : ndarray, shape (layers, y, x)
        One field per layer, taken as negative along the border, so that every line closes.
    x, y : ndarray
        Positions of the raster.

    Returns
    -------
    x0, y0, x1, y1 : ndarray
        Ends of each piece.
    layer : ndarray of int
        Layer of each piece, rising.
    """
    positive = field > 0
    positive[:, [0, -1], :] = positive[:, :, [0, -1]] = False
    corner = positive.astype(np.uint8)
    pattern = corner[:, :-1, :-1] + 2 * corner[:, :-1, 1:] + 4 * corner[:, 1:, 1:] + 8 * corner[:, 1:, :-1]
    layer, j, i = np.nonzero((pattern > 0) & (pattern < 15))
    kind = pattern[layer, j, i]
    sides = _crossings(field, (x, y), layer, j, i)
    square, start, end = [], [], []
    for number, joins in _SIDES.items():
        chosen = np.flatnonzero(kind == number)
        for a, b in joins:
            square.append(chosen)
            start.append(np.full(chosen.size, a))
            end.append(np.full(chosen.size, b))
    squares, starts, ends = np.concatenate(square), np.concatenate(start), np.concatenate(end)
    order = np.argsort(squares, kind="stable")
    squares, starts, ends = squares[order], starts[order], ends[order]
    x0, y0 = sides[starts, :, squares].T
    x1, y1 = sides[ends, :, squares].T
    return x0, y0, x1, y1, layer[squares]


def _crossings(
    field: NDArray[np.float64],
    raster: tuple[NDArray[np.float64], NDArray[np.float64]],
    layer: NDArray[np.intp],
    j: NDArray[np.intp],
    i: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Where the field would cross zero on the bottom, right, top and left side of each square: (4, 2, squares)."""
    x, y = raster
    corners = field[layer, j, i], field[layer, j, i + 1], field[layer, j + 1, i + 1], field[layer, j + 1, i]
    left, right, low, high = x[i], x[i + 1], y[j], y[j + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom = left + (right - left) * (corners[0] / (corners[0] - corners[1]))
        top = left + (right - left) * (corners[3] / (corners[3] - corners[2]))
        west = low + (high - low) * (corners[0] / (corners[0] - corners[3]))
        east = low + (high - low) * (corners[1] / (corners[1] - corners[2]))
    return np.array([[bottom, low], [right, east], [top, high], [left, west]])
