"""StatedDVH: what the planning system itself states about one structure, kept as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class StatedDVH:
    """One item of the DVHSequence (3004,0050) of an RTDOSE object.

    Parameters
    ----------
    included, excluded : tuple of int
        ROI numbers (3006,0084) of DVHReferencedROISequence by contribution type (3004,0062).
    kind : str
        DVHType (3004,0001): CUMULATIVE, DIFFERENTIAL or NATURAL.
    dose_units, dose_type, volume_units : str
        DoseUnits (3004,0002), DoseType (3004,0004), DVHVolumeUnits (3004,0054) of the item.
    widths : ndarray, shape (n,)
        Bin widths of DVHData (3004,0058) in ``dose_units``, DVHDoseScaling (3004,0052) applied.
    volumes : ndarray, shape (n,)
        The volume that stands beside each width, in ``volume_units``.
    statistics : (min, mean, max)
        DVHMinimumDose, DVHMeanDose, DVHMaximumDose (3004,0070, 0074, 0072) as written, None when absent. Their
        unit is not certain: some systems write per cent although the units say GY.
    normalization_gy : float or None
        DVHNormalizationDoseValue (3004,0042) of the object.
    stated_bins : int or None
        DVHNumberOfBins (3004,0056); real files state it wrongly, so the data count.
    fault : str
        Why the item cannot be read, as a sentence without full stop; empty when it can. Then there are no bins.
    """

    included: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    kind: str = "CUMULATIVE"
    dose_units: str = "GY"
    dose_type: str = "PHYSICAL"
    volume_units: str = "CM3"
    widths: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    volumes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    statistics: tuple[float | None, float | None, float | None] = (None, None, None)
    normalization_gy: float | None = None
    stated_bins: int | None = None
    fault: str = ""

    def __post_init__(self) -> None:
        for name in ("widths", "volumes"):
            own = np.array(getattr(self, name), dtype=np.float64)
            own.setflags(write=False)
            object.__setattr__(self, name, own)


class DoseWithoutPixels(CaseError):
    """A dose object that holds no grid; what it states instead is kept, and never judged.

    Parameters
    ----------
    where : str
        The file.
    stated_dvhs : tuple of StatedDVH
        Its DVHSequence.
    names : mapping of int to str
        Names of the structures by ROI number, as far as they are known.
    """

    def __init__(
        self, where: str, stated_dvhs: tuple[StatedDVH, ...] = (), names: Mapping[int, str] | None = None
    ) -> None:
        mend = "export the dose grid; embedded DVHs and isodoses are not used"
        super().__init__("the dose holds no pixels", where=where, mend=mend, code="dose-without-pixels")
        self.stated_dvhs = stated_dvhs
        self.names = dict(names or {})
