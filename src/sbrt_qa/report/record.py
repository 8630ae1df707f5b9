"""JSON: the one complete record. Every other format can be made from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._thin import TOLERANCE, thin, thin_points

if TYPE_CHECKING:
    from sbrt_qa.checks import Compared
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation

SCHEMA = "sbrt-qa/evaluation/1"


def record(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain data that JSON can hold.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.

    Returns
    -------
    dict
        As ``evaluation.schema.json`` describes it. A number that is not finite becomes None.
        Curves are thinned to within 0.05 % of the volume and sorted by name.
    """
    content = {
        "schema": SCHEMA,
        "verdict": evaluation.verdict.value,
        "case": _sorted(evaluation.case),
        "protocol": None if evaluation.protocol is None else _sorted(evaluation.protocol),
        "prescription": _sorted(evaluation.prescription),
        "findings": [asdict(finding) for finding in evaluation.findings],
        "checks": [asdict(check) for check in evaluation.checks],
        "curves": [_curve(curve) for curve in sorted(evaluation.curves, key=lambda curve: curve.name)],
        "stated_dvhs": [_stated(row) for row in evaluation.stated_dvhs],
        "provenance": _sorted(evaluation.provenance),
    }
    plain: dict[str, Any] = _plain(content)
    return plain


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the record."""
    text = files("sbrt_qa.report").joinpath("evaluation.schema.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def _write(evaluation: Evaluation) -> bytes:
    text = json.dumps(record(evaluation), ensure_ascii=False, allow_nan=False, indent=1)
    # A character that UTF-8 cannot hold (half of a pair) stays legal JSON as an escape.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _curve(curve: DVH) -> dict[str, Any]:
    low, mean, high = curve.statistics_gy or (None, None, None)
    edges_gy, cumulative_cc = thin(curve)
    return {
        "structure": curve.name,
        "volume_cc": curve.volume_cc,
        "min_gy": low,
        "mean_gy": mean,
        "max_gy": high,
        "covered": curve.covered,
        "edges_gy": [round(float(edge), 6) for edge in edges_gy],
        "cumulative_cc": [round(float(volume), 6) for volume in cumulative_cc],
    }


def _stated(row: Compared) -> dict[str, Any]:
    """Return what the planning system states of one structure beside ours, its curve as share of the volume."""
    curve = row.curve
    doses_gy, shares = ((), ()) if curve is None else thin_points(curve.doses_gy, curve.shares, TOLERANCE)
    return {
        "structure": row.roi,
        "roi_number": row.roi_number,
        "agreement": row.agreement.value,
        "sentence": row.sentence,
        "convention": row.convention,
        "reading": "" if curve is None else curve.reading,
        "statistics_unit": "" if curve is None else curve.unit,
        "stated": None if row.stated is None else asdict(row.stated),
        "own": None if row.own is None else asdict(row.own),
        "difference": None if row.difference is None else asdict(row.difference),
        "remaining_percent": row.remaining_percent,
        "doses_gy": [round(float(dose), 6) for dose in doses_gy],
        "shares": [round(float(share), 6) for share in shares],
    }


def _sorted(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _sorted(value) if isinstance(value, Mapping) else value for key, value in sorted(facts.items())}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


FORMAT = Format(suffixes=(".json",), title="complete record (JSON)", write=_write)
