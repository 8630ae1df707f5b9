"""Two curves of one structure side by side: the numbers of each, and how far they lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.checks._compared import CurveNumbers, Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.checks._stated_curve import StatedCurve
    from sbrt_qa.histogram.curve import DVH

SMALL_CC = 0.5  # a volume that differs by less says nothing, and neither does a structure that is smaller
COOL = 0.05  # of the plan's maximum: a dose below it is measured against it, not against itself
HOT = 0.97  # of the plan's maximum: a structure that reaches it holds the hot spot, not only the edge of one
SHARES = np.linspace(0.01, 0.99, 99)  # where doses at equal volume are compared; the very ends are single voxels


def numbers_of_stated(curve: StatedCurve) -> CurveNumbers:
    """Return the numbers of a stated curve."""
    d95, d50, d2 = (curve.dose_of(share) for share in (0.95, 0.5, 0.02))
    low = None if curve.statistics_gy is None else curve.statistics_gy[0]
    return CurveNumbers(curve.volume_cc, low, curve.mean_gy, curve.max_gy, d95, d50, d2)


def numbers_of(curve: DVH) -> CurveNumbers:
    """Return the numbers of our curve, which must be covered."""
    d95, d50, d2 = (curve.dose_at(percent=percent) for percent in (95, 50, 2))
    return CurveNumbers(curve.volume_cc, curve.min_gy, curve.mean_gy, curve.max_gy, d95, d50, d2)


def difference(stated: StatedCurve, own: Sequence[DVH], plan_max_gy: float) -> Difference:
    """Return how far our curve lies from the stated one.

    Parameters
    ----------
    stated : StatedCurve
        The planning system's.
    own : sequence of DVH
        Ours, covered. Of two, under two conventions, the first gives the numbers; a stated value between the two
        does not differ.
    plan_max_gy : float
        Maximum of the dose.
    """
    theirs, ours = numbers_of_stated(stated), numbers_of(own[0])
    cool_gy = COOL * plan_max_gy
    means = [curve.mean_gy for curve in own]
    mean_gy = max(_outside(theirs.mean_gy, means) - stated.slack_gy, 0.0)
    volume, judged_volume = None, 0.0
    if theirs.volume_cc is not None:
        volume = 100 * (own[0].volume_cc / theirs.volume_cc - 1)
        apart_cc = _outside(theirs.volume_cc, [curve.volume_cc for curve in own])
        judged_volume = 100 * apart_cc / theirs.volume_cc if apart_cc >= SMALL_CC else 0.0
    at_dose, at_volume, between = _apart(stated, own, max(theirs.max_gy, cool_gy))
    judged = [100 * mean_gy / max(theirs.mean_gy, cool_gy), judged_volume, between]
    if max(curve.max_gy for curve in own) >= HOT * plan_max_gy:
        hot_gy = max(_outside(theirs.max_gy, [curve.max_gy for curve in own]) - stated.slack_gy, 0.0)
        judged.append(100 * hot_gy / max(theirs.max_gy, cool_gy))
    return Difference(
        volume_percent=volume,
        mean_percent=100 * (ours.mean_gy - theirs.mean_gy) / max(theirs.mean_gy, cool_gy),
        d95_percent=100 * (ours.d95_gy - theirs.d95_gy) / plan_max_gy,
        d50_percent=100 * (ours.d50_gy - theirs.d50_gy) / plan_max_gy,
        d2_percent=100 * (ours.d2_gy - theirs.d2_gy) / plan_max_gy,
        curve_volume_percent=at_dose,
        curve_dose_percent=100 * at_volume / plan_max_gy,
        largest_percent=max(judged),
    )


def _outside(value: float, span: Sequence[float]) -> float:
    """Distance of a value from the span of others."""
    return max(min(span) - value, value - max(span), 0.0)


def _apart(stated: StatedCurve, own: Sequence[DVH], reference_gy: float) -> tuple[float, float, float]:
    """Per cent of volume at equal dose, gray at equal volume, and per cent by the nearer of the two."""
    doses, shares = stated.doses_gy, stated.shares
    at_dose = 100 * _beyond(shares, [_share(curve, doses) for curve in own])
    at_share = _beyond(doses, [_dose(curve, shares) for curve in own])
    nearer = np.minimum(at_dose, 100 * np.maximum(at_share - stated.slack_gy, 0.0) / reference_gy)
    theirs = np.interp(-SHARES, -shares, doses)
    at_volume = _beyond(theirs, [_dose(curve, SHARES) for curve in own])
    return float(at_dose.max()), float(at_volume.max()), float(nearer.max())


def _beyond(values: NDArray[np.float64], ours: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Distance of each value from the span of ours at the same place."""
    low, high = np.min(ours, axis=0), np.max(ours, axis=0)
    beyond: NDArray[np.float64] = np.maximum(np.maximum(low - values, values - high), 0.0)
    return beyond


def _share(curve: DVH, doses_gy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(doses_gy, curve.edges_gy, curve.cumulative_cc / curve.covered_cc)


def _dose(curve: DVH, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    doses = np.interp(-shares, -curve.cumulative_cc / curve.covered_cc, curve.edges_gy)
    return np.clip(doses, curve.min_gy, curve.max_gy)  # the axis goes on where the curve is flat
