"""The solids, doses and grids that every program is given, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from beside.curve import PERCENTS, SMALL_CC
from beside.gaussian_truth import truth_in_gaussian
from sbrt_qa.model import Grid
from sbrt_qa.phantom.capped_truth import Ends, truth_of_capped
from sbrt_qa.phantom.fields import Gaussian, Linear, sample
from sbrt_qa.phantom.shapes import Cone, Cylinder, NestedSpheres, shell, sphere
from sbrt_qa.phantom.solid_truth import truth_of_solid
from sbrt_qa.phantom.truth import Truth

if TYPE_CHECKING:
    from sbrt_qa.model import Dose
    from sbrt_qa.phantom.capped_truth import Turned

HALF_MM, HOLLOW_MM = 12.0, 7.0
SOLIDS: dict[str, Turned] = {
    "sphere": sphere(HALF_MM),
    "cylinder": Cylinder(HALF_MM, 2 * HALF_MM),
    "cone": Cone(HALF_MM, 2 * HALF_MM),
    "lying_cylinder": Cylinder(HALF_MM, 2 * HALF_MM, "x"),
    "lying_cone": Cone(HALF_MM, 2 * HALF_MM, "x"),
    "hollow_sphere": shell(HALF_MM, HOLLOW_MM),
}
FIELDS: dict[str, Linear | Gaussian] = {
    "AP": Linear((0.0, 1.0, 0.0), 16.0),
    "SI": Linear((0.0, 0.0, -1.0), 16.0),
    "Gaussian": Gaussian(15.0, 60.0),
}
SPACINGS_MM = (1.0, 2.0, 3.0)
PLANES_MOVED, GRID_MOVED = 0.4, (0.31, -0.23, 0.17)  # shares of a slice and of a voxel
CUT_MM = 4.0  # how far from the middle the dose grid of a cropped case ends
# Named for the field; which axis (x 0, y 1, z 2) loses its voxels beyond the cut, on which side: where the dose is low.
CUTS = {"SI": (2, 1.0), "AP": (1, -1.0)}


@dataclass(frozen=True)
class Layout:
    """Where the contours lie: aligned ones on both ends of the solid, shifted ones all within it."""

    spacing_mm: float
    shifted: bool

    @property
    def name(self) -> str:
        """Folder of its cases."""
        return f"contours-{self.spacing_mm:g}-{'shifted' if self.shifted else 'aligned'}"

    @property
    def planes_mm(self) -> list[float]:
        """Contour planes, rising."""
        slices = round(2 * HALF_MM / self.spacing_mm)
        moved = PLANES_MOVED if self.shifted else 0.0
        return [(k + moved) * self.spacing_mm - HALF_MM for k in range(slices + (not self.shifted))]

    @property
    def ends(self) -> Ends:
        """First and last plane, and the half slice beyond."""
        return Ends(self.planes_mm[0], self.planes_mm[-1], self.spacing_mm / 2)


def layouts(spacings_mm: tuple[float, ...]) -> list[Layout]:
    """Return aligned and shifted planes at each distance."""
    return [Layout(spacing, shifted) for spacing in spacings_mm for shifted in (False, True)]


def truth(layout: Layout, solid: Turned, field: Linear | Gaussian) -> Truth:
    """Return the curve of the solid between its first and last plane, its end cuts continued by half a slice."""
    if isinstance(field, Gaussian):
        return truth_in_gaussian(solid, field, layout.ends)
    if not (isinstance(solid, NestedSpheres) and len(solid.radii_mm) == 2):
        return truth_of_capped(solid, field, layout.ends)
    outer, inner = solid.radii_mm
    return without(truth_of_capped(sphere(outer), field, layout.ends), truth_of_solid(sphere(inner), field))


def without(whole: Truth, hollow: Truth) -> Truth:
    """Return the truth of a solid without a part of its inside."""
    volume = whole.volume_cc - hollow.volume_cc
    mean = (whole.volume_cc * whole.mean_gy - hollow.volume_cc * hollow.mean_gy) / volume
    return Truth(volume, whole.min_gy, mean, whole.max_gy, lambda gy: whole.volume_at(gy=gy) - hollow.volume_at(gy=gy))


def numbers(true: Truth) -> dict[str, float]:
    """Return everything that is asked."""
    found = {"Volume": true.volume_cc, "Dmin": true.min_gy, "Dmax": true.max_gy, "Dmean": true.mean_gy}
    found |= {name: true.dose_at(percent=percent) for name, percent in PERCENTS.items()}
    return found | {name: true.dose_at(cc=small) for name, small in SMALL_CC.items()}


def dose(layout: Layout, field: Linear | Gaussian, grid_mm: float) -> Dose:
    """Return the dose sampled on a grid that covers the solid, its end caps and a voxel more."""
    half = int(np.ceil((HALF_MM + max(SPACINGS_MM) / 2) / grid_mm)) + 1
    even = grid_mm * np.arange(-half, half + 1, dtype=np.float64)
    x, y, z = (even + share * grid_mm * layout.shifted for share in GRID_MOVED)
    made = sample(field, Grid(x, y, z))
    return replace(made, gy=np.maximum(made.gy, 0.0))  # far from the solid a linear dose would fall below 0


def cut(whole: Dose, axis: int, side: float) -> Dose:
    """Return the same dose on a grid that ends inside the solid."""
    axes = [whole.grid.x_mm, whole.grid.y_mm, whole.grid.z_mm]
    kept = side * axes[axis] <= CUT_MM
    axes[axis] = axes[axis][kept]
    return replace(whole, grid=Grid(*axes), gy=np.compress(kept, whole.gy, axis=2 - axis))
