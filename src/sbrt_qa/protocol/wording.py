"""Wording: findings and limits in plain words, with no decision hidden by rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.protocol.definition import Constraint, Limit

SUGGESTED = "The source only suggests this limit."
WORDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}


def limit_words(limit: Limit) -> str:
    """Return a limit in words, e.g. ``at least 700 cc``."""
    return f"{WORDS[limit.comparison]} {limit.value:g} {limit.unit}".rstrip()


def value_words(value: float, limit: Limit | None) -> str:
    """Return a value rounded for people; exact where rounding would hide on which side of the limit it lies."""
    if limit is None:
        return ""
    for digits in (None, 3, 4, 6, 9):
        text = show(value, limit.unit, digits)
        if limit.is_met_by(float(text.split()[0])) == limit.is_met_by(value):
            return text
    return f"{value!r} {limit.unit}".rstrip()


def judged_sentence(constraint: Constraint, structure: str, value: float, goal: Limit, acceptable: Limit | None) -> str:
    """Say what was measured and what the protocol asks for."""
    what = constraint.metric.phrase.format(structure=structure)
    asked = f"the protocol asks for {limit_words(goal)}"
    if acceptable is not None:
        asked += f" and accepts {limit_words(acceptable)}"
    return f"{what} is {value_words(value, goal)}; {asked}."


def reported_sentence(constraint: Constraint, structure: str, value: float) -> str:
    """Say what was measured for a row that is not judged."""
    what = constraint.metric.phrase.format(structure=structure)
    return f"{what} is {show(value, constraint.metric.unit)}; reported, not judged."


def undecided_sentence(constraint: Constraint, structure: str, because: str) -> str:
    """Say why a row could not be decided."""
    what = constraint.metric.phrase.format(structure=structure)
    return f"{what} could not be judged: {because.rstrip('.')}."


def as_sentence(text: str) -> str:
    """Return a statement as a sentence: a capital first and a full stop last."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
