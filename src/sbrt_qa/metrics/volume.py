"""Volume: the volume of the whole structure, the part outside the dose grid included."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text=f"Volume[{unit}]",
        unit=unit,
        phrase="Volume of {structure}",
        ask=(lambda subject: subject.curve.volume_cc,),
        unconvertible="a volume has no dose to convert",
    )


METRIC = MetricKind(
    key="Volume",
    title="Volume of the structure",
    formula="area of the contours by even-odd times the height of their slabs",
    reference="the end-cap and between-contour conventions of the record",
    good=("Volume[cc]",),
    bad=("Volume", "Volume[%]", "Volume[Gy]", "volume[cc]"),
    pattern=re.compile("Volume"),
    units=(Unit.CC,),
    build=_build,
)
