"""D2cm: the highest dose two centimetres away from the target."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject

DISTANCE_MM = 20.0


def _dose_percent(subject: Subject) -> float:
    prescribed_gy = subject.prescribed_gy()
    return 100 * subject.beyond_curve(DISTANCE_MM).maximum() / prescribed_gy


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text="D2cm[%]",
        unit=unit,
        phrase="Maximum dose in the body more than 2 cm from {structure} in per cent of the prescription",
        ask=(_dose_percent,),
        usual="<=",
        needs_prescription=True,
        needs_body=True,
    )


METRIC = MetricKind(
    key="D2cm",
    title="Maximum dose 2 cm away",
    formula="highest dose inside the external contour without the target grown by 20 mm in three dimensions",
    reference="RTOG 0813 and RTOG 0915, table of R50% and D2cm by volume of the PTV (made for lung)",
    good=("D2cm[%]",),
    bad=("D2cm", "D2cm[Gy]", "D2cm[]", "D3cm[%]", "D2cc[cc]"),
    pattern=re.compile("D2cm"),
    units=(Unit.PERCENT,),
    build=_build,
)
