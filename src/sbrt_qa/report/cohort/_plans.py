"""Plans as lines of a page: what each is called, what was not met, and why a person has to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.report.cohort.facts import Cohort, PlanFacts

_LOUD = (Verdict.FAIL, Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Mark:
    """One constraint or check that was not simply met: verdict, id, and value or reason."""

    verdict: Verdict
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person has to look: verdict, which constraints or check, the sentence, reason codes."""

    verdict: Verdict
    ids: tuple[str, ...]
    sentence: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan, ready to be read.

    Parameters
    ----------
    number : int
        Its place among the plans, by which all parts of the page mean it.
    plan : PlanFacts
        What is shown.
    name : str
        Export and label, safe to print.
    record, page : str
        Addresses relative to the summary; ``page`` is empty where there is none.
    marks : tuple of Mark
        Everything that was not met, worst first.
    reasons : tuple of Reason
        Why a person has to look, most telling first; what has one sentence in common is one reason.
    """

    number: int
    plan: PlanFacts
    name: str
    record: str
    page: str
    marks: tuple[Mark, ...]
    reasons: tuple[Reason, ...]

    @property
    def needs_person(self) -> bool:
        """Whether the plan failed, could not be decided, or was not judged to the end."""
        return self.plan.verdict in _LOUD or bool(self.plan.stopped)

    @property
    def urgency(self) -> tuple[int, bool, int]:
        """Order of those that need a person: FAIL first, then what was stopped, then the rest."""
        return -self.plan.verdict.rank, not self.plan.stopped, self.number


def plan_lines(cohort: Cohort) -> tuple[PlanLine, ...]:
    """Return the plans as lines, in their order."""
    return tuple(
        PlanLine(
            number=number,
            plan=plan,
            name=clean(f"{plan.export} ({plan.plan_label})" if plan.plan_label else plan.export) or "no name",
            record=_address(plan.record),
            page=_address(plan.page),
            marks=tuple(sorted(_marks(plan), key=lambda mark: -mark.verdict.rank)),
            reasons=_reasons(plan),
        )
        for number, plan in enumerate(cohort.plans)
    )


def _address(path: str) -> str:
    """Write a path below the summary so that it leads nowhere else, whatever stands in it."""
    return quote(path.lstrip("/"), safe="/", errors="replace")


def _marks(plan: PlanFacts) -> list[Mark]:
    marks = [
        Mark(found.verdict, found.constraint, _value(found))
        for found in plan.findings
        if found.verdict not in {None, Verdict.PASS} and not is_harmless(found)
    ]
    return marks + [Mark(check.verdict, check.id, "") for check in plan.checks if check.verdict is not Verdict.PASS]


def _value(found: Finding) -> str:
    return " ".join(found.reason) if found.value is None else show(found.value, found.unit)


def _reasons(plan: PlanFacts) -> tuple[Reason, ...]:
    """Gather failures, then what a check could not decide (it mostly explains the rest), then undecided rows."""
    checks = [(check.verdict, check.id, check.sentence, check.reason) for check in plan.checks]
    rows = [
        (found.verdict, found.constraint, found.sentence, found.reason)
        for found in plan.findings
        if not is_harmless(found)
    ]
    told = [one for one in (*rows, *checks) if one[0] is Verdict.FAIL]
    told += [one for one in (*checks, *rows) if one[0] is Verdict.UNDECIDED]
    stopped = [Reason(plan.verdict, (), f"Not judged to the end: {plan.stopped}", ())] if plan.stopped else []
    gathered: dict[tuple[Verdict, str, tuple[str, ...]], list[str]] = {}
    for verdict, identity, sentence, codes in told:
        assert verdict is not None
        gathered.setdefault((verdict, sentence, codes), []).append(identity)
    return (*stopped, *(Reason(key[0], tuple(ids), key[1], key[2]) for key, ids in gathered.items()))
