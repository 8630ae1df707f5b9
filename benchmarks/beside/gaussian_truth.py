"""Truth of a solid with continued end cuts in a Gaussian dose round its middle.

Seen along y, every solid here is the region ``|y| <= w(x, z)``, and every isodose the region ``|y| <= g(x, z)``: the
volume above a dose is the integral of twice the smaller of the two. It is summed at the middles of small squares;
``tests/benchmarks`` holds it against closed forms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.shapes import Cone, NestedSpheres, sphere
from sbrt_qa.phantom.truth import MM3_PER_CC, Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.capped_truth import Ends, Turned
    from sbrt_qa.phantom.fields import Gaussian

    Floats = NDArray[np.float64]

STEPS = 480


def truth_in_gaussian(solid: Turned, field: Gaussian, ends: Ends) -> Truth:
    """Curve of a solid centred where the dose is, between two planes with a prism on each end.

    Parameters
    ----------
    solid : NestedSpheres (hollow ones too), Cylinder or Cone (axis x or z)
        Centred on the origin. What is hollow keeps its own shape beyond the planes.
    field : Gaussian
        Centred on the origin.
    ends : Ends
        First and last plane, and the height of the prisms.

    Returns
    -------
    Truth
        To about 1e-4 relative.
    """
    side, low, high = solid.extent_mm[0][1], ends.first_mm - ends.reach_mm, ends.last_mm + ends.reach_mm
    x, dx = _middles(-side, side)
    z, dz = _middles(low, high)
    x, z = x[None, :], z[:, None]
    parts = _parts(solid, x, z, ends)
    square = x * x + z * z

    def part_cc(gy: float) -> float:
        isodose = np.sqrt(np.maximum(field.radius_mm(gy) ** 2 - square, 0.0))
        return sum(sign * 2.0 * float(np.minimum(wide, isodose).sum()) for sign, wide in parts) * dx * dz / MM3_PER_CC

    volume = sum(sign * 2.0 * float(wide.sum()) for sign, wide in parts) * dx * dz / MM3_PER_CC
    spread = field.sigma_mm * math.sqrt(2.0)
    lines = sum(sign * _erf(wide / spread) for sign, wide in parts) * field.sigma_mm * math.sqrt(2.0 * math.pi)
    total = float((field.gy_at_radius(np.sqrt(square)) * lines).sum()) * dx * dz / MM3_PER_CC
    nearest = solid.radii_mm[-1] if isinstance(solid, NestedSpheres) and len(solid.radii_mm) == 2 else 0.0
    farthest = _farthest(solid, (side, low, high), ends)
    lowest, highest = (float(field.gy_at_radius(np.array(r))) for r in (farthest, nearest))
    return Truth(volume, lowest, total / volume, highest, part_cc)


def half_width_mm(solid: Turned, x: Floats, z: Floats) -> Floats:
    """Half the length of the line along y at (x, z) that lies in a solid; below 0 where none does."""
    if isinstance(solid, NestedSpheres):
        square = solid.radii_mm[0] ** 2 - x * x - z * z
        return np.where(square >= 0.0, np.sqrt(np.maximum(square, 0.0)), -1.0)
    along, over = (z, x) if solid.axis == "z" else (x, z)
    share = 0.5 - along / solid.height_mm if isinstance(solid, Cone) else np.ones_like(along)
    square = (solid.radius_mm * share) ** 2 - over * over
    inside = (square >= 0.0) & (np.abs(along) <= solid.height_mm / 2)
    return np.where(inside, np.sqrt(np.maximum(square, 0.0)), -1.0)


def _parts(solid: Turned, x: Floats, z: Floats, ends: Ends) -> list[tuple[float, Floats]]:
    held = np.clip(z, ends.first_mm, ends.last_mm)
    found = [(1.0, np.maximum(half_width_mm(solid, x, held), 0.0))]
    if isinstance(solid, NestedSpheres) and len(solid.radii_mm) == 2:
        found.append((-1.0, np.maximum(half_width_mm(sphere(solid.radii_mm[1]), x, z), 0.0)))
    return found


def _farthest(solid: Turned, box: tuple[float, float, float], ends: Ends) -> float:
    """Greatest distance of the solid from the origin, on a lattice that holds its corners."""
    side, low, high = box
    x = np.linspace(-side, side, STEPS + 1)[None, :]
    z = np.union1d(np.linspace(low, high, STEPS + 1), (ends.first_mm, ends.last_mm))[:, None]
    wide = half_width_mm(solid, x, np.clip(z, ends.first_mm, ends.last_mm))
    return math.sqrt(float(np.where(wide >= 0.0, x * x + z * z + wide * wide, 0.0).max()))


def _middles(low: float, high: float) -> tuple[Floats, float]:
    step = (high - low) / STEPS
    return low + step * (np.arange(STEPS) + 0.5), step


def _erf(at: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(erf(at))
