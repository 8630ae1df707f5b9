"""GI: the gradient index."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text="GI[]",
        unit=unit,
        phrase="Gradient index of {structure}",
        ask=(lambda subject: subject.isodose_cc(50), lambda subject: subject.isodose_cc(100)),
        combine=lambda half_cc, full_cc: half_cc / full_cc,
        usual="<=",
        needs_prescription=True,
        needs_body=True,
    )


METRIC = MetricKind(
    key="GI",
    title="Gradient index",
    formula="PIV50 / PIV: volume of the 50 % isodose over that of the 100 % isodose, both inside the external contour",
    reference="Paddick and Lippitz, J Neurosurg 2006;105(Suppl):194",
    good=("GI[]",),
    bad=("GI", "GI[%]", "GI50[]", "gi[]"),
    pattern=re.compile("GI"),
    units=(Unit.NONE,),
    build=_build,
)
