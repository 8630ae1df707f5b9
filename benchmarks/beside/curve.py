"""What a reader takes from a cumulative curve, and the names of what is asked. Standard library only."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTS = {"D99%": 99.0, "D95%": 95.0, "D50%": 50.0, "D5%": 5.0, "D1%": 1.0}
SMALL_CC = {"D0.03cc": 0.03}
METRICS = ("Volume", "Dmin", "Dmax", "Dmean", *PERCENTS, *SMALL_CC)


def dose_at(gy: Sequence[float], share: Sequence[float], wanted: float) -> float:
    """Return the dose at which a falling curve passes ``wanted``, on the straight line between its points."""
    for (low, more), (high, less) in pairwise(zip(gy, share, strict=True)):
        if more >= wanted > less:
            return low + (high - low) * (more - wanted) / (more - less)
    return gy[0] if wanted > share[0] else gy[-1]


def ends_gy(gy: Sequence[float], share: Sequence[float]) -> tuple[float, float]:
    """Return the last dose that the whole volume receives, and the last that any of it receives."""
    lowest = max(dose for dose, part in zip(gy, share, strict=True) if part >= share[0])
    highest = max(dose for dose, part in zip(gy, share, strict=True) if part > 0.0)
    return lowest, highest


def mean_gy(gy: Sequence[float], share: Sequence[float]) -> float:
    """Return the mean: every step of the curve at the middle of its bin."""
    steps = pairwise(zip(gy, share, strict=True))
    fallen = sum((more - less) * (low + high) / 2 for (low, more), (high, less) in steps)
    return (fallen + share[-1] * gy[-1]) / share[0]


def read_off(gy: Sequence[float], cc: Sequence[float]) -> dict[str, float]:
    """Return everything that is asked, from a cumulative curve in cc and nothing else."""
    lowest, highest = ends_gy(gy, cc)
    found = {"Volume": cc[0], "Dmin": lowest, "Dmax": highest, "Dmean": mean_gy(gy, cc)}
    found |= {name: dose_at(gy, cc, percent / 100 * cc[0]) for name, percent in PERCENTS.items()}
    return found | {name: dose_at(gy, cc, small) for name, small in SMALL_CC.items()}
