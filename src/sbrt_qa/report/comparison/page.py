"""HTML: both scorecards side by side on one self-contained page, with the curves of both over each other.

Style, script and policy are those of the page of one case.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.comparison import Change, Group, Step
from sbrt_qa.report import _chart
from sbrt_qa.report._facts import SHAPES
from sbrt_qa.report._page_frame import plain_data, rendered
from sbrt_qa.report._scorecard import DASH, STANDING, plan_label
from sbrt_qa.report.comparison._overlay import overlay_chart, overlay_data, pairs
from sbrt_qa.report.comparison._wording import INTERVALS, SIDES, check_word, facts, grouped, headline
from sbrt_qa.report.comparison.writing import Format
from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.protocol.comparison import CheckLine, Comparison, Line
    from sbrt_qa.report.comparison._overlay import Pair

_STEP_TONES = {Step.WORSE: "FAIL", Step.LOST: "UNDECIDED", Step.FOUND: "UNDECIDED", Step.BETTER: "PASS"}
_TONES = {Change.WORSE: "FAIL", Change.BETTER: "PASS", Change.UNKNOWN: "UNDECIDED"}
_LOUD = {Group.VERDICT_WORSE, Group.LOST, Group.FOUND, Group.JUDGED_IN_ONE, Group.ONLY_B, Group.UNKNOWN}


def _write(comparison: Comparison) -> bytes:
    chart = overlay_chart(comparison)
    data = overlay_data(comparison)
    return rendered(
        "comparison/page.html.jinja",
        {
            "verdict": comparison.verdict.value,
            "verdicts": (comparison.a.verdict.value, comparison.b.verdict.value),
            "shapes": SHAPES,
            "plans": (plan_label(comparison.a), plan_label(comparison.b)),
            "headline": headline(comparison),
            "facts": facts(comparison),
            "notes": comparison.notes,
            "groups": [(group, sides) for group, sides in grouped(comparison) if group is not Group.ABSENT],
            "absent": sum(line.group is Group.ABSENT for line in comparison.lines),
            "loud": _LOUD,
            "tone": _tone,
            "sides": SIDES,
            "chart": chart,
            "box": _chart,
            "curves": plain_data(data),
            "prescription_gy": data["prescription"],
            "sampling": "",
            "volumes": [_volumes(pair) for pair in pairs(comparison)],
            "checks": [_check(line) for line in comparison.checks if _is_told(line)],
            "checks_alike": sum(not check_word(line) for line in comparison.checks),
            "checks_all": len(comparison.checks),
            "intervals": INTERVALS,
            "standing": STANDING,
            "dash": DASH,
        },
    )


def _tone(line: Line) -> str:
    return _STEP_TONES.get(line.step) or _TONES.get(line.change, "")


def _is_told(line: CheckLine) -> bool:
    """Tell whether a check needs a row: it changed, or did not pass."""
    return bool(check_word(line)) or any(found is not None and found.verdict.rank for found in (line.a, line.b))


def _check(line: CheckLine) -> dict[str, Any]:
    found = line.b or line.a
    return {
        "title": "" if found is None else found.title,
        "id": "" if found is None else found.id,
        "verdicts": [None if side is None else side.verdict.value for side in (line.a, line.b)],
        "sentences": list(
            dict.fromkeys(
                f"{name}: {side.sentence}" for name, side in zip(SIDES, (line.a, line.b), strict=True) if side
            )
        ),
    }


def _volumes(pair: Pair) -> dict[str, Any]:
    """Return volume, minimum, mean and maximum of one structure: A, B."""
    curves = [None if one is None else one[0] for one in pair.drawn]
    columns = [
        [DASH] * 4 if curve is None else [show(curve.volume_cc, "cc"), *_doses(curve.statistics_gy)] for curve in curves
    ]
    return {"name": pair.name, "cells": list(zip_longest(*columns))}


def _doses(statistics_gy: tuple[float, float, float] | None) -> list[str]:
    return [DASH] * 3 if statistics_gy is None else [show(gy, "Gy") for gy in statistics_gy]


FORMAT = Format(suffixes=(".html", ".htm"), write=_write)
