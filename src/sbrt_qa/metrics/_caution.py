"""Cautions: what must be said beside a number although it was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._linear_quadratic import UNRELIABLE_FROM_GY

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject


class Caution(NamedTuple):
    """A reason code and a sentence without its full stop."""

    code: str
    sentence: str


def no_caution(_subject: Subject) -> Caution | None:
    """Say nothing."""
    return None


def above_10_gy_per_fraction(subject: Subject) -> Caution | None:
    """Say where a structure receives so much in a fraction that the linear-quadratic model is unreliable."""
    try:
        highest_gy = subject.curve.max_gy / subject.planned_fractions()
    except MetricUndefined:
        return None
    if not highest_gy > UNRELIABLE_FROM_GY:
        return None
    text = (
        f"Caution: {subject.curve.name} receives up to {highest_gy:.1f} Gy per fraction, and above"
        f" {UNRELIABLE_FROM_GY:g} Gy the linear-quadratic model is unreliable"
    )
    return Caution("lq-above-10gy", text)
