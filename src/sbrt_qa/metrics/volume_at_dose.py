"""V: the volume that receives at least a dose."""

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
        return subject.curve.volume_at(gy=level_gy(subject))

    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"{in_volume(unit)} of {{structure}} receiving at least {dose_words(match)}",
        ask=(volume_share(unit, volume_cc),),
        needs_prescription=match[2] == "%",
        counts_volume=True,
        most=100.0 if unit is Unit.PERCENT else math.inf,
    )


METRIC = MetricKind(
    key="V",
    title="Volume at dose",
    formula="V(d): volume receiving at least d, d in Gy or in per cent of the prescription",
    reference="AAPM TG-263, section 9 (nomenclature); ICRU 83, section 3.4",
    good=("V20Gy[cc]", "V20Gy[%]", "V100%[%]", "V100%[cc]", "V12.5Gy[cc]"),
    bad=("V20[cc]", "V20Gy", "V20cc[Gy]", "V20Gy[Gy]", "V20cGy[cc]", "v20Gy[cc]"),
    pattern=re.compile(rf"V{NUMBER}(Gy|%)"),
    units=(Unit.CC, Unit.PERCENT),
    build=_build,
)
