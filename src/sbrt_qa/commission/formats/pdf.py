"""PDF: the document to file, on A4, with room for a signature. The same run gives the same bytes."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sbrt_qa.commission.formats.record import write_record
from sbrt_qa.commission.strips import strips
from sbrt_qa.commission.wording import CLOSING, MARKS, SIGNED_BY, headline, summary, versions_line
from sbrt_qa.commission.writing import Format
from sbrt_qa.report.sheet import BOLD, FONT, POINTS_PER_MM, embed_fonts
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.commission.document import Chapter, Commissioning, Criterion, Table

MARGIN_MM, PAGE_WIDTH_MM, PADDING = 15.0, 210.0, 6  # padding in points, of every frame
TOGETHER = 24  # rows of a table that is not parted between pages
WIDE = 100  # characters in a row of a table; beyond, ranges go to a line of their own
TONES = {"PASS": "#00694c", "UNDECIDED": "#6b3fa0", "FAIL": "#b3201a"}
WASHES = {"PASS": "#e4f3ed", "UNDECIDED": "#f0eaf9", "FAIL": "#fce9e7"}
SOFT, RULE = "#4a525b", "#ccd1d6"


def _write(document: Commissioning) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    embed_fonts()
    record = hashlib.sha256(write_record(document)).hexdigest()
    made = BytesIO()
    margin = MARGIN_MM * POINTS_PER_MM
    SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin + 8,
        title=f"{document.verdict.value}: commissioning of dose-volume calculation",
        author=f"sbrt-qa {dict(document.versions)['sbrt-qa']}",
        creator="sbrt-qa",
        initialFontName=FONT,
        invariant=1,
    ).build(
        list(_story(document, record)),
        onFirstPage=lambda canvas, page: _foot(canvas, page, record),
        onLaterPages=lambda canvas, page: _foot(canvas, page, record),
    )
    return made.getvalue()


# ---- the pages


def _story(document: Commissioning, record: str) -> Iterator[Any]:
    from reportlab.platypus import Spacer

    verdict = document.verdict.value
    yield _text("Commissioning of dose-volume calculation", 15, bold=True)
    yield _text(f"{headline(document)} · {versions_line(document)}", 8, color=SOFT)
    yield Spacer(1, 8)
    yield _banner(verdict, summary(document))
    yield Spacer(1, 8)
    rows = [(c.title, str(c.sampling), f"{MARKS[c.verdict.value]} {c.verdict.value}") for c in document.chapters]
    heads = [_text(cell, 7.5, bold=True, color=SOFT) for cell in ("Set", "Convention", "Verdict")]
    texts = [[_text(cell, 8) for cell in row] for row in rows]
    yield _laid([heads, *texts], (0.38, 0.46, 0.16), _ruled())
    yield Spacer(1, 8)
    yield _text(CLOSING, 8.5)
    yield _text(f"SHA-256 of the JSON record of this run, which holds every number: {record}", 7.5, color=SOFT)
    yield Spacer(1, 14)
    yield _signatures()
    for chapter in document.chapters:
        yield from _chapter(chapter)


def _chapter(chapter: Chapter) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether, PageBreak, Spacer

    from sbrt_qa.commission.formats._drawing import Picture

    yield PageBreak()
    verdict = chapter.verdict.value
    yield _text(chapter.title, 12.5, bold=True)
    yield _text(f"{MARKS[verdict]} {verdict}", 10, bold=True, color=TONES[verdict])
    yield _text(str(chapter.sampling), 8, color=SOFT)
    yield Spacer(1, 4)
    yield from (_criterion(criterion) for criterion in chapter.criteria)
    if chapter.points:
        legend = "Every deviation in per cent of the truth, sorted within its metric; dashed: the largest tolerance."
        yield KeepTogether([Spacer(1, 6), Picture(strips(chapter), _width()), _text(legend, 7.5, color=SOFT)])
    for table in chapter.tables:
        pieces = [Spacer(1, 8), *_table(table)]
        yield from [KeepTogether(pieces)] if len(table.rows) <= TOGETHER else pieces
    yield Spacer(1, 8)
    for text in (*chapter.definitions, chapter.source):
        yield _text(text, 8, color=SOFT)


def _table(table: Table) -> Iterator[Any]:
    yield _text(table.title, 9, bold=True)
    if table.rows:
        yield _grid(table)
    if table.note:
        yield _text(table.note, 7.5, color=SOFT)


def _criterion(criterion: Criterion) -> Any:
    verdict = criterion.verdict.value
    mark = _text(f"{MARKS[verdict]} {verdict}", 8, bold=True, color=TONES[verdict])
    return _laid([[mark, _text(criterion.title, 8.5), _text(criterion.found, 8.5)]], (0.13, 0.47, 0.40))


# ---- pieces


def _text(text: str, size: float, *, bold: bool = False, color: str = "#000000") -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        f"{size}{bold}{color}",
        fontName=BOLD if bold else FONT,
        fontSize=size,
        leading=1.35 * size,
        textColor=HexColor(color),
        spaceAfter=2,
    )
    return Paragraph(escape(clean(text)), style)


def _laid(rows: list[list[Any]], shares: tuple[float, ...], *styles: tuple[Any, ...], repeat: int = 0) -> Any:
    from reportlab.platypus import Table as Layout

    usual = [
        ("FONT", (0, 0), (-1, -1), FONT, 8),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
    return Layout(rows, colWidths=[_width() * share for share in shares], style=[*usual, *styles], repeatRows=repeat)


def _width() -> float:
    return (PAGE_WIDTH_MM - 2 * MARGIN_MM) * POINTS_PER_MM - 2 * PADDING


def _ruled() -> tuple[Any, ...]:
    from reportlab.lib.colors import HexColor

    return "LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(RULE)


def _grid(table: Table) -> Any:
    from reportlab.lib.colors import HexColor

    rows = [table.header, *table.rows]
    if max(sum(map(len, row)) for row in rows) > WIDE:
        rows = [(row[0], *(cell.replace(" [", "\n[") for cell in row[1:])) for row in rows]
    longest = [max(len(line) for row in rows for line in row[k].split("\n")) + 2 for k in range(len(table.header))]
    size = 7 if len(longest) > 7 else 7.5
    cells = [list(rows[0]), *([_text(row[0], size), *row[1:]] for row in rows[1:])]
    styles = (
        ("FONT", (0, 0), (-1, -1), FONT, size, size * 1.25),
        ("FONT", (0, 0), (-1, 0), BOLD, size - 0.5),
        ("TEXTCOLOR", (0, 0), (-1, 0), HexColor(SOFT)),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        _ruled(),
    )
    return _laid(cells, tuple(n / sum(longest) for n in longest), *styles, repeat=1)


def _banner(verdict: str, sentence: str) -> Any:
    from reportlab.lib.colors import HexColor

    word = _text(f"{MARKS[verdict]} {verdict}", 14, bold=True, color=TONES[verdict])
    styles = [
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(WASHES[verdict])),
        ("LINEBEFORE", (0, 0), (0, -1), 4, HexColor(TONES[verdict])),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 8),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]
    return _laid([[word, _text(sentence, 9.5)]], (0.28, 0.72), *styles)


def _signatures() -> Any:
    from reportlab.lib.colors import HexColor

    labels: list[Any] = [_text(label, 8, color=SOFT) for label in SIGNED_BY]
    line = ("LINEBELOW", (1, 0), (1, -1), 0.5, HexColor(SOFT))
    height = ("TOPPADDING", (0, 0), (-1, -1), 12)
    return _laid([[label, ""] for label in labels], (0.18, 0.62), line, height)


def _foot(canvas: Any, page: Any, record: str) -> None:
    from reportlab.lib.colors import HexColor

    canvas.setFont(FONT, 7)
    canvas.setFillColor(HexColor(SOFT))
    y, right = (MARGIN_MM - 4) * POINTS_PER_MM, (PAGE_WIDTH_MM - MARGIN_MM) * POINTS_PER_MM
    canvas.drawString(MARGIN_MM * POINTS_PER_MM, y, f"Commissioning of dose-volume calculation · record {record[:12]}")
    canvas.drawRightString(right, y, f"page {page.page}")


FORMAT = Format(".pdf", _write)
