"""Record facts: what the list and the trends show of one record, read once and kept small."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.protocol.finding import Evaluation


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of one constraint for one structure.

    Parameters
    ----------
    constraint, roi : str
        Which; the ROI is empty where the role is not filled.
    value : float
        In ``unit``.
    unit, goal : str
        As in the record.
    goal_value : float or None
        The goal's number.
    verdict : str
        Empty for rows that are reported only.
    """

    constraint: str
    roi: str
    value: float
    unit: str
    goal: str
    goal_value: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What one record says, in short.

    Parameters
    ----------
    verdict : str
        Of the record.
    counts : mapping of str to int
        How many findings and checks have each verdict, those that count for the verdict of the case.
    reasons : tuple of str
        Reason codes of what is not PASS, each once, the most frequent first.
    protocol : str
        Id and version.
    readings : tuple of Reading
        Every value.
    """

    verdict: str
    counts: Mapping[str, int]
    reasons: tuple[str, ...]
    protocol: str
    readings: tuple[Reading, ...]


def facts_of(evaluation: Evaluation) -> RecordFacts:
    """Take from an evaluation what a list shows."""
    judged = [
        (row.verdict, row.reason) for row in evaluation.findings if row.verdict is not None and not is_harmless(row)
    ]
    judged += [(row.verdict, row.reason) for row in evaluation.checks]
    doubtful = Counter(code for verdict, reason in judged if verdict != Verdict.PASS for code in reason)
    protocol = evaluation.protocol or {}
    return RecordFacts(
        verdict=evaluation.verdict.value,
        counts=Counter(verdict.value for verdict, _ in judged),
        reasons=tuple(code for code, _ in doubtful.most_common()),
        protocol=f"{protocol.get('id', '')} {protocol.get('version', '')}".strip(),
        readings=tuple(
            Reading(
                constraint=row.constraint,
                roi=row.roi or "",
                value=row.value,
                unit=row.unit,
                goal=row.goal,
                goal_value=row.goal_value,
                verdict="" if row.verdict is None else row.verdict.value,
            )
            for row in evaluation.findings
            if row.value is not None
        ),
    )
