"""D: the dose that the hottest part of a structure receives at least."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.metrics._catalogue import NUMBER, Metric, MetricKind, in_unit, of_prescription, part
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject


def _build(match: re.Match[str], unit: Unit) -> Metric:
    size, of = part(match)

    def dose_gy(subject: Subject) -> float:
        if of == "cc":
            return subject.curve.dose_at(cc=size)
        return subject.curve.dose_at(percent=size)

    return Metric(
        text=f"D{match[1]}{of}[{unit}]",
        unit=unit,
        phrase=f"Dose to the hottest {match[1]} {of} of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, dose_gy),),
        usual="" if of == "%" else "<=",
        needs_prescription=unit is Unit.PERCENT,
        part_cc=size if of == "cc" else 0.0,
    )


METRIC = MetricKind(
    key="D",
    title="Dose to the hottest part",
    formula="the dose d with V(d) = x, x in cc or in per cent of the structure",
    reference="AAPM TG-263, section 9 (nomenclature); ICRU 83, section 3.4",
    good=("D95%[Gy]", "D0.03cc[Gy]", "D95%[%]", "D0.1cc[%]", "D100%[Gy]"),
    bad=("D95[Gy]", "D0.03cc", "D0%[Gy]", "D101%[Gy]", "D0cc[Gy]", "D95%[cc]", "d95%[Gy]"),
    pattern=re.compile(rf"D{NUMBER}(cc|%)"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
