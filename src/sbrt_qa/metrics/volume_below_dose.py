"""CV: the complementary volume, which receives less than a dose (what is spared)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from sbrt_qa.metrics._catalogue import NUMBER, Metric, MetricKind, dose_level, dose_words, in_volume, volume_share
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject


def _build(match: re.Match[str], unit: Unit) -> Metric:
    level_gy = dose_level(match)

    def volume_cc(subject: Subject) -> float:
        return subject.curve.volume_cc - subject.curve.volume_at(gy=level_gy(subject))

    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"{in_volume(unit)} of {{structure}} receiving less than {dose_words(match)}",
        ask=(volume_share(unit, volume_cc),),
        usual=">=",
        needs_prescription=match[2] == "%",
        counts_volume=True,
        most=100.0 if unit is Unit.PERCENT else math.inf,
    )


METRIC = MetricKind(
    key="CV",
    title="Volume below dose (complementary volume)",
    formula="volume − V(d): volume receiving less than d",
    reference="AAPM TG-263, section 9 (nomenclature); critical-volume rules of AAPM TG-101, Table III",
    good=("CV15Gy[cc]", "CV21Gy[cc]", "CV15Gy[%]", "CV50%[cc]"),
    bad=("CV15[cc]", "CV15Gy", "CV15cc[Gy]", "CV15Gy[Gy]"),
    pattern=re.compile(rf"CV{NUMBER}(Gy|%)"),
    units=(Unit.CC, Unit.PERCENT),
    build=_build,
)
