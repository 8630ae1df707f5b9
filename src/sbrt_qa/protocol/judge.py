"""Judge: one constraint and one structure into one finding.

Every number is tested positively: what is not a finite number on the right side of the limit is not met.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined, SbrtQaError
from sbrt_qa.histogram import interval
from sbrt_qa.protocol.finding import Finding, Verdict
from sbrt_qa.protocol.limit_table import Situation
from sbrt_qa.protocol.wording import SUGGESTED, judged_sentence, reported_sentence, undecided_sentence
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sbrt_qa.metrics import Caution, Subject
    from sbrt_qa.protocol.definition import Constraint, Limit

Doubts = tuple[tuple[str, str], ...]  # (reason code, sentence)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A structure as it is brought before the judge.

    Parameters
    ----------
    shown : str
        What to call it: the ROI name, or a derived role's expression with ROI names.
    roi : str or None
        ROI name for the record; None when no ROI fills the role.
    number : int or None
        ROI number, negative for derived structures.
    subject : callable
        ``() -> Subject`` with the curve; raises SbrtQaError when there is none.
    neighbours : callable
        ``() -> (Subject or None, Subject or None)``: without end caps and the best estimate, for the interval.
    """

    shown: str
    roi: str | None
    number: int | None
    subject: Callable[[], Subject]
    neighbours: Callable[[], tuple[Subject | None, Subject | None]]


def finding(
    constraint: Constraint,
    exhibit: Exhibit,
    fractions: int | None,
    doubts: Doubts,
    sources: Mapping[str, str],
) -> Finding:
    """Judge one constraint.

    Parameters
    ----------
    constraint : Constraint
        What is asked.
    exhibit : Exhibit
        The structure with its curve.
    fractions : int or None
        Planned number of fractions.
    doubts : tuple of (code, sentence)
        Why nothing may be judged here although it can be measured; a judged row then is UNDECIDED.
    sources : mapping
        Citations of the protocol.
    """
    draft = _Draft(constraint, exhibit, sources)
    draft.settle(Situation(fractions))
    try:
        subject = exhibit.subject()
    except SbrtQaError as error:
        return draft.undecided(*_combined((error.code or "metric-undefined", error.what), doubts))
    situation = Situation(fractions, subject.prescription_gy, subject.curve.volume_cc)
    draft.settle(situation)
    draft.cautions = tuple(filter(None, (constraint.metric.caution(subject), situation.caution(constraint.goal))))
    if constraint.is_report:
        return _reported(draft, subject)
    try:
        value = _finite(constraint.metric.measure(subject))
    except DoseOutsideGrid as error:
        return _outside(draft, subject, doubts, error)
    except SbrtQaError as error:
        return draft.undecided((error.code or "metric-undefined",), error.what)
    draft.measured(value, _interval(draft, value))
    obstacles = doubts or _obstacles(constraint, draft.goal, situation)
    if obstacles:
        return draft.undecided(tuple(code for code, _ in obstacles), _joined(text for _, text in obstacles))
    return draft.judged(value)


def _combined(reason: tuple[str, str], doubts: Doubts) -> tuple[tuple[str, ...], str]:
    """Put what the checks know before the reason why there is no curve, which is often its consequence."""
    known = [doubt for doubt in doubts if doubt[0] != reason[0]]
    return (*(code for code, _ in known), reason[0]), _joined([*(text for _, text in known), reason[1]])


def _joined(sentences: Iterable[str]) -> str:
    return "; ".join(sentence.rstrip(".") for sentence in sentences)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise MetricUndefined("the result is not a number", code="not-finite")
    return value


def _obstacles(constraint: Constraint, goal: Limit | None, situation: Situation) -> Doubts:
    """Return why a measured value cannot be held against a limit; empty when it can."""
    if goal is None:
        return (situation.why_none(constraint.goal),)
    volume_cc = situation.volume_cc
    if volume_cc is not None and _asks_too_much(constraint, goal, volume_cc):
        text = f"the rule asks for {show(goal.value, goal.unit, 0)}, the structure has {show(volume_cc, Unit.CC)}"
        return (("volume-less-than-asked", text),)
    return ()


def missing(
    constraint: Constraint, role: str, reason: tuple[str, str], fractions: int | None, sources: Mapping[str, str]
) -> Finding:
    """Make the finding of a constraint whose role no ROI fills, or too many.

    Parameters
    ----------
    constraint : Constraint
        What is asked.
    role : str
        The role as people read it.
    reason : (code, sentence)
        Why.
    fractions : int or None
        Planned number of fractions: the limit that would have applied is shown.
    sources : mapping
        Citations of the protocol.
    """
    code, text = reason

    def no_curve() -> Subject:
        raise SbrtQaError(text, code=code)

    return finding(constraint, Exhibit(role, None, None, no_curve, lambda: (None, None)), fractions, (), sources)


def verdict_of(value: float, goal: Limit, acceptable: Limit | None) -> Verdict:
    """Compare one value at full precision."""
    if goal.is_met_by(value):
        return Verdict.PASS
    if acceptable is not None and acceptable.is_met_by(value):
        return Verdict.VARIATION
    return Verdict.FAIL


def _asks_too_much(constraint: Constraint, goal: Limit, volume_cc: float) -> bool:
    """Tell whether a rule asks for more volume than the structure has, as 700 cc of a 650 cc remnant."""
    metric = constraint.metric
    return metric.counts_volume and metric.unit is Unit.CC and not goal.is_upper and goal.value > volume_cc


def _reported(draft: _Draft, subject: Subject) -> Finding:
    constraint, exhibit = draft.constraint, draft.exhibit
    try:
        value = _finite(constraint.metric.measure(subject))
    except SbrtQaError as error:
        return draft.undecided((error.code or "metric-undefined",), error.what)
    draft.measured(value, (value, value))
    return draft.finish(None, (), reported_sentence(constraint, exhibit.shown, value), borderline=False)


def _outside(draft: _Draft, subject: Subject, doubts: Doubts, error: DoseOutsideGrid) -> Finding:
    """Dose outside the grid is unknown: a verdict only where 0 and infinity agree on it."""
    constraint, goal = draft.constraint, draft.goal
    reason = (error.code, *(code for code, _ in doubts))
    because = _joined([error.what, *(text for _, text in doubts)])
    if doubts or goal is None or _asks_too_much(constraint, goal, subject.curve.volume_cc):
        return draft.undecided(reason, because)
    try:
        ends = constraint.metric.ends(subject)
    except SbrtQaError:
        return draft.undecided(reason, because)
    if any(math.isnan(end) for end in ends):
        return draft.undecided(reason, because)
    low, high = min(ends), max(ends)
    draft.interval = tuple(end if math.isfinite(end) else None for end in (low, high))  # type: ignore[assignment]
    verdicts = {verdict_of(end, goal, draft.acceptable) for end in ends}
    if len(verdicts) > 1:
        return draft.undecided(reason, because)
    text = f"{because}; the verdict is the same whatever that dose is"
    what = constraint.metric.phrase.format(structure=draft.exhibit.shown)
    return draft.finish(verdicts.pop(), reason, f"{what} has no single value: {text}.", borderline=False)


def _interval(draft: _Draft, value: float) -> tuple[float, float]:
    """Span of the value over the neighbouring conventions; those that have no answer are left out."""
    low, high = interval(value, *(_measured_or_none(draft, subject) for subject in draft.exhibit.neighbours()))
    return low, max(min(high, draft.constraint.metric.most), value)


def _measured_or_none(draft: _Draft, subject: Subject | None) -> float | None:
    if subject is None:
        return None
    try:
        return _finite(draft.constraint.metric.measure(subject))
    except SbrtQaError:
        return None


class _Draft:
    """A finding in the making."""

    def __init__(self, constraint: Constraint, exhibit: Exhibit, sources: Mapping[str, str]) -> None:
        self.constraint = constraint
        self.exhibit = exhibit
        self.sources = sources
        self.goal: Limit | None = None
        self.acceptable: Limit | None = None
        self.value: float | None = None
        self.interval: tuple[float | None, float | None] | None = None
        self.cautions: tuple[Caution, ...] = ()

    def settle(self, situation: Situation) -> None:
        """Choose the limits that apply."""
        self.goal = situation.limit(self.constraint.goal)
        self.acceptable = situation.limit(self.constraint.acceptable)

    def measured(self, value: float, interval: tuple[float, float]) -> None:
        self.value, self.interval = value, interval

    def undecided(self, reason: tuple[str, ...], because: str) -> Finding:
        verdict = None if self.constraint.is_report else Verdict.UNDECIDED
        sentence = undecided_sentence(self.constraint, self.exhibit.shown, because)
        return self.finish(verdict, reason, sentence, borderline=False)

    def judged(self, value: float) -> Finding:
        assert self.goal is not None
        assert self.interval is not None
        verdict = verdict_of(value, self.goal, self.acceptable)
        ends = {verdict_of(end, self.goal, self.acceptable) for end in self.interval if end is not None}
        sentence = judged_sentence(self.constraint, self.exhibit.shown, value, self.goal, self.acceptable)
        return self.finish(verdict, (), sentence, borderline=ends != {verdict})

    def finish(self, verdict: Verdict | None, reason: tuple[str, ...], sentence: str, *, borderline: bool) -> Finding:
        constraint = self.constraint
        margin = self.goal.margin(self.value) if self.goal is not None and self.value is not None else None
        if constraint.suggested and verdict not in {None, Verdict.PASS}:
            sentence = f"{sentence} {SUGGESTED}"
        for caution in self.cautions:
            reason, sentence = (*reason, caution.code), f"{sentence} {caution.sentence}."
        return Finding(
            constraint=constraint.id,
            structure=constraint.structure,
            metric=constraint.metric.text,
            roi=self.exhibit.roi,
            roi_number=self.exhibit.number,
            verdict=verdict,
            value=self.value,
            unit=str(constraint.metric.unit),
            interval=self.interval,
            goal=self.goal.text if self.goal else "",
            acceptable=self.acceptable.text if self.acceptable else "",
            goal_value=self.goal.value if self.goal else None,
            margin=margin,
            borderline=borderline,
            reason=tuple(dict.fromkeys(reason)),
            sentence=sentence,
            required=constraint.required,
            verify=constraint.verify,
            source=self.sources.get(constraint.source, constraint.source),
            evidence=constraint.evidence,
            why=constraint.why,
            mend=constraint.mend,
        )
