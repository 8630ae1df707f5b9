"""Image: the CT a plan was made on. Used for pictures only; no number depends on it."""

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
