"""Constraints as lines of a page: how often each was met, and how its values lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._scorecard import DASH, limit_text
from sbrt_qa.report.cohort._strips import strip
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.report.cohort._plans import PlanLine
    from sbrt_qa.report.cohort._strips import Strip
    from sbrt_qa.report.cohort.facts import Cohort, ConstraintFacts

FAR_NAMED = 4  # more are counted; all of them are marked in the drawing


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a bar: verdict, how many, and where it lies in per cent of the width."""

    word: str
    count: int
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class ConstraintLine:
    """One constraint, ready to be read.

    Parameters
    ----------
    facts : ConstraintFacts
        What is shown.
    limits : tuple of str
        As people write them.
    counts : tuple of (word, count)
        All four verdicts, FAIL first; optional structures that are not there count apart.
    absent : int
        How many of those there are.
    asked : int
        Sum of the four counts.
    shares : tuple of Share
        Of the bar; what is not there has none.
    rate : str
        Share that passed, rounded so that only all is 100 % and only none is 0 %.
    median, span : str
        Of the values.
    strip : Strip or None
        How they lie; None without any.
    far : tuple of (number, name, value)
        Outliers with the plan they belong to, the farthest from the median first.
    verify : bool
        Whether the limit was not checked against its source yet.
    """

    facts: ConstraintFacts
    limits: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    absent: int
    asked: int
    shares: tuple[Share, ...]
    rate: str
    median: str
    span: str
    strip: Strip | None
    far: tuple[tuple[int, str, str], ...]
    verify: bool

    @property
    def is_judged(self) -> bool:
        """Whether it was held against a limit at all."""
        return self.facts.judged > 0

    @property
    def badness(self) -> tuple[bool, float, float, float]:
        """Sort key, worst first: the least share that passed, then the most that failed or is not decided."""
        counts = dict(self.counts)
        asked = self.asked or 1
        shares = (counts["PASS"] / asked, -counts["FAIL"] / asked, -counts["UNDECIDED"] / asked)
        return not self.asked, *shares


def constraint_lines(cohort: Cohort, lines: Sequence[PlanLine]) -> tuple[ConstraintLine, ...]:
    """Return the constraints as lines, in protocol order."""
    absent = Counter(found.constraint for plan in cohort.plans for found in plan.findings if is_harmless(found))
    verify = {found.constraint for plan in cohort.plans for found in plan.findings if found.verify}
    plans = {line.plan.id: line for line in lines}
    return tuple(_line(facts, absent[facts.id], plans, verify=facts.id in verify) for facts in cohort.constraints)


def _line(facts: ConstraintFacts, absent: int, plans: dict[str, PlanLine], *, verify: bool) -> ConstraintLine:
    given = {word: facts.counts.get(word, 0) for word in reversed(Verdict)}
    given[Verdict.UNDECIDED] -= absent
    asked = sum(given.values())
    return ConstraintLine(
        facts=facts,
        limits=tuple(limit_text(goal) for goal in facts.goals),
        counts=tuple((word.value, count) for word, count in given.items()),
        absent=absent,
        asked=asked,
        shares=_shares(given, asked),
        rate=_rate(given[Verdict.PASS], asked),
        median=DASH if facts.median is None else show(facts.median, facts.unit),
        span="" if facts.low is None or facts.high is None else _span(facts.low, facts.high, facts.unit),
        strip=strip(facts, {identity: line.number for identity, line in plans.items()}),
        far=_far(facts, plans),
        verify=verify,
    )


def _shares(given: dict[Verdict, int], asked: int) -> tuple[Share, ...]:
    """Lay the verdicts beside each other, PASS first."""
    shares, start = [], 0.0
    for word in Verdict:
        if count := given[word]:
            width = 100 * count / asked
            shares.append(Share(word.value, count, f"{start:.2f}", f"{width:.2f}"))
            start += width
    return tuple(shares)


def _rate(passed: int, asked: int) -> str:
    if not asked:
        return DASH
    percent = 100 * passed / asked
    if 0 < passed < asked:
        percent = min(max(percent, 0.1), 99.9)
    return f"{percent:.1f} %".replace(".0 %", " %") if passed in {0, asked} else f"{percent:.1f} %"


def _span(low: float, high: float, unit: str) -> str:
    return f"{show(low, unit).removesuffix(unit).strip()} to {show(high, unit)}"


def _far(facts: ConstraintFacts, plans: dict[str, PlanLine]) -> tuple[tuple[int, str, str], ...]:
    middle = facts.median or 0.0
    far = sorted((one for one in facts.readings if one.is_outlier), key=lambda one: -abs(one.value - middle))
    return tuple((plans[one.plan].number, plans[one.plan].name, show(one.value, facts.unit)) for one in far)
