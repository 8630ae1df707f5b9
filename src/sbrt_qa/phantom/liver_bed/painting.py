"""Anatomy -> Hounsfield units: organs, bone, lung, air, fat, clips, and a little noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed.levels import Ripple
from sbrt_qa.phantom.liver_bed.space import PIXEL_MM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.space import Point, Region, Space

    Array = NDArray[np.float64]

AIR, GAS, FAT, MUSCLE, RIB = -1000.0, -960.0, -98.0, 52.0, 420.0
ORGAN_HU = (
    ("Heart", 128.0), ("Bowel_Small", 42.0), ("Bowel_Large", 18.0), ("Stomach", 22.0), ("Duodenum", 38.0),
    ("pancreas", 88.0), ("Spleen", 118.0), ("Kidney_L", 176.0), ("Kidney_R", 176.0), ("Liver", 108.0),
    ("portal", 164.0), ("GreatVes", 158.0), ("Esophagus", 40.0), ("Lung_L", -835.0), ("Lung_R", -835.0),
)  # fmt: skip
EDGE_MM = 1.6
NOISE_HU = 13.0
CLIP_HU, CLIP_MM = 2900.0, 1.9


def painted(space: Space, regions: Mapping[str, Region], clips_mm: tuple[Point, ...]) -> NDArray[np.int16]:
    """Paint a CT of the anatomy.

    Parameters
    ----------
    space : Space
        Pixel centres.
    regions : mapping of name to Region
        The anatomy, ``Liver``, ``seroma`` and the couch included.
    clips_mm : tuple of (x, y, z)
        Surgical clips.

    Returns
    -------
    ndarray of int16, shape (z, y, x)
        Hounsfield units.
    """
    x, y, z = space.warped
    hu = np.full(space.shape_zyx, AIR)
    for name, value in (("CouchInterior", -940.0), ("CouchSurface", -90.0)):
        _paint(hu, regions[name], value)
    _paint(hu, regions["External"], MUSCLE * 0.6)
    _paint(hu, regions["External"].grown(-2.0), FAT)
    _wall(hu, regions, (x, y, z))
    _paint(hu, regions["room"], FAT + Ripple(14.0, 23, 0.4)(x, y, z))
    for name, value in ORGAN_HU:
        _paint(hu, regions[name], value)
    _inside(hu, regions, (x, y, z))
    _paint(hu, regions["seroma"], 12.0)
    _paint(hu, regions["SpinalCanal"], 18.0)
    _paint(hu, regions["SpinalCord"], 42.0)
    for clip in clips_mm:
        _clip(hu, space, clip)
    return np.clip(np.rint(hu + noise(space.shape_zyx)), -1024, 3071).astype(np.int16)


def noise(shape_zyx: tuple[int, int, int]) -> Array:
    """Grainy noise, the same on every machine: sums of the generator's raw bytes, smoothed a little."""
    from scipy.ndimage import gaussian_filter

    size = int(np.prod(shape_zyx))
    raw = np.random.PCG64(20240115).random_raw(size).astype("<u8").view(np.uint8).reshape(size, 8)
    grain = (raw[:, :4].astype(np.float64).sum(axis=1) - 510.0) / 147.8
    smooth = gaussian_filter(grain.reshape(shape_zyx), (0, 0.7, 0.7))
    return np.asarray(NOISE_HU * smooth / 0.42)


def _paint(hu: Array, region: Region, value: float | Array) -> None:
    """Lay a value over a region, its edge shared between pixels."""
    cover = np.clip(0.5 - region.level / EDGE_MM, 0.0, 1.0)
    part = hu[region.box]
    part += cover * ((value[region.box] if isinstance(value, np.ndarray) else value) - part)


def _wall(hu: Array, regions: Mapping[str, Region], at: tuple[Array, Array, Array]) -> None:
    """Muscles of the wall and back, and the ribs in them."""
    x, y, z = at
    wall = regions["cavity"]
    muscle_mm = 13.0 + 9.0 * np.clip(y / 70, 0, 1)
    cover = np.clip(0.5 - (wall.level - muscle_mm) / EDGE_MM, 0, 1) * np.clip(
        0.5 - (regions["External"].level + 5) / EDGE_MM, 0, 1
    )
    hu += cover * (MUSCLE - hu)
    slope = z + 0.34 * np.abs(x) - 0.45 * y
    turn = np.abs((slope / 27.0) % 1.0 - 0.5) * 27.0
    rib_mm = np.hypot((wall.level - 6.5) * 1.15, turn * 0.62) - 4.6
    rib_mm = np.maximum(rib_mm, np.where(y < -48, 4.0, -9.0))
    rib_mm = np.maximum(rib_mm, -46.0 - z + 0.2 * np.abs(x))
    cover = np.clip(0.5 - rib_mm / EDGE_MM, 0, 1)
    hu += cover * (RIB - 230 * np.clip(-rib_mm / 3 - 0.3, 0, 1) - hu)
    spine = regions["bone"]
    marrow = 560.0 - 385.0 * np.clip(-spine.level / 2.5, 0, 1)
    part = hu[spine.box]
    part += np.clip(0.5 - spine.level / EDGE_MM, 0, 1) * (marrow - part)


def _inside(hu: Array, regions: Mapping[str, Region], at: tuple[Array, Array, Array]) -> None:
    """Add what organs contain: gas, stool, renal pelvis, vessels of liver and lung."""
    x, y, z = at
    for name, filling in (("Stomach", 0.26), ("Bowel_Large", 0.42)):
        region = regions[name]
        gas = np.maximum(region.level + 2.5, PIXEL_MM * _rows_below_fluid(region, filling))
        part = hu[region.box]
        part += np.clip(0.5 - gas / EDGE_MM, 0, 1) * (GAS - part)
    for side in ("Kidney_L", "Kidney_R"):
        region = regions[side]
        part = hu[region.box]
        part -= 60 * np.clip((-region.level - 9) / 5, 0, 1)
    for name, size, value in (("Liver", 0.82, 46.0), ("Lung_L", 0.78, 420.0), ("Lung_R", 0.78, 420.0)):
        region = regions[name]
        a, b, c = x[region.box], y[region.box], z[region.box]
        weave = (
            np.sin(a / 11 + 1.5 * np.sin(b / 17))
            * np.sin(b / 12 + 1.3 * np.sin(c / 19))
            * np.sin(c / 13 + 1.4 * np.sin(a / 15))
        )
        part = hu[region.box]
        part += value * np.clip((np.abs(weave) - size) * 9, 0, 1) * np.clip(-region.level / 6, 0, 1)


def _rows_below_fluid(region: Region, filling: float) -> Array:
    """Rows below the fluid level of each loop: gas collects in front of a patient who lies on the back."""
    from scipy.ndimage import find_objects, label

    below = np.full(region.level.shape, 50.0)
    rows = np.arange(region.level.shape[1])[:, None]
    for plane, (level, out) in enumerate(zip(region.level, below, strict=True)):
        loops, _ = label(level < 0)
        for number, place in enumerate(find_objects(loops), start=1):
            top, bottom = place[0].start, place[0].stop
            share = filling * (1 + 0.5 * np.sin(1.7 * number + 0.21 * plane))
            surface = top + share * (bottom - top)
            out[loops == number] = (rows - surface + np.zeros_like(level))[loops == number]
    return below


def _clip(hu: Array, space: Space, center: Point) -> None:
    box = space.box(tuple(c - 14.0 for c in center), tuple(c + 14.0 for c in center))  # type: ignore[arg-type]
    z, y, x = np.meshgrid(space.z_mm[box[0]], space.y_mm[box[1]], space.x_mm[box[2]], indexing="ij")
    dx, dy, dz = x - center[0], y - center[1], z - center[2]
    metal = np.clip(0.5 - (np.sqrt(dx**2 + dy**2 + (0.8 * dz) ** 2) - CLIP_MM) / EDGE_MM, 0, 1)
    part = hu[box]
    angle = np.arctan2(dy, dx)
    streak = 130 * np.cos(4 * angle + center[0]) * np.exp(-np.hypot(dx, dy) / 7) * (np.abs(dz) < 2.0)
    part += streak
    part += metal * (CLIP_HU - part)
