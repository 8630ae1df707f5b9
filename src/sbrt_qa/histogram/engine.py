"""Compute: one structure and one dose into a DVH. The three steps are ``slabs``, ``rows`` and ``integrate``."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import CaseError
from sbrt_qa.histogram.cells import Lattice, collect
from sbrt_qa.histogram.cubic import parts, refined
from sbrt_qa.histogram.curve import DVH, empty
from sbrt_qa.histogram.extremes import extremes
from sbrt_qa.histogram.integrate import Histogram, integrate
from sbrt_qa.histogram.rows import Chords, Crossings, Edges, Rows, cross, edges, extent, joined, on_slabs_only, strips
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.histogram.shape import between_planes, raster_points
from sbrt_qa.histogram.slabs import on_slabs, planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Grid, Structure

ROWS_PER_CONTOUR = 100
FLAT = {("slab", "half-slice"), ("slab", "none"), ("slab", "max-1.5mm")}
PARTS = 40_000
MANY_DIVISORS = 2**12 * 3**5 * 5**3
ROUNDING = 1e-6  # a ratio that is whole but for rounding is whole
FINEST_MM = 0.05
BEND = 5e-6  # share of a slab's area that one bend of the outline may cost inside a strip
REFINED_VOXELS = 4_000_000
COARSE_POINTS = 300_000  # a shape that needs a larger raster is too dear for an interval, which then keeps slabs
OVERSHOOT = {"trilinear": 1.0, "cubic": 1.3}  # a cubic can swing above the grid points
FULL = 1 - 1e-9  # rounding alone never makes a structure leave the grid


def compute(structure: Structure, dose: Dose, sampling: Sampling | None = None, *, cold_end: bool = True) -> DVH:
    """Compute the dose-volume histogram of one structure.

    Parameters
    ----------
    structure : Structure
        Contours on axial planes, in patient millimetres.
    dose : Dose
        Gray on a grid along the patient's axes, at least two voxels along each.
    sampling : Sampling, optional
        The conventions; by default half-slice end caps, slabs, trilinear dose.
    cold_end : bool
        False leaves the minimum at what the parts show, a little above the exact one: enough where only the hot end
        is asked for, and quicker beside air, whose points are all colder.

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
    Rows: the dose spacing in y divided by a whole number that brings it to at most the median height of the
    contours / 100 (not below 0.05 mm), and cut further wherever the outline bends sharply. Parts: the cells of the
    dose grid are cut along y and z until the structure fills about 40,000 of them, a structure of more cells into whole
    ones. ``fineness`` divides all of these lengths.
    """
    sampling = sampling or Sampling()
    _refuse_unusable(dose)
    histogram = Histogram(float(dose.gy.max()) * OVERSHOOT[sampling.dose])
    volume = 0.0
    for slab_mm, outline, field in _portions(*_solid(structure, sampling), dose, sampling):
        part = _add(histogram, slab_mm, outline, (field, sampling))
        if part and histogram.volume:
            low_gy = histogram.low if cold_end else -math.inf
            low_gy, high_gy = extremes(outline, slab_mm, field, (low_gy, histogram.high))
            histogram.see(low_gy if cold_end else histogram.low, high_gy)
        volume += part
    if not volume > 0:
        raise empty(structure)
    return _curve(structure.name, histogram, volume, sampling)


def _add(histogram: Histogram, slab_mm: NDArray[np.float64], outline: Edges, field: tuple[Dose, Sampling]) -> float:
    """Integrate some slabs into the histogram and return their whole volume in mm³, inside the dose grid or not."""
    dose, sampling = field
    rows_per_cell = _rows_per_cell(outline, dose.grid, sampling)
    rows = strips(outline, float(dose.grid.y_mm[0]), float(dose.grid.spacing_mm[1]) / rows_per_cell, BEND)
    chords = _chords(rows, cross(outline, rows))
    if chords.x0.size == 0:
        return 0.0
    heights = slab_mm[:, 1] - slab_mm[:, 0]
    volume = float(((chords.x1 - chords.x0) * chords.depth * heights[chords.slab]).sum())
    lattice = _lattice(volume, rows_per_cell, dose.grid, sampling)
    for cells in collect(chords, slab_mm, lattice):
        integrate(cells, dose, histogram)
    return volume


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


def _rows_per_cell(outline: Edges, grid: Grid, sampling: Sampling) -> int:
    """Return into how many rows a cell of the dose grid is cut along y: a number that can be shared out."""
    wanted_mm = max(_contour_height_mm(outline) / ROWS_PER_CONTOUR, FINEST_MM) / sampling.fineness
    rows = max(math.ceil(grid.spacing_mm[1] / wanted_mm - ROUNDING), 1)
    while rows != math.gcd(rows, MANY_DIVISORS):
        rows += 1
    return rows


def _lattice(volume_mm3: float, rows_per_cell: int, grid: Grid, sampling: Sampling) -> Lattice:
    """Cut the cells of the dose grid along y and z, so that the structure fills enough parts.

    Parts are twice as thick as deep: rows are many anyway, while each further layer needs all of them again.
    """
    dx, dy, dz = grid.spacing_mm
    deep_mm = math.sqrt(volume_mm3 / (PARTS * dx) / 2)
    y_wanted, z_wanted = (
        whole_mm * sampling.fineness / max(part_mm, FINEST_MM) - ROUNDING
        for whole_mm, part_mm in ((dy, deep_mm), (dz, 2 * deep_mm))
    )
    y_parts = next((n for n in range(1, rows_per_cell) if n >= y_wanted and rows_per_cell % n == 0), rows_per_cell)
    return Lattice(grid, y_parts, max(math.ceil(z_wanted), 1))


def _contour_height_mm(outline: Edges) -> float:
    """Median extent in y of the outline on its slabs."""
    low, high = extent(outline)
    return float(np.median(high - low))


def _chords(rows: Rows, crossings: Crossings) -> Chords:
    row = crossings.row[::2]
    return Chords(crossings.x[::2], crossings.x[1::2], rows.y[row], rows.depth[row], rows.slab[row])
