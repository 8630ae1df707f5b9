"""gEUD: the generalised equivalent uniform dose."""

from __future__ import annotations

import re

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import NUMBER, Metric, MetricKind
from sbrt_qa.metrics._effective_dose import generalised_mean_gy
from sbrt_qa.units import Unit

LARGEST = 200.0


def _build(match: re.Match[str], unit: Unit) -> Metric:
    a = float(match[1])
    if -1 < a <= 0 or abs(a) > LARGEST:
        raise MetricUndefined(
            f"{match[0]} asks for a = {match[1]}",
            mend="write a = 1 or more for organs (1 is the mean), −1 or less for targets (often −10)",
        )
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Generalised equivalent uniform dose (a = {match[1].replace('-', '−')}) of {{structure}}",
        ask=(lambda subject: generalised_mean_gy(subject.curve, a),),
        usual="<=" if a > 1 else ">=" if a < 0 else "",
    )


METRIC = MetricKind(
    key="gEUD",
    title="Generalised equivalent uniform dose",
    formula="(Σ vᵢ Dᵢᵃ)^(1/a), vᵢ the share of the volume that receives Dᵢ; a = 1 is the mean",
    reference="Niemierko, Med Phys 1999;26:1100",
    good=("gEUD(a=1)[Gy]", "gEUD(a=8)[Gy]", "gEUD(a=-10)[Gy]", "gEUD(a=1.031)[Gy]"),
    bad=("gEUD[Gy]", "gEUD(8)[Gy]", "gEUD(a=0)[Gy]", "gEUD(a=-0.5)[Gy]", "gEUD(a=8)[%]", "gEUD(a=8)", "EUD(a=8)[Gy]"),
    pattern=re.compile(rf"gEUD\(a=(-?{NUMBER[1:-1]})\)"),
    units=(Unit.GY,),
    build=_build,
)
