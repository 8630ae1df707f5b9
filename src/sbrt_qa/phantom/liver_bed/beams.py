"""Rays of a linear accelerator through the synthetic patient: attenuation, penumbra, scatter, leakage.

It is no dose calculation: it makes a dose of believable shape, not a right one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Grid
    from sbrt_qa.phantom.liver_bed.space import Point, Region, Space

    Array = NDArray[np.float64]

SAD_MM = 1000.0
ATTENUATION_PER_MM = 0.0044  # of water, primary and scatter together, about 10 MV
BUILD_UP_MM, ENTRANCE = 7.0, 0.45
PENUMBRA_MM = 2.4  # sigma: 80-20 % within 4 mm
SCATTER_MM, SCATTER = 13.0, 0.12
LEAKAGE = 0.004
BIN_MM = 2.5  # of the fluence across the beam
REACH_MM = 70.0  # of the fluence, either side of the isocentre
STEP_MM = 6.0  # along a ray, and between rays


@dataclass(frozen=True, slots=True)
class Sweep:
    """One arc.

    Parameters
    ----------
    start_deg, stop_deg : float
        Gantry angles (IEC) at its ends.
    clockwise : bool
        Direction.
    """

    start_deg: float
    stop_deg: float
    clockwise: bool

    def angles_deg(self, step_deg: float = 6.0) -> Array:
        """Gantry angles of its control points, 0 to below 360."""
        turn = (self.stop_deg - self.start_deg) * (1 if self.clockwise else -1) % 360.0
        count = max(2, round(turn / step_deg) + 1)
        along = np.linspace(0.0, turn, count)
        return np.round(self.start_deg + (along if self.clockwise else -along), 1) % 360.0


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """What the model needs to know.

    Parameters
    ----------
    space : Space
        Grid of the anatomy.
    density : ndarray, shape of the space
        Relative to water.
    target : Region
        Level is the distance to the target's surface.
    isocenter_mm : (x, y, z)
        Middle of the target.
    """

    space: Space
    density: Array
    target: Region
    isocenter_mm: Point


class Rays:
    """Parallel rays through one patient; the fluence lies on the planes of the dose grid.

    Parameters
    ----------
    patient : Patient
        Densities and target.
    grid : Grid
        Dose grid.
    """

    def __init__(self, patient: Patient, grid: Grid) -> None:
        from scipy.ndimage import uniform_filter

        self.patient, self.grid = patient, grid
        self.u_mm = np.arange(-REACH_MM, REACH_MM + 0.1, BIN_MM)
        self.side_mm = np.arange(-222.0, 222.1, STEP_MM)
        self.coarse_z_mm = patient.space.z_mm[::3]
        self.coarse = uniform_filter(patient.density, (1, 3, 3))[::3]

    def across_and_towards(self, gantry_deg: float, x: Array, y: Array) -> tuple[Array, Array]:
        """Coordinates of points across the beam (IEC X) and towards the source, from the isocentre, in mm."""
        s, c = np.sin(np.radians(gantry_deg)), np.cos(np.radians(gantry_deg))
        dx, dy = x - self.patient.isocenter_mm[0], y - self.patient.isocenter_mm[1]
        return dx * c + dy * s, dx * s - dy * c

    def depths_mm(self, gantry_deg: float) -> Array:
        """Water-equivalent depth on the rotated raster: coarse planes, towards the source, across."""
        space = self.patient.space
        s, c = np.sin(np.radians(gantry_deg)), np.cos(np.radians(gantry_deg))
        t, u = np.meshgrid(self.side_mm, self.side_mm, indexing="ij")
        x = self.patient.isocenter_mm[0] + u * c + t * s
        y = self.patient.isocenter_mm[1] + u * s - t * c
        row = (y - space.y_mm[0]) / (space.y_mm[1] - space.y_mm[0])
        column = (x - space.x_mm[0]) / (space.x_mm[1] - space.x_mm[0])
        along = bilinear(self.coarse, row, column)
        depth: Array = STEP_MM * (np.cumsum(along[:, ::-1], axis=1)[:, ::-1] - along / 2)
        return depth

    def place(self, along_mm: Array) -> Array:
        """Index on the rotated raster."""
        return np.asarray((along_mm - self.side_mm[0]) / STEP_MM)

    def aperture(self, gantry_deg: float, margin_mm: float) -> NDArray[np.bool_]:
        """Rays that meet the target grown by a margin, shape (z, across)."""
        space, target = self.patient.space, self.patient.target
        z, y, x = np.nonzero(target.level < margin_mm)
        z_slice, y_slice, x_slice = target.box
        u, _ = self.across_and_towards(gantry_deg, space.x_mm[x_slice][x], space.y_mm[y_slice][y])
        row = np.rint((space.z_mm[z_slice][z] - self.grid.z_mm[0]) / self.row_mm).astype(np.int64)
        opened = np.zeros((self.grid.z_mm.size, self.u_mm.size), dtype=bool)
        # The millionth keeps a voxel between two bins on the same side on every machine.
        opened[row, np.rint((u - self.u_mm[0]) / BIN_MM + 1e-6).astype(np.int64)] = True
        return opened

    @property
    def row_mm(self) -> float:
        """Distance between the planes of the dose grid."""
        return float(self.grid.z_mm[1] - self.grid.z_mm[0])

    def blurred(self, fluence: Array) -> Array:
        """Fluence (..., z, across) with penumbra and scatter. The operation is its own transpose."""
        from scipy.ndimage import gaussian_filter

        still = (0.0,) * (fluence.ndim - 2)
        scale = np.array([self.row_mm, BIN_MM])
        sharp = gaussian_filter(fluence, (*still, *(PENUMBRA_MM / scale)), mode="constant", truncate=3.0)
        broad = gaussian_filter(fluence, (*still, *(SCATTER_MM / scale)), mode="constant", truncate=3.0)
        return np.asarray((1 - SCATTER) * sharp + SCATTER * broad)


def transmitted(depth_mm: Array) -> Array:
    """Relative dose of a wide beam at a water-equivalent depth."""
    return np.asarray(np.exp(-ATTENUATION_PER_MM * depth_mm) * (1 - (1 - ENTRANCE) * np.exp(-depth_mm / BUILD_UP_MM)))


def nearness(towards_mm: Array) -> Array:
    """Magnification: distance of the isocentre from the source over the distance of the point."""
    return np.asarray(SAD_MM / (SAD_MM - towards_mm))


def bilinear(stack: Array, row: Array, column: Array) -> Array:
    """Values of every plane of a stack (z, row, column) at the same in-plane places; its edge goes on outside."""
    row, column = np.clip(row, 0, stack.shape[1] - 1.001), np.clip(column, 0, stack.shape[2] - 1.001)
    i, j = row.astype(np.int64), column.astype(np.int64)
    p, q = row - i, column - j
    width = stack.shape[2]
    flat = stack.reshape(stack.shape[0], -1)
    first = i * width + j
    return np.asarray(
        flat[:, first] * ((1 - p) * (1 - q))
        + flat[:, first + 1] * ((1 - p) * q)
        + flat[:, first + width] * (p * (1 - q))
        + flat[:, first + width + 1] * (p * q)
    )
