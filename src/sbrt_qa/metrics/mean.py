"""Mean: Mean dose."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind, in_unit, of_prescription
from sbrt_qa.units import Unit


def _build(match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Mean dose of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, lambda subject: subject.curve.mean()),),
        usual="",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="Mean",
    title="Mean dose",
    formula="volume-weighted mean of the dose",
    reference="ICRU 83, section 3.4",
    good=("Mean[Gy]", "Mean[%]"),
    bad=("Mean", "Mean[cc]", "Mean20[Gy]", "mean[Gy]"),
    pattern=re.compile("Mean"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
