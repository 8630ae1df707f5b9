"""Integrate: chords and dose into an exact cumulative histogram.

Between grid points the dose is trilinear, so along a chord it is piecewise linear and the
dose of a piece inside one grid cell is distributed *uniformly* between its two end doses. A piece
of weight w that spans [a, b] adds a ramp to the cumulative histogram; the second differences of all
ramps are accumulated at the bin edges and summed twice at the end, which gives the
cumulative volume exactly at every edge. See ``docs/how-numbers-are-computed.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import cell, chunks, even_cell, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Dose

BIN_GY = 0.01
FLAT_BINS = 1e-3  # a piece that spans less than this share of a bin goes in as a point


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Pieces of chord that lie inside the dose grid, each standing for a bar of height and depth.

    Parameters
    ----------
    x0, x1 : ndarray
        Ends along x in mm, inside the grid.
    y, z : ndarray
        Position of the row in mm.
    depth, height : ndarray
        Extent of the bar along y and z in mm.
    """

    x0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    depth: NDArray[np.float64]
    height: NDArray[np.float64]


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

    def add(
        self, a: NDArray[np.float64], b: NDArray[np.float64], spread2: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> None:
        """Add pieces with end doses a and b (Gy), squared spread across the bar (Gy²) and volume (mm³)."""
        if a.size == 0:
            return
        self.volume += float(weight.sum())
        # b is a shifted by one: together they are all values, and only the last of b is not in a.
        self.see(min(float(a.min()), float(b[-1])), max(float(a.max()), float(b[-1])))
        middle = (a + b) * 0.5
        self.dose_volume += float((weight * middle).sum())  # not @: BLAS threads would decide the last bits
        span = np.sqrt((b - a) ** 2 + spread2) / self.bin_gy
        middle /= self.bin_gy
        flat = span < FLAT_BINS
        if flat.any():
            level = (middle[flat] * (1 + 2e-7)).astype(np.intp)
            self.steps += np.bincount(level, weight[flat], minlength=self.steps.size)
            sloped = ~flat
            middle, span, weight = middle[sloped], span[sloped], weight[sloped]
        slope = weight / span
        start = np.maximum(middle - span * 0.5, 0.0)
        end = np.minimum(start + span, self.edges - 1.5)
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


def integrate(bars: Bars, dose: Dose, histogram: Histogram) -> None:
    """Add the dose over bars to a histogram.

    Parameters
    ----------
    bars : Bars
        Inside the box of voxel centres of the dose grid.
    dose : Dose
        On an axis-aligned grid of at least two voxels along each axis.
    histogram : Histogram
        Volumes in mm³, doses in Gy.
    """
    grid = dose.grid
    left, dx = grid.x_mm[0], grid.spacing_mm[0]
    u0, u1 = (bars.x0 - left) / dx, (bars.x1 - left) / dx
    start = np.clip(np.floor(u0).astype(np.intp), 0, grid.x_mm.size - 2)
    nodes = np.clip(np.ceil(u1).astype(np.intp), start + 1, grid.x_mm.size - 1) - start + 1
    for chosen in chunks(nodes):
        histogram.add(*_pieces(bars, dose, chosen, (u0[chosen], u1[chosen], start[chosen], nodes[chosen])))


def _pieces(
    bars: Bars,
    dose: Dose,
    chosen: slice,
    span: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut bars at the grid lines: end doses, squared spread across the bar and volume of each piece."""
    u0, u1, start, nodes = span
    grid = dose.grid
    _, ny, nx = grid.shape_zyx
    dx, dy, _ = grid.spacing_mm
    j, fy = even_cell(bars.y[chosen], grid.y_mm)
    k, fz = cell(bars.z[chosen], grid.z_mm)
    height, depth = bars.height[chosen], bars.depth[chosen]
    ends = np.cumsum(nodes)
    starts = ends - nodes
    strip, at = spread((k * ny + j) * nx + start, nodes)
    fy, fz = fy[strip], fz[strip]
    flat = dose.gy.reshape(-1)
    here, back = flat.take(at), flat.take(at + nx)
    at += ny * nx
    above, corner = flat.take(at), flat.take(at + nx)
    front = here + fz * (above - here)
    rear = back + fz * (corner - back)
    value = np.asarray(front + fy * (rear - front), dtype=np.float64)
    across = (rear - front) * (depth / dy)[strip]
    rise = (above - here) + fy * ((corner - back) - (above - here))
    rise *= (height / (grid.z_mm[k + 1] - grid.z_mm[k]))[strip]
    spread2 = across * across + rise * rise
    last = ends - 1
    head = value[starts] + (value[starts + 1] - value[starts]) * (u0 - start)
    tail = value[last - 1] + (value[last] - value[last - 1]) * (u1 - (start + nodes - 2))
    value[starts], value[last] = head, tail
    weight = (dx * depth * height)[strip]
    weight[starts] *= np.minimum(start + 1, u1) - u0
    inner = nodes > 2
    weight[last[inner] - 1] *= (u1 - (start + nodes - 2))[inner]
    weight[last] = 0.0  # between the end of one strip and the start of the next
    return value[:-1], value[1:], (spread2[:-1] + spread2[1:]) * 0.5, weight[:-1]
