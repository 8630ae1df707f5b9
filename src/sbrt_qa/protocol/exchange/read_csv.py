"""Read CSV: a table of constraints, our own or somebody else's, becomes rows; what is unclear is refused by line."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.protocol.exchange.columns_named import columns_named
from sbrt_qa.protocol.exchange.inert import as_meant
from sbrt_qa.protocol.exchange.rows import Head, Table, TableRow, refusal
from sbrt_qa.protocol.exchange.spelling import read_fractions, read_goal, read_metric, split_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.exchange.columns_named import Columns

FORM = "sbrt-qa/table/1"
_YES, _NO = {"true", "yes", "x", "1"}, {"", "false", "no", "0"}


def read_csv(text: str, name: str) -> Table:
    """Read a table of constraints.

    Parameters
    ----------
    text : str
        The file; separated by comma, semicolon or tab.
    name : str
        What messages call it.

    Raises
    ------
    UsageError
        When it has no header that names structure, metric and limit.
    """
    table = Table(name)
    body = []
    for number, cells in _cells(text):
        if not _is_head(cells):
            body.append((number, cells))
            continue
        try:
            _read_head(cells, table.head)
        except SbrtQaError as error:
            raise UsageError(error.what, where=f"{name}:{number}", mend=error.mend) from error
    if not body:
        raise UsageError(f"{name} holds no table", mend="its first line names the columns: structure, metric, goal")
    columns = _columns(body[0][1], name)
    if columns.unused:
        table.notes.append(f"columns that were not used: {', '.join(columns.unused)}")
    for number, cells in body[1:]:
        where = f"{name}:{number}"
        try:
            if len(cells) > len(body[0][1]):
                raise refusal("it has more cells than the header", "put cells that hold a separator in quotes")
            table.rows.append(_read_row(_Line(cells, columns), table.head, where))
        except SbrtQaError as error:
            table.refused.append(refusal(error.what, error.mend, where))
    return table


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every line that is not empty, with its number and its cells."""
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith(("#", '"#'))), "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=(header or first).count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            stripped = [as_meant(cell.strip()) for cell in cells]
            if any(stripped):
                yield number, stripped
    except csv.Error as error:
        raise UsageError(f"line {before + 1} is no CSV: {error}", mend="check its quotes") from error


def _columns(header: list[str], name: str) -> Columns:
    columns = columns_named(header)
    if columns.twice:
        raise UsageError(
            f"{name} has a second column for the same: {', '.join(columns.twice)}", mend="keep one of them"
        )
    missing = [word for word in ("structure", "metric") if word not in columns.at]
    if missing:
        mend = "its first line names the columns: structure, metric, goal, and if there is one, variation"
        raise UsageError(f"{name} has no column for {' and '.join(missing)}", mend=mend)
    return columns


class _Line:
    """The cells of one line by the names of their columns."""

    def __init__(self, cells: list[str], columns: Columns) -> None:
        self._cells, self._columns = cells, columns

    def __call__(self, column: str) -> str:
        at = self._columns.at.get(column)
        return self._cells[at] if at is not None and at < len(self._cells) else ""

    def has(self, column: str) -> bool:
        return column in self._columns.at

    def unit(self, column: str) -> str:
        return self._columns.units.get(column, "") or self("unit")

    def yes(self, column: str, *, otherwise: bool) -> bool:
        if not self.has(column):
            return otherwise
        word = self(column).lower()
        if word not in _YES | _NO:
            raise refusal(f"{column} cannot be '{self(column)}'", "write true or false")
        return word in _YES


def _read_row(line: _Line, head: Head, where: str) -> TableRow:
    is_own = bool(head.version)
    row = TableRow(
        where=where,
        structure=line("structure"),
        metric=line("metric"),
        id=line("id"),
        fractions=read_fractions(line("fractions")),
        source=_source(line("source"), head, is_own=is_own),
        evidence=line("evidence") if is_own else "",
        why=line("why"),
        mend=line("mend"),
        required=line.yes("required", otherwise=True),
        verify=line.yes("verify", otherwise=not is_own),
        suggested=line.yes("suggested", otherwise=False),
        when=_when(line),
    )
    if line.yes("report", otherwise=False):
        return replace(row, metric=_reported(line))
    if ":" in line("goal"):
        return replace(row, goal=line("goal"), acceptable=line("acceptable"))
    return _with_limits(row, line)


def _reported(line: _Line) -> str:
    asked = read_metric(line("metric"))
    if line("goal") or line("acceptable"):
        raise refusal("a report row is never judged and has a limit", "leave out one of the two")
    return f"{asked.body}[{asked.unit}]"


def _with_limits(row: TableRow, line: _Line) -> TableRow:
    text, limit = split_limit(row.metric)
    goal, second = line("goal"), line("acceptable")
    if limit and goal:
        raise refusal(f"'{row.metric}' holds a limit, and so does the column of goals", "keep one of the two")
    if not (limit or goal):
        raise refusal("it has no goal", "fill in the goal, or write true under report")
    asked = read_metric(text)
    metric, first = read_goal(limit or goal, asked, line("comparison"), "" if limit else line.unit("goal"))
    acceptable = ""
    if second:
        sign = line("comparison") or first.split()[0]
        with_unit = asked._replace(unit=metric.partition("[")[2].removesuffix("]"))
        _, acceptable = read_goal(second, with_unit, "" if second[:1] in "<>≤≥=" else sign, line.unit("acceptable"))
    return replace(row, metric=metric, goal=first, acceptable=acceptable)


def _when(line: _Line) -> tuple[str, str, str] | None:
    parts = (line("when structure"), line("when metric"), line("when is"))
    return parts if any(parts) else None


def _source(text: str, head: Head, *, is_own: bool) -> str:
    """Return the key of a source; a citation gets one."""
    if is_own or text in head.sources:
        return text
    citation = text or "imported table; name the publication here"
    for key, known in head.sources.items():
        if known == citation:
            return key
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    key = slug if text and len(slug) <= 16 else f"source-{len(head.sources) + 1}"
    head.sources[key] = citation
    return key


# --- what stands above the rows -------------------------------------------------------------------


_TEXTS = ("id", "title", "version", "status", "target", "dose", "dose_type", "summation")
_HEAD = {*_TEXTS, "schema", "fractions", "source", "structure", "check"}


def _is_head(cells: list[str]) -> bool:
    """Tell what stands above the rows, or is a remark, from a row whose first cell happens to begin with ``#``."""
    is_remark = not any(cells[1:])
    return cells[0].startswith("#") and (is_remark or cells[0].removeprefix("#") in _HEAD)


def _read_head(cells: list[str], head: Head) -> None:
    key, values = cells[0].removeprefix("#").strip(), cells[1:] + [""] * 4
    if key in _TEXTS:
        setattr(head, key, values[0])
    elif key == "fractions":
        head.fractions = read_fractions(values[0])
    elif key == "source":
        head.sources[values[0]] = values[1]
    elif key == "check":
        head.checks[values[0]] = (values[1], values[2], values[3] == "true")
    elif key == "structure":
        names = tuple(name for name in values[4:] if name)
        head.structures[values[0]] = (values[1], values[2] == "true", values[3], names)
    elif key == "schema" and values[0] != FORM:
        raise refusal(f"this table is '{values[0]}'", f"write {FORM}")
