"""CSV: one row per line of the comparison, then one per check, for spreadsheets and scripts (RFC 4180)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.report.comparison.writing import Format
from sbrt_qa.report.table import csv_bytes, number_cell, text_cell

if TYPE_CHECKING:
    from sbrt_qa.protocol.comparison import CheckLine, Comparison, Line
    from sbrt_qa.protocol.finding import Finding

_OF_BOTH = ("kind", "id", "structure", "metric", "unit", "verdict_change", "change", "difference", "cautions")
_OF_ONE = ("roi", "verdict", "value", "low", "high", "goal", "acceptable")
COLUMNS = (*_OF_BOTH, *(f"{name}_{side}" for side in "ab" for name in _OF_ONE))


def _line(line: Line) -> list[str]:
    first = line.findings[0]
    return [
        "finding",
        text_cell(first.constraint),
        text_cell(first.structure),
        text_cell(first.metric),
        first.unit,
        line.step.value,
        line.change.value,
        number_cell(line.difference),
        text_cell("; ".join(line.cautions)),
        *_of(line.a),
        *_of(line.b),
    ]


def _of(found: Finding | None) -> list[str]:
    if found is None:
        return [""] * len(_OF_ONE)
    low, high = found.interval or (None, None)
    return [
        text_cell(found.roi or ""),
        "" if found.verdict is None else found.verdict.value,
        number_cell(found.value),
        number_cell(low),
        number_cell(high),
        text_cell(found.goal),
        text_cell(found.acceptable),
    ]


def _check(line: CheckLine) -> list[str]:
    found = line.b or line.a
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "kind": "check",
        "id": text_cell("" if found is None else found.id),
        "verdict_change": line.step.value,
        "verdict_a": "" if line.a is None else line.a.verdict.value,
        "verdict_b": "" if line.b is None else line.b.verdict.value,
    }
    return list(cells.values())


def _write(comparison: Comparison) -> bytes:
    return csv_bytes(COLUMNS, [*map(_line, comparison.lines), *map(_check, comparison.checks)])


FORMAT = Format(suffixes=(".csv",), write=_write)
