"""Compute: one structure and one dose into a DVH. The three steps are ``slabs``, ``rows`` and ``integrate``."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import CaseError
from sbrt_qa.histogram.arrays import spread
from sbrt_qa.histogram.cubic import parts, refined
from sbrt_qa.histogram.curve import DVH, empty
from sbrt_qa.histogram.extremes import extremes
from sbrt_qa.histogram.integrate import Bars, Histogram, integrate
from sbrt_qa.histogram.rows import Crossings, Edges, Rows, cross, edges, extent, joined, on_slabs_only, strips
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.histogram.shape import between_planes, raster_points
from sbrt_qa.histogram.slabs import on_slabs, planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Grid, Structure

ROWS_PER_CONTOUR = 100
FLAT = {("slab", "half-slice"), ("slab", "none"), ("slab", "max-1.5mm")}
PLANES_PER_EXTENT = 24
SLIVER = 0.1  # a dose plane closer to a slab's face than this share of the spacing does not cut it
FINEST_MM = 0.05
BEND = 5e-6  # share of a slab's area that one bend of the outline may cost inside a strip
REFINED_VOXELS = 4_000_000
COARSE_POINTS = 300_000  # a shape that needs a larger raster is too dear for an interval, which then keeps slabs
OVERSHOOT = {"trilinear": 1.0, "cubic": 1.3}  # a cubic can swing above the grid points
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
    contours / 100 (not below 0.05 mm), and cut further wherever the outline bends sharply. Sub-planes: each slab is
    cut at the planes of the dose grid, and into equal parts of at most 1/24 of the extent in y. ``fineness`` divides
    both.
    """
    sampling = sampling or Sampling()
    _refuse_unusable(dose)
    histogram = Histogram(float(dose.gy.max()) * OVERSHOOT[sampling.dose])
    volume = 0.0
    for slab_mm, outline, field in _portions(*_solid(structure, sampling), dose, sampling):
        volume += _add(histogram, slab_mm, outline, (field, sampling))
    if not volume > 0:
        raise empty(structure)
    return _curve(structure.name, histogram, volume, sampling)


def _add(histogram: Histogram, slab_mm: NDArray[np.float64], outline: Edges, field: tuple[Dose, Sampling]) -> float:
    """Integrate some slabs into the histogram and return their whole volume in mm³, inside the dose grid or not."""
    dose, sampling = field
    step = _row_step(outline, dose.grid, sampling)
    rows = strips(outline, float(dose.grid.y_mm[0]), step, BEND)
    chords = _chords(rows, cross(outline, rows))
    if chords.x0.size == 0:
        return 0.0
    heights = slab_mm[:, 1] - slab_mm[:, 0]
    bars = _bars(chords, slab_mm, dose.grid, sampling)
    if bars.x0.size:
        integrate(bars, dose, histogram)
        if sampling.fineness >= 1:  # a coarse curve only serves an interval: the ends of its pieces do
            histogram.see(*extremes(outline, slab_mm, dose, (histogram.low, histogram.high)))
    return float(((chords.x1 - chords.x0) * chords.depth * heights[chords.slab]).sum())


def _curve(name: str, histogram: Histogram, volume: float, sampling: Sampling) -> DVH:
    """Make the curve; volumes come in mm³."""
    if histogram.volume == 0.0:
        return DVH(name, np.array([0.0, 1.0]), np.zeros(2), volume / 1000, None, sampling)
    low, high = histogram.low, histogram.high
    edges_gy, cumulative = histogram.curve()
    covered = volume if histogram.volume >= FULL * volume else histogram.volume
    cumulative *= covered / histogram.volume
    cumulative = np.minimum.accumulate(np.clip(cumulative, 0.0, covered))
    cumulative[edges_gy <= low] = covered
    cumulative[edges_gy > high] = 0.0
    mean = histogram.dose_volume / histogram.volume
    statistics = (low, min(max(mean, low), high), high)
    return DVH(name, edges_gy, cumulative / 1000, volume / 1000, statistics, sampling)


def _portions(
    slab_mm: NDArray[np.float64], outline: Edges, dose: Dose, sampling: Sampling
) -> Iterator[tuple[NDArray[np.float64], Edges, Dose]]:
    """Yield slabs, outlines and the dose to read them in: all at once, or a refined dose a stretch of z at a time."""
    if sampling.dose == "trilinear" or outline.slab.size == 0:
        yield slab_mm, outline, dose
        return
    box_x = float(outline.x0.min()), float(outline.x0.max())
    box_y = float(outline.y0.min()), float(outline.y0.max())
    order = np.argsort(slab_mm[:, 0], kind="stable")
    for some in np.array_split(order, _stretches(slab_mm, (box_x, box_y), dose, parts(sampling.fineness))):
        box_z = float(slab_mm[some, 0].min()), float(slab_mm[some, 1].max())
        yield slab_mm, on_slabs_only(outline, some), refined(dose, (box_x, box_y, box_z), parts(sampling.fineness))


def _stretches(slab_mm: NDArray[np.float64], box: tuple[tuple[float, float], ...], dose: Dose, pieces: int) -> int:
    """Return how many stretches of z keep a refined dose small."""
    dx, dy, dz = dose.grid.spacing_mm
    (x0, x1), (y0, y1) = box
    z0, z1 = float(slab_mm[:, 0].min()), float(slab_mm[:, 1].max())
    voxels = pieces**3 * ((x1 - x0) / dx + 1) * ((y1 - y0) / dy + 1) * ((z1 - z0) / dz + 1)
    return min(math.ceil(voxels / REFINED_VOXELS), len(slab_mm))


def _solid(structure: Structure, sampling: Sampling) -> tuple[NDArray[np.float64], Edges]:
    """Return the slabs (low and high z) and their outlines under the conventions.

    Derived structures carry slabs of their own, which no convention changes any more.
    """
    if structure.slabs_mm is not None or (sampling.between, sampling.end_cap) in FLAT:
        slab_mm, contours, slab = on_slabs(structure, sampling)
        return slab_mm, edges(contours, slab)
    flat_mm, contours, slab = on_slabs(structure, replace(sampling, end_cap="none"))
    z_mm, _ = planes(structure)
    if sampling.fineness < 1 and raster_points(contours, slab, z_mm.size, sampling) > COARSE_POINTS:
        return _solid(structure, replace(sampling, between="slab", end_cap="half-slice"))
    shaped = between_planes(contours, slab, z_mm, sampling)
    if sampling.between == "shape":
        return shaped
    return joined((flat_mm, edges(contours, slab)), shaped)


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
    size = float(np.ptp(chords.y)) + float(chords.depth.max())
    thickest = max(size / PLANES_PER_EXTENT, 2 * FINEST_MM) / sampling.fineness
    slab, z, height = _sub_planes(slab_mm, grid.z_mm, thickest)
    first = np.searchsorted(slab, chords.slab[inside])
    chord, plane = spread(first, np.searchsorted(slab, chords.slab[inside], "right") - first)
    kept = inside[chord]
    return Bars(x0[kept], x1[kept], chords.y[kept], z[plane], chords.depth[kept], height[plane])


def _sub_planes(
    slab_mm: NDArray[np.float64], z_mm: NDArray[np.float64], thickest_mm: float
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Cut slabs at the planes of the dose grid, and further where a part is too thick.

    Between two dose planes the dose is linear in z, so the middle of a part has its mean; across a plane it bends.

    Returns
    -------
    slab : ndarray of int
        Slab of each sub-plane, rising.
    z, height : ndarray
        Middle and thickness of each sub-plane in mm; only what lies inside the grid.
    """
    low, high = np.maximum(slab_mm[:, 0], z_mm[0]), np.minimum(slab_mm[:, 1], z_mm[-1])
    known = np.flatnonzero(high > low)
    sliver = SLIVER * float(np.diff(z_mm).min())
    first = np.searchsorted(z_mm, low[known] + sliver, "right")
    between = np.maximum(np.searchsorted(z_mm, high[known] - sliver, "left") - first, 0)
    cut, plane = spread(first, between)
    faces = np.concatenate([low[known], z_mm[plane], high[known]])
    slab = np.concatenate([known, known[cut], known])
    order = np.lexsort((faces, slab))
    faces, slab = faces[order], slab[order]
    within = slab[1:] == slab[:-1]
    bottom, height, slab = faces[:-1][within], np.diff(faces)[within], slab[:-1][within]
    count = np.maximum(np.ceil(height / thickest_mm - 1e-9), 1).astype(np.intp)
    piece, part = spread(np.zeros_like(count), count)
    thin = (height / count)[piece]
    return slab[piece], bottom[piece] + (part + 0.5) * thin, thin
