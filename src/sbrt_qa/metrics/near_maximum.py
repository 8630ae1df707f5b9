"""NearMax: the near-maximum dose after ICRU 91."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.metrics._catalogue import Metric, MetricKind, in_unit, of_prescription
from sbrt_qa.metrics._near_extremes import REFERENCE, SMALL_PART_CC, is_small
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject


def _dose_gy(subject: Subject) -> float:
    if is_small(subject):
        return subject.curve.dose_at(cc=SMALL_PART_CC)
    return subject.curve.dose_at(percent=2)


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"NearMax[{unit}]",
        unit=unit,
        phrase=f"Near-maximum dose (ICRU 91) of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, _dose_gy),),
        usual="<=",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="NearMax",
    title="Near-maximum dose (ICRU 91)",
    formula="D2%; for structures below 2 cc the dose to the hottest 0.035 cc",
    reference=REFERENCE,
    good=("NearMax[Gy]", "NearMax[%]"),
    bad=("NearMax", "NearMax[cc]", "Nearmax[Gy]", "NearMax2%[Gy]"),
    pattern=re.compile("NearMax"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
