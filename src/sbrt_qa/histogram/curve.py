"""DVH: a cumulative dose-volume curve and what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined, UsageError
from sbrt_qa.histogram.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sbrt_qa.model import Structure

AGREE = 1e-6  # gray or cc: two answers closer than this are one answer
FLOAT32 = 2e-7  # relative: a dose is stored in single precision


@dataclass(frozen=True, slots=True, eq=False)
class DVH:
    """Cumulative dose-volume histogram of one structure.

    Parameters
    ----------
    name : str
        The structure.
    edges_gy : ndarray, shape (n,)
        Bin edges in gray, rising from 0; the last lies above the maximum.
    cumulative_cc : ndarray, shape (n,)
        Volume inside the dose grid that receives at least the edge, in cc; never rises.
    volume_cc : float
        Volume of the **whole** structure, the part outside the dose grid included.
    statistics_gy : (min, mean, max) or None
        Exact minimum, mean and maximum of the covered part; None when nothing is covered.
    sampling : Sampling
        The conventions it was made with.
    uncovered_gy : float or None
        What is assumed of the dose outside the grid. None, the default: nothing is known, and
        every question whose answer depends on it raises. 0 and infinity are the two ends that a
        verdict is tested against.
    """

    name: str
    edges_gy: NDArray[np.float64]
    cumulative_cc: NDArray[np.float64]
    volume_cc: float
    statistics_gy: tuple[float, float, float] | None
    sampling: Sampling = field(default_factory=Sampling)
    uncovered_gy: float | None = None

    def __post_init__(self) -> None:
        for name in ("edges_gy", "cumulative_cc"):
            own = np.array(getattr(self, name), dtype=np.float64)
            own.setflags(write=False)
            object.__setattr__(self, name, own)

    @property
    def covered_cc(self) -> float:
        """Volume inside the dose grid, in cc."""
        return float(self.cumulative_cc[0])

    @property
    def covered(self) -> float:
        """Fraction of the volume inside the dose grid, 0..1."""
        return min(self.covered_cc / self.volume_cc, 1.0)

    @property
    def uncovered_cc(self) -> float:
        """Volume outside the dose grid, in cc."""
        return max(self.volume_cc - self.covered_cc, 0.0)

    @property
    def is_covered(self) -> bool:
        """True when no part lies outside the dose grid, or its dose is assumed."""
        return self.uncovered_gy is not None or self.uncovered_cc == 0.0

    @property
    def min_gy(self) -> float:
        """Minimum dose of the covered part, in Gy."""
        return self._statistics()[0]

    @property
    def mean_gy(self) -> float:
        """Mean dose of the covered part, in Gy."""
        return self._statistics()[1]

    @property
    def max_gy(self) -> float:
        """Maximum dose of the covered part, in Gy."""
        return self._statistics()[2]

    def assuming(self, uncovered_gy: float) -> DVH:
        """Return this curve with the dose outside the grid assumed to be 0 or infinite."""
        if uncovered_gy not in (0.0, math.inf):
            raise UsageError(f"only 0 or infinity can be assumed outside the grid, got {uncovered_gy}")
        return replace(self, uncovered_gy=uncovered_gy)

    def dose_at(self, *, percent: float | None = None, cc: float | None = None) -> float:
        """Dose that the hottest part of the structure receives at least, in Gy.

        Parameters
        ----------
        percent : float
            Size of the part in per cent of the whole structure, 0 < percent <= 100.
        cc : float
            Size of the part in cc, 0 < cc <= volume. Give one of the two.

        Returns
        -------
        float
            The dose d with V(d) = part, read linearly between the exact edges.

        Raises
        ------
        MetricUndefined
            When the structure is smaller than the part asked for.
        DoseOutsideGrid
            When dose outside the grid could change the answer.
        """
        return self._ask(lambda curve: curve._dose_of_hottest(curve._part_cc(percent, cc)))  # noqa: SLF001

    def volume_at(self, *, gy: float) -> float:
        """Volume that receives at least this dose, in cc.

        Raises
        ------
        MetricUndefined
            For a dose that is negative or not finite.
        DoseOutsideGrid
            When dose outside the grid could change the answer.
        """
        if not (math.isfinite(gy) and gy >= 0.0):
            raise MetricUndefined(f"volume asked at {gy} Gy", mend="give a dose of 0 Gy or more")
        return self._ask(lambda curve: curve._volume_from(gy))  # noqa: SLF001

    def minimum(self) -> float:
        """Minimum dose of the whole structure in Gy; raises where it depends on dose outside the grid."""
        return self._ask(lambda curve: curve._statistic(0))  # noqa: SLF001

    def mean(self) -> float:
        """Mean dose of the whole structure in Gy; raises where it depends on dose outside the grid."""
        return self._ask(lambda curve: curve._statistic(1))  # noqa: SLF001

    def maximum(self) -> float:
        """Maximum dose of the whole structure in Gy; raises where it depends on dose outside the grid."""
        return self._ask(lambda curve: curve._statistic(2))  # noqa: SLF001

    def average(self, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        """Volume-weighted mean of a function of dose over the whole structure.

        The volume of a bin lies evenly between its edges, as everywhere on the curve, but never below the minimum or
        above the maximum; the function is integrated over each bin, not read at its middle.

        Parameters
        ----------
        of : callable
            From doses in Gy to numbers, element by element; only rising or only falling.

        Raises
        ------
        DoseOutsideGrid
            When dose outside the grid could change the answer.
        """
        return self._ask(lambda curve: curve._average(of))  # noqa: SLF001

    def _ask(self, question: Callable[[DVH], float]) -> float:
        if self.is_covered:
            return question(self)
        cold, hot = question(self.assuming(0.0)), question(self.assuming(math.inf))
        if abs(hot - cold) <= AGREE:
            return cold
        raise DoseOutsideGrid(
            f"{1 - self.covered:.1%} of {self.name} lies outside the dose grid, where the dose is unknown",
            where=self.name,
            mend="export the dose on a grid that covers the structure",
            code="dose-grid-too-small",
        )

    def _statistics(self) -> tuple[float, float, float]:
        if self.statistics_gy is None:
            raise DoseOutsideGrid(
                f"{self.name} lies outside the dose grid, where the dose is unknown",
                where=self.name,
                mend="export the dose on a grid that covers the structure",
                code="dose-grid-too-small",
            )
        return self.statistics_gy

    def _part_cc(self, percent: float | None, cc: float | None) -> float:
        if (percent is None) == (cc is None):
            raise UsageError("dose_at takes either percent or cc")
        part = cc if percent is None else percent
        if part is None or not (math.isfinite(part) and part > 0):
            unit = "cc" if percent is None else "%"
            raise MetricUndefined(f"dose asked of {part} {unit} of {self.name}", mend="ask for more than nothing")
        part_cc = part if percent is None else part / 100 * self.volume_cc
        if part_cc > self.volume_cc * (1 + 1e-12):
            raise MetricUndefined(
                f"dose to {part_cc:g} cc asked of a {self.volume_cc:.2f} cc structure",
                where=self.name,
                code="volume-less-than-asked",
            )
        return min(part_cc, self.volume_cc)

    def _dose_of_hottest(self, part_cc: float) -> float:
        if self.uncovered_gy == math.inf:
            part_cc -= self.uncovered_cc
            if part_cc <= 0:
                return math.inf
        if self.statistics_gy is None or part_cc > self.covered_cc * (1 + 1e-12):
            return 0.0
        low, _, high = self.statistics_gy
        if part_cc >= self.covered_cc * (1 - 1e-12):
            return low
        # The curve falls: the last edge that still has the part, and its successor.
        k = int(np.searchsorted(-self.cumulative_cc, -part_cc, side="right")) - 1
        k = min(max(k, 0), self.edges_gy.size - 2)
        above, below = self.cumulative_cc[k], self.cumulative_cc[k + 1]
        share = (above - part_cc) / (above - below) if above > below else 0.0
        dose = self.edges_gy[k] + share * (self.edges_gy[k + 1] - self.edges_gy[k])
        return float(min(max(dose, low), high))

    def _volume_from(self, gy: float) -> float:
        extra = self.uncovered_cc if self.uncovered_gy is not None and gy <= self.uncovered_gy else 0.0
        if self.statistics_gy is None:
            return extra
        low, _, high = self.statistics_gy
        if gy <= low * (1 + FLOAT32):
            return self.covered_cc + extra
        if gy > high * (1 + FLOAT32):
            return extra
        return float(np.interp(gy, self.edges_gy, self.cumulative_cc)) + extra

    def _statistic(self, which: int) -> float:
        known: tuple[float, ...] = () if self.statistics_gy is None else (self.statistics_gy[which],)
        if self.uncovered_cc == 0.0 or self.uncovered_gy is None:
            return self._statistics()[which]
        if which == 1:
            inside = known[0] * self.covered_cc if known else 0.0
            return (inside + self.uncovered_gy * self.uncovered_cc) / self.volume_cc
        return (min if which == 0 else max)((*known, self.uncovered_gy))

    def _average(self, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        total = 0.0
        if self.statistics_gy is not None:
            low, _, high = self.statistics_gy
            drop_cc = -np.diff(self.cumulative_cc)
            held = drop_cc > 0
            drop_cc = drop_cc[held]
            start, end = (np.clip(side, low, high)[held] for side in (self.edges_gy[:-1], self.edges_gy[1:]))
            at, share = _even_nodes()
            means = (of(start[:, None] + (end - start)[:, None] * at) * share).sum(axis=1)
            total = float((means * drop_cc).sum())
        if self.uncovered_gy is not None and self.uncovered_cc > 0.0:
            total += self.uncovered_cc * float(of(np.array([self.uncovered_gy]))[0])
        return total / self.volume_cc


@cache
def _even_nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places in 0..1 and their shares for a mean over a bin: Gauss-Legendre in the root of the place.

    The root makes powers of dose smooth down to a bin that begins at 0; exact for powers up to the 23rd.
    """
    root, share = np.polynomial.legendre.leggauss(24)
    root = (root + 1) / 2
    return root * root, share * root


def empty(structure: Structure) -> MetricUndefined:
    """Return the error for a structure that bounds no volume."""
    return MetricUndefined(
        f"{structure.name} bounds no volume",
        where=structure.name,
        mend="contour it, or leave it out of the protocol",
        code="structure-empty",
    )
