"""Truth of a sampled dose: the volume above a dose when the values between the grid points are trilinear.

A steep dose sampled on a coarse grid is no longer the dose it was sampled from. This is the yardstick for a program
that interpolates linearly; the distance to the ideal dose is a property of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.truth import MM3_PER_CC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose
    from sbrt_qa.phantom.shapes import Box3

    Floats = NDArray[np.float64]

NODES = 24  # along x and y in a cell that the dose passes through; along z the share is exact
CORNERS = [(dz, dy, dx) for dz in (0, 1) for dy in (0, 1) for dx in (0, 1)]


def volume_above_cc(dose: Dose, gy: float, box_mm: Box3, nodes: int = NODES) -> float:
    """Volume of a box where the trilinear dose is at least ``gy``.

    Parameters
    ----------
    dose : Dose
        On an axis-aligned grid.
    gy : float
        The dose, above 0.
    box_mm : ((x0, x1), (y0, y1), (z0, z1))
        Its faces lie on grid planes.
    nodes : int
        Midpoints along x and along y in every cell that the dose passes through.

    Returns
    -------
    float
        In cc; cells wholly above or below are exact, the others to about 1 / nodes² of a cell, either way.

    Raises
    ------
    UsageError
        If the box has a face between grid planes.
    """
    inside = tuple(
        _planes(axis, side)
        for axis, side in zip((dose.grid.z_mm, dose.grid.y_mm, dose.grid.x_mm), box_mm[::-1], strict=True)
    )
    block = dose.gy[inside].astype(np.float64)
    nz, ny, nx = (n - 1 for n in block.shape)
    corners = np.stack([block[dz : dz + nz, dy : dy + ny, dx : dx + nx] for dz, dy, dx in CORNERS])
    above = corners.min(axis=0) >= gy
    mixed = ~above & (corners.max(axis=0) >= gy)
    x, y, z = (float(step) for step in dose.grid.spacing_mm)
    cells = float(np.count_nonzero(above)) + float(_share_above(corners[:, mixed], gy, nodes).sum())
    return cells * x * y * z / MM3_PER_CC


def _planes(axis_mm: Floats, side: tuple[float, float]) -> slice:
    first, last = (int(np.argmin(np.abs(axis_mm - end))) for end in side)
    if max(abs(axis_mm[first] - side[0]), abs(axis_mm[last] - side[1])) > 1e-6:
        raise UsageError(f"a box from {side[0]} to {side[1]} mm does not end on grid planes")
    return slice(first, last + 1)


def _share_above(corners: Floats, gy: float, nodes: int) -> Floats:
    """Share of each cell, corners (8, n), where the trilinear dose is at least ``gy``."""
    at = (np.arange(nodes) + 0.5) / nodes
    total = np.zeros(corners.shape[1])
    for x in at:
        edges = corners[0::2] * (1.0 - x) + corners[1::2] * x
        for y in at:
            low, high = (edges[k] * (1.0 - y) + edges[k + 1] * y - gy for k in (0, 2))
            run = high - low
            cross = np.divide(-low, run, out=np.zeros_like(low), where=run != 0.0).clip(0.0, 1.0)
            rising = np.where(run > 0.0, 1.0 - cross, cross)
            total += np.where(run == 0.0, (low >= 0.0).astype(np.float64), rising)
    return total / nodes**2
