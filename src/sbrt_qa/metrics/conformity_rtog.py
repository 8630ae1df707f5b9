"""CI: the RTOG conformity index."""

from __future__ import annotations

import re

from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text="CI[]",
        unit=unit,
        phrase="Conformity index (RTOG) of {structure}",
        ask=(lambda subject: subject.isodose_cc(100), lambda subject: subject.curve.volume_cc),
        combine=lambda isodose_cc, target_cc: isodose_cc / target_cc,
        usual="<=",
        needs_prescription=True,
        needs_body=True,
    )


METRIC = MetricKind(
    key="CI",
    title="Conformity index (RTOG)",
    formula="PIV / TV: volume of the 100 % isodose inside the external contour over the volume of the target",
    reference="Shaw et al. (RTOG), Int J Radiat Oncol Biol Phys 1993;27:1231",
    good=("CI[]",),
    bad=("CI", "CI[%]", "CI[Gy]", "ci[]", "CI(RTOG)[]"),
    pattern=re.compile("CI"),
    units=(Unit.NONE,),
    build=_build,
)
