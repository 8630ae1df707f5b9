"""The curves as numbers for the page's script: those of the record, with the limits that are judged on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.report._lines import DASHES, dose_axis_gy, lines
from sbrt_qa.report._thin import thin
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._lines import Line


def curves(evaluation: Evaluation) -> dict[str, Any]:
    """Return what the interactive curves are drawn from.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.

    Returns
    -------
    dict
        Plain data that JSON can hold; the points of each curve are those of the record. A structure that lies
        outside the dose grid altogether has no curve to read.
    """
    ordered = sorted(evaluation.curves, key=lambda curve: (curve.name.casefold(), curve.name))
    drawn = lines(ordered, evaluation)
    prescription_gy = evaluation.prescription.get("gy")
    return {
        "end": dose_axis_gy(drawn, prescription_gy),
        "prescription": prescription_gy,
        "curves": [
            curve_data(curve, line, judged=is_judged(curve, evaluation))
            for curve, line in zip(ordered, drawn, strict=True)
            if curve.statistics_gy
        ],
    }


def is_judged(curve: DVH, evaluation: Evaluation) -> bool:
    """Tell whether a limit was held against a structure."""
    return any(f.roi == curve.name and f.verdict is not None and f.value is not None for f in evaluation.findings)


def curve_data(curve: DVH, line: Line, *, judged: bool) -> dict[str, Any]:
    """Return one curve as the page's script reads it."""
    edges_gy, cumulative_cc = thin(curve)
    low, _, high = curve.statistics_gy or (0.0, 0.0, 0.0)
    return {
        "name": clean(curve.name),
        "color": line.color,
        "dash": " ".join(f"{part:g}" for part in DASHES[line.dash]),
        "volume": curve.volume_cc,
        "covered": curve.uncovered_cc == 0.0,
        "low": low,
        "high": high,
        "gy": [round(float(edge), 6) for edge in edges_gy],
        "cc": [round(float(volume), 6) for volume in cumulative_cc],
        "judged": judged,
        "marks": [
            {"gy": mark.dose_gy, "percent": mark.percent, "side": mark.side, "says": f"{line.name}: {mark.says}"}
            for mark in line.marks
        ],
        "stated": {
            "gy": [round(gy, 4) for gy in line.stated_gy],
            "percent": [round(percent, 4) for percent in line.stated_percents],
        }
        if line.stated_gy
        else None,
    }
