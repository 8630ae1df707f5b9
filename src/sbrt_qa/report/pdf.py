"""PDF: the judgement for the record, on A4, with room for signatures. The same judgement gives the same bytes."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._appendix import NAME_CELLS, checks, curves, limits, numbers, provenance, slices, sources, stated
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._facts import SHAPES, identity_lines, verdict_word
from sbrt_qa.report._scorecard import (
    VERIFY,
    headline,
    is_absent,
    plan_label,
    protocol_line,
    scorecard,
)
from sbrt_qa.report.record import FORMAT as RECORD
from sbrt_qa.report.sheet import (
    MARGIN_MM,
    POINTS_PER_MM,
    RULE,
    SMALL,
    SOFT,
    TONES,
    WASHES,
    WIDTH,
    grid,
    ruled,
    title,
    tone,
    words,
)
from sbrt_qa.report.text import clip, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._running import Running
    from sbrt_qa.report._scorecard import Row

TOP_MM, BOTTOM_MM = 20.0, 15.0
LINE_CELLS, METRIC_CELLS = 20, 12
COLUMNS = (0.24, 0.13, 0.11, 0.12, 0.10, 0.12, 0.18)
SIGNED_BY = ("Medical physicist", "Physician")


def _write(evaluation: Evaluation) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    from sbrt_qa.report._running import canvas_maker
    from sbrt_qa.report.sheet import FONT, embed_fonts, printable

    embed_fonts()
    running = _running(evaluation)
    made = BytesIO()
    margin, bottom = MARGIN_MM * POINTS_PER_MM, BOTTOM_MM * POINTS_PER_MM
    height = A4[1] - bottom - TOP_MM * POINTS_PER_MM
    frame = Frame(margin, bottom, WIDTH, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document = BaseDocTemplate(
        made,
        pagesize=A4,
        pageTemplates=[PageTemplate(frames=[frame])],
        title=printable(f"{evaluation.verdict.value}: {plan_label(evaluation)}", NAME_CELLS),
        author="sbrt-qa",
        creator="sbrt-qa",
        lang="en",
        initialFontName=FONT,
        invariant=1,
    )
    document.build(list(_story(evaluation, running.record)), canvasmaker=canvas_maker(running))
    return made.getvalue()


def _running(evaluation: Evaluation) -> Running:
    from sbrt_qa.report._running import Running

    case = evaluation.case
    name, number = str(case.get("patient_name") or ""), str(case.get("patient_id") or "")
    who = " · ".join(text for text in (f"ID {number}" if number else "", name) if text)
    return Running(
        patient=who or ("Identity removed" if case.get("deidentified") else "Patient unknown"),
        plan=f"Plan {plan_label(evaluation)}",
        protocol=protocol_line(evaluation),
        verdict=f"{SHAPES[evaluation.verdict.value]} {evaluation.verdict.value}",
        record=hashlib.sha256(RECORD.write(evaluation)).hexdigest(),
    )


def _story(evaluation: Evaluation, record: str) -> Iterator[Any]:
    for part in (_opening, _judged, _reported, curves, slices, checks, stated, sources, limits):
        yield from part(evaluation)
    yield from provenance(evaluation, record)
    yield from _signatures(evaluation)


# ---- the verdict and what it rests on


def _opening(evaluation: Evaluation) -> Iterator[Any]:
    from reportlab.platypus import Spacer

    verdict = evaluation.verdict.value
    yield words("Plan check", 15, bold=True)
    yield Spacer(1, 6)
    facts = identity_lines(evaluation)
    yield grid([[words(label, 8, color=SOFT), words(text, 8.5, longest=200)] for label, text in facts], (0.16, 0.84))
    yield Spacer(1, 8)
    word = words(f"{SHAPES[verdict]} {verdict}", 15, bold=True, color=TONES[verdict])
    yield grid(
        [[word, words(headline(evaluation), 10)]],
        (0.29, 0.71),
        ("BACKGROUND", (0, 0), (-1, -1), tone(WASHES[verdict])),
        ("LINEBEFORE", (0, 0), (0, -1), 4, tone(TONES[verdict]), 0),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 9),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
    )


def _judged(evaluation: Evaluation) -> Iterator[Any]:
    rows = [row for row in scorecard(evaluation) if row.finding.verdict is not None]
    if not rows:
        return
    yield from title("Scorecard")
    heads = ("Structure", "Metric", "Value", "Limit", "Margin", "", "Verdict")
    cited = numbers(evaluation)
    body, styles = [[words(head, 7, bold=True, color=SOFT) for head in heads]], [ruled(0, 0)]
    for row in rows:
        at = len(body)
        body += _judged_lines(row, cited)
        styles += _pair(at, at + 1)
    yield grid(body, COLUMNS, *styles, repeat=1)
    yield from _footnotes(evaluation)


def _judged_lines(row: Row, cited: dict[str, int]) -> list[list[Any]]:
    from sbrt_qa.report._plot import Bar

    finding = row.finding
    verdict = finding.verdict or Verdict.UNDECIDED
    color = TONES[verdict.value]
    mark = f"{SHAPES[verdict.value]} {verdict.value}{'~' if finding.borderline else ''}"
    quiet = verdict is Verdict.PASS or is_absent(finding)
    first = [
        _name(row, bold=not quiet),
        [words(line, 8) for line in fold(clip(row.metric, NAME_CELLS), METRIC_CELLS)],
        words(row.value, 8, bold=True),
        words(row.limit, 8),
        words(row.margin, 8),
        "" if row.room is None else Bar(row.room, color),
        words(mark, 8, bold=not quiet, color=color),
    ]
    return [first, [_details(row, cited, quiet=quiet), *[""] * 6]]


def _name(row: Row, *, bold: bool = False) -> list[Any]:
    """Break a long name where its parts join, not anywhere."""
    return [words(line, 8, bold=bold) for line in fold(clip(row.name, NAME_CELLS), LINE_CELLS)]


def _details(row: Row, cited: dict[str, int], *, quiet: bool) -> list[Any]:
    """Return the line below a row: id, marks and source; for what is not met also the sentence and the remedy."""
    finding = row.finding
    notes = [finding.constraint, *row.marks]
    if finding.source in cited:
        notes.append(f"source {cited[finding.source]}")
    lower = [words(" · ".join(notes), SMALL, color=SOFT, longest=300)]
    if not quiet:
        lower.append(words(finding.sentence, 7.5))
        lower += [words(text, 7.5, color=SOFT) for text in (finding.why, finding.mend) if text]
    return lower


def _pair(first: int, second: int) -> list[tuple[Any, ...]]:
    """Return the styles that hold two rows together as one."""
    return [
        ("SPAN", (0, second), (-1, second)),
        ("NOSPLIT", (0, first), (-1, second)),
        ("BOTTOMPADDING", (0, first), (-1, first), 0),
        ("TOPPADDING", (0, second), (-1, second), 0),
        ("LINEBELOW", (0, second), (-1, second), 0.4, tone(RULE)),
    ]


def _footnotes(evaluation: Evaluation) -> Iterator[Any]:
    if any(finding.borderline for finding in evaluation.findings):
        yield words("~ borderline: the numerical interval reaches across a limit.", 7, color=SOFT)
    if any(finding.verify for finding in evaluation.findings):
        yield words(VERIFY, 7, color=SOFT)


def _reported(evaluation: Evaluation) -> Iterator[Any]:
    rows = [row for row in scorecard(evaluation) if row.finding.verdict is None]
    if not rows:
        return
    yield from title("Reported, not judged")
    body = [
        [
            _name(row),
            words(row.metric, 8, longest=NAME_CELLS),
            words(row.value, 8, bold=True),
            [
                words(" · ".join((row.finding.constraint, verdict_word(row.finding), *row.marks)), SMALL, color=SOFT),
                *([words(row.finding.sentence, 7)] if row.finding.value is None else []),
            ],
        ]
        for row in rows
    ]
    yield grid(body, (0.22, 0.19, 0.12, 0.47), ruled())


def _signatures(evaluation: Evaluation) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    sentence = f"I have read this check of {plan_label(evaluation)}; its verdict is {evaluation.verdict.value}."
    heads = [words(head, 7, color=SOFT) for head in ("", "Name", "Signature", "Date")]
    rows = [[words(label, 8), "", "", ""] for label in SIGNED_BY]
    box = grid(
        [heads, *rows],
        (0.2, 0.3, 0.32, 0.18),
        ("BOX", (0, 0), (-1, -1), 0.6, tone(SOFT)),
        ("INNERGRID", (0, 0), (-1, -1), 0.4, tone(RULE)),
        ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 1), (-1, -1), 12),
        ("BOTTOMPADDING", (0, 1), (-1, -1), 12),
    )
    yield KeepTogether([Spacer(1, 14), words(sentence, 8, longest=200), Spacer(1, 4), box])


FORMAT = Format(suffixes=(".pdf",), title="document for the record (PDF)", write=_write)
