"""What the curves of simple things are in a dose that rises by 1 Gy per mm, worked out apart from the program.

``Stack`` is the stack of polygons as written; ``SOLIDS`` are the ideal bodies that were cut into contours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

AXES = {"x": 0, "y": 1, "z": 2}


def level_of(share: float, at_least: Callable[[float], float], span: tuple[float, float]) -> float:
    """Return the level that exactly this share of the volume reaches, by halving."""
    low, high = span
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(middle) >= share else (low, middle)
    return (low + high) / 2


class Stack:
    """Contours of equally many points, one per plane, each holding unchanged for half the gap to either side."""

    def __init__(self, contours: list[np.ndarray]) -> None:
        points = np.round(contours, 4)  # (planes, points, 3), as written
        self.points = points[np.argsort(points[:, 0, 2])]
        planes = self.points[:, 0, 2]
        middles = (planes[1:] + planes[:-1]) / 2
        self.faces = np.concatenate([[2 * planes[0] - middles[0]], middles, [2 * planes[-1] - middles[-1]]])
        self.areas = self._areas("x", -1e4)
        self.volume_mm3 = float(np.diff(self.faces) @ self.areas)

    def beyond(self, axis: str, level: float) -> float:
        """Volume in mm³ where the coordinate is at least ``level``."""
        if axis == "z":
            return float(np.clip(self.faces[1:] - np.clip(self.faces[:-1], level, None), 0, None) @ self.areas)
        return float(np.diff(self.faces) @ self._areas(axis, level))

    def dose_gy(self, axis: str, percent: float, span: tuple[float, float]) -> float:
        """D at a per cent of the volume, the dose being the coordinate itself."""
        return level_of(percent / 100, lambda level: self.beyond(axis, level) / self.volume_mm3, span)

    def _areas(self, axis: str, level: float) -> np.ndarray:
        """Area of each polygon where the coordinate is at least ``level``: Green's theorem, edge by edge."""
        x, y = self.points[..., 0], self.points[..., 1]
        u, v = (x, y) if axis == "x" else (y, -x)
        du, dv = np.roll(u, -1, axis=1) - u, np.roll(v, -1, axis=1) - v
        above, above_next = np.clip(u - level, 0, None), np.clip(u + du - level, 0, None)
        flat = np.abs(du) < 1e-9
        mean = np.where(flat, above, (above_next**2 - above**2) / (2 * np.where(flat, 1.0, du)))
        return np.abs(np.sum(mean * dv, axis=1))


@dataclass(frozen=True)
class Solid:
    """A body around the origin: its volume, its radius at a height, and its share beyond a level along an axis."""

    volume_mm3: float
    heights_mm: tuple[float, float]
    radius_at: Callable[[float], float]
    share_beyond: Callable[[str, float], float]

    def contours(self, step_mm: float, points: int = 240) -> list[np.ndarray]:
        """Circles half a step from either end, ``step_mm`` apart."""
        turn = np.arange(points) * 2 * np.pi / points
        circle = np.column_stack([np.cos(turn), np.sin(turn), np.zeros(points)])
        planes = np.arange(self.heights_mm[0] + step_mm / 2, self.heights_mm[1], step_mm)
        return [circle * self.radius_at(z) + (0, 0, z) for z in planes]


def _segment(level: np.ndarray | float, radius: np.ndarray | float) -> np.ndarray:
    """Area of a disc beyond a chord at ``level``."""
    u = np.clip(np.asarray(level) / radius, -1, 1)
    return radius**2 * (np.arccos(u) - u * np.sqrt(1 - u * u))


def sphere(radius: float) -> Solid:
    def share(axis: str, level: float) -> float:
        u = np.clip(level / radius, -1, 1)
        return float((2 - 3 * u + u**3) / 4)

    volume = 4 / 3 * np.pi * radius**3
    return Solid(volume, (-radius, radius), lambda z: float(np.sqrt(radius**2 - z**2)), share)


def cylinder(radius: float, height: float) -> Solid:
    def share(axis: str, level: float) -> float:
        if axis == "z":
            return float(np.clip(0.5 - level / height, 0, 1))
        return float(_segment(level, radius) / (np.pi * radius**2))

    return Solid(np.pi * radius**2 * height, (-height / 2, height / 2), lambda z: radius, share)


def cone(radius: float, height: float) -> Solid:
    """Base at -height/2, tip at +height/2."""
    middles = (np.arange(4000) + 0.5) / 4000 * radius

    def share(axis: str, level: float) -> float:
        if axis == "z":
            return float(np.clip(0.5 - level / height, 0, 1) ** 3)
        return float(np.mean(_segment(level, middles)) * 3 / (np.pi * radius**2))

    volume = np.pi * radius**2 * height / 3
    return Solid(volume, (-height / 2, height / 2), lambda z: radius * (0.5 - z / height), share)


SOLIDS = {"Sphere": sphere(20.0), "Cylinder": cylinder(12.0, 40.0), "Cone": cone(18.0, 36.0), "Small": sphere(4.0)}
