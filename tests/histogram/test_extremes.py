"""The lowest and the highest dose against every piece of the outline, looked at one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sbrt_qa.histogram import compute
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure

X_MM, Y_MM, Z_MM = np.arange(0.0, 31.0, 3.0), np.arange(0.0, 31.0, 2.5), np.array([0.0, 3.0, 6.0, 10.0, 14.0])


def trilinear(gy, at):
    """Weigh the eight corners of the cell around a point."""
    cells = [(min(int(np.searchsorted(axis, value, "right")), axis.size - 1) - 1) for axis, value in at]
    shares = [
        (value - axis[cell]) / (axis[cell + 1] - axis[cell]) for (axis, value), cell in zip(at, cells, strict=True)
    ]
    for cell, share in zip(cells, shares, strict=True):
        gy = gy[cell] + share * (gy[cell + 1] - gy[cell])
    return float(gy)


def along(start, end, gy, z_mm):
    """Doses on one edge at one height: at the grid lines it crosses, and where the parabola between them turns."""
    lines = [(line - a) / (b - a) for axis, a, b in zip((X_MM, Y_MM), start, end, strict=True) for line in axis]
    for low, high in pairwise(sorted({0.0, 1.0, *(share for share in lines if 0 < share < 1)})):
        at = [start + share * (end - start) for share in (low, (low + high) / 2, high)]
        first, middle, last = (trilinear(gy, ((Z_MM, z_mm), (Y_MM, y), (X_MM, x))) for x, y in at)
        yield from (first, last)
        bend, rise = 2 * (first - 2 * middle + last), 4 * middle - 3 * first - last
        if bend and 0 < -rise / (2 * bend) < 1:
            yield first - rise**2 / (4 * bend)


@pytest.mark.parametrize("seed", range(5))
def test_no_piece_of_the_outline_is_colder_or_hotter(seed):
    """A rind without a grid point inside, in a dose of noise: its extremes lie on the outline, most of them inside a
    piece of it."""
    random = np.random.default_rng(seed)
    gy = random.uniform(10.0, 60.0, (Z_MM.size, Y_MM.size, X_MM.size)).astype(np.float32)
    angle = np.sort(random.uniform(0, 2 * np.pi, 25))
    rim = np.column_stack([15 + 13 * np.cos(angle), 15 + 11 * np.sin(angle)])
    rings = (rim, rim * 0.995 + 0.075)
    contours = tuple(Contour(np.column_stack([ring, np.full(25, z)])) for z in (4.0, 8.0) for ring in rings)
    curve = compute(Structure("rind", 1, contours), Dose(Grid(X_MM, Y_MM, Z_MM), gy, Identity("1")))
    levels = (2.0, 3.0, 6.0, 10.0)
    doses = [
        dose
        for ring in rings
        for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True)
        for z_mm in levels
        for dose in along(start, end, gy.astype(float), z_mm)
    ]
    assert curve.min_gy == pytest.approx(min(doses), rel=1e-9)
    assert curve.max_gy == pytest.approx(max(doses), rel=1e-9)
