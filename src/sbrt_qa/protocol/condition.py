"""Condition: a row that is asked only where another number lies on one side of a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.protocol.definition import Constraint, LimitByFractions
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.wording import limit_words, value_words

if TYPE_CHECKING:
    from sbrt_qa.protocol.definition import Condition
    from sbrt_qa.protocol.finding import Finding

NOT_ASKED, NOT_KNOWN = "condition-not-met", "condition-undecided"


def condition_as_row(condition: Condition) -> Constraint:
    """Return a condition as a row, so that it is measured and judged like any other: met means PASS."""
    return Constraint("when", condition.structure, condition.metric, goal=LimitByFractions(condition.limit))


def under_condition(found: Finding, condition: Finding, asked: Condition) -> Finding:
    """Return what becomes of a row's finding under its condition.

    Parameters
    ----------
    found : Finding
        The row, judged as if it were asked everywhere.
    condition : Finding
        The condition, judged as a row.
    asked : Condition
        Its words.

    Returns
    -------
    Finding
        As it is where the condition is met; without a verdict where it is not; UNDECIDED where nobody can tell.
        Borderline where the interval of the condition reaches across its limit.
    """
    if condition.verdict is Verdict.PASS:
        text = f"{found.sentence} Asked because {_measured(condition, asked)}."
        return replace(found, sentence=text, borderline=found.borderline or condition.borderline)
    if condition.verdict is Verdict.FAIL:
        what = f"asked only where that is {limit_words(asked.limit)}"
        text = f"Not asked: {_measured(condition, asked)}, and the row is {what}."
        return replace(
            found, verdict=None, margin=None, reason=(NOT_ASKED,), sentence=text, borderline=condition.borderline
        )
    reason = tuple(dict.fromkeys((*found.reason, *condition.reason, NOT_KNOWN)))
    text = f"Whether this is asked could not be judged. {condition.sentence}"
    return replace(found, verdict=Verdict.UNDECIDED, reason=reason, sentence=text, borderline=False)


def _measured(condition: Finding, asked: Condition) -> str:
    """Say what was measured; a verdict that holds whatever the dose outside the grid is has no single value."""
    what = asked.metric.phrase.format(structure=condition.roi or condition.structure)
    said = "has no single value" if condition.value is None else f"is {value_words(condition.value, asked.limit)}"
    return f"{what[:1].lower()}{what[1:]} {said}"
