"""Tilted dose grid -> a grid along the patient's axes, by trilinear interpolation and only where dose is known.

The engine walks along patient axes. A tilted grid is sampled at no more than half its own spacing, on the largest
axis-aligned box that lies wholly inside the tilted one: nothing is invented beyond it, what sticks out of the new box
counts as not covered. The two interpolations, this one and that of the engine, together err by at most twice the
interpolation error of the tilted grid itself; a linear dose is exact.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sbrt_qa.errors import CaseError
from sbrt_qa.model import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_MOST_VOXELS = 50_000_000
_LEAST_SHARE = 0.1
_ALONG = 1e-3  # a patient axis that leans less than this on a grid axis does not cross its planes to speak of
_FINEST_MM, _LONGEST_MM = 0.01, 10_000.0
_INSIDE = 1 - 1e-9
_AT_ONCE = 1_048_576  # voxels; their coordinates take 24 MB


class Tilted(NamedTuple):
    """A dose on a grid that is not along the patient's axes.

    Parameters
    ----------
    gy : ndarray of float32, shape (frames, rows, columns)
        Dose in gray.
    positions_mm : tuple of three ndarrays
        Strictly rising distances of frames, rows and columns from ``origin_mm`` along their own axis.
    axes : ndarray, shape (3, 3)
        Unit vectors in patient coordinates of these three axes, one per row.
    origin_mm : ndarray, shape (3,)
        Where all three distances are 0.
    """

    gy: NDArray[np.float32]
    positions_mm: tuple[Vector, Vector, Vector]
    axes: Vector
    origin_mm: Vector


def straighten(tilted: Tilted, where: str) -> tuple[Grid, NDArray[np.float32], str]:
    """Interpolate a tilted dose onto a grid along the patient's axes.

    Parameters
    ----------
    tilted : Tilted
        The dose as stored.
    where : str
        File, for messages.

    Returns
    -------
    (Grid, ndarray of float32, str)
        Grid, dose ``[z, y, x]`` and a sentence that says what was done.

    Raises
    ------
    CaseError
        ``dose-oblique`` when too little of the grid can be kept, or it would take too much memory.
    """
    _require_usual_size(tilted, where)
    to_grid = np.linalg.inv(tilted.axes.T).astype(np.float64)
    starts, stops = (np.array([axis[end] for axis in tilted.positions_mm]) for end in (0, -1))
    centre = tilted.axes.T @ ((starts + stops) / 2) + tilted.origin_mm
    half = inscribed_box(np.abs(to_grid), (stops - starts) / 2)
    share = float(np.prod(2 * half) / np.prod(stops - starts))
    nodes = [*map(np.linspace, centre - half, centre + half, _counts(tilted, to_grid, half))]
    shape = nodes[2].size, nodes[1].size, nodes[0].size
    if share < _LEAST_SHARE or math.prod(shape) > _MOST_VOXELS:
        what = f"the dose grid is tilted so far against the patient axes that {share:.0%} of it can be used"
        if share >= _LEAST_SHARE:
            what = (
                f"the dose grid is tilted and too fine: along the patient axes it would take {math.prod(shape)} voxels"
            )
        raise CaseError(what, where=where, mend="export an axial dose grid", code="dose-oblique")
    grid = Grid(nodes[0], nodes[1], nodes[2])
    return grid, _sampled(tilted, to_grid, grid), _sentence(tilted, grid, share)


def inscribed_box(leaning: Vector, half_mm: Vector) -> Vector:
    """Half sides of the largest axis-aligned box in a tilted box with the same centre.

    Parameters
    ----------
    leaning : ndarray, shape (3, 3)
        Absolute components of the patient axes (columns) along the axes of the tilted box (rows).
    half_mm : ndarray, shape (3,)
        Half sides of the tilted box.

    Returns
    -------
    ndarray, shape (3,)
        Half sides along x, y, z, wholly inside.

    Notes
    -----
    The sides b that maximise the product under ``leaning @ b <= half_mm`` are 1 / (weights @ leaning) for weights
    that are positive only where a wall is touched; each step raises the weights of walls that are crossed.
    """
    weights = 1 / half_mm
    for _ in range(2000):
        box = 1 / (weights @ leaning)
        weights *= leaning @ box / half_mm
    box = 1 / (weights @ leaning)
    return np.asarray(box * (half_mm / (leaning @ box)).min() * _INSIDE)


def _require_usual_size(tilted: Tilted, where: str) -> None:
    for axis in tilted.positions_mm:
        if np.diff(axis).min() < _FINEST_MM or axis[-1] - axis[0] > _LONGEST_MM:
            what = (
                f"the tilted dose grid is {axis[-1] - axis[0]:g} mm long with points {np.diff(axis).min():g} mm apart"
            )
            raise CaseError(what, where=where, mend="export an axial dose grid", code="dose-spacing-invalid")


def _counts(tilted: Tilted, to_grid: Vector, half: Vector) -> list[int]:
    """Count the nodes along x, y and z: at most half the spacing of every grid axis that the line leans on."""
    spacing = np.array([np.diff(axis).min() for axis in tilted.positions_mm])
    finest = [spacing[np.abs(to_grid[:, patient]) > _ALONG].min() / 2 for patient in range(3)]
    return [int(count) + 1 for count in np.ceil(2 * half / finest)]


def _sampled(tilted: Tilted, to_grid: Vector, grid: Grid) -> NDArray[np.float32]:
    from scipy.ndimage import map_coordinates

    gy = np.empty(grid.shape_zyx, dtype=np.float32)
    y_mm, x_mm = grid.y_mm[:, None] - tilted.origin_mm[1], grid.x_mm[None, :] - tilted.origin_mm[0]
    planes = max(1, _AT_ONCE // (grid.y_mm.size * grid.x_mm.size))
    for first in range(0, grid.z_mm.size, planes):
        part = slice(first, first + planes)
        z_mm = grid.z_mm[part, None, None] - tilted.origin_mm[2]
        indices = [
            np.interp(row[0] * x_mm + row[1] * y_mm + row[2] * z_mm, axis, np.arange(axis.size, dtype=np.float64))
            for row, axis in zip(to_grid, tilted.positions_mm, strict=True)
        ]
        gy[part] = map_coordinates(tilted.gy, indices, output=np.float64, order=1, mode="nearest")
    return gy


def _sentence(tilted: Tilted, grid: Grid, share: float) -> str:
    largest = np.abs(tilted.axes).max(axis=1).clip(max=1)
    degrees = float(np.degrees(np.arccos(largest.min())))
    x, y, z = grid.spacing_mm
    return (
        f"The dose grid is tilted by {degrees:.1f}° against the patient axes; it was interpolated onto points"
        f" {x:.2f} × {y:.2f} × {z:.2f} mm apart along them, in a box that holds {share:.0%} of its volume."
    )
