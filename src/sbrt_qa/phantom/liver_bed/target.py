"""The operation and what is treated: the void, the bed at the cut edge, and the margin around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed.levels import Ripple, both, ellipsoid
from sbrt_qa.phantom.liver_bed.space import Region

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sbrt_qa.phantom.liver_bed.space import Point, Space

SETUP_MARGIN_MM = 5.0
INTO_LIVER_MM = 9.0
INTO_VOID_MM = 3.0
CLIPS, CLIP_RADIUS_MM = 6, 2.6
GALLBLADDER_CLIP_MM = (-31.5, -42.0, -7.5)


@dataclass(frozen=True, slots=True)
class Resection:
    """Where the surgeon cut, and which part of the cut surface is the bed.

    Parameters
    ----------
    center_mm, radii_mm : (x, y, z)
        Ellipsoid that was taken out.
    bed_center_mm, bed_radii_mm : (x, y, z)
        Ellipsoid that picks the bed from the cut surface.
    """

    center_mm: Point
    radii_mm: Point
    bed_center_mm: Point
    bed_radii_mm: Point


def void(space: Space, resection: Resection) -> Region:
    """Return the piece that was taken out, with an uneven surface."""
    piece = ellipsoid(resection.center_mm, resection.radii_mm)
    reach = [r + 45 for r in resection.radii_mm]
    low, high = (tuple(c + sign * r for c, r in zip(resection.center_mm, reach, strict=True)) for sign in (-1, 1))
    return space.region(
        lambda x, y, z: piece(x, y, z) + Ripple(3.5, 37, 1.1)(x, y, z),
        (low[0], low[1], low[2]),
        (high[0], high[1], high[2]),
    )


def bed(space: Space, cut: Region, resection: Resection) -> Region:
    """Clinical target: a shell along the cut surface, deeper into the liver than into the void.

    Returns
    -------
    Region
        Its level is a true distance, so that margins are margins.
    """
    x, y, z = (axis[cut.box] for axis in space.warped)
    shell = np.maximum(-INTO_VOID_MM - cut.level, cut.level - INTO_LIVER_MM)
    part = ellipsoid(resection.bed_center_mm, resection.bed_radii_mm)(x, y, z)
    return Region(cut.box, both(shell, part, 6.0), cut.shape_zyx)


def distance(space: Space, region: Region, smoothing_mm: float = 1.4) -> Region:
    """Replace a level by the distance to its surface in three dimensions, slightly smoothed.

    Parameters
    ----------
    space : Space
        The grid.
    region : Region
        Its box must reach beyond the region by more than any margin wanted.
    smoothing_mm : float
        Standard deviation that takes the voxel stairs away.

    Returns
    -------
    Region
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    spacing = space.spacing_zyx
    inside = region.level < 0
    outer = distance_transform_edt(~inside, sampling=spacing)
    inner = distance_transform_edt(inside, sampling=spacing)
    # Both count from voxel centres: the surface lies half a voxel nearer.
    signed: NDArray[np.float64] = np.where(inside, -inner, outer) + np.where(inside, 0.5, -0.5) * spacing[2]
    smooth = gaussian_filter(signed, [smoothing_mm / step for step in spacing])
    return Region(region.box, smooth, region.shape_zyx)


def operated(
    space: Space, organs: Mapping[str, Region], resection: Resection
) -> tuple[dict[str, Region], tuple[Point, ...]]:
    """Operate on the anatomy and draw the target.

    Parameters
    ----------
    space : Space
        The grid.
    organs : mapping of name to Region
        As ``anatomy.organs`` makes them.
    resection : Resection
        What is cut.

    Returns
    -------
    regions : dict of name to Region
        The organs with ``Liver``, ``CTVsb``, ``PTVsb`` and the structures that depend on them.
    clips_mm : tuple of (x, y, z)
        Surgical clips on the bed, and last the one of the gallbladder.
    """
    found = dict(organs)
    cut = void(space, resection)
    drawn = bed(space, cut, resection).within(organs["room"], 1.0)
    for name in ("Kidney_R", "Duodenum", "GreatVes", "Stomach", "Bowel_Large"):
        drawn = drawn.without(organs[name], 1.0)
    exact = distance(space, drawn)
    found["Liver"] = organs["liver"].without(cut)
    found["CTVsb"] = exact
    found["PTVsb"] = exact.grown(SETUP_MARGIN_MM).within(organs["External"], 5.0)
    ring = np.maximum(exact.level - SETUP_MARGIN_MM - 25.0, SETUP_MARGIN_MM + 10.0 - exact.level)
    found["z_Ring"] = Region(exact.box, ring, exact.shape_zyx).within(organs["External"], 3.0)
    found["seroma"] = Region(cut.box, cut.level + 1.5, cut.shape_zyx).within(organs["liver"], 2.0).within(exact, -7.0)
    clips = (*_on_surface(space, cut, exact), GALLBLADDER_CLIP_MM)
    found["Clips"] = _balls(space, clips[:-1])
    return found, clips


def _on_surface(space: Space, cut: Region, drawn: Region) -> tuple[Point, ...]:
    """Voxels on the cut surface inside the bed, each as far as possible from those before it."""
    z, y, x = np.nonzero((np.abs(cut.level + 1.0) < 0.9) & (drawn.level < -2.0))
    places = np.column_stack([space.x_mm[cut.box[2]][x], space.y_mm[cut.box[1]][y], space.z_mm[cut.box[0]][z]])
    chosen = [int(np.argmax(places[:, 2]))]
    while len(chosen) < CLIPS:
        gaps = np.min([np.linalg.norm(places - places[n], axis=1) for n in chosen], axis=0)
        chosen.append(int(np.argmax(gaps)))
    return tuple((float(a), float(b), float(c)) for a, b, c in places[chosen])


def _balls(space: Space, centers: tuple[Point, ...]) -> Region:
    places = np.array(centers)
    low, high = places.min(axis=0), places.max(axis=0)
    box = space.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    z, y, x = np.meshgrid(space.z_mm[box[0]], space.y_mm[box[1]], space.x_mm[box[2]], indexing="ij")
    squares = [(x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2 for a, b, c in centers]
    return Region(box, np.sqrt(np.min(squares, axis=0)) - CLIP_RADIUS_MM, space.shape_zyx)
