"""Comparison: two evaluations, row by row: what improved, what got worse, and what nobody can tell.

Each plan keeps its own verdict; a comparison adds none. A difference counts only where the numerical intervals of the
two values do not meet, and it is called better or worse only by the limit that the protocol sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.metrics import parse
from sbrt_qa.protocol.comparability import fractions_of, is_unread, notes, prescription_of
from sbrt_qa.protocol.evaluate import HARMLESS_IF_OPTIONAL, is_harmless
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding, Verdict, worst
from sbrt_qa.protocol.pairing import pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.protocol.comparability import Note

AGREE = 1e-6  # in the unit of the value: two numbers closer than this are one number
_GRAY = re.compile(r"Gy\b")
_OF_FRACTIONS = ("EQD2", "BED", "NTCP")
Row = TypeVar("Row", Finding, CheckFinding)


class Change(StrEnum):
    """What became of a value from A to B."""

    WORSE = "worse"
    BETTER = "improved"
    SAME = "same within uncertainty"
    EQUAL = "unchanged"
    OTHER = "changed"
    UNKNOWN = "cannot be told"
    ONLY_A = "only in A"
    ONLY_B = "only in B"


class Step(StrEnum):
    """What became of a verdict from A to B; leaving UNDECIDED is never called better."""

    WORSE = "verdict worse"
    LOST = "no longer decided"
    FOUND = "now decided"
    OTHER = "judged in one only"
    BETTER = "verdict better"
    NONE = ""


class Group(StrEnum):
    """Where a line stands, in the order in which people look: verdict changes first."""

    VERDICT_WORSE = "Verdict worse"
    LOST = "No longer decided"
    FOUND = "Now decided"
    JUDGED_IN_ONE = "Judged in one only"
    VERDICT_BETTER = "Verdict better"
    ONLY_A = "Only in A"
    ONLY_B = "Only in B"
    WORSE = "Worse, same verdict"
    UNKNOWN = "Cannot be told"
    OTHER = "Changed, neither better nor worse"
    BETTER = "Improved, same verdict"
    SAME = "Same within uncertainty"
    EQUAL = "Unchanged"
    REPORTED = "Reported, not judged"
    ABSENT = "Structures that are not there, and need not be"


_OF_STEP = {
    Step.WORSE: Group.VERDICT_WORSE,
    Step.LOST: Group.LOST,
    Step.FOUND: Group.FOUND,
    Step.OTHER: Group.JUDGED_IN_ONE,
    Step.BETTER: Group.VERDICT_BETTER,
}
_OF_CHANGE = {
    Change.WORSE: Group.WORSE,
    Change.UNKNOWN: Group.UNKNOWN,
    Change.OTHER: Group.OTHER,
    Change.BETTER: Group.BETTER,
    Change.SAME: Group.SAME,
    Change.EQUAL: Group.EQUAL,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One constraint for one structure, in both evaluations.

    Parameters
    ----------
    a, b : Finding or None
        None where the other evaluation has no such row; never both.
    change : Change
        What became of the value.
    step : Step
        What became of the verdict.
    difference : float or None
        Value of B minus value of A, in the metric's unit; None where one is missing.
    cautions : tuple of str
        What else differs between the two rows: limit, ROI name, id, fractions, prescription.
    """

    a: Finding | None
    b: Finding | None
    change: Change
    step: Step
    difference: float | None
    cautions: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The one or two findings, B's first: B is what is looked at, A what it is held against."""
        return tuple(found for found in (self.b, self.a) if found is not None)

    @property
    def group(self) -> Group:
        """Where it stands."""
        if all(map(_is_absent, self.findings)):
            return Group.ABSENT
        if self.a is None:
            return Group.ONLY_B
        if self.b is None:
            return Group.ONLY_A
        if self.step is not Step.NONE:
            return _OF_STEP[self.step]
        return Group.REPORTED if self.b.verdict is None else _OF_CHANGE[self.change]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One integrity check in both evaluations; None where one of them does not have it."""

    a: CheckFinding | None
    b: CheckFinding | None
    step: Step


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two evaluations side by side.

    Parameters
    ----------
    a, b : Evaluation
        What B is held against, and B.
    lines : tuple of Line
        Verdict changes first, then by group, the worst verdict and the largest change first.
    checks : tuple of CheckLine
        Changed verdicts first, then as A lists them.
    notes : tuple of Note
        Why the two may not be comparable; none of them changes a verdict.
    """

    a: Evaluation
    b: Evaluation
    lines: tuple[Line, ...]
    checks: tuple[CheckLine, ...]
    notes: tuple[Note, ...]

    @property
    def verdict(self) -> Verdict:
        """The worse of both verdicts: what the exit code says."""
        return worst((self.a.verdict, self.b.verdict))


def compare(a: Evaluation, b: Evaluation) -> Comparison:
    """Set two evaluations side by side.

    Parameters
    ----------
    a : Evaluation
        What is there already: the earlier or the other plan.
    b : Evaluation
        What is held against it.

    Returns
    -------
    Comparison
        Each finding and each check of both exactly once.
    """
    lines = [_line(one, other, _differing(a, b)) for one, other in pairs(a.findings, b.findings)]
    checks = [CheckLine(one, other, _step(one, other)) for one, other in _check_pairs(a.checks, b.checks)]
    steps = list(Step)
    return Comparison(
        a,
        b,
        tuple(sorted(lines, key=_order)),
        tuple(sorted(checks, key=lambda line: len(steps) if line.step is Step.NONE else steps.index(line.step))),
        notes(a, b),
    )


def _is_absent(found: Finding) -> bool:
    """Tell whether a row decides nothing because its structure is not there: optional, or only reported."""
    is_silent = found.verdict is None and bool(found.reason) and set(found.reason) <= HARMLESS_IF_OPTIONAL
    return is_silent or is_harmless(found)


def _check_pairs(
    ones: Sequence[CheckFinding], others: Sequence[CheckFinding]
) -> list[tuple[CheckFinding | None, CheckFinding | None]]:
    mine, theirs = ({check.id: check for check in checks} for checks in (ones, others))
    return [(mine.get(key), theirs.get(key)) for key in dict.fromkeys((*mine, *theirs))]


# --- lines ----------------------------------------------------------------------------------------


def _order(line: Line) -> tuple[int, int, float]:
    ranks = [-1 if found.verdict is None else found.verdict.rank for found in line.findings]
    goal = next((abs(found.goal_value) for found in line.findings if found.goal_value), 1.0)
    return list(Group).index(line.group), -max(ranks), -abs(line.difference or 0.0) / goal


def _differing(a: Evaluation, b: Evaluation) -> frozenset[str]:
    """Return what the two evaluations have otherwise, and what changes the meaning of a number."""
    if is_unread(a) or is_unread(b):
        return frozenset()
    found = {"fractions"} if fractions_of(a) != fractions_of(b) else set()
    return frozenset(found | ({"prescription"} if prescription_of(a) != prescription_of(b) else set()))


def _line(a: Finding | None, b: Finding | None, differing: frozenset[str]) -> Line:
    if a is None or b is None:
        return Line(a, b, Change.ONLY_A if b is None else Change.ONLY_B, Step.NONE, None)
    otherwise = tuple(f"other {word}" for word in sorted(differing) if _depends(b.metric, word))
    known = a.value is not None and b.value is not None and a.unit == b.unit
    difference = b.value - a.value if known and a.value is not None and b.value is not None else None
    change = _change(a, b, difference, is_one_meaning=not otherwise)
    return Line(a, b, change, _step(a, b), difference, (*_cautions(a, b), *otherwise))


def _change(a: Finding, b: Finding, difference: float | None, *, is_one_meaning: bool) -> Change:
    if difference is None:
        return Change.UNKNOWN
    if abs(difference) <= AGREE:
        return Change.EQUAL
    if _meet(a, b):
        return Change.SAME
    senses = {found.goal.lstrip()[:1] for found in (a, b) if found.goal}
    if len(senses) != 1 or not is_one_meaning:
        return Change.OTHER
    return Change.BETTER if (difference < 0) == (senses == {"<"}) else Change.WORSE


def _meet(a: Finding, b: Finding) -> bool:
    """Tell whether the numerical intervals of both values have a point in common; an unbounded end meets anything."""
    (low_a, high_a), (low_b, high_b) = (found.interval or (found.value, found.value) for found in (a, b))
    apart = (low_b is not None and high_a is not None and low_b > high_a + AGREE) or (
        low_a is not None and high_b is not None and low_a > high_b + AGREE
    )
    return not apart


def _depends(metric: str, word: str) -> bool:
    """Tell whether a metric means something else in another number of fractions, or of another prescription."""
    if word == "fractions":
        return bool(_GRAY.search(metric)) and not metric.startswith(_OF_FRACTIONS)
    try:
        return parse(metric).needs_prescription
    except SbrtQaError:
        return True


def _step(a: Finding | CheckFinding | None, b: Finding | CheckFinding | None) -> Step:
    one, other = (None if found is None else found.verdict for found in (a, b))
    if one is other:
        return Step.NONE
    if one is None or other is None:
        return Step.OTHER
    if other is Verdict.UNDECIDED:
        return Step.LOST
    if one is Verdict.UNDECIDED:
        return Step.FOUND
    return Step.WORSE if other.rank > one.rank else Step.BETTER


def _cautions(a: Finding, b: Finding) -> tuple[str, ...]:
    found = []
    if a.constraint != b.constraint:
        found.append(f"{a.constraint} in A, {b.constraint} in B")
    if a.roi is not None and b.roi is not None and a.roi != b.roi:
        found.append(f"{a.roi} in A, {b.roi} in B")
    for word, one, other in (("limit", a.goal, b.goal), ("acceptable", a.acceptable, b.acceptable)):
        if one != other:
            found.append(f"{word} {one or 'none'} in A, {other or 'none'} in B")
    return tuple(found)
