"""EQD2 and BED: the linear-quadratic model, applied to each voxel before any metric is computed.

The conversion rises with dose, so a voxel keeps its rank: on a cumulative curve it moves the dose axis alone and no
volume. Dose to a part is therefore the converted dose to that part, and a volume from a converted dose on is the volume
from the dose on that converts to it, both without any approximation. Only a mean must be integrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from sbrt_qa.histogram.curve import DVH

    Curve: TypeAlias = "DVH | ConvertedCurve"
    Dose = TypeVar("Dose", float, NDArray[np.float64])

UNRELIABLE_FROM_GY = 10.0  # per fraction: beyond it the model is known to overestimate the effect


@dataclass(frozen=True, slots=True)
class Basis:
    """How dose is expressed.

    Parameters
    ----------
    word : str
        ``EQD2``, ``BED``, or words such as ``1.5 Gy fractions``.
    fraction_gy : float
        Dose per fraction of the schedule it is expressed in: 2 for EQD2, 0 for BED (infinitely many fractions).
    ab_gy : float
        Alpha/beta ratio in Gy, more than 0.
    """

    word: str
    fraction_gy: float
    ab_gy: float

    def law(self, fractions: int) -> LinearQuadratic:
        """Return the conversion of a total dose in this many fractions."""
        return LinearQuadratic(fractions, self.ab_gy, self.fraction_gy)


@dataclass(frozen=True, slots=True)
class LinearQuadratic:
    """Conversion of a voxel's total dose D in n fractions: D (D/n + ab) / (fraction + ab).

    Parameters
    ----------
    fractions : int
        Number n of fractions, at least 1.
    ab_gy : float
        Alpha/beta ratio in Gy.
    fraction_gy : float
        Dose per fraction of the schedule it is converted to.

    References
    ----------
    .. [1] Fowler, Br J Radiol 1989;62:679 (BED); Withers et al., Radiother Oncol 1983;1:187 (EQD2).
    """

    fractions: int
    ab_gy: float
    fraction_gy: float

    def of(self, gy: Dose) -> Dose:
        """Convert doses in Gy, one or an array of them."""
        return gy * ((gy / self.fractions + self.ab_gy) / (self.fraction_gy + self.ab_gy))

    def inverse(self, gy: float) -> float:
        """Return the total dose in Gy that converts to a finite dose."""
        bed_gy = gy * (1 + self.fraction_gy / self.ab_gy)
        return 2 * bed_gy / (1 + math.sqrt(1 + 4 * bed_gy / (self.fractions * self.ab_gy)))


@dataclass(frozen=True, slots=True, eq=False)
class ConvertedCurve:
    """A curve whose dose is converted voxel by voxel; it answers the same questions as the curve itself.

    Parameters
    ----------
    curve : DVH
        In physical dose.
    law : LinearQuadratic
        The conversion.
    """

    curve: DVH
    law: LinearQuadratic

    @property
    def name(self) -> str:
        """The structure."""
        return self.curve.name

    @property
    def volume_cc(self) -> float:
        """Volume of the whole structure in cc."""
        return self.curve.volume_cc

    @property
    def min_gy(self) -> float:
        """Minimum of the covered part."""
        return self.law.of(self.curve.min_gy)

    @property
    def max_gy(self) -> float:
        """Maximum of the covered part."""
        return self.law.of(self.curve.max_gy)

    def assuming(self, uncovered_gy: float) -> ConvertedCurve:
        """Return this curve with the dose outside the grid assumed to be 0 or infinite."""
        return replace(self, curve=self.curve.assuming(uncovered_gy))

    def dose_at(self, *, percent: float | None = None, cc: float | None = None) -> float:
        """Return the converted dose that the hottest part receives at least, in Gy."""
        return self.law.of(self.curve.dose_at(percent=percent, cc=cc))

    def volume_at(self, *, gy: float) -> float:
        """Return the volume that receives at least this converted dose, in cc."""
        return self.curve.volume_at(gy=self.law.inverse(gy))

    def minimum(self) -> float:
        """Return the converted minimum of the whole structure in Gy."""
        return self.law.of(self.curve.minimum())

    def maximum(self) -> float:
        """Return the converted maximum of the whole structure in Gy."""
        return self.law.of(self.curve.maximum())

    def mean(self) -> float:
        """Return the mean of the converted dose in Gy (not the converted mean)."""
        return self.curve.average(self.law.of)

    def average(self, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        """Return the volume-weighted mean of a rising or falling function of the converted dose."""
        return self.curve.average(lambda gy: of(self.law.of(gy)))


def convert(curve: Curve, law: LinearQuadratic) -> ConvertedCurve:
    """Return a curve of physical dose with its dose converted."""
    if isinstance(curve, ConvertedCurve):
        raise UsageError(f"the dose of {curve.name} is converted already", mend="convert it once")
    return ConvertedCurve(curve, law)
