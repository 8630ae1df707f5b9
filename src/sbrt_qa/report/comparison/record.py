"""JSON: both records whole, and what lies between them."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sbrt_qa.report.comparison._wording import headline
from sbrt_qa.report.comparison.writing import Format
from sbrt_qa.report.record import record

if TYPE_CHECKING:
    from sbrt_qa.protocol.comparison import CheckLine, Comparison, Line
    from sbrt_qa.protocol.finding import Finding

SCHEMA = "sbrt-qa/comparison/1"


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data that JSON can hold, as ``comparison.schema.json`` describes it."""
    return {
        "schema": SCHEMA,
        "verdict": comparison.verdict.value,
        "sentence": headline(comparison),
        "notes": [asdict(note) for note in comparison.notes],
        "lines": [_line(line) for line in comparison.lines],
        "checks": [_check(line) for line in comparison.checks],
        "a": record(comparison.a),
        "b": record(comparison.b),
    }


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the comparison; ``a`` and ``b`` have that of the record."""
    text = files("sbrt_qa.report.comparison").joinpath("comparison.schema.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def _line(line: Line) -> dict[str, Any]:
    first = line.findings[0]
    return {
        "constraint": first.constraint,
        "structure": first.structure,
        "metric": first.metric,
        "unit": first.unit,
        "group": line.group.value,
        "verdict_change": line.step.value,
        "change": line.change.value,
        "difference": line.difference,
        "cautions": list(line.cautions),
        "a": _of(line.a),
        "b": _of(line.b),
    }


def _of(found: Finding | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "constraint": found.constraint,
        "roi": found.roi,
        "roi_number": found.roi_number,
        "verdict": None if found.verdict is None else found.verdict.value,
        "value": found.value,
        "interval": None if found.interval is None else list(found.interval),
        "goal": found.goal,
        "acceptable": found.acceptable,
    }


def _check(line: CheckLine) -> dict[str, Any]:
    a, b = (None if found is None else found.verdict.value for found in (line.a, line.b))
    found = line.b or line.a
    return {"id": "" if found is None else found.id, "a": a, "b": b, "verdict_change": line.step.value}


def _write(comparison: Comparison) -> bytes:
    text = json.dumps(comparison_record(comparison), ensure_ascii=False, allow_nan=False, indent=1)
    # A character that UTF-8 cannot hold (half of a pair) stays legal JSON as an escape.
    return f"{text}\n".encode("utf-8", "backslashreplace")


FORMAT = Format(suffixes=(".json",), write=_write)
