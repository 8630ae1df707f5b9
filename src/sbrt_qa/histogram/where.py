"""Where: the points of a structure that receive the most and the least dose, for pictures.

The candidates are those of :mod:`sbrt_qa.histogram.extremes`, the outline taken at short steps instead of at its exact
crossings: a picture asks where, never how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import cell, spread
from sbrt_qa.histogram.rows import cross, edges, lines
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.histogram.slabs import on_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.rows import Edges
    from sbrt_qa.model import Dose, Structure

    Floats = NDArray[np.float64]
    Columns = tuple[Floats, Floats, NDArray[np.intp]]

STEP_MM = 0.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A point and its dose.

    Parameters
    ----------
    x_mm, y_mm, z_mm : float
        Patient coordinates.
    gy : float
        Dose there, trilinear.
    """

    x_mm: float
    y_mm: float
    z_mm: float
    gy: float


def coldest_and_hottest(structure: Structure, dose: Dose, sampling: Sampling | None = None) -> tuple[Spot, Spot] | None:
    """Find the points of a structure with the least and the most dose.

    Parameters
    ----------
    structure : Structure
        Closed contours on axial planes.
    dose : Dose
        On a grid along the patient's axes, at least two voxels along each.
    sampling : Sampling, optional
        Its end caps decide how far the structure reaches.

    Returns
    -------
    (coldest, hottest) or None
        Of the part inside the dose grid; None where there is no such part. The first of equals.

    Raises
    ------
    MetricUndefined
        When the structure bounds no volume.
    """
    slab_mm, contours, slab = on_slabs(structure, sampling or Sampling())
    outline = edges(contours, slab)
    inner = _grid_points(outline, dose)
    columns = [np.concatenate(pair) for pair in zip(_outline_points(outline), inner, strict=True)]
    x, y, z = _at_levels((columns[0], columns[1], columns[2].astype(np.intp)), slab_mm, dose)
    if x.size == 0:
        return None
    gy = dose_at_points(dose, x, y, z)
    found = [Spot(float(x[k]), float(y[k]), float(z[k]), float(gy[k])) for k in (gy.argmin(), gy.argmax())]
    return found[0], found[1]


def dose_at_points(dose: Dose, x_mm: Floats, y_mm: Floats, z_mm: Floats) -> Floats:
    """Return the trilinear dose in Gy at points inside the box of voxel centres."""
    (i, fx), (j, fy), (k, fz) = (
        cell(at, axis) for at, axis in ((x_mm, dose.grid.x_mm), (y_mm, dose.grid.y_mm), (z_mm, dose.grid.z_mm))
    )
    _, rows, columns = dose.gy.shape
    gy, corner = dose.gy.ravel(), (k * rows + j) * columns + i
    total = np.zeros(x_mm.shape)
    for dk, wz in ((0, 1 - fz), (rows * columns, fz)):
        for dj, wy in ((0, 1 - fy), (columns, fy)):
            wzy = wz * wy
            for di, wx in ((0, 1 - fx), (1, fx)):
                total += wzy * wx * gy.take(corner + (dk + dj + di))
    return total


def _outline_points(outline: Edges) -> Columns:
    """Points along the outline at short steps, every vertex included: x, y and slab."""
    along_x, along_y = outline.x1 - outline.x0, outline.y1 - outline.y0
    count = np.maximum(np.ceil(np.hypot(along_x, along_y) / STEP_MM), 1).astype(np.intp)
    edge, step = spread(np.zeros_like(count), count)
    share = step / count[edge]
    x, y = outline.x0[edge] + share * along_x[edge], outline.y0[edge] + share * along_y[edge]
    return x, y, outline.slab[edge]


def _grid_points(outline: Edges, dose: Dose) -> Columns:
    """Columns of the dose grid inside the outline of each slab: x, y and slab."""
    grid = dose.grid
    rows = lines(outline, float(grid.y_mm[0]), grid.spacing_mm[1])
    crossings = cross(outline, rows)
    chord = crossings.row[::2]
    first = np.clip(np.searchsorted(grid.x_mm, crossings.x[::2]), 0, grid.x_mm.size)
    last = np.searchsorted(grid.x_mm, crossings.x[1::2], "right")
    which, column = spread(first, np.maximum(last - first, 0))
    return grid.x_mm[column], rows.y[chord[which]], rows.slab[chord[which]]


def _at_levels(columns: Columns, slab_mm: Floats, dose: Dose) -> tuple[Floats, Floats, Floats]:
    """Take each column at both faces of its slab and at the dose planes between, as far as the grid knows the dose."""
    x, y, on = columns
    grid = dose.grid
    inside = (x >= grid.x_mm[0]) & (x <= grid.x_mm[-1]) & (y >= grid.y_mm[0]) & (y <= grid.y_mm[-1])
    x, y, on = x[inside], y[inside], on[inside]
    low = np.maximum(slab_mm[:, 0], grid.z_mm[0])
    high = np.minimum(slab_mm[:, 1], grid.z_mm[-1])
    first, last = np.searchsorted(grid.z_mm, low, "right"), np.searchsorted(grid.z_mm, high, "left")
    point, plane = spread(first[on], np.maximum(last - first, 0)[on])
    x, y = (np.concatenate([at, at, at[point]]) for at in (x, y))
    z = np.concatenate([low[on], high[on], grid.z_mm[plane]])
    known = np.concatenate([low[on] <= high[on], low[on] <= high[on], np.ones(plane.size, dtype=bool)])
    return x[known], y[known], z[known]
