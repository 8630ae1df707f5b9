"""A comparison as people read it: names, rounding and sentences that every format shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sbrt_qa.protocol.comparison import Change, Group, Step
from sbrt_qa.report._facts import identity_lines
from sbrt_qa.report._scorecard import DASH, row_of, sampling_line
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.protocol.comparison import CheckLine, Comparison, Line
    from sbrt_qa.protocol.finding import Evaluation, Verdict
    from sbrt_qa.report._scorecard import Row

SIDES = ("A", "B")
ARROW = "→"
INTERVALS = (
    "Same within uncertainty: the numerical intervals of both values meet. Better or worse is only what the limit of"
    " the protocol makes so."
)
_VERDICTS = {
    Group.VERDICT_WORSE: ("verdict worse", "verdicts worse"),
    Group.LOST: ("no longer decided",) * 2,
    Group.FOUND: ("now decided",) * 2,
    Group.JUDGED_IN_ONE: ("judged in one only",) * 2,
    Group.VERDICT_BETTER: ("verdict better", "verdicts better"),
    Group.ONLY_A: ("only in A",) * 2,
    Group.ONLY_B: ("only in B",) * 2,
}
_VALUES = {
    Group.WORSE: ("value worse", "values worse"),
    Group.UNKNOWN: ("cannot be told",) * 2,
    Group.OTHER: ("changed, neither better nor worse",) * 2,
    Group.BETTER: ("improved",) * 2,
    Group.SAME: ("the same within uncertainty",) * 2,
    Group.EQUAL: ("unchanged",) * 2,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One line, ready to be read.

    Parameters
    ----------
    line : Line
        What is shown.
    a, b : Row or None
        Its findings as the scorecard shows them; None where there is none.
    name, metric : str
        Structure and metric; both names where they differ.
    limit : str
        The limit; both where they differ.
    difference : str
        B minus A with its sign, rounded; a dash where there is none.
    change : str
        What became of it, in words.
    marks : tuple of str
        What must not be missed.
    """

    line: Line
    a: Row | None
    b: Row | None
    name: str
    metric: str
    limit: str
    difference: str
    change: str
    marks: tuple[str, ...]


def grouped(comparison: Comparison) -> tuple[tuple[Group, tuple[Side, ...]], ...]:
    """Return the lines by group, in their order; groups without a line are left out."""
    found = groupby(comparison.lines, key=lambda line: line.group)
    return tuple((group, tuple(map(_side, lines))) for group, lines in found)


def _side(line: Line) -> Side:
    a, b = (None if found is None else row_of(found) for found in (line.a, line.b))
    shown = [row for row in (a, b) if row is not None]
    return Side(
        line=line,
        a=a,
        b=b,
        name=_both([row.name for row in shown if row.finding.roi is not None]) or shown[-1].name,
        metric=shown[-1].metric,
        limit=_both([row.limit for row in shown]),
        difference=_signed(line),
        change=_words(line),
        marks=tuple(_marks(line, a, b)),
    )


def _both(texts: list[str]) -> str:
    return f" {ARROW} ".join(dict.fromkeys(texts))


def _signed(line: Line) -> str:
    """Return the difference with its sign; one that rounding would hide keeps its first digit."""
    if line.difference is None:
        return DASH
    if line.change is Change.EQUAL:
        return "0"
    unit = line.findings[0].unit
    rounded = show(line.difference, unit).removesuffix(unit).strip()
    if float(rounded) == 0.0:
        rounded = f"{line.difference:.1g}"
    return (rounded if rounded.startswith("-") else f"+{rounded}").replace("-", "−")


def _words(line: Line) -> str:
    if line.step is Step.NONE or line.change in {Change.UNKNOWN, Change.ONLY_A, Change.ONLY_B}:
        return str(line.step or line.change)
    return f"{line.step}, value {line.change}"


def _marks(line: Line, a: Row | None, b: Row | None) -> list[str]:
    """Return what else differs, then the marks of the rows: those of both without a side."""
    named = "" if a is None or b is None else f"{a.name} in A, {b.name} in B"  # the name itself shows both
    found = [caution for caution in map(clean, line.cautions) if caution != named]
    one, other = ([] if row is None else _of_row(row) for row in (a, b))
    found += [mark if mark in other or b is None else f"A {mark}" for mark in one]
    found += [mark if a is None else f"B {mark}" for mark in other if mark not in one]
    return [*found, *(["verify"] if any(finding.verify for finding in line.findings) else [])]


def _of_row(row: Row) -> list[str]:
    return [mark for mark in row.marks if not mark.startswith(("acceptable", "verify"))]


def verdict_word(verdict: Verdict | None) -> str:
    """Return a verdict as one word; a dash for a row that has none."""
    return DASH if verdict is None else verdict.value


def headline(comparison: Comparison) -> str:
    """Return the comparison as one sentence: both verdicts, what changed them, and what changed below them."""
    a, b = comparison.a.verdict, comparison.b.verdict
    opening = f"Both are {a}" if a is b else f"A is {a}, B is {b}"
    counts = Counter(line.group for line in comparison.lines)
    parts = [_counted(counts, _VERDICTS) or "no verdict of a constraint changed"]
    checks = Counter(check_word(line) for line in comparison.checks if check_word(line))
    parts += [f"{count} {'check' if count == 1 else 'checks'} {word}" for word, count in checks.items()]
    if values := _counted(counts, _VALUES):
        parts.append(f"with the same verdict {values}")
    return f"{opening}: {'; '.join(parts)}."


def _counted(counts: Counter[Group], words: dict[Group, tuple[str, str]]) -> str:
    found = ((counts[group], one, many) for group, (one, many) in words.items() if counts[group])
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in found)


def check_word(line: CheckLine) -> str:
    """Return what became of a check; empty where its verdict did not change."""
    if line.a is None or line.b is None:
        return f"only in {'B' if line.a is None else 'A'}"
    return str(line.step).removeprefix("verdict ")


def facts(comparison: Comparison) -> tuple[tuple[str, str, str], ...]:
    """Return label, A and B of who was judged by what."""
    one, other = (_facts(evaluation) for evaluation in (comparison.a, comparison.b))
    return tuple((label, one.get(label, DASH), other.get(label, DASH)) for label in dict.fromkeys((*one, *other)))


def _facts(evaluation: Evaluation) -> dict[str, str]:
    made = {
        "Curves": sampling_line(evaluation.provenance),
        "sbrt-qa": clean(str(evaluation.provenance.get("sbrt_qa", ""))),
    }
    return dict(identity_lines(evaluation)) | {label: text for label, text in made.items() if text}
