"""Where the anatomy is evaluated: a grid, gently warped so that nothing is a perfect ellipse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]
FAR_MM = 60.0
PIXEL_MM, SLICE_MM = 1.75, 2.5
WARP_REACH_MM = 9.0

# Amplitude (mm), wave vector (rad/mm along x, y, z) and phase of each ripple, per displaced axis.
_RIPPLES = (
    ((2.6, (0.031, 0.017, 0.023), 0.4), (1.3, (-0.052, 0.061, 0.034), 2.1), (0.6, (0.11, 0.07, -0.09), 5.0)),
    ((2.2, (0.022, -0.033, 0.019), 1.7), (1.2, (0.058, 0.043, -0.039), 3.9), (0.6, (-0.08, 0.12, 0.07), 0.9)),
    ((2.8, (-0.026, 0.021, 0.012), 2.9), (1.4, (0.047, -0.051, 0.028), 5.6), (0.5, (0.09, 0.10, 0.05), 1.3)),
)


@dataclass(frozen=True, eq=False)
class Space:
    """A regular grid in the patient, and the warped coordinates at which shapes are looked up.

    Parameters
    ----------
    x_mm, y_mm, z_mm : ndarray, 1-D
        Voxel centres, DICOM patient axes.
    """

    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    z_mm: NDArray[np.float64]

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Number of voxels along z, y and x."""
        return self.z_mm.size, self.y_mm.size, self.x_mm.size

    @property
    def spacing_zyx(self) -> Point:
        """Voxel spacing along z, y and x."""
        z, y, x = (float(axis[1] - axis[0]) for axis in (self.z_mm, self.y_mm, self.x_mm))
        return z, y, x

    @property
    def whole(self) -> Box:
        """The box that holds everything."""
        return (slice(None), slice(None), slice(None))

    def box(self, low: Point, high: Point) -> Box:
        """Slices along z, y, x that hold the shape between two corners (x, y, z), the warp included."""
        axes = (self.x_mm, self.y_mm, self.z_mm)
        cut = [
            slice(int(np.searchsorted(axis, a - WARP_REACH_MM)), int(np.searchsorted(axis, b + WARP_REACH_MM)))
            for axis, a, b in zip(axes, low, high, strict=True)
        ]
        return cut[2], cut[1], cut[0]

    @cached_property
    def warped(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates x, y, z at which shapes are looked up, each of shape (z, y, x)."""
        z, y, x = np.meshgrid(self.z_mm, self.y_mm, self.x_mm, indexing="ij")
        moved = [
            axis + sum(a * np.sin(k[0] * x + k[1] * y + k[2] * z + phase) for a, k, phase in ripples)
            for axis, ripples in zip((x, y, z), _RIPPLES, strict=True)
        ]
        return moved[0], moved[1], moved[2]

    def plain(self, level: Callable[..., NDArray[np.float64]], margin_mm: float) -> Region:
        """Evaluate a shape everywhere without the warp, its surface moved outwards by a margin."""
        z, y, x = np.meshgrid(self.z_mm, self.y_mm, self.x_mm, indexing="ij")
        return Region(self.whole, level(x, y, z) - margin_mm, self.shape_zyx)

    def region(self, level: Callable[..., NDArray[np.float64]], low: Point, high: Point) -> Region:
        """Evaluate a shape between two corners.

        Parameters
        ----------
        level : callable
            ``(x, y, z) -> mm``, negative inside.
        low, high : (x, y, z)
            Corners of a box that holds the shape.

        Returns
        -------
        Region
        """
        box = self.box(low, high)
        x, y, z = (axis[box] for axis in self.warped)
        return Region(box, level(x, y, z), self.shape_zyx)


@dataclass(frozen=True, eq=False)
class Region:
    """A level set on part of a space: negative inside, about the distance to the surface in mm.

    Parameters
    ----------
    box : tuple of slices along z, y, x
        Where ``level`` lies; everything else is outside the region.
    level : ndarray, shape of the box
        mm.
    shape_zyx : tuple of int
        Shape of the whole space.
    """

    box: Box
    level: NDArray[np.float64]
    shape_zyx: tuple[int, int, int]

    def on(self, box: Box) -> NDArray[np.float64]:
        """Level on another box, ``FAR_MM`` where nothing is known."""
        full = np.full(self.shape_zyx, FAR_MM)
        full[self.box] = self.level
        return full[box]

    def without(self, other: Region, gap_mm: float = 0.0) -> Region:
        """Cut another region away, and a gap around it."""
        return Region(self.box, np.maximum(self.level, gap_mm - other.on(self.box)), self.shape_zyx)

    def within(self, other: Region, gap_mm: float = 0.0) -> Region:
        """Keep what lies inside another region, by at least a gap."""
        return Region(self.box, np.maximum(self.level, other.on(self.box) + gap_mm), self.shape_zyx)

    def joined(self, other: Region) -> Region:
        """Union of both, on the whole space."""
        whole = (slice(None), slice(None), slice(None))
        return Region(whole, np.minimum(self.on(whole), other.on(whole)), self.shape_zyx)

    def grown(self, margin_mm: float) -> Region:
        """Move the surface outwards; exact only as far as ``level`` is a distance."""
        return Region(self.box, self.level - margin_mm, self.shape_zyx)
