"""Grid: where the values of a dose or an image lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Voxel centres of a regular grid in DICOM patient axes (LPS: +x left, +y posterior, +z head).

    Arrays on a grid are always ``[z, y, x]`` with every position rising along its axis, whatever
    the orientation was in the file: the reader flips and transposes once, at the door.

    Parameters
    ----------
    x_mm, y_mm, z_mm : array_like, 1-D
        Positions of the voxel centres along each grid axis, strictly rising. x and y are
        equidistant; z may be uneven. With identity ``axes`` they are patient coordinates.
    axes : 3x3 tuple, optional
        Direction cosines of the grid's x, y and z axis, one row each. Identity for every
        axis-aligned export; anything else is an oblique grid, whose positions are distances
        along these axes from the patient origin.

    Raises
    ------
    SbrtQaError
        If an axis is empty, not finite or not strictly rising.

    Notes
    -----
    Values are known on the box from the first to the last voxel *centre*; half a voxel beyond
    is already outside (DICOM PS3.3 C.7.6.2, Image Position (Patient) is a voxel centre).
    """

    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    z_mm: NDArray[np.float64]
    axes: tuple[Triple, Triple, Triple] = field(default=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))

    def __post_init__(self) -> None:
        for name in ("x_mm", "y_mm", "z_mm"):
            own = np.array(getattr(self, name), dtype=np.float64)
            if own.ndim != 1 or own.size == 0 or not np.isfinite(own).all() or (np.diff(own) <= 0).any():
                raise SbrtQaError(f"grid {name} must be finite and strictly rising", code="dose-offsets-invalid")
            own.setflags(write=False)
            object.__setattr__(self, name, own)

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Number of voxels along z, y and x."""
        return self.z_mm.size, self.y_mm.size, self.x_mm.size

    @property
    def spacing_mm(self) -> Triple:
        """Spacing along x, y and z in mm; for uneven z the largest step, 0 for a single voxel."""
        x, y, z = (float(np.diff(axis).max()) if axis.size > 1 else 0.0 for axis in (self.x_mm, self.y_mm, self.z_mm))
        return x, y, z

    @property
    def origin_mm(self) -> Triple:
        """Position of voxel ``[0, 0, 0]`` in mm (x, y, z)."""
        return float(self.x_mm[0]), float(self.y_mm[0]), float(self.z_mm[0])

    @property
    def is_axis_aligned(self) -> bool:
        """True when the grid's axes are the patient's axes."""
        return self.axes == ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
