"""A canonical array as rows, columns and frames of a file in some orientation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbrt_qa.phantom.writing.export import ORIENTATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Grid
    from sbrt_qa.phantom.writing.export import Signed


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """An array as it lies in the file.

    Parameters
    ----------
    frames : ndarray, shape (frame, row, column)
        The values.
    cosines : tuple of six floats
        ImageOrientationPatient.
    positions_mm : ndarray, shape (frame, 3)
        Centre of the first voxel of each frame, patient coordinates.
    offsets_mm : ndarray, shape (frame,)
        Of each frame from the first, along the normal of rows x columns.
    spacing_mm : (between rows, between columns)
        PixelSpacing.
    """

    frames: NDArray[Any]
    cosines: tuple[float, ...]
    positions_mm: NDArray[np.float64]
    offsets_mm: NDArray[np.float64]
    spacing_mm: tuple[float, float]


def lay(values: NDArray[Any], grid: Grid, orientation: str, *, descending: bool = False) -> Laid:
    """Flip and transpose a canonical ``[z, y, x]`` array into an orientation.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        Canonical values.
    grid : Grid
        Their voxel centres; its axes may be oblique.
    orientation : str
        Key of ``ORIENTATIONS``, applied to the grid's own axes.
    descending : bool
        Frames run against the normal.

    Returns
    -------
    Laid
    """
    column, row = ORIENTATIONS[orientation]
    basis = np.eye(3)
    normal_sign = int(np.rint(np.cross(_direction(column, basis), _direction(row, basis))[2]))
    frame = (2, -normal_sign if descending else normal_sign)
    centres = (grid.x_mm, grid.y_mm, grid.z_mm)
    along = {axis: centres[axis][::sign] for axis, sign in (column, row, frame)}
    axes = np.array(grid.axes, dtype=np.float64)
    corner = np.array([along[0][0], along[1][0], 0.0]) @ axes
    flipped = values[:: frame[1], :: _sign(1, column, row), :: _sign(0, column, row)]
    return Laid(
        frames=np.ascontiguousarray(flipped if row[0] == 1 else flipped.transpose(0, 2, 1)),
        cosines=tuple(float(v) + 0.0 for v in (*_direction(column, axes), *_direction(row, axes))),
        positions_mm=corner + along[2][:, None] * axes[2],
        offsets_mm=(along[2] - along[2][0]) * normal_sign + 0.0,
        spacing_mm=(_step(along[row[0]]), _step(along[column[0]])),
    )


def _direction(signed: Signed, axes: NDArray[np.float64]) -> NDArray[np.float64]:
    axis, sign = signed
    return np.asarray(sign * axes[axis], dtype=np.float64)


def _sign(axis: int, *directions: Signed) -> int:
    return next(sign for a, sign in directions if a == axis)


def _step(centres: NDArray[np.float64]) -> float:
    """Mean spacing; a single voxel gets 1 mm, for the standard asks for a positive number."""
    return abs(float(centres[-1] - centres[0])) / (centres.size - 1) if centres.size > 1 else 1.0
