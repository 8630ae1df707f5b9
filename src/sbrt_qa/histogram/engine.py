"""Compute: one structure and one dose into a DVH. The three steps are ``slabs``, ``rows`` and ``integrate``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import CaseError
from sbrt_qa.histogram.arrays import spread
from sbrt_qa.histogram.curve import DVH, empty
from sbrt_qa.histogram.extremes import extremes
from sbrt_qa.histogram.integrate import Bars, integrate
from sbrt_qa.histogram.rows import Crossings, Edges, Rows, cross, edges, extent, strips
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.histogram.slabs import on_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Grid, Structure

ROWS_PER_CONTOUR = 100
PLANES_PER_EXTENT = 24
FINEST_MM = 0.05
BEND = 5e-6  # share of a slab's area that one bend of the outline may cost inside a strip
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
    Rows: the dose spacing in y divided by the whole number that brings it to at most the median height of the
    contours / 100 (not below 0.05 mm), and cut further wherever the outline bends sharply. Sub-planes: each slab in
    equal parts of at most the dose spacing in z and at most 1/24 of the extent in y. ``fineness`` divides both.
    """
    sampling = sampling or Sampling()
    _refuse_unusable(dose)
    slab_mm, contours, slab = on_slabs(structure, sampling)
    outline = edges(contours, slab)
    step = _row_step(outline, dose.grid, sampling)
    rows = strips(outline, float(dose.grid.y_mm[0]), step, BEND)
    chords = _chords(rows, cross(outline, rows))
    heights = slab_mm[:, 1] - slab_mm[:, 0]
    volume = float(((chords.x1 - chords.x0) * chords.depth * heights[chords.slab]).sum())
    if not volume > 0:
        raise empty(structure)
    bars = _bars(chords, slab_mm, dose.grid, sampling)
    if bars.x0.size == 0:
        return DVH(structure.name, np.array([0.0, 1.0]), np.zeros(2), volume / 1000, None, sampling)
    histogram = integrate(bars, dose)
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
    return spacing / math.ceil(max(math.ceil(spacing / wanted), 1) * sampling.fineness)


def _contour_height_mm(outline: Edges) -> float:
    """Median extent in y of the outline on its slabs."""
    low, high = extent(outline)
    return float(np.median(high - low))


@dataclass(frozen=True, slots=True, eq=False)
class _Chords:
    """Pieces of rows inside the structure: ends along x, position and depth in y, and their slab."""

    x0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y: NDArray[np.float64]
    depth: NDArray[np.float64]
    slab: NDArray[np.intp]


def _chords(rows: Rows, crossings: Crossings) -> _Chords:
    row = crossings.row[::2]
    return _Chords(crossings.x[::2], crossings.x[1::2], rows.y[row], rows.depth[row], rows.slab[row])


def _bars(chords: _Chords, slab_mm: NDArray[np.float64], grid: Grid, sampling: Sampling) -> Bars:
    """Chords inside the dose grid, once for each sub-plane of their slab."""
    x0, x1 = np.maximum(chords.x0, grid.x_mm[0]), np.minimum(chords.x1, grid.x_mm[-1])
    # A strip that crosses the edge of the grid is cut there by a row end, so its middle tells on which side it lies.
    inside = np.flatnonzero((x1 > x0) & (chords.y > grid.y_mm[0]) & (chords.y < grid.y_mm[-1]))
    low, high = np.maximum(slab_mm[:, 0], grid.z_mm[0]), np.minimum(slab_mm[:, 1], grid.z_mm[-1])
    height = np.maximum(high - low, 0.0)
    parts = _parts(height, grid, chords, sampling)
    chord, part = spread(np.zeros_like(inside), parts[chords.slab[inside]])
    kept = inside[chord]
    on = chords.slab[kept]
    thickness = (height / np.maximum(parts, 1))[on]
    z = low[on] + (part + 0.5) * thickness
    return Bars(x0[kept], x1[kept], chords.y[kept], z, chords.depth[kept], thickness)


def _parts(height: NDArray[np.float64], grid: Grid, chords: _Chords, sampling: Sampling) -> NDArray[np.intp]:
    """Return the number of sub-planes of each slab."""
    size = float(np.ptp(chords.y)) + float(chords.depth.max())
    wanted = min(float(np.diff(grid.z_mm).min()), max(size / PLANES_PER_EXTENT, 2 * FINEST_MM))
    parts = np.ceil(height / wanted * sampling.fineness - 1e-9).astype(np.intp)
    return np.where(height > 0, np.maximum(parts, 1), 0)
