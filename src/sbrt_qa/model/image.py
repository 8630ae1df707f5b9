"""Image: the CT a plan was made on. Used for pictures and references only; no number depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Grid
    from sbrt_qa.model.identity import Identity


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A stack of CT slices.

    Parameters
    ----------
    grid : Grid
        Voxel centres; z may be uneven.
    hu : ndarray of int16, shape (z, y, x)
        Hounsfield units; a read-only copy is kept.
    identity : Identity
        Of the series' first slice; ``sop_uid`` is that slice's.
    """

    grid: Grid
    hu: NDArray[np.int16]
    identity: Identity

    def __post_init__(self) -> None:
        own = np.array(self.hu, dtype=np.int16, order="C")
        own.setflags(write=False)
        object.__setattr__(self, "hu", own)


@dataclass(frozen=True, slots=True)
class ImagePlane:
    """One plane on which contours are drawn, and the image that shows it.

    Parameters
    ----------
    z_mm : float
        Height of the plane.
    sop_class_uid, sop_uid : str
        The image; empty where it is not known.
    series_uid, study_uid : str
        Where the image belongs; empty where it is not known.
    """

    z_mm: float
    sop_class_uid: str = ""
    sop_uid: str = ""
    series_uid: str = ""
    study_uid: str = ""
