"""DC: the dose complement, the highest dose in the coldest part."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import NUMBER, Metric, MetricKind, in_unit, of_prescription, part
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject


def _build(match: re.Match[str], unit: Unit) -> Metric:
    size, of = part(match)

    def dose_gy(subject: Subject) -> float:
        curve = subject.curve
        cold_cc = size if of == "cc" else size / 100 * curve.volume_cc
        if cold_cc > curve.volume_cc * (1 + 1e-12):
            raise MetricUndefined(
                f"the coldest {cold_cc:g} cc asked of a {curve.volume_cc:.2f} cc structure",
                where=curve.name,
                code="volume-less-than-asked",
            )
        hot_cc = curve.volume_cc - cold_cc
        return curve.dose_at(cc=hot_cc) if hot_cc > 1e-12 * curve.volume_cc else curve.maximum()

    return Metric(
        text=f"DC{match[1]}{of}[{unit}]",
        unit=unit,
        phrase=f"Highest dose in the coldest {match[1]} {of} of {{structure}}{of_prescription(unit)}",
        ask=(in_unit(unit, dose_gy),),
        usual="<=",
        needs_prescription=unit is Unit.PERCENT,
        part_cc=size if of == "cc" else 0.0,
    )


METRIC = MetricKind(
    key="DC",
    title="Dose complement: highest dose in the coldest part",
    formula="DC(x) = D(volume − x)",
    reference="AAPM TG-263, section 9 (nomenclature)",
    good=("DC700cc[Gy]", "DC50%[Gy]", "DC700cc[%]"),
    bad=("DC700[Gy]", "DC0cc[Gy]", "DC700cc", "DC700cc[cc]"),
    pattern=re.compile(rf"DC{NUMBER}(cc|%)"),
    units=(Unit.GY, Unit.PERCENT),
    build=_build,
)
