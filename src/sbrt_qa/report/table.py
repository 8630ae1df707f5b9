"""CSV: one row per finding, then one per check, for spreadsheets and scripts (RFC 4180)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sbrt_qa.report._catalogue import Format
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding

COLUMNS = (
    "kind",
    "id",
    "structure",
    "roi",
    "metric",
    "verdict",
    "value",
    "unit",
    "low",
    "high",
    "goal",
    "acceptable",
    "margin",
    "borderline",
    "required",
    "verify",
    "reason",
    "sentence",
    "source",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def text_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, on one line, without control characters."""
    return ("'" if text.startswith(_FORMULA) else "") + clean(text)


def number_cell(value: float | None) -> str:
    """Return a number at full precision with a point; empty when there is none."""
    return "" if value is None else repr(float(value))


def _finding(finding: Finding) -> list[str]:
    low, high = finding.interval or (None, None)
    return [
        "finding",
        text_cell(finding.constraint),
        text_cell(finding.structure),
        text_cell(finding.roi or ""),
        text_cell(finding.metric),
        "" if finding.verdict is None else finding.verdict.value,
        number_cell(finding.value),
        finding.unit,
        number_cell(low),
        number_cell(high),
        text_cell(finding.goal),
        text_cell(finding.acceptable),
        number_cell(finding.margin),
        _flag(finding.borderline),
        _flag(finding.required),
        _flag(finding.verify),
        text_cell(" ".join(finding.reason)),
        text_cell(finding.sentence),
        text_cell(finding.source),
    ]


def _check(check: CheckFinding) -> list[str]:
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "kind": "check",
        "id": text_cell(check.id),
        "verdict": check.verdict.value,
        "required": _flag(True),
        "reason": text_cell(" ".join(check.reason)),
        "sentence": text_cell(check.sentence),
    }
    return list(cells.values())


def _flag(value: bool) -> str:  # noqa: FBT001 - it renders a flag
    return "yes" if value else "no"


def _write(evaluation: Evaluation) -> bytes:
    rows = [_finding(finding) for finding in evaluation.findings]
    return csv_bytes(COLUMNS, rows + [_check(check) for check in evaluation.checks])


def _curves(curves: Sequence[DVH]) -> bytes:
    """Every edge of every curve: the tail of a large structure matters, so nothing is thinned."""
    rows = (
        [text_cell(curve.name), f"{edge:.6g}", f"{volume:.6f}", f"{100 * volume / curve.volume_cc:.6f}"]
        for curve in curves
        for edge, volume in zip(curve.edges_gy.tolist(), curve.cumulative_cc.tolist(), strict=True)
    )
    return csv_bytes(("structure", "dose_gy", "volume_cc", "volume_percent"), rows)


def csv_bytes(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return heading and rows as the bytes of a CSV file."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8", "backslashreplace")


FORMAT = Format(suffixes=(".csv",), title="table of findings and checks (CSV)", write=_write, curves=_curves)
