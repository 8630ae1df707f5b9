"""Max: Maximum dose."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind, in_unit, of_prescription
from sbrt_qa.units import Unit


def _build(match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Maximum dose of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, lambda subject: subject.curve.maximum()),),
        usual="<=",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="Max",
    title="Maximum dose",
    formula="highest dose of the trilinear field inside the structure",
    reference="ICRU 83, section 3.4",
    good=("Max[Gy]", "Max[%]"),
    bad=("Max", "Max[cc]", "Max20[Gy]", "max[Gy]"),
    pattern=re.compile("Max"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
