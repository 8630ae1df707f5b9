"""Compute: one structure and one dose into a DVH. The three steps are ``slabs``, ``rows`` and ``integrate``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dvh.arrays import spread
from sbrt_qa.dvh.curve import DVH, empty
from sbrt_qa.dvh.extremes import extremes
from sbrt_qa.dvh.integrate import Strips, integrate
from sbrt_qa.dvh.rows import Crossings, Edges, cross, edges
from sbrt_qa.dvh.sampling import Sampling
from sbrt_qa.dvh.slabs import on_slabs
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Grid, Structure

ROWS_PER_CONTOUR = 80
FINEST_MM = 0.1
FULL = 1 - 1e-9  # rounding alone never makes a structure leave the grid


def compute(structure: Structure, dose: Dose, sampling: Sampling | None = None) -> DVH:
    """Compute the dose-volume histogram of one structure.

    Parameters
    ----------
    structure : Structure
        Contours on axial planes, in patient millimetres.
    dose : Dose
        Gray on a grid along the patient's axes, at least two voxels along each.
    sampling : Sampling, optional
        The conventions; by default half-slice end caps, slabs, trilinear dose.

    Returns
    -------
    DVH
        ``volume_cc`` of the whole structure; the curve of the part inside the dose grid.

    Raises
    ------
    MetricUndefined
        When the structure bounds no volume.
    CaseError
        When the dose is a single plane, or its grid is oblique.

    Notes
    -----
    Row spacing: the dose spacing in y divided by the whole number that brings it to at most the
    median height of the contours / 80, but not below 0.1 mm; sub-planes: each slab in equal parts of
    at most the same length scale or the dose spacing in z, whichever is larger. ``fineness`` divides both.
    """
    sampling = sampling or Sampling()
    _refuse_unusable(dose)
    slab_mm, contours, slab = on_slabs(structure, sampling)
    outline = edges(contours, slab)
    step = _row_step(outline, dose.grid, sampling)
    chords = cross(outline, dose.grid.y_mm[0] + step / 2, step)
    lengths = chords.x[1::2] - chords.x[::2]
    heights = slab_mm[:, 1] - slab_mm[:, 0]
    volume = float((lengths * heights[chords.slab[::2]]).sum()) * step
    if not volume > 0:
        raise empty(structure)
    strips = _strips(chords, slab_mm, dose.grid, step, sampling)
    if strips.x0.size == 0:
        return DVH(structure.name, np.array([0.0, 1.0]), np.zeros(2), volume / 1000, None, sampling)
    histogram = integrate(strips, dose)
    low, high = extremes(outline, slab_mm, dose, (histogram.low, histogram.high))
    edges_gy, cumulative = histogram.curve()
    covered = volume if histogram.volume >= FULL * volume else histogram.volume
    cumulative *= covered / histogram.volume
    cumulative = np.minimum.accumulate(np.clip(cumulative, 0.0, covered))
    cumulative[edges_gy <= low] = covered
    cumulative[edges_gy > high] = 0.0
    mean = histogram.dose_volume / histogram.volume
    statistics = (low, min(max(mean, low), high), high)
    return DVH(structure.name, edges_gy, cumulative / 1000, volume / 1000, statistics, sampling)


def _refuse_unusable(dose: Dose) -> None:
    if min(dose.grid.shape_zyx) < 2:
        raise CaseError(
            "the dose is a single plane, which has no volume", mend="export a dose volume", code="dose-single-plane"
        )
    if not dose.grid.is_axis_aligned:
        raise CaseError(
            "the dose grid is oblique to the patient's axes", mend="export an axial dose grid", code="dose-oblique"
        )


def _row_step(outline: Edges, grid: Grid, sampling: Sampling) -> float:
    """Distance of rows in mm: a whole fraction of the dose spacing, so that rows never straddle a grid line."""
    spacing = float(grid.spacing_mm[1])
    wanted = max(_contour_height_mm(outline) / ROWS_PER_CONTOUR, FINEST_MM)
    return spacing / (max(math.ceil(spacing / wanted), 1) * sampling.fineness)


def _contour_height_mm(outline: Edges) -> float:
    """Median extent in y of the outline on its slabs."""
    starts = np.flatnonzero(np.diff(outline.slab, prepend=-1))
    return float(np.median(np.maximum.reduceat(outline.y0, starts) - np.minimum.reduceat(outline.y0, starts)))


def _strips(chords: Crossings, slab_mm: NDArray[np.float64], grid: Grid, step: float, sampling: Sampling) -> Strips:
    """Chords inside the dose grid, once for each sub-plane of their slab."""
    x0 = np.maximum(chords.x[::2], grid.x_mm[0])
    x1 = np.minimum(chords.x[1::2], grid.x_mm[-1])
    row, slab = chords.row[::2], chords.slab[::2]
    rows_in_grid = round((grid.y_mm[-1] - grid.y_mm[0]) / step)
    kept = (x1 > x0) & (row >= 0) & (row < rows_in_grid)
    x0, x1, row, slab = x0[kept], x1[kept], row[kept], slab[kept]
    low, high = np.maximum(slab_mm[:, 0], grid.z_mm[0]), np.minimum(slab_mm[:, 1], grid.z_mm[-1])
    height = np.maximum(high - low, 0.0)
    parts = _parts(height, grid, step, sampling)
    count = parts[slab]
    chord, part = spread(np.zeros_like(count), count)
    on = slab[chord]
    thickness = height / np.maximum(parts, 1)
    z = low[on] + (part + 0.5) * thickness[on]
    y = grid.y_mm[0] + (row[chord] + 0.5) * step
    return Strips(x0[chord], x1[chord], y, z, step, thickness[on])


def _parts(height: NDArray[np.float64], grid: Grid, step: float, sampling: Sampling) -> NDArray[np.intp]:
    """Return the number of sub-planes of each slab."""
    wanted = max(step * sampling.fineness, float(np.diff(grid.z_mm).min()) * 0.75)
    parts = np.ceil(height / wanted - 1e-9).astype(np.intp) * sampling.fineness
    return np.where(height > 0, np.maximum(parts, 1), 0)
