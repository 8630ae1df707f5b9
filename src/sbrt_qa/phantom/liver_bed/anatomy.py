"""Single organs, as level sets. x to the patient's left, y to the back, z to the head, all in mm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed.levels import Ripple, both, either, ellipsoid, oval, tube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.levels import Shape
    from sbrt_qa.phantom.liver_bed.space import Point, Region, Space

    Array = NDArray[np.float64]

WIDE = ((-300.0, -300.0, -300.0), (300.0, 300.0, 300.0))

STOMACH = (
    (58, 24, 44, 17), (66, 16, 30, 26), (68, -8, 10, 25), (58, -34, -10, 21), (30, -50, -22, 17),
    (8, -50, -24, 13), (-6, -45, -23, 10),
)  # fmt: skip
DUODENUM = (
    (-9, -43, -23, 10), (-26, -35, -21, 12), (-42, -24, -28, 11.5), (-46, -14, -48, 11), (-44, -8, -70, 11.5),
    (-30, -4, -86, 11), (-4, -6, -90, 10.5), (20, -10, -84, 10.5), (32, -20, -70, 10.5),
)  # fmt: skip
ESOPHAGUS = (
    (6, 10, 140, 7.5), (8, 10, 90, 8), (12, 8, 62, 8.5), (24, 6, 50, 9), (40, 12, 44, 10), (50, 18, 42, 10),
)  # fmt: skip
COLON = (
    (-98, 24, -150, 21), (-100, 20, -112, 22), (-98, 4, -88, 22), (-84, -26, -86, 20), (-62, -50, -92, 18),
    (-30, -62, -88, 17), (8, -66, -84, 17), (44, -64, -74, 18), (78, -50, -50, 18), (98, -22, -26, 18),
    (106, 8, -20, 18), (110, 30, -44, 16), (110, 34, -90, 15), (108, 36, -150, 15),
)  # fmt: skip
JEJUNUM = (
    (33, -22, -67, 11), (52, -30, -58, 12), (74, -22, -56, 12), (84, 0, -66, 12), (70, 12, -80, 12),
    (46, 2, -92, 12.5), (30, -22, -98, 12), (48, -42, -96, 12), (76, -34, -94, 12), (88, -8, -104, 12),
    (66, 8, -118, 12),
)  # fmt: skip
ILEUM = (
    (-68, -30, -106, 12), (-54, -38, -93, 12), (-30, -44, -90, 12), (-6, -38, -94, 12), (10, -44, -104, 12),
    (14, -24, -112, 12), (-10, -16, -110, 12), (-34, -20, -101, 12), (-56, -14, -106, 12),
)  # fmt: skip
AORTA = ((12, 22, 140, 11.5), (14, 22, 60, 11), (12, 20, 0, 10), (10, 19, -60, 9.5), (8, 20, -150, 9))
CAVA = (
    (-14, -8, 90, 12),
    (-19, 6, 64, 12),
    (-22, 18, 40, 11.5),
    (-21, 20, 0, 11),
    (-19, 20, -60, 11),
    (-16, 21, -150, 11),
)
PORTAL = ((4, -8, -42, 6), (-12, -10, -22, 6.5), (-26, -12, -4, 7), (-42, -8, 6, 6.5), (-58, 2, 12, 5.5))
PANCREAS = (
    (-34, -16, -44, 10), (-24, -20, -40, 13), (-6, -24, -30, 10), (18, -18, -18, 9), (44, 2, -4, 9), (72, 20, 4, 8),
)  # fmt: skip


def diaphragm_mm(x: Array, y: Array) -> Array:
    """Height of the diaphragm: two domes, the central tendon between them, and the recesses along the wall."""
    right = 70 - 60 * (((x + 60) / 76) ** 2 + ((y + 4) / 84) ** 2) ** 1.4
    left = 56 - 58 * (((x - 66) / 68) ** 2 + ((y - 2) / 80) ** 2) ** 1.25
    center = 42 - 60 * (((x - 4) / 66) ** 2 + ((y + 22) / 60) ** 2)
    recess = 2 - 0.4 * np.minimum(y, 0) - 0.3 * np.maximum(y, 0)
    return either_top(either_top(either_top(right, left), center), recess)


def either_top(a: Array, b: Array) -> Array:
    """Join two heights: their maximum, rounded."""
    return np.asarray(-either(-a, -b, 14.0))


def external(space: Space) -> Region:
    """Body outline."""
    outline = oval((0, 0), (154, 99), 2.35)

    def level(x: Array, y: Array, z: Array) -> Array:
        waist = 1 - 0.045 * np.exp(-(((z + 60) / 55) ** 2))
        back = outline(x / waist, y, z) + 3 * np.exp(-((x / 20) ** 2)) * (y > 0) * np.clip(y / 60, 0, 1)
        return np.asarray(back + Ripple(1.5, 170, 0.7)(x, y, z))

    return space.region(level, *WIDE)


def cavity(space: Space) -> Region:
    """Inside of the chest and abdominal wall, the spine not yet taken out."""
    inside = oval((0, -4), (126, 78), 2.3)

    def level(x: Array, y: Array, z: Array) -> Array:
        return inside(x * (1 + 0.035 * np.exp(-(((z + 70) / 50) ** 2))), y, z) + Ripple(2.0, 130, 2.2)(x, y, z)

    return space.region(level, *WIDE)


def vertebrae(space: Space) -> Region:
    """Vertebral bodies with their arches and spinous processes, the canal not yet taken out."""
    body, arch = oval((0, 47), (21, 16.5), 2.2), oval((0, 73), (17, 15), 2.0)
    spine, wings = oval((0, 84), (4.5, 10), 2.0), oval((0, 76), (34, 5.5), 2.0)

    def level(x: Array, y: Array, z: Array) -> Array:
        turn = np.cos(2 * np.pi * (z + 8) / 33)
        trunk = body(x, y, z) + 1.4 * turn
        process = np.maximum(wings(x, y, z), 3 + 6 * turn)
        bones = np.minimum(np.minimum(arch(x, y, z), process), spine(x, y, z) + 2 + 2 * turn)
        return either(trunk, bones, 5)

    return space.region(level, (-45, 20, -300), (45, 108, 300))


def along(space: Space, stations: tuple[tuple[float, ...], ...], uneven_mm: float = 0.0, phase: float = 0.0) -> Region:
    """Tube through stations, its surface uneven by some millimetres."""
    path = tube([(float(x), float(y), float(z), float(r)) for x, y, z, r in stations])
    reach = max(station[3] for station in stations) + uneven_mm + 12
    low = tuple(min(s[i] for s in stations) - reach for i in range(3))
    high = tuple(max(s[i] for s in stations) + reach for i in range(3))

    def level(x: Array, y: Array, z: Array) -> Array:
        return path(x, y, z) + (Ripple(uneven_mm, 31, phase)(x, y, z) if uneven_mm else 0.0)

    return space.region(level, (low[0], low[1], low[2]), (high[0], high[1], high[2]))


def kidney(space: Space, center: Point, side: int) -> Region:
    """Bean with its hilum towards the midline; ``side`` is +1 on the patient's left."""
    x0, y0, z0 = center
    bean = ellipsoid(center, (24, 26, 53), 9.0 * -side)
    hilum = ellipsoid((x0 - side * 25, y0 - 10, z0), (14, 15, 22))

    def level(x: Array, y: Array, z: Array) -> Array:
        return both(bean(x, y, z) + Ripple(1.6, 48, 1.0 + side)(x, y, z), -hilum(x, y, z), 8)

    return space.region(level, (x0 - 36, y0 - 32, z0 - 60), (x0 + 36, y0 + 32, z0 + 60))


def native_liver(space: Space) -> Region:
    """Liver as it was before the operation, neighbours not yet taken out."""

    def level(x: Array, y: Array, z: Array) -> Array:
        top = (z - diaphragm_mm(x, y) + 4) * 0.75
        below = (-84 + 0.53 * np.clip(x + 90, 0, 400) - 0.12 * (y + 40) - z) * 0.8
        behind = (y - (-4 - 0.82 * x)) * 0.78
        tip = x - 58 + 0.10 * (z - 10)
        body = both(both(top, below, 14), both(behind, tip, 14), 12)
        return body + Ripple(3.0, 62, 0.3)(x, y, z)

    return space.region(level, (-140, -95, -95), (70, 85, 80))


def lung(space: Space, side: int) -> Region:
    """Lung above the diaphragm; ``side`` is +1 on the patient's left."""

    def level(x: Array, y: Array, z: Array) -> Array:
        above = (diaphragm_mm(x, y) + 1 - z) * 0.8
        middle = 20 - side * x + 14 * np.exp(-(((y + 30) / 40) ** 2)) * (1 if side < 0 else 2.2)
        return both(above, middle, 8)

    low, high = ((-140, -95, -60), (0, 95, 300)) if side < 0 else ((0, -95, -60), (140, 95, 300))
    return space.region(level, low, high)


def heart(space: Space) -> Region:
    """Lower half of the heart; the scan ends above it."""
    shape = ellipsoid((22, -32, 84), (47, 37, 42), 18.0)
    return _uneven(space, shape, Ripple(2.5, 70, 4.0), ((-45, -85, 30), (90, 22, 200)))


def spleen(space: Space) -> Region:
    """Spleen against the left wall."""
    shape = ellipsoid((97, 32, 16), (21, 34, 44), 8.0)
    return _uneven(space, shape, Ripple(2.0, 55, 3.0), ((70, -10, -40), (130, 75, 70)))


def canal(space: Space) -> Region:
    """Spinal canal."""
    return space.region(oval((0, 74), (10, 8.5)), (-14, 60, -300), (14, 90, 300))


def cord(space: Space) -> Region:
    """Spinal cord in the middle of the canal."""
    return space.region(oval((0, 74), (5.8, 4.6)), (-10, 64, -300), (10, 84, 300))


def right_wall(space: Space) -> Region:
    """Side on which the chest wall is drawn: from just left of the breastbone to the right of the spine."""
    return space.region(
        lambda x, y, z: x - 12.0 + 42.0 * np.clip((y - 25) / 40, 0, 1) + 0.02 * z,
        *WIDE,
    )


def couch(space: Space) -> Region:
    """Treatment couch: a flat box with round edges."""
    return space.plain(oval((0, 130), (157, 24), 7.0), 0.0)


def _uneven(space: Space, shape: Shape, rippled: Ripple, corners: tuple[Point, Point]) -> Region:
    def level(x: Array, y: Array, z: Array) -> Array:
        return shape(x, y, z) + rippled(x, y, z)

    return space.region(level, *corners)
