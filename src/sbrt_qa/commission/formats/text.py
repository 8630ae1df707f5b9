"""Plain text, on the terminal and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.commission.wording import CLOSING, headline, summary, versions_line
from sbrt_qa.commission.writing import Format
from sbrt_qa.report.text import cells, fold, pad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.commission.document import Chapter, Commissioning, Criterion, Table

WIDE = 120
LONGEST = 20  # rows of a table on the terminal; the files hold all


def render(document: Commissioning, width: int = WIDE, *, longest: int | None = None) -> str:
    """Return the document as text.

    Parameters
    ----------
    document : Commissioning
        What was found.
    width : int
        Cells per line.
    longest : int, optional
        Rows of a table at most; all of them by default.

    Returns
    -------
    str
        Ends with the verdict and a newline.
    """
    lines = [headline(document), versions_line(document)]
    for chapter in document.chapters:
        lines += ["", *_chapter(chapter, width, longest)]
    lines += ["", *fold(CLOSING, width), "", *fold(summary(document), width), document.verdict.value]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _chapter(chapter: Chapter, width: int, longest: int | None) -> Iterator[str]:
    title = f"{chapter.title} — {chapter.verdict.value}"
    yield title
    yield "─" * cells(title)
    yield from fold(f"Conventions: {chapter.sampling}", width)
    for criterion in chapter.criteria:
        yield from _criterion(criterion, width)
    for table in chapter.tables:
        yield ""
        yield from _table(table, width, longest)
    yield ""
    for text in (*chapter.definitions, f"Source: {chapter.source}"):
        yield from fold(text, width)


def _criterion(criterion: Criterion, width: int) -> Iterator[str]:
    first, *more = fold(f"{criterion.title} Found: {criterion.found}.", width - 11)
    yield f"{criterion.verdict.value:9}  {first}"
    for line in more:
        yield f"{'':11}{line}"


def _table(table: Table, width: int, longest: int | None) -> Iterator[str]:
    yield from fold(table.title, width)
    rows = table.rows if longest is None else table.rows[:longest]
    sizes = [max(cells(row[k]) for row in (table.header, *rows)) for k in range(len(table.header))]
    first = max(width - sum(sizes[1:]) - 2 * len(sizes), 12)
    sizes[0] = min(sizes[0], first)
    for row in (table.header, *rows):
        name, *more = fold(row[0], sizes[0])
        numbers = "".join(f"  {pad(cell, size, right=True)}" for cell, size in zip(row[1:], sizes[1:], strict=True))
        yield f"  {pad(name, sizes[0])}{numbers}"
        for line in more:
            yield f"  {line}"
    if len(rows) < len(table.rows):
        yield f"  … and {len(table.rows) - len(rows)} more; a file (-o) holds all"
    if table.note:
        yield from (f"  {line}" for line in fold(table.note, width - 2))


FORMAT = Format(".txt", lambda document: render(document).encode())
