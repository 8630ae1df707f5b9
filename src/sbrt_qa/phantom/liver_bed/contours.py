"""Level sets -> contours as a planning system writes them: one plane per slice, points close where it bends."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.model import Contour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.space import Region, Space

    Ring = NDArray[np.float64]

SMALLEST_MM2 = 12.0
SAGITTA_MM = 0.03  # how far a chord may stand off the curve
CLOSEST_MM, WIDEST_MM = 1.0, 6.0  # between neighbouring points
OUTSIDE_MM = 5.0


@cache
def contours(
    space: Space,
    region: Region,
    z_range_mm: tuple[float, float],
    *,
    keyhole: bool = False,
    widest_mm: float = WIDEST_MM,
) -> tuple[Contour, ...]:
    """Contours of a region on the slices of a space.

    Parameters
    ----------
    space : Space
        The grid.
    region : Region
        What to draw.
    z_range_mm : (low, high)
        Slices that are drawn, both ends included.
    keyhole : bool
        Join each hole to its outline by a channel; by default holes are contours of their own.
    widest_mm : float
        Largest distance between neighbouring points, where the contour is straight.

    Returns
    -------
    tuple of Contour
        From the feet to the head; coordinates are whole hundredths of a millimetre.
    """
    found = []
    for z_mm, rings in _slices(space, region, widest_mm):
        if z_range_mm[0] - 0.01 <= z_mm <= z_range_mm[1] + 0.01:
            joined = _with_keyholes(rings) if keyhole else rings
            found += [Contour(np.column_stack([ring, np.full(len(ring), z_mm)])) for ring in joined]
    return tuple(found)


def signed_area_mm2(ring: Ring) -> float:
    """Area of a closed polygon, positive when it runs from x to y."""
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _slices(space: Space, region: Region, widest_mm: float) -> Iterator[tuple[float, list[Ring]]]:
    from skimage.measure import find_contours

    z_slice, y_slice, x_slice = region.box
    x_mm, y_mm = space.x_mm[x_slice], space.y_mm[y_slice]
    for z_mm, level in zip(space.z_mm[z_slice], region.level, strict=True):
        padded = np.pad(level, 1, constant_values=OUTSIDE_MM)
        rings = []
        for line in find_contours(padded, 0.0):  # type: ignore[no-untyped-call]
            x = x_mm[0] + (line[:-1, 1] - 1) * (x_mm[1] - x_mm[0])
            y = y_mm[0] + (line[:-1, 0] - 1) * (y_mm[1] - y_mm[0])
            ring = _in_order(np.column_stack([x, y]))
            if abs(signed_area_mm2(ring)) >= SMALLEST_MM2:
                rings.append(_resampled(ring, widest_mm))
        yield float(z_mm), sorted(rings, key=lambda ring: (-abs(signed_area_mm2(ring)), *ring[0]))


def _in_order(ring: Ring) -> Ring:
    """Start at the leftmost point and run one way round, however the ring was found."""
    if signed_area_mm2(ring) < 0:
        ring = ring[::-1]
    return np.roll(ring, -int(np.lexsort((ring[:, 1], ring[:, 0]))[0]), axis=0)


def _resampled(ring: Ring, widest_mm: float) -> Ring:
    """Points along the smoothed ring, as far apart as its curvature allows."""
    from scipy.ndimage import gaussian_filter1d

    even = _along(ring, np.linspace(0.0, 1.0, max(24, round(_lengths(ring)[-1])), endpoint=False))
    smooth = gaussian_filter1d(even, 1.0, axis=0, mode="wrap")
    step = np.roll(smooth, -1, axis=0) - smooth
    heading = np.arctan2(step[:, 1], step[:, 0])
    turn = (np.diff(heading, append=heading[:1]) + np.pi) % (2 * np.pi) - np.pi
    length = np.hypot(*step.T)
    curvature = gaussian_filter1d(np.abs(turn) / np.maximum(length, 1e-6), 2.0, mode="wrap")
    gap = np.clip(np.sqrt(8 * SAGITTA_MM / np.maximum(curvature, 1e-9)), CLOSEST_MM, widest_mm)
    rank = np.concatenate([[0.0], np.cumsum(length / gap)])
    count = max(12, round(rank[-1]))
    at = np.interp(np.arange(count) * (rank[-1] / count), rank, np.arange(rank.size) / (rank.size - 1))
    return np.round(_along(smooth, at), 2) + 0.0


def _lengths(ring: Ring) -> NDArray[np.float64]:
    closed = np.vstack([ring, ring[:1]])
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])


def _along(ring: Ring, fraction: NDArray[np.float64]) -> Ring:
    """Points at fractions of the way round."""
    closed, length = np.vstack([ring, ring[:1]]), _lengths(ring)
    at = fraction * length[-1]
    return np.column_stack([np.interp(at, length, closed[:, 0]), np.interp(at, length, closed[:, 1])])


def _with_keyholes(rings: list[Ring]) -> list[Ring]:
    """Join every ring that lies in a larger one to it; the channel runs in and out along the same line."""
    joined: list[Ring] = []
    for ring in rings:
        host = next((n for n, outer in enumerate(joined) if _contains(outer, ring[0])), None)
        if host is None:
            joined.append(ring)
        else:
            joined[host] = _channelled(joined[host], ring)
    return joined


def _channelled(outer: Ring, hole: Ring) -> Ring:
    gaps = np.hypot(outer[:, None, 0] - hole[None, :, 0], outer[:, None, 1] - hole[None, :, 1])
    a, b = np.unravel_index(int(np.argmin(gaps)), gaps.shape)
    inner = np.roll(hole[::-1], -(len(hole) - 1 - int(b)), axis=0)
    return np.vstack([outer[: a + 1], inner, inner[:1], outer[a:]])


def _contains(ring: Ring, point: NDArray[np.float64]) -> bool:
    x, y = ring.T
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    straddles = (y > point[1]) != (ny > point[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x + (point[1] - y) / (ny - y) * (nx - x)
    return bool(np.count_nonzero(straddles & (crossing > point[0])) % 2)
