"""Median: Median dose."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind, in_unit, of_prescription
from sbrt_qa.units import Unit


def _build(match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Median dose of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, lambda subject: subject.curve.dose_at(percent=50)),),
        usual="",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="Median",
    title="Median dose",
    formula="D50%",
    reference="ICRU 83, section 3.4",
    good=("Median[Gy]", "Median[%]"),
    bad=("Median", "Median[cc]", "Median20[Gy]", "median[Gy]"),
    pattern=re.compile("Median"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
