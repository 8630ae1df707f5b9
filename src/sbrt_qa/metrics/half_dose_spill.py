"""R50: how far the half dose spills beyond the target."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text="R50[]",
        unit=unit,
        phrase="Ratio of the 50 % isodose volume to the volume of {structure} (R50)",
        ask=(lambda subject: subject.isodose_cc(50), lambda subject: subject.curve.volume_cc),
        combine=lambda half_cc, target_cc: half_cc / target_cc,
        usual="<=",
        needs_prescription=True,
        needs_body=True,
    )


METRIC = MetricKind(
    key="R50",
    title="Half-dose spill",
    formula="PIV50 / TV: volume of the 50 % isodose inside the external contour over the volume of the target",
    reference="RTOG 0813 and RTOG 0915, table of R50% and D2cm by volume of the PTV (made for lung)",
    good=("R50[]",),
    bad=("R50", "R50[%]", "R50%[]", "r50[]"),
    pattern=re.compile("R50"),
    units=(Unit.NONE,),
    build=_build,
)
