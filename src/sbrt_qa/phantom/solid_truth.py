"""Truth of the ideal solid: closed forms, or quadrature over pieces on which the integrand is smooth."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.fields import Linear
from sbrt_qa.phantom.quadrature import integrate, roots
from sbrt_qa.phantom.radial_truth import truth_in_radial_dose
from sbrt_qa.phantom.shapes import AXES, Cone, Cylinder, Ellipsoid, NestedSpheres, SlantedPrism, Torus
from sbrt_qa.phantom.stack_truth import Prisms
from sbrt_qa.phantom.truth import MM3_PER_CC, Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Triple
    from sbrt_qa.phantom.fields import Gaussian, Stanley
    from sbrt_qa.phantom.loops import Axis
    from sbrt_qa.phantom.shapes import Solid

    Floats = NDArray[np.float64]
    Profile = Callable[[Floats], tuple[Floats, Floats]]


def truth_of_solid(solid: Solid, field: Linear | Gaussian | Stanley) -> Truth:
    """Exact curve of an ideal solid.

    Parameters
    ----------
    solid : Solid
        Any solid of ``shapes`` in a linear dose; nested spheres in a radial one.
    field : Linear, Gaussian or Stanley
        The dose; a radial one may be centred anywhere.

    Returns
    -------
    Truth
        To about 1e-10 relative.

    Raises
    ------
    UsageError
        For a radial dose on anything but spheres.
    """
    if isinstance(field, Linear):
        return _in_linear(solid, field)
    if not isinstance(solid, NestedSpheres):
        raise UsageError(f"the truth of a {type(solid).__name__} in a radial dose is not known in closed form")
    return truth_in_radial_dose(solid, field)


def _in_linear(solid: Solid, field: Linear) -> Truth:
    gradient = field.gradient_gy_per_mm
    centre_gy = float(field.gy(*solid.centre_mm))
    slope = np.array(gradient)
    return Truth(
        volume_cc=volume_mm3(solid) / MM3_PER_CC,
        min_gy=centre_gy - reach(solid, (-gradient[0], -gradient[1], -gradient[2])),
        mean_gy=centre_gy + float(slope @ centroid_mm(solid)),
        max_gy=centre_gy + reach(solid, gradient),
        part_cc=lambda gy: part_mm3(solid, gradient, gy - centre_gy) / MM3_PER_CC,
    )


# ---- linear dose: volume, centroid, farthest point and part beyond a plane, all relative to the centre


@singledispatch
def volume_mm3(solid: Solid) -> float:
    """Volume of a solid in mm³."""
    raise _unknown(solid)


@singledispatch
def centroid_mm(solid: Solid) -> Floats:  # noqa: ARG001  the fallback for solids symmetric about their centre
    """Centroid of a solid relative to its centre, in mm."""
    return np.zeros(3)


@singledispatch
def reach(solid: Solid, direction: Triple) -> float:  # noqa: ARG001  names the fallback
    """Largest value of ``direction · (x, y, z)`` on a solid, relative to its centre."""
    raise _unknown(solid)


@singledispatch
def part_mm3(solid: Solid, gradient: Triple, level: float) -> float:  # noqa: ARG001  names the fallback
    """Volume of a solid where ``gradient · (x, y, z) >= level``, relative to its centre, in mm³."""
    raise _unknown(solid)


def _unknown(solid: Solid) -> UsageError:
    return UsageError(f"no truth is known for a {type(solid).__name__}")


@volume_mm3.register(Ellipsoid)
def _(solid: Ellipsoid) -> float:
    return 4.0 / 3.0 * math.pi * math.prod(solid.semi_axes_mm)


@volume_mm3.register(NestedSpheres)
def _(solid: NestedSpheres) -> float:
    return sum(sign * 4.0 / 3.0 * math.pi * r**3 for sign, r in solid.signed_radii_mm)


@volume_mm3.register(Cylinder)
def _(solid: Cylinder) -> float:
    return math.pi * solid.radius_mm**2 * solid.height_mm


@volume_mm3.register(Cone)
def _(solid: Cone) -> float:
    return math.pi * solid.radius_mm**2 * solid.height_mm / 3.0


@volume_mm3.register(Torus)
def _(solid: Torus) -> float:
    return 2.0 * math.pi**2 * solid.ring_mm * solid.tube_mm**2


@volume_mm3.register(SlantedPrism)
def _(solid: SlantedPrism) -> float:
    return _upright(solid).moments_mm()[0]


@centroid_mm.register(Cone)
def _(solid: Cone) -> Floats:
    return -solid.height_mm / 4.0 * _direction(solid.axis)


@centroid_mm.register(SlantedPrism)
def _(solid: SlantedPrism) -> Floats:
    return _upright(solid).moments_mm()[1]


@reach.register(Ellipsoid)
def _(solid: Ellipsoid, direction: Triple) -> float:
    return math.hypot(*(a * g for a, g in zip(solid.semi_axes_mm, direction, strict=True)))


@reach.register(NestedSpheres)
def _(solid: NestedSpheres, direction: Triple) -> float:
    return solid.radii_mm[0] * math.hypot(*direction)


@reach.register(Cylinder)
def _(solid: Cylinder, direction: Triple) -> float:
    along, across = _split(direction, solid.axis)
    return abs(along) * solid.height_mm / 2 + across * solid.radius_mm


@reach.register(Cone)
def _(solid: Cone, direction: Triple) -> float:
    along, across = _split(direction, solid.axis)
    return max(along * solid.height_mm / 2, -along * solid.height_mm / 2 + across * solid.radius_mm)


@reach.register(Torus)
def _(solid: Torus, direction: Triple) -> float:
    _, across = _split(direction, solid.axis)
    return across * solid.ring_mm + math.hypot(*direction) * solid.tube_mm


@reach.register(SlantedPrism)
def _(solid: SlantedPrism, direction: Triple) -> float:
    return float((_upright(solid).corners_mm() @ np.array(_unsheared(solid, direction))).max())


@part_mm3.register(Ellipsoid)
def _(solid: Ellipsoid, gradient: Triple, level: float) -> float:
    a, b, c = solid.semi_axes_mm
    steep = math.hypot(a * gradient[0], b * gradient[1], c * gradient[2])
    return a * b * c * _cap(1.0, steep, level)


@part_mm3.register(NestedSpheres)
def _(solid: NestedSpheres, gradient: Triple, level: float) -> float:
    return sum(sign * _cap(r, math.hypot(*gradient), level) for sign, r in solid.signed_radii_mm)


@part_mm3.register(Cylinder)
def _(solid: Cylinder, gradient: Triple, level: float) -> float:
    radius, half = solid.radius_mm, solid.height_mm / 2
    return _revolved(lambda t: (np.full_like(t, radius), np.zeros_like(t)), half, _split(gradient, solid.axis), level)


@part_mm3.register(Cone)
def _(solid: Cone, gradient: Triple, level: float) -> float:
    radius, height = solid.radius_mm, solid.height_mm
    return _revolved(
        lambda t: (radius * (0.5 - t / height), np.zeros_like(t)),
        height / 2,
        _split(gradient, solid.axis),
        level,
    )


@part_mm3.register(Torus)
def _(solid: Torus, gradient: Triple, level: float) -> float:
    def profile(t: Floats) -> tuple[Floats, Floats]:
        half = np.sqrt(np.maximum(solid.tube_mm**2 - t * t, 0.0))
        return solid.ring_mm + half, solid.ring_mm - half

    return _revolved(profile, solid.tube_mm, _split(gradient, solid.axis), level)


@part_mm3.register(SlantedPrism)
def _(solid: SlantedPrism, gradient: Triple, level: float) -> float:
    return _upright(solid).part_mm3(_unsheared(solid, gradient), level)


def _direction(axis: Axis) -> Floats:
    return np.array([float(name == axis) for name in AXES])


def _split(vector: Triple, axis: Axis) -> tuple[float, float]:
    """Component along an axis, and length across it."""
    along = vector[AXES.index(axis)]
    return along, math.hypot(*(v for name, v in zip(AXES, vector, strict=True) if name != axis))


def _upright(solid: SlantedPrism) -> Prisms:
    """Return the prism without its lean, which changes no volume: x' = x − lean · z."""
    loop, half = np.array(solid.outline_mm, dtype=np.float64), solid.height_mm / 2
    following = np.roll(loop, -1, axis=0)
    turn = float(np.sum(loop[:, 0] * following[:, 1] - following[:, 0] * loop[:, 1]))
    start, end = (loop, following) if turn > 0.0 else (following, loop)
    return Prisms(start, end, np.full(len(loop), -half), np.full(len(loop), half))


def _unsheared(solid: SlantedPrism, vector: Triple) -> Triple:
    x, y, z = vector
    return x, y, z + x * solid.lean[0] + y * solid.lean[1]


def _cap(radius: float, steep: float, level: float) -> float:
    """Volume of a ball beyond a plane at distance ``level / steep``."""
    if steep == 0.0:
        return 4.0 / 3.0 * math.pi * radius**3 if level <= 0.0 else 0.0
    height = min(max(radius - level / steep, 0.0), 2.0 * radius)
    return math.pi * height * height * (radius - height / 3.0)


def _revolved(profile: Profile, half: float, slope: tuple[float, float], level: float) -> float:
    """Volume beyond a plane of a solid of revolution with outer and inner radius ``profile(t)``, |t| <= half.

    Every disc or ring is cut by a line at distance (level − along · t) / across from its centre. The
    pieces between the t where that line touches a circle are smooth inside and end like a root, which
    Gauss-Legendre nodes moved by a sine resolve.
    """
    along, across = slope
    if across <= 1e-12 * abs(along) or (along == across == 0.0):
        low, high = _interval(along, level, half)
        return integrate(lambda t: _ring(profile(t)), [low, high])

    def cut(t: Floats) -> Floats:
        return (level - along * t) / across

    touches = [
        lambda t, sign=sign, which=which: cut(t) + sign * profile(t)[which] for sign in (1.0, -1.0) for which in (0, 1)
    ]
    borders = sorted({-half, half, *(root for touch in touches for root in roots(touch, half))})
    return integrate(lambda t: _segment(profile(t)[0], cut(t)) - _segment(profile(t)[1], cut(t)), borders)


def _interval(along: float, level: float, half: float) -> tuple[float, float]:
    if along == 0.0:
        return (-half, half) if level <= 0.0 else (half, half)
    edge = min(max(level / along, -half), half)
    return (edge, half) if along > 0.0 else (-half, edge)


def _ring(radii: tuple[Floats, Floats]) -> Floats:
    return math.pi * (radii[0] ** 2 - radii[1] ** 2)


def _segment(radius: Floats, cut: Floats) -> Floats:
    """Area of a disc beyond a line at signed distance ``cut`` from its centre."""
    c = np.clip(cut, -radius, radius)
    cosine = np.divide(c, radius, out=np.zeros_like(c), where=radius > 0.0)
    return np.asarray(radius**2 * np.arccos(cosine) - c * np.sqrt(np.maximum(radius**2 - c**2, 0.0)))
