"""HTML: the whole judgement on one self-contained page, for the screen, the phone and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import _chart
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._lines import COLORS
from sbrt_qa.report._scorecard import (
    DASH,
    STANDING,
    VERIFY,
    headline,
    plan_label,
    prescription_line,
    protocol_line,
    sampling_line,
    scorecard,
)
from sbrt_qa.report._stated import stated_rows
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation

SHAPES = {"PASS": "●", "VARIATION": "▲", "UNDECIDED": "◆", "FAIL": "✖"}
_NAMES = {"id": "Case", "patient_id": "Patient ID", "sbrt_qa": "sbrt_qa", "numpy": "numpy", "pydicom": "pydicom"}
_ELSEWHERE = {"files", "sampling", "plan_label"}


def _write(evaluation: Evaluation) -> bytes:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sbrt_qa.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    page = environment.get_template("page.html.jinja").render(_content(evaluation))
    return page.encode("utf-8", "replace")


def _content(evaluation: Evaluation) -> dict[str, Any]:
    rows = scorecard(evaluation)
    cited = (row.finding.source for row in rows if row.finding.source)
    return {
        "verdict": evaluation.verdict.value,
        "shapes": SHAPES,
        "headline": headline(evaluation),
        "plan": plan_label(evaluation),
        "protocol": protocol_line(evaluation),
        "protocol_facts": evaluation.protocol or {},
        "prescription": prescription_line(evaluation),
        "case": evaluation.case,
        "sources": {source: n for n, source in enumerate(dict.fromkeys(cited), start=1)},
        "facts": tuple(_facts(evaluation.case)),
        "judged": [row for row in rows if row.finding.verdict is not None],
        "reported": [row for row in rows if row.finding.verdict is None],
        "checks": sorted(evaluation.checks, key=lambda check: -check.verdict.rank),
        "quiet": {Verdict.PASS, None},
        "chart": _chart.chart(evaluation),
        "box": _chart,
        "colors": COLORS,
        "statistics": [_statistics(curve) for curve in sorted(evaluation.curves, key=_by_name)],
        "stated": stated_rows(evaluation),
        "sampling": sampling_line(evaluation.provenance),
        "provenance": tuple(_facts(evaluation.provenance)),
        "verify": VERIFY if any(finding.verify for finding in evaluation.findings) else "",
        "standing": STANDING,
        "dash": DASH,
    }


def _by_name(curve: DVH) -> tuple[str, str]:
    return curve.name.casefold(), curve.name


def _statistics(curve: DVH) -> dict[str, str]:
    low, mean, high = curve.statistics_gy or (None, None, None)
    doses = {"minimum": low, "mean": mean, "maximum": high}
    shown = {word: DASH if gy is None else show(gy, "Gy") for word, gy in doses.items()}
    covered = "all" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f} %"
    return {"name": curve.name, "volume": show(curve.volume_cc, "cc"), **shown, "covered": covered}


def _facts(facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Flatten the plain entries of a mapping into label and text; longer lists have their own place."""
    for key, value in facts.items():
        if key in _ELSEWHERE or value in (None, "", [], (), {}) or (key, value) == ("id", facts.get("plan_uid")):
            continue
        label = key.replace("_", " ").capitalize().replace(" uid", " UID")
        yield _NAMES.get(key, label), _words(value)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_words(item) for item in value)
    return str(value)


FORMAT = Format(suffixes=(".html", ".htm"), title="page for screen and paper (HTML)", write=_write)
