"""Inverse planning in small: fluences that give the target its dose and the ring around it a fall-off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed.beams import BIN_MM, LEAKAGE, Sweep, bilinear, nearness, transmitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.beams import Rays

    Array = NDArray[np.float64]

ROUNDS = 16
RING_MM = 24.0


@dataclass(frozen=True, slots=True)
class Aim:
    """What the dose should be, relative to the prescription.

    Parameters
    ----------
    sweeps : tuple of Sweep
        The arcs; they share one set of gantry angles.
    edge, core : float
        Dose at the target's surface and in its middle.
    core_depth_mm : float
        Depth at which the middle begins.
    fall_off_mm : float
        Distance from the target at which the dose should have fallen by half.
    ring_weight : float
        Weight of the ring against the target.
    aperture_margin_mm : float
        How far beyond the target's projection rays may pass.
    covered : float
        Fraction of the target that gets the prescription after normalisation.
    """

    sweeps: tuple[Sweep, ...]
    edge: float = 1.03
    core: float = 1.20
    core_depth_mm: float = 8.0
    fall_off_mm: float = 15.0
    ring_weight: float = 0.22
    aperture_margin_mm: float = 2.5
    covered: float = 0.985

    @property
    def angles_deg(self) -> Array:
        """Every gantry angle once, rising."""
        return np.unique(np.concatenate([sweep.angles_deg() for sweep in self.sweeps]))


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Places at which the dose is asked for, and how each gantry angle sees them.

    Parameters
    ----------
    reach : ndarray, shape (angle, point)
        Dose of an open ray.
    cell : ndarray of int, shape (angle, point)
        Lower fluence cell (z row * width + across).
    part : ndarray, shape (angle, point)
        Fraction towards the next cell across.
    """

    reach: Array
    cell: NDArray[np.int64]
    part: Array

    def dose(self, fluence: Array) -> Array:
        """Dose of blurred fluences (angle, z, across) at each point."""
        flat = fluence.reshape(len(fluence), -1)
        low, high = np.take_along_axis(flat, self.cell, 1), np.take_along_axis(flat, self.cell + 1, 1)
        return np.asarray((self.reach * (low + self.part * (high - low))).sum(axis=0))

    def back(self, wanted: Array, shape: tuple[int, ...]) -> Array:
        """Transpose of ``dose``: spread a value per point over the fluence cells that reach it."""
        cells = int(np.prod(shape[1:]))
        spread = np.empty((shape[0], cells))
        for n, (reach, cell, part) in enumerate(zip(self.reach, self.cell, self.part, strict=True)):
            value = wanted * reach
            spread[n] = np.bincount(cell, value * (1 - part), cells) + np.bincount(cell + 1, value * part, cells)
        return spread.reshape(shape)


def planned_dose(rays: Rays, aim: Aim) -> tuple[Array, Array]:
    """Plan, and calculate the dose on the grid.

    Parameters
    ----------
    rays : Rays
        Patient and grid.
    aim : Aim
        Arcs and wishes.

    Returns
    -------
    dose : ndarray of float64, shape (z, y, x)
        Relative to the prescription, which covers ``aim.covered`` of the target.
    fluence : ndarray, shape (angle, z, across)
        Before blurring, for ``aim.angles_deg``.
    """
    places, depth_mm = _places(rays, RING_MM)
    points = _seen(rays, aim.angles_deg, places)
    fluence = _optimised(rays, aim, points, depth_mm)
    blurred = rays.blurred(fluence) + LEAKAGE * float(fluence.max())
    inside = depth_mm > 0
    level = np.sort(points.dose(blurred)[inside])
    scale = 1.0 / float(level[round((1 - aim.covered) * level.size)])
    return scale * _on_grid(rays, aim.angles_deg, blurred), scale * fluence


def _places(rays: Rays, ring_mm: float) -> tuple[tuple[Array, Array, Array], Array]:
    """Target and ring on a sparse raster: x, y, z and the depth inside the target (negative in the ring)."""
    space, target = rays.patient.space, rays.patient.target
    z_slice, y_slice, x_slice = target.box
    sparse = target.level[:, ::2, ::2]
    z, y, x = np.nonzero((sparse < ring_mm) & (rays.patient.density[target.box][:, ::2, ::2] > 0))
    where = (space.x_mm[x_slice][::2][x], space.y_mm[y_slice][::2][y], space.z_mm[z_slice][z])
    return where, -sparse[z, y, x]


def _seen(rays: Rays, angles_deg: Array, places: tuple[Array, Array, Array]) -> Points:
    from scipy.ndimage import map_coordinates

    x, y, z = places
    coarse = (z - rays.coarse_z_mm[0]) / (rays.coarse_z_mm[1] - rays.coarse_z_mm[0])
    row = np.rint((z - rays.grid.z_mm[0]) / rays.row_mm).astype(np.int64)
    reach, cell, part = [], [], []
    for angle in angles_deg:
        across, towards = rays.across_and_towards(float(angle), x, y)
        at = [coarse, rays.place(towards), rays.place(across)]
        near = nearness(towards)
        reach.append(transmitted(map_coordinates(rays.depths_mm(float(angle)), at, order=1)) * near**2)
        column = np.clip((across / near - rays.u_mm[0]) / BIN_MM, 0, rays.u_mm.size - 1.001)
        cell.append(row * rays.u_mm.size + column.astype(np.int64))
        part.append(column % 1.0)
    return Points(np.array(reach), np.array(cell), np.array(part))


def _optimised(rays: Rays, aim: Aim, points: Points, depth_mm: Array) -> Array:
    """Fluences by projected, preconditioned gradient steps (as in SIRT) on a quadratic objective."""
    opened = np.array([rays.aperture(float(a), aim.aperture_margin_mm) for a in aim.angles_deg])
    inside = depth_mm > 0
    wished = aim.edge + (aim.core - aim.edge) * np.clip(depth_mm / aim.core_depth_mm, 0, 1)
    allowed = np.maximum(0.35, 1.0 - 0.5 * -depth_mm / aim.fall_off_mm)
    weight = np.where(inside, 1.0, aim.ring_weight)
    fluence = opened.astype(np.float64)
    fluence *= wished[inside].mean() / points.dose(rays.blurred(fluence))[inside].mean()
    full = np.where(
        opened, rays.blurred(points.back(weight * points.dose(rays.blurred(opened * 1.0)), opened.shape)), 1.0
    )
    for _ in range(ROUNDS):
        dose = points.dose(rays.blurred(fluence))
        short = np.where(inside, wished - dose, np.minimum(allowed - dose, 0.0))
        step = rays.blurred(points.back(weight * short, opened.shape)) / full
        fluence = np.where(opened, np.maximum(fluence + 1.6 * step, 0.0), 0.0)
    return fluence


def _on_grid(rays: Rays, angles_deg: Array, blurred: Array) -> Array:
    grid = rays.grid
    inside = _body(rays)
    body = np.flatnonzero(inside.any(axis=0))
    y, x = np.meshgrid(grid.y_mm, grid.x_mm, indexing="ij")
    x, y = x.ravel()[body], y.ravel()[body]
    lower, upper, share = _neighbours(rays.coarse_z_mm, grid.z_mm)
    total = np.zeros((grid.z_mm.size, body.size))
    for angle, fluence in zip(angles_deg, blurred, strict=True):
        across, towards = rays.across_and_towards(float(angle), x, y)
        near = nearness(towards)
        reach = transmitted(bilinear(rays.depths_mm(float(angle)), rays.place(towards), rays.place(across)))
        column = np.clip((across / near - rays.u_mm[0]) / BIN_MM, 0, rays.u_mm.size - 1.001)
        low, part = column.astype(np.int64), column % 1.0
        start, stop = fluence[:, low], fluence[:, low + 1]
        reach *= near**2
        reach = reach[lower] + share * (reach[upper] - reach[lower])
        total += reach * (start + part * (stop - start))
    dose = np.zeros((grid.z_mm.size, grid.y_mm.size * grid.x_mm.size))
    dose[:, body] = total
    return np.where(inside, dose.reshape(grid.shape_zyx), 0.0)


def _body(rays: Rays) -> NDArray[np.bool_]:
    """Voxels of the dose grid in the body, and those next to it: a planning system gives none to the air."""
    from scipy.ndimage import binary_dilation

    space, grid = rays.patient.space, rays.grid
    nearest = [
        np.clip(np.rint((to - at[0]) / (at[1] - at[0])), 0, at.size - 1).astype(np.int64)
        for to, at in ((grid.z_mm, space.z_mm), (grid.y_mm, space.y_mm), (grid.x_mm, space.x_mm))
    ]
    body = (rays.patient.density > 0)[np.ix_(*nearest)]
    return np.asarray(binary_dilation(body, structure=np.ones((3, 3, 3))))


def _neighbours(from_mm: Array, to_mm: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Planes below and above each position, and how far it lies towards the upper one (as a column)."""
    place = np.clip((to_mm - from_mm[0]) / (from_mm[1] - from_mm[0]), 0, from_mm.size - 1.001)
    lower = place.astype(np.int64)
    return lower, lower + 1, (place - lower)[:, None]
