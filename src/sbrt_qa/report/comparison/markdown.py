"""Markdown: the comparison as text for wikis, tickets and merge requests; every name in it is inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.protocol.comparison import Group
from sbrt_qa.report._facts import SHAPES
from sbrt_qa.report._scorecard import DASH, STANDING
from sbrt_qa.report.comparison._wording import ARROW, INTERVALS, check_word, facts, grouped, headline
from sbrt_qa.report.comparison.writing import Format
from sbrt_qa.report.markdown import inert, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.comparison import CheckLine, Comparison
    from sbrt_qa.protocol.finding import Verdict
    from sbrt_qa.report.comparison._wording import Side


def _write(comparison: Comparison) -> bytes:
    parts = (_heading, _notes, _lines, _checks, _closing)
    blocks = [block for part in parts for block in part(comparison)]
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "replace")


def _heading(comparison: Comparison) -> Iterator[str]:
    a, b = (_badge(side.verdict) for side in (comparison.a, comparison.b))
    yield f"# A {a}, B {b}"
    yield f"**{inert(headline(comparison))}**"
    yield table(("", "A", "B"), facts(comparison))


def _badge(verdict: Verdict | None) -> str:
    return DASH if verdict is None else f"{SHAPES[verdict.value]} {verdict.value}"


def _notes(comparison: Comparison) -> Iterator[str]:
    if comparison.notes:
        yield "## Before you compare"
        yield "\n".join(f"* {inert(note.sentence)}" for note in comparison.notes)


def _lines(comparison: Comparison) -> Iterator[str]:
    heading = ("Verdict", "Structure", "Constraint", "Metric", "A", "B", "Change", "", "Limit", "Remarks")
    for group, sides in grouped(comparison):
        yield f"## {group} ({len(sides)})"
        if group is not Group.ABSENT:
            yield table(heading, map(_cells, sides))


def _cells(side: Side) -> tuple[str, ...]:
    line = side.line
    verdicts = dict.fromkeys(_badge(found.verdict) for found in (line.a, line.b) if found is not None)
    values = (DASH if row is None else row.value for row in (side.a, side.b))
    constraint = line.findings[0].constraint
    remarks = " · ".join(side.marks)
    verdict = f" {ARROW} ".join(verdicts)
    return verdict, side.name, constraint, side.metric, *values, side.difference, side.change, side.limit, remarks


def _checks(comparison: Comparison) -> Iterator[str]:
    changed = [line for line in comparison.checks if check_word(line)]
    yield "## Checks"
    yield f"{len(comparison.checks) - len(changed)} of {len(comparison.checks)} have the same verdict in A and B."
    rows = [_check(line) for line in comparison.checks if check_word(line) or (line.b and line.b.verdict.rank)]
    if rows:
        yield table(("A", "B", "", "Check", "Finding"), rows)


def _check(line: CheckLine) -> tuple[str, ...]:
    a, b = (DASH if found is None else _badge(found.verdict) for found in (line.a, line.b))
    found = line.b or line.a
    words = ("", "") if found is None else (found.title, found.sentence)
    return a, b, check_word(line), *words


def _closing(_comparison: Comparison) -> Iterator[str]:
    yield inert(INTERVALS)
    yield STANDING


FORMAT = Format(suffixes=(".md",), write=_write)
