"""Shapes as level functions ``(x, y, z) -> mm``: negative inside, near the surface about the distance to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Shape = Callable[[Array, Array, Array], Array]

FAR_MM = 60.0


def ellipsoid(center: tuple[float, float, float], radii: tuple[float, float, float], tilt_deg: float = 0.0) -> Shape:
    """Ellipsoid, tilted about the y axis (its head end moves to the patient's left for positive angles)."""
    c, s = np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))

    def level(x: Array, y: Array, z: Array) -> Array:
        dx, dy, dz = x - center[0], y - center[1], z - center[2]
        px, py, pz = (c * dx - s * dz) / radii[0], dy / radii[1], (s * dx + c * dz) / radii[2]
        k0 = np.sqrt(px**2 + py**2 + pz**2)
        k1 = np.sqrt((px / radii[0]) ** 2 + (py / radii[1]) ** 2 + (pz / radii[2]) ** 2)
        return np.asarray(k0 * (k0 - 1) / np.maximum(k1, 1e-9))

    return level


def oval(center: tuple[float, float], radii: tuple[float, float], power: float = 2.0) -> Shape:
    """Upright cylinder with a superelliptic cross-section."""

    def level(x: Array, y: Array, z: Array) -> Array:  # noqa: ARG001 - the same at every z
        px, py = np.abs(x - center[0]) / radii[0], np.abs(y - center[1]) / radii[1]
        q = (px**power + py**power) ** (1 / power)
        slope = np.hypot(px ** (power - 1) / radii[0], py ** (power - 1) / radii[1]) / np.maximum(
            q ** (power - 1), 1e-9
        )
        return (q - 1) / np.maximum(slope, 1e-4)

    return level


def tube(stations: Sequence[tuple[float, float, float, float]]) -> Shape:
    """Tube along a smooth path.

    Parameters
    ----------
    stations : sequence of (x, y, z, radius) in mm
        The path runs through all of them.
    """
    from scipy.interpolate import CubicSpline

    given = np.array(stations, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(given[:, :3], axis=0), axis=1))])
    dense = CubicSpline(along, given)(np.arange(0.0, along[-1] + 0.5, 0.8))

    def level(x: Array, y: Array, z: Array) -> Array:
        from scipy.spatial import cKDTree

        points = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)
        reach = float(dense[:, 3].max()) + 12.0
        distance, nearest = cKDTree(dense[:, :3]).query(points, distance_upper_bound=reach)
        radius = np.append(dense[:, 3], 0.0)[nearest]
        return np.where(np.isfinite(distance), distance - radius, FAR_MM).reshape(x.shape)

    return level


def both(a: Array, b: Array, rounding_mm: float = 4.0) -> Array:
    """Intersection with a rounded edge (polynomial smooth maximum)."""
    h = np.maximum(rounding_mm - np.abs(a - b), 0.0) / rounding_mm
    return np.maximum(a, b) + h * h * rounding_mm / 4


def either(a: Array, b: Array, rounding_mm: float = 4.0) -> Array:
    """Union with a rounded crease."""
    return -both(-a, -b, rounding_mm)


@dataclass(frozen=True, slots=True)
class Ripple:
    """Smooth unevenness of a surface, to be added to a level.

    Parameters
    ----------
    size_mm : float
        About the largest displacement.
    wavelength_mm : float
        Distance between bumps.
    phase : float
        Where they lie.
    """

    size_mm: float
    wavelength_mm: float
    phase: float

    def __call__(self, x: Array, y: Array, z: Array) -> Array:
        """Displacement in mm at each point."""
        k, phase = 2 * np.pi / self.wavelength_mm, self.phase
        return np.asarray(
            (self.size_mm / 2)
            * (
                np.sin(k * (x + 0.4 * y) + phase) * np.cos(k * (0.8 * z - 0.3 * x) + 2 * phase)
                + np.sin(k * (0.9 * y - 0.5 * z) + 3 * phase)
            )
        )
