"""Which other named convention, if any, makes our curve that of the planning system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sbrt_qa.checks._comparison import difference
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram.conventions import COARSE
from sbrt_qa.histogram.sampling import BETWEEN, DOSE, END_CAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sbrt_qa.checks._stated_curve import StatedCurve
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.histogram.curve import DVH

TELLING = 0.01  # of the volume: two conventions that differ by less are not told apart by it
NEAR = 0.25  # of the way from our volume to the other: nearer than this, the volume is ours
_CHOICES = (("end_cap", "end caps", END_CAPS), ("between", "between contours", BETWEEN), ("dose", "dose", DOSE))


def explanation(
    stated: StatedCurve, own: DVH, curve_under: Callable[[Sampling], DVH], scale: tuple[float, float]
) -> tuple[str, float]:
    """Look for the named convention under which a curve agrees with the stated one.

    Parameters
    ----------
    stated : StatedCurve
        The planning system's.
    own : DVH
        Ours, which differs by more than the limit.
    curve_under : callable
        ``Sampling -> DVH`` of the same structure; asked one convention at a time, the cheap ones first.
    scale : (float, float)
        Maximum of the dose in Gy, and the largest difference in per cent that counts as agreement.

    Returns
    -------
    convention : str
        Such as ``end caps: none``, or ``end caps: between half-slice and none`` where the stated curve lies
        between the two; empty when none explains the difference. A convention that would change the volume explains
        nothing where the stated volume is ours already.
    remaining_percent : float
        The largest difference left under it; without one, the difference as it was.
    """
    plan_max_gy, limit_percent = scale
    between = ("", difference(stated, [own], plan_max_gy).largest_percent)
    for words, choice, sampling in _others(own.sampling):
        try:
            other = curve_under(sampling)
        except SbrtQaError:
            continue
        if not other.is_covered or _is_contradicted(stated, own, other):
            continue
        left = difference(stated, [other], plan_max_gy).largest_percent
        if left <= limit_percent:
            return f"{words}: {choice}", left
        if not between[0]:
            left = difference(stated, [own, other], plan_max_gy).largest_percent
            if left <= limit_percent:
                between = f"{words}: between {_now(own.sampling, words)} and {choice}", left
    return between


def _is_contradicted(stated: StatedCurve, own: DVH, other: DVH) -> bool:
    """Tell whether the stated volume shows that our convention was used and not the other."""
    if stated.volume_cc is None:
        return False
    apart_cc = abs(other.volume_cc - own.volume_cc)
    if apart_cc <= TELLING * stated.volume_cc:
        return False
    return abs(stated.volume_cc - own.volume_cc) < NEAR * apart_cc


def _others(now: Sampling) -> Iterator[tuple[str, str, Sampling]]:
    """Every convention that differs from this one in one choice, at the step that intervals are computed with."""
    coarse = replace(now, fineness=now.fineness * COARSE) if now.fineness >= 1 else now
    for field, words, choices in _CHOICES:
        for choice in choices:
            if choice != getattr(now, field):
                changed: dict[str, Any] = {field: choice}
                yield words, choice, replace(coarse, **changed)


def _now(sampling: Sampling, words: str) -> str:
    return next(str(getattr(sampling, field)) for field, named, _ in _CHOICES if named == words)
