"""HI: the homogeneity index, in one of its two definitions."""

from __future__ import annotations

import re

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit


def _icru83(near_max_gy: float, near_min_gy: float, median_gy: float) -> float:
    if median_gy == 0:
        raise MetricUndefined("the median dose is 0 Gy, so a share of it has no meaning")
    return (near_max_gy - near_min_gy) / median_gy


def _build(match: re.Match[str], unit: Unit) -> Metric:
    if match[1] == "ICRU83":
        return Metric(
            text="HI(ICRU83)[]",
            unit=unit,
            phrase="Homogeneity index (ICRU 83) of {structure}",
            ask=(
                lambda subject: subject.curve.dose_at(percent=2),
                lambda subject: subject.curve.dose_at(percent=98),
                lambda subject: subject.curve.dose_at(percent=50),
            ),
            combine=_icru83,
            usual="<=",
        )
    return Metric(
        text="HI(RTOG)[]",
        unit=unit,
        phrase="Homogeneity index (RTOG) of {structure}",
        ask=(lambda subject: subject.curve.maximum() / subject.prescribed_gy(),),
        usual="<=",
        needs_prescription=True,
    )


METRIC = MetricKind(
    key="HI",
    title="Homogeneity index (ICRU 83, RTOG)",
    formula="ICRU83: (D2% − D98%) / D50%; RTOG: maximum dose / prescription",
    reference="ICRU 83 (2010); Shaw et al. (RTOG), Int J Radiat Oncol Biol Phys 1993;27:1231",
    good=("HI(ICRU83)[]", "HI(RTOG)[]"),
    bad=("HI[]", "HI", "HI(ICRU83)", "HI(ICRU83)[%]", "HI(ICRU91)[]", "HI(rtog)[]"),
    pattern=re.compile(r"HI\((ICRU83|RTOG)\)"),
    units=(Unit.NONE,),
    build=_build,
)
