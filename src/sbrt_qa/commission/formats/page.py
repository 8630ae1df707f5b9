"""HTML: one self-contained page with every number."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sbrt_qa.commission.formats.record import write_record
from sbrt_qa.commission.strips import HEIGHT, LEFT, WIDTH, strips
from sbrt_qa.commission.wording import CLOSING, MARKS, SIGNED_BY, headline, number, signed, summary, versions_line
from sbrt_qa.commission.writing import Format
from sbrt_qa.report.templates import templates

if TYPE_CHECKING:
    from sbrt_qa.commission.document import Chapter, Commissioning, Point


def _write(document: Commissioning) -> bytes:
    page = templates("sbrt_qa.commission", "formats").get_template("page.html.jinja")
    text = page.render(
        verdict=document.verdict.value,
        marks=MARKS,
        headline=headline(document),
        summary=summary(document),
        versions=versions_line(document),
        record=hashlib.sha256(write_record(document)).hexdigest(),
        chapters=[_chapter(chapter) for chapter in document.chapters],
        box={"width": WIDTH, "height": HEIGHT, "left": LEFT},
        signed_by=SIGNED_BY,
        closing=CLOSING,
    )
    return text.encode("utf-8", "replace")


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "id": f"{chapter.set_id}-{'-'.join(str(v) for v in chapter.sampling.as_dict().values())}",
        "title": chapter.title,
        "verdict": chapter.verdict.value,
        "sampling": str(chapter.sampling),
        "source": chapter.source,
        "definitions": chapter.definitions,
        "criteria": chapter.criteria,
        "tables": chapter.tables,
        "strips": strips(chapter) if chapter.points else None,
        "points": [_row(point) for point in chapter.points],
    }


def _row(point: Point) -> tuple[str, ...]:
    error = point.error_percent
    return (
        point.case,
        point.structure,
        point.metric,
        "—" if point.value is None else f"{point.value:.5g}",
        f"{point.truth:.5g}",
        point.unit,
        point.reason if error is None else signed(error, 2),
        number(point.tolerance_percent),
        "off" if point.off else "",
    )


FORMAT = Format(".html", _write)
