"""Nearest: for every cell of a raster the nearest marked cell, exactly, one axis after the other.

Most rasters here are some fifty cells across, where comparing all columns at once is faster than loading a library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 1 << 14  # cells; its square still fits
AT_A_TIME = 2_000_000
WIDE = 128  # columns, above which a distance transform is worth loading


def nearest_marked(marked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return row and column of the nearest marked cell of the same layer.

    Parameters
    ----------
    marked : ndarray of bool, shape (layers, rows, columns)
        At least one cell of every layer is marked.

    Returns
    -------
    row, column : ndarray of int, shape (layers, rows, columns)
    """
    layers, rows, columns = marked.shape
    if columns > WIDE:
        return _by_transform(marked)
    row_in_column = _nearest_row(marked)
    away = np.minimum(np.abs(row_in_column - np.arange(rows, dtype=np.int32)[None, :, None]), FAR).astype(np.int32)
    across = (np.arange(columns, dtype=np.int32)[:, None] - np.arange(columns, dtype=np.int32)) ** 2
    column = np.empty(marked.shape, dtype=np.intp)
    step = max(AT_A_TIME // (rows * columns * columns), 1)
    for first in range(0, layers, step):
        some = away[first : first + step]
        column[first : first + step] = (some[:, :, None, :] ** 2 + across).argmin(axis=3)
    return np.take_along_axis(row_in_column, column, axis=2).astype(np.intp), column


def _by_transform(marked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Do the same through scipy's distance transform, which pays on wide rasters."""
    from scipy.ndimage import distance_transform_edt

    # Layers are put so far apart that the nearest cell always lies on the same one.
    apart = (float(sum(marked.shape)), 1.0, 1.0)
    _, row, column = distance_transform_edt(~marked, sampling=apart, return_distances=False, return_indices=True)
    return row.astype(np.intp), column.astype(np.intp)


def _nearest_row(marked: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return for every cell the nearest marked row of its column; far away where the column has none."""
    rows = marked.shape[1]
    at = np.arange(rows, dtype=np.int32)[None, :, None]
    above = np.maximum.accumulate(np.where(marked, at, np.int32(-FAR)), axis=1)
    below = np.minimum.accumulate(np.where(marked, at, np.int32(2 * FAR))[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.where(at - above <= below - at, above, below), dtype=np.int32)
