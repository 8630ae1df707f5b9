"""Doses known at every point, and their sampling on a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Dose, Grid, Identity
from sbrt_qa.phantom.shapes import ORIGIN

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from sbrt_qa.model import Structure
    from sbrt_qa.model.grid import Triple
    from sbrt_qa.phantom.shapes import Box3

# Stanley 2021, dose relative to the maximum: shoulder inside the target, plateau and fall-off outside.
S1, S2, S3, S4 = 0.249, 7.019, 0.029, 1.927


class Field(Protocol):
    """A dose in Gy at every point in the patient."""

    def gy(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.float64]:
        """Dose in Gy at points in patient mm; the three broadcast against each other."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Dose that rises evenly in one direction.

    Parameters
    ----------
    gradient_gy_per_mm : (x, y, z)
        Rise along each patient axis; (0, 0, 0) is a uniform dose.
    at_centre_gy : float
        Dose at ``centre_mm``.
    centre_mm : (x, y, z)
        Reference point.
    """

    gradient_gy_per_mm: Triple
    at_centre_gy: float
    centre_mm: Triple = ORIGIN

    def gy(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.float64]:
        """Dose in Gy at points in patient mm."""
        (a, b, c), (x0, y0, z0) = self.gradient_gy_per_mm, self.centre_mm
        x, y, z = np.asarray(x_mm), np.asarray(y_mm), np.asarray(z_mm)
        return np.asarray(self.at_centre_gy + a * (x - x0) + b * (y - y0) + c * (z - z0), dtype=np.float64)


def uniform(gy: float) -> Linear:
    """Return the same dose everywhere."""
    return Linear(ORIGIN, gy)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Dose ``peak · exp(−r² / 2σ²)``.

    Parameters
    ----------
    sigma_mm, peak_gy : float
        Width and height.
    centre_mm : (x, y, z)
        Centre.
    """

    sigma_mm: float
    peak_gy: float
    centre_mm: Triple = ORIGIN

    def gy(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.float64]:
        """Dose in Gy at points in patient mm."""
        return self.gy_at_radius(_radius(self.centre_mm, x_mm, y_mm, z_mm))

    def gy_at_radius(self, r_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dose in Gy at a distance from the centre."""
        return np.asarray(self.peak_gy * np.exp(-0.5 * (np.asarray(r_mm) / self.sigma_mm) ** 2))

    def radius_mm(self, gy: float) -> float:
        """Radius of the ball that receives at least this dose; 0 above the peak, infinite at 0 Gy."""
        if gy <= 0.0:
            return math.inf
        return self.sigma_mm * math.sqrt(2.0 * math.log(self.peak_gy / gy)) if gy < self.peak_gy else 0.0


@dataclass(frozen=True, slots=True)
class Stanley:
    """Radial dose of a small radiosurgical target, after Stanley 2021.

    Inside the target, r <= C/2, the dose is ``1 − s1 exp(−s2 (C/2 − r))`` of the peak, outside it is
    ``s3 + (1 − s1 − s3) exp(−s4 (r − C/2))``, with lengths in ``unit_mm``.

    Parameters
    ----------
    diameter_mm : float
        Diameter C of the target.
    peak_gy : float
        Dose that 1 stands for.
    centre_mm : (x, y, z)
        Centre of the target.
    unit_mm : float
        The unit of length that r and C are counted in: 1 for mm, 10 for cm, in which the dose falls to
        half of that on the surface within 3.8 mm, as radiosurgery does.
    """

    diameter_mm: float
    peak_gy: float = 1.0
    centre_mm: Triple = ORIGIN
    unit_mm: float = 1.0

    @property
    def edge_gy(self) -> float:
        """Dose on the surface of the target."""
        return self.peak_gy * (1.0 - S1)

    def gy(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.float64]:
        """Dose in Gy at points in patient mm."""
        return self.gy_at_radius(_radius(self.centre_mm, x_mm, y_mm, z_mm))

    def gy_at_radius(self, r_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dose in Gy at a distance from the centre."""
        beyond = (np.asarray(r_mm) - self.diameter_mm / 2) / self.unit_mm
        inside = 1.0 - S1 * np.exp(S2 * np.minimum(beyond, 0.0))
        outside = S3 + (1.0 - S1 - S3) * np.exp(-S4 * np.maximum(beyond, 0.0))
        return np.asarray(self.peak_gy * np.where(beyond <= 0.0, inside, outside))

    def radius_mm(self, gy: float) -> float:
        """Radius of the ball that receives at least this dose; infinite at and below the far plateau."""
        share, edge = gy / self.peak_gy, self.diameter_mm / 2
        if share <= S3:
            return math.inf
        if share <= 1.0 - S1:
            return edge - self.unit_mm * math.log((share - S3) / (1.0 - S1 - S3)) / S4
        return max(edge + self.unit_mm * math.log((1.0 - share) / S1) / S2, 0.0) if share < 1.0 else 0.0


def sample(field: Field, grid: Grid, *, frame_uid: str = "") -> Dose:
    """Sample a field at the voxel centres of an axis-aligned grid.

    Returns
    -------
    Dose
        PHYSICAL, PLAN, in single precision as every dose is kept.
    """
    if not grid.is_axis_aligned:
        raise UsageError("a phantom dose is sampled on axis-aligned grids only")
    gy = field.gy(grid.x_mm[None, None, :], grid.y_mm[None, :, None], grid.z_mm[:, None, None])
    whole = np.broadcast_to(gy, grid.shape_zyx).astype(np.float32)
    return Dose(grid, whole, Identity(sop_uid="2.25.1", frame_uid=frame_uid), summation="PLAN", kind="PHYSICAL")


def grid_around(
    what: Box3 | Structure, spacing_mm: float | Triple, margin_mm: float = 5.0, shift_mm: Triple = ORIGIN
) -> Grid:
    """Return a regular grid that covers a box or a structure's contours.

    Parameters
    ----------
    what : bounding box or Structure
        In patient mm; of a structure the box round its vertices.
    spacing_mm : float or (x, y, z)
        Distance between voxel centres.
    margin_mm : float
        How far the voxel centres reach beyond the box at least (before the shift).
    shift_mm : (x, y, z)
        Moves the grid, to place voxel centres anywhere against the box.

    Returns
    -------
    Grid
    """
    steps = (spacing_mm,) * 3 if isinstance(spacing_mm, (int, float)) else spacing_mm
    sides = what if isinstance(what, tuple) else _bounds(what)
    axes = [
        low
        - margin_mm
        + shift
        + step * np.arange(math.ceil((high - low + 2 * margin_mm) / step - 1e-9) + 1, dtype=np.float64)
        for (low, high), step, shift in zip(sides, steps, shift_mm, strict=True)
    ]
    x, y, z = axes
    return Grid(x, y, z)


def _bounds(structure: Structure) -> Box3:
    points = np.vstack([contour.points_mm for contour in structure.contours])
    x, y, z = ((float(low), float(high)) for low, high in zip(points.min(axis=0), points.max(axis=0), strict=True))
    return x, y, z


def _radius(centre: Triple, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> NDArray[np.float64]:
    dx, dy, dz = (np.asarray(p) - c for p, c in zip((x, y, z), centre, strict=True))
    return np.asarray(np.sqrt(dx * dx + dy * dy + dz * dz))
