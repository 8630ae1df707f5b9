"""Constraints as lines of a page: how often each was met, and how its values lie."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._scorecard import DASH, limit_text
from sbrt_qa.report.cohort._strips import strip
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.report.cohort._plans import PlanLine
    from sbrt_qa.report.cohort._strips import Strip
    from sbrt_qa.report.cohort.facts import Cohort, ConstraintFacts


@dataclass(frozen=True, slots=True)
class ConstraintLine:
    """One constraint, ready to be read.

    Parameters
    ----------
    facts : ConstraintFacts
        What is shown.
    limits, acceptable : tuple of str
        Goals and acceptable limits that were used, as people write them.
    counts : tuple of (word, count)
        All four verdicts, FAIL first; optional structures that are not there count apart.
    absent : int
        How many of those there are.
    asked : int
        Sum of the four counts.
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
    acceptable: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    absent: int
    asked: int
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
    rows: defaultdict[str, list[Finding]] = defaultdict(list)
    for plan in cohort.plans:
        for found in plan.findings:
            rows[found.constraint].append(found)
    plans = {line.plan.id: line for line in lines}
    return tuple(_line(facts, rows[facts.id], plans) for facts in cohort.constraints)


def _line(facts: ConstraintFacts, rows: Sequence[Finding], plans: Mapping[str, PlanLine]) -> ConstraintLine:
    absent = sum(map(is_harmless, rows))
    given = {word: facts.counts.get(word, 0) for word in reversed(Verdict)}
    given[Verdict.UNDECIDED] -= absent
    asked = sum(given.values())
    return ConstraintLine(
        facts=facts,
        limits=tuple(map(limit_text, facts.goals)),
        acceptable=tuple(dict.fromkeys(limit_text(found.acceptable) for found in rows if found.acceptable)),
        counts=tuple((word.value, count) for word, count in given.items()),
        absent=absent,
        asked=asked,
        rate=_rate(given[Verdict.PASS], asked),
        median=DASH if facts.median is None else show(facts.median, facts.unit),
        span="" if facts.low is None or facts.high is None else _span(facts.low, facts.high, facts.unit),
        strip=strip(facts, {identity: line.number for identity, line in plans.items()}),
        far=_far(facts, plans),
        verify=any(found.verify for found in rows),
    )


def _rate(passed: int, asked: int) -> str:
    if not asked:
        return DASH
    if passed in {0, asked}:
        return "100 %" if passed else "0 %"
    return f"{min(max(100 * passed / asked, 0.1), 99.9):.1f} %"


def _span(low: float, high: float, unit: str) -> str:
    return f"{show(low, unit).removesuffix(unit).strip()} to {show(high, unit)}"


def _far(facts: ConstraintFacts, plans: Mapping[str, PlanLine]) -> tuple[tuple[int, str, str], ...]:
    middle = facts.median or 0.0
    far = sorted((one for one in facts.readings if one.is_outlier), key=lambda one: -abs(one.value - middle))
    return tuple((plans[one.plan].number, plans[one.plan].name, show(one.value, facts.unit)) for one in far)
