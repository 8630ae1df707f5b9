"""Truth of nested spheres in a radial dose: lenses of two balls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.fields import Gaussian, Stanley
from sbrt_qa.phantom.quadrature import integrate
from sbrt_qa.phantom.truth import MM3_PER_CC, Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.shapes import NestedSpheres

    Floats = NDArray[np.float64]


def truth_in_radial_dose(solid: NestedSpheres, field: Gaussian | Stanley) -> Truth:
    """Exact curve of nested spheres in a radial dose centred anywhere.

    The volume above a dose is that of lenses, where the ball that receives it meets each sphere.
    The mean is the integral over distance from the dose's centre of dose times area, whose
    pieces are smooth.
    """
    apart = math.dist(solid.centre_mm, field.centre_mm)

    def ball_mm3(radius: float) -> float:
        return sum(sign * _lens(r, radius, apart) for sign, r in solid.signed_radii_mm)

    near, far = _nearest(solid.radii_mm, apart), apart + solid.radii_mm[0]
    edges = {near, far, *(abs(r - apart) for r in solid.radii_mm), *(r + apart for r in solid.radii_mm)}
    if isinstance(field, Stanley):
        edges.add(field.diameter_mm / 2)
    borders = sorted(edge for edge in edges if near <= edge <= far)

    def dose_by_area(radius: Floats) -> Floats:
        area = sum(sign * _inside(r, radius, apart) for sign, r in solid.signed_radii_mm)
        return field.gy_at_radius(radius) * area

    volume = ball_mm3(2.0 * far)
    return Truth(
        volume_cc=volume / MM3_PER_CC,
        min_gy=float(field.gy_at_radius(np.array(far))),
        mean_gy=integrate(dose_by_area, borders) / volume,
        max_gy=float(field.gy_at_radius(np.array(near))),
        part_cc=lambda gy: ball_mm3(min(field.radius_mm(gy), 2.0 * far)) / MM3_PER_CC,
    )


def _nearest(radii: tuple[float, ...], apart: float) -> float:
    """Distance from a point to the nearest solid part of nested spheres."""
    within = sum(apart <= r for r in radii)
    if within % 2:
        return 0.0
    neighbours = [abs(apart - r) for r in radii]
    return min(neighbours)


def _lens(a: float, b: float, apart: float) -> float:
    """Volume common to two balls."""
    if apart >= a + b:
        return 0.0
    if apart <= abs(a - b):
        return 4.0 / 3.0 * math.pi * min(a, b) ** 3
    ends = (a + b - apart) ** 2
    return math.pi * ends * (apart**2 + 2 * apart * (a + b) - 3 * (a - b) ** 2) / (12 * apart)


def _inside(ball: float, radius: Floats, apart: float) -> Floats:
    """Area of spheres of these radii, round a point ``apart`` from a ball's centre, that lies in the ball."""
    if apart == 0.0:
        return 4.0 * math.pi * radius**2 * (radius <= ball)
    safe = np.maximum(radius, 1e-300)
    cosine = np.clip((apart**2 + safe**2 - ball**2) / (2.0 * apart * safe), -1.0, 1.0)
    return np.asarray(2.0 * math.pi * radius**2 * (1.0 - cosine))
