"""Islands: several solids apart from each other, drawn as one structure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.solid_truth import centroid_mm, part_mm3, reach, volume_mm3

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Triple
    from sbrt_qa.phantom.loops import Loop
    from sbrt_qa.phantom.shapes import Box3, Solid


@dataclass(frozen=True, slots=True)
class Islands:
    """Solids that do not touch.

    Parameters
    ----------
    parts : tuple of Solid
        At least one; their bounding boxes are apart.
    """

    parts: tuple[Solid, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise UsageError("islands need at least one solid")
        for one, other in combinations(self.parts, 2):
            pairs = zip(one.extent_mm, other.extent_mm, strict=True)
            if all(a[0] <= b[1] and b[0] <= a[1] for a, b in pairs):
                raise UsageError("two islands may overlap: their bounding boxes touch", mend="move them apart")

    @property
    def centre_mm(self) -> Triple:
        """Centre of the first island, which every truth is relative to."""
        return self.parts[0].centre_mm

    @property
    def extent_mm(self) -> Box3:
        """Bounding box in patient mm."""
        boxes = np.array([part.extent_mm for part in self.parts])
        x, y, z = ((float(boxes[:, k, 0].min()), float(boxes[:, k, 1].max())) for k in range(3))
        return x, y, z

    def outlines(self, z_mm: float, point_mm: float) -> tuple[Loop, ...]:
        """Return the loops of every island that the plane meets."""
        return tuple(loop for part in self.parts for loop in part.outlines(z_mm, point_mm))

    def offset_mm(self, part: Solid) -> NDArray[np.float64]:
        """Return where a part's centre lies, relative to the first one's."""
        return np.asarray(np.subtract(part.centre_mm, self.centre_mm), dtype=np.float64)


@volume_mm3.register(Islands)
def _(solid: Islands) -> float:
    return sum(volume_mm3(part) for part in solid.parts)


@centroid_mm.register(Islands)
def _(solid: Islands) -> NDArray[np.float64]:
    moments = [volume_mm3(part) * (solid.offset_mm(part) + centroid_mm(part)) for part in solid.parts]
    return np.asarray(np.sum(moments, axis=0) / volume_mm3(solid))


@reach.register(Islands)
def _(solid: Islands, direction: Triple) -> float:
    return max(float(solid.offset_mm(part) @ np.array(direction)) + reach(part, direction) for part in solid.parts)


@part_mm3.register(Islands)
def _(solid: Islands, gradient: Triple, level: float) -> float:
    shifts = ((part, float(solid.offset_mm(part) @ np.array(gradient))) for part in solid.parts)
    return sum(part_mm3(part, gradient, level - shift) for part, shift in shifts)
