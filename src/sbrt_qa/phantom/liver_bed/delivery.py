"""Fluences -> arcs with control points, leaves and metersets."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed.beams import BIN_MM
from sbrt_qa.phantom.writer import Arc, ControlPoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.beams import Rays
    from sbrt_qa.phantom.liver_bed.planning import Aim

    Array = NDArray[np.float64]

# 60 leaf pairs: 10 mm outside, 5 mm in the middle.
BOUNDARIES_MM = (*np.arange(-200.0, -100.0, 10.0), *np.arange(-100.0, 100.0, 5.0), *np.arange(100.0, 201.0, 10.0))
OPEN_FRACTION = 0.08
ENERGY_MV = 10.0


def arcs(rays: Rays, aim: Aim, fluence: Array) -> tuple[Arc, ...]:
    """Arcs whose leaves follow the outline of each gantry angle's fluence.

    Parameters
    ----------
    rays : Rays
        Geometry.
    aim : Aim
        The sweeps.
    fluence : ndarray, shape (angle, z, across)
        For ``aim.angles_deg``.

    Returns
    -------
    tuple of Arc
        One per sweep.
    """
    index = {float(angle): n for n, angle in enumerate(aim.angles_deg)}
    made = []
    for sweep in aim.sweeps:
        angles = sweep.angles_deg()
        shapes = [fluence[index[float(angle)]] for angle in angles]
        output = np.array([shape.sum() for shape in shapes])
        between = np.concatenate([[0.0], np.cumsum((output[1:] + output[:-1]) / 2)])
        weights = np.round(between / between[-1], 6)
        points = tuple(
            ControlPoint(float(angle), float(weight), leaves_mm(rays, shape))
            for angle, weight, shape in zip(angles, weights, shapes, strict=True)
        )
        made.append(
            Arc(
                points,
                rotation="CW" if sweep.clockwise else "CC",
                isocenter_mm=rays.patient.isocenter_mm,
                jaws_mm=(-55.0, 55.0, -55.0, 55.0),
                leaf_boundaries_mm=tuple(float(b) for b in BOUNDARIES_MM),
                energy_mv=ENERGY_MV,
            )
        )
    return tuple(made)


def leaves_mm(rays: Rays, shape: Array) -> tuple[float, ...]:
    """Leaf positions around one fluence: all of bank 1, then all of bank 2; closed pairs stand at the middle."""
    y_mm = rays.grid.z_mm - rays.patient.isocenter_mm[2]
    low, high = np.zeros(len(BOUNDARIES_MM) - 1), np.zeros(len(BOUNDARIES_MM) - 1)
    limit = OPEN_FRACTION * shape.max()
    for pair, (bottom, top) in enumerate(pairwise(BOUNDARIES_MM)):
        rows = (y_mm >= bottom) & (y_mm < top)
        opened = np.flatnonzero((shape[rows] > limit).any(axis=0))
        if opened.size:
            low[pair] = rays.u_mm[opened[0]] - BIN_MM / 2
            high[pair] = rays.u_mm[opened[-1]] + BIN_MM / 2
    return tuple(float(v) for v in (*np.round(low, 1) + 0.0, *np.round(high, 1) + 0.0))
