"""Integrate: what a structure covers of each part of a cell, and the dose there, into a cumulative histogram.

Between grid points the dose is trilinear. A part of a cell goes in with the dose at the centroid of what is covered,
which is its mean there, as a *ramp*: doses spread evenly about it, as wide as gives them the variance that
the dose has across it. A ramp of weight w that spans [a, b] bends the cumulative histogram at a and at b; the bends of
all ramps are accumulated at the bin edges and summed twice at the end, which gives the cumulative volume of all ramps
exactly at every edge. See ``docs/how-numbers-are-computed.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.histogram.cells import Cells
    from sbrt_qa.model import Dose

    Values = NDArray[np.floating]

AT_A_TIME = 48_000  # parts worked on at a time: small enough to stay in the cache
BIN_GY = 0.01
FLAT_BINS = 1e-3  # a piece that spans less than this share of a bin goes in as a point


class Histogram:
    """Accumulates ramps; the only object here that changes while it works, and it never leaves this room."""

    def __init__(self, highest_gy: float) -> None:
        self.bin_gy = BIN_GY if highest_gy >= 1.0 else max(highest_gy, 1e-6) / 100
        self.edges = int(np.ceil(highest_gy / self.bin_gy)) + 3
        self.bends = np.zeros(self.edges + 1)
        self.steps = np.zeros(self.edges + 1)
        self.volume = 0.0
        self.dose_volume = 0.0
        self.low = np.inf
        self.high = -np.inf

    def add(self, middle: NDArray[np.float64], span: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        """Add pieces by mean dose, span of the doses about it (Gy) and volume (mm³)."""
        if weight.size == 0:
            return
        self.volume += float(weight.sum())
        self.dose_volume += float((weight * middle).sum())  # not @: BLAS threads would decide the last bits
        middle, span = middle / self.bin_gy, span / self.bin_gy
        flat = span < FLAT_BINS
        if flat.any():
            level = np.minimum(middle[flat] * (1 + 2e-7), self.edges - 1).astype(np.intp)
            self.steps += np.bincount(level, weight[flat], minlength=self.steps.size)
            sloped = ~flat
            middle, span, weight = middle[sloped], span[sloped], weight[sloped]
        # A ramp may reach a little beyond the doses of the grid; what lies beyond the extremes is cut off at the end.
        start = np.clip(middle - span * 0.5, 0.0, self.edges - 2.0)
        end = np.minimum(start + span, self.edges - 1.5)
        slope = weight / (end - start)
        self._bend(start, -slope)
        self._bend(end, slope)

    def see(self, low: float, high: float) -> None:
        """Widen the range of doses seen."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def _bend(self, at: NDArray[np.float64], slope: NDArray[np.float64]) -> None:
        below = at.astype(np.intp)
        upper = np.bincount(below, slope * (at - below), minlength=self.bends.size)
        self.bends += np.bincount(below, slope, minlength=self.bends.size) - upper
        self.bends[1:] += upper[:-1]

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return bin edges in Gy and the volume in mm³ that receives at least each edge."""
        ramps = np.cumsum(np.cumsum(self.bends))
        # bends are second differences of the falling curve, centred one edge ahead
        falling = np.append(0.0, ramps[:-1])
        points = np.append(0.0, np.cumsum(self.steps)[:-1])
        cumulative = self.volume + falling - points
        return np.arange(cumulative.size) * self.bin_gy, cumulative


def integrate(cells: Cells, dose: Dose, histogram: Histogram) -> None:
    """Add the dose over parts of cells to a histogram.

    Parameters
    ----------
    cells : Cells
        What is covered, in parts of the cells of the dose grid.
    dose : Dose
        On an axis-aligned grid of at least two voxels along each axis.
    histogram : Histogram
        Volumes in mm³, doses in Gy.
    """
    places = cells.places
    for some in _slices(cells.whole.size):
        row = cells.whole_row[some]
        middle, *rises = _field(cells.whole[some], row, cells, dose)
        # The mean over a part lies between its extremes, so it is reached inside.
        histogram.see(float(middle.min()), float(middle.max()))
        histogram.add(middle.astype(np.float64), _span(rises), places.volume.take(row))
    for some in _slices(cells.part.size):
        row, share = cells.part_row[some], cells.share[some]
        middle, *rises = _field(cells.part[some], row, cells, dose)
        centroid = middle + (cells.offset[:, some] * rises).sum(axis=0)
        histogram.add(centroid, _span(cells.width[:, some] * rises), share * places.volume.take(row))


def _span(rises: Sequence[Values] | Values) -> NDArray[np.float64]:
    """Width of an even stretch of doses that has the variance of three even ones, one along each axis."""
    x, y, z = rises
    return np.asarray(np.sqrt(x * x + y * y + z * z), dtype=np.float64)


def _slices(size: int) -> Iterator[slice]:
    for first in range(0, size, AT_A_TIME):
        yield slice(first, first + AT_A_TIME)


def _field(
    corner: NDArray[np.intp], row: NDArray[np.intp], cells: Cells, dose: Dose
) -> tuple[NDArray[np.float32], ...]:
    """Dose in the middle of parts, and how far it rises across them along x, y and z, in Gy."""
    _, ny, nx = dose.grid.shape_zyx
    lattice, places = cells.lattice, cells.places
    fy = places.fy.take(row) if lattice.y_parts > 1 else np.float32(0.5)
    fz = places.fz.take(row) if lattice.z_parts > 1 else np.float32(0.5)
    flat = dose.gy.reshape(-1)
    sides = []
    for side in (corner, corner + 1):
        front, back = flat.take(side), flat.take(side + nx)
        lift_front, lift_back = flat.take(side + ny * nx) - front, flat.take(side + (ny + 1) * nx) - back
        front += fz * lift_front
        back += fz * lift_back
        back -= front
        lift_back -= lift_front
        sides.append((front + fy * back, back, lift_front + fy * lift_back))
    (left, depth, lift), (right, depth_right, lift_right) = sides
    return (
        (left + right) * np.float32(0.5),
        right - left,
        (depth + depth_right) * np.float32(0.5 / lattice.y_parts),
        (lift + lift_right) * np.float32(0.5 / lattice.z_parts),
    )
