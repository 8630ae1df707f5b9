"""JSON: every number, at full precision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sbrt_qa.commission.writing import Format

if TYPE_CHECKING:
    from sbrt_qa.commission.document import Chapter, Commissioning, Point

SCHEMA = "sbrt-qa/commissioning/1"


def as_dict(document: Commissioning) -> dict[str, Any]:
    """Return the document as plain data."""
    return {
        "schema": SCHEMA,
        "verdict": document.verdict.value,
        "quick": document.quick,
        "versions": dict(document.versions),
        "chapters": [_chapter(chapter) for chapter in document.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "set": chapter.set_id,
        "title": chapter.title,
        "source": chapter.source,
        "sampling": chapter.sampling.as_dict(),
        "verdict": chapter.verdict.value,
        "definitions": list(chapter.definitions),
        "criteria": [
            {"id": c.id, "verdict": c.verdict.value, "title": c.title, "found": c.found} for c in chapter.criteria
        ],
        "tables": [
            {"title": t.title, "header": list(t.header), "rows": [list(row) for row in t.rows], "note": t.note}
            for t in chapter.tables
        ],
        "points": [_point(point) for point in chapter.points],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "case": point.case,
        "structure": point.structure,
        "metric": point.metric,
        "unit": point.unit,
        "value": point.value,
        "truth": point.truth,
        "ideal": point.ideal,
        "error_percent": point.error_percent,
        "tolerance_percent": point.tolerance_percent,
        "off": point.off,
        "reason": point.reason,
    }


def write_record(document: Commissioning) -> bytes:
    """Return the document as JSON, the same bytes for the same document."""
    return (json.dumps(as_dict(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


FORMAT = Format(".json", write_record)
