"""Interval: how far the defensible conventions let a number move.

Contours and a dose grid are samples; between and beyond them every program assumes something. A number is asked of the
curve as chosen, of the curve without end caps, and of the best estimate of solid and field (shape, rounded
ends, cubic dose). Their span, widened by how much they differ, holds the number that an ideally fine export would give.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.histogram.sampling import Sampling

COARSE = 0.5  # the neighbours are compared at twice the step, which costs a fraction and covers the step as well
BEST_SHARE, CAPS_SHARE, FLOOR_SHARE = 1.5, 0.5, 0.0015


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The conventions a number is compared with.

    Parameters
    ----------
    bare : Sampling
        No end caps (half a slice where none is the choice itself).
    best : Sampling
        Shape between contours, rounded ends, cubic dose.
    """

    bare: Sampling
    best: Sampling


def neighbours(sampling: Sampling) -> Neighbours:
    """Return the neighbouring conventions of a choice, at twice its step."""
    coarse = replace(sampling, fineness=sampling.fineness * COARSE)
    return Neighbours(
        bare=replace(coarse, end_cap="half-slice" if sampling.end_cap == "none" else "none"),
        best=replace(coarse, end_cap="rounded", between="shape", dose="cubic"),
    )


def interval(value: float, bare: float | None, best: float | None) -> tuple[float, float]:
    """Return the numerical interval of a value.

    Parameters
    ----------
    value : float
        Under the chosen conventions.
    bare, best : float or None
        Under the neighbouring ones; None where they give no answer.

    Returns
    -------
    (low, high) : tuple of float
        The span of all, widened on both sides by one and a half times the difference to the best estimate, half that
        which the end caps make, and 0.15 % of the value for the points of the contours and the row step. These
        shares hold the truth in more than 99 % of random analytic cases (``benchmarks/intervals.py``).
    """
    known = [value, *(other for other in (bare, best) if other is not None)]
    pad = FLOOR_SHARE * abs(value)
    pad += 0.0 if best is None else BEST_SHARE * abs(value - best)
    pad += 0.0 if bare is None else CAPS_SHARE * abs(value - bare)
    low, high = min(known) - pad, max(known) + pad
    return (max(low, 0.0) if value >= 0 else low), high
