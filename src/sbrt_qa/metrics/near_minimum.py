"""NearMin: the near-minimum dose after ICRU 91."""

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
        return subject.curve.dose_at(cc=subject.curve.volume_cc - SMALL_PART_CC)
    return subject.curve.dose_at(percent=98)


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"NearMin[{unit}]",
        unit=unit,
        phrase=f"Near-minimum dose (ICRU 91) of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, _dose_gy),),
        usual=">=",
        needs_prescription=unit is Unit.PERCENT,
    )


METRIC = MetricKind(
    key="NearMin",
    title="Near-minimum dose (ICRU 91)",
    formula="D98%; for structures below 2 cc the highest dose in the coldest 0.035 cc",
    reference=REFERENCE,
    good=("NearMin[Gy]", "NearMin[%]"),
    bad=("NearMin", "NearMin[cc]", "Nearmin[Gy]", "NearMin98%[Gy]"),
    pattern=re.compile("NearMin"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
