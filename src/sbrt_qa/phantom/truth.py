"""Truth: what a dose-volume curve must say, from formulas that share nothing with the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

MM3_PER_CC = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Exact dose-volume quantities of one region in one dose.

    Parameters
    ----------
    volume_cc : float
        Volume.
    min_gy, mean_gy, max_gy : float
        Lowest, mean and highest dose (of the closed region).
    part_cc : callable
        ``gy -> volume receiving at least gy``, in cc; falls from ``volume_cc`` to 0.
    """

    volume_cc: float
    min_gy: float
    mean_gy: float
    max_gy: float
    part_cc: Callable[[float], float]

    def volume_at(self, *, gy: float) -> float:
        """Volume receiving at least this dose, in cc."""
        if gy <= self.min_gy:
            return self.volume_cc
        return self.part_cc(gy) if gy <= self.max_gy else 0.0

    def dose_at(self, *, percent: float | None = None, cc: float | None = None) -> float:
        """Dose in Gy that the hottest ``percent`` of the volume, or the hottest ``cc``, receives at least."""
        if (percent is None) == (cc is None):
            raise UsageError("dose_at takes either percent or cc")
        wanted = cc if cc is not None else (percent or 0.0) / 100.0 * self.volume_cc
        if not 0.0 < wanted <= self.volume_cc:
            raise UsageError(f"{wanted} cc asked of {self.volume_cc} cc")
        if wanted == self.volume_cc or self.min_gy == self.max_gy:
            return self.min_gy
        from scipy.optimize import brentq

        return float(brentq(lambda gy: self.volume_at(gy=gy) - wanted, self.min_gy, self.max_gy, xtol=1e-11))
