"""Dose: gray on a grid, and what the file says about its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model.grid import Grid
    from sbrt_qa.model.identity import Identity
    from sbrt_qa.model.stated_dvh import StatedDVH


@dataclass(frozen=True, slots=True)
class DoseAsked:
    """Which dose is to be judged; any other is refused.

    Parameters
    ----------
    kind : str
        DoseType (3004,0004): PHYSICAL, or EFFECTIVE for limits of biologically effective dose.
    summation : str
        PLAN for the dose of one plan, MULTI_PLAN for a sum over several.
    """

    kind: str = "PHYSICAL"
    summation: str = "PLAN"


@dataclass(frozen=True, slots=True, eq=False)
class Dose:
    """Absorbed dose of one RTDOSE object, in gray.

    Parameters
    ----------
    grid : Grid
        Voxel centres.
    gy : ndarray of float32, shape (z, y, x)
        Dose in gray; a read-only copy is kept.
    identity : Identity
        UIDs and patient of the object.
    summation : str
        DoseSummationType (3004,000A) as written: PLAN, FRACTION, BEAM, ...; empty when absent.
    kind : str
        DoseType (3004,0004) as written: PHYSICAL, EFFECTIVE, ERROR; empty when absent.
    plan_uids : tuple of str
        SOP Instance UIDs of the plans it says it belongs to (300C,0002).
    structure_set_uids : tuple of str
        SOP Instance UIDs of the structure sets it refers to (300C,0060).
    heterogeneity : tuple of str
        TissueHeterogeneityCorrection (3004,0014).
    spatial_transform : str
        SpatialTransformOfDose (3004,0005); empty when absent.
    stated_dvhs : tuple of StatedDVH
        What the planning system itself states of this dose (3004,0050); for comparison only.
    summed_beams : tuple of int
        For the sum of all beam doses of a plan: the numbers of the beams; empty for a dose as it was exported.
    named_beams : tuple of int
        Beams of its plans that it says it is of (300C,0006); usually empty for the dose of a whole plan.
    resampling : str
        What was interpolated because the stored grid is tilted against the patient axes; empty otherwise.

    Raises
    ------
    SbrtQaError
        If the shape does not fit the grid or a value is not finite.
    """

    grid: Grid
    gy: NDArray[np.float32]
    identity: Identity
    summation: str = ""
    kind: str = ""
    plan_uids: tuple[str, ...] = ()
    structure_set_uids: tuple[str, ...] = ()
    heterogeneity: tuple[str, ...] = ()
    spatial_transform: str = ""
    stated_dvhs: tuple[StatedDVH, ...] = ()
    summed_beams: tuple[int, ...] = ()
    named_beams: tuple[int, ...] = ()
    resampling: str = ""

    def __post_init__(self) -> None:
        own = np.array(self.gy, dtype=np.float32, order="C")
        if own.shape != self.grid.shape_zyx:
            raise SbrtQaError(
                f"dose array {own.shape} does not fit its grid {self.grid.shape_zyx}", code="dose-frame-count"
            )
        if not np.isfinite(own).all():
            raise SbrtQaError("the dose holds values that are not finite", code="dose-not-finite")
        own.setflags(write=False)
        object.__setattr__(self, "gy", own)

    @property
    def frame_uid(self) -> str:
        """Frame of Reference UID."""
        return self.identity.frame_uid
