"""Markdown: the scorecard as text for wikis, tickets and merge requests; every name in it is inert."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._facts import SHAPES, identity_lines, verdict_word
from sbrt_qa.report._scorecard import (
    STANDING,
    VERIFY,
    headline,
    plan_label,
    sampling_line,
    scorecard,
)
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._scorecard import Row

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_SPECIAL = re.compile(r"[\\`*_\[\]|~$#!]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def inert(text: str) -> str:
    """Return a text that no Markdown reader takes for markup, a link, a mention or the end of a table cell."""
    safe = _SPECIAL.sub(lambda match: f"\\{match[0]}", clean(text))
    return re.sub(r"[&<>@]", lambda match: _HTML[match[0]], safe)


def _write(evaluation: Evaluation) -> bytes:
    parts = (_heading, _judged, _reported, _checks, _closing)
    blocks = [block for part in parts for block in part(evaluation)]
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "replace")


def _heading(evaluation: Evaluation) -> Iterator[str]:
    word = evaluation.verdict.value
    yield f"# {SHAPES[word]} {word}: {inert(plan_label(evaluation))}"
    yield f"**{inert(headline(evaluation))}**"
    yield table(("", ""), identity_lines(evaluation))


def _judged(evaluation: Evaluation) -> Iterator[str]:
    rows = [row for row in scorecard(evaluation) if row.finding.verdict is not None]
    if rows:
        yield "## Scorecard"
        heading = ("Verdict", "Structure", "Constraint", "Metric", "Value", "Limit", "Margin", "Remarks")
        yield table(heading, (_cells(row) for row in rows))


def _cells(row: Row) -> tuple[str, ...]:
    finding, word = row.finding, verdict_word(row.finding)
    shape = SHAPES[finding.verdict.value] if finding.verdict is not None else ""
    says = finding.value is None or finding.verdict is not Verdict.PASS
    remarks = [*row.marks, finding.sentence] if says else list(row.marks)
    cells = (f"{shape} {word}", row.name, finding.constraint, row.metric, row.value, row.limit, row.margin)
    return *cells, " · ".join(remarks)


def _reported(evaluation: Evaluation) -> Iterator[str]:
    rows = [row for row in scorecard(evaluation) if row.finding.verdict is None]
    if rows:
        yield "## Reported, not judged"
        heading = ("Structure", "Constraint", "Metric", "Value", "Remarks")
        yield table(heading, (_reported_cells(row) for row in rows))


def _reported_cells(row: Row) -> tuple[str, ...]:
    finding = row.finding
    remarks = [verdict_word(finding), *row.marks, *([finding.sentence] if finding.value is None else [])]
    return row.name, finding.constraint, row.metric, row.value, " · ".join(remarks)


def _checks(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.checks:
        ordered = sorted(evaluation.checks, key=lambda check: -check.verdict.rank)
        rows = [
            (f"{SHAPES[check.verdict.value]} {check.verdict.value}", check.title, check.id, check.sentence)
            for check in ordered
        ]
        yield "## Checks"
        yield table(("Verdict", "Check", "Id", "Finding"), rows)


def _closing(evaluation: Evaluation) -> Iterator[str]:
    if any(finding.borderline for finding in evaluation.findings):
        yield "borderline: the numerical interval reaches across a limit."
    if any(finding.verify for finding in evaluation.findings):
        yield VERIFY
    if sampling := sampling_line(evaluation.provenance):
        yield f"Curves: {inert(sampling)}. sbrt-qa {inert(str(evaluation.provenance.get('sbrt_qa', '')))}".rstrip()
    yield STANDING


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose cells are inert."""
    lines = [heading, ["---"] * len(heading), *([inert(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


FORMAT = Format(suffixes=(".md",), title="scorecard as text (Markdown)", write=_write)
