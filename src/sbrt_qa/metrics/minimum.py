"""Min: Minimum dose."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind, in_unit, of_prescription
from sbrt_qa.units import Unit


def _build(match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Minimum dose of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, lambda subject: subject.curve.minimum()),),
        usual=">=",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="Min",
    title="Minimum dose",
    formula="lowest dose of the trilinear field inside the structure",
    reference="ICRU 83, section 3.4",
    good=("Min[Gy]", "Min[%]"),
    bad=("Min", "Min[cc]", "Min20[Gy]", "min[Gy]"),
    pattern=re.compile("Min"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
