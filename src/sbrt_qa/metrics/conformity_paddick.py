"""PCI: the Paddick conformity index."""

from __future__ import annotations

import re

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.units import Unit

SAME = 1.05  # two outlines are sampled on their own; what is larger by more is no matter of sampling


def _paddick(inside_cc: float, isodose_cc: float, target_cc: float) -> float:
    if inside_cc > SAME * isodose_cc:
        raise MetricUndefined(
            f"{inside_cc:.2f} cc of the target, but only {isodose_cc:.2f} cc of the body receive the prescription",
            mend="check that the external contour encloses the target",
            code="target-outside-external",
        )
    return min(inside_cc**2 / (target_cc * isodose_cc), 1.0)


def _build(_match: re.Match[str], unit: Unit) -> Metric:
    return Metric(
        text="PCI[]",
        unit=unit,
        phrase="Conformity index (Paddick) of {structure}",
        ask=(
            lambda subject: subject.curve.volume_at(gy=subject.prescribed_gy()),
            lambda subject: subject.isodose_cc(100),
            lambda subject: subject.curve.volume_cc,
        ),
        combine=_paddick,
        usual=">=",
        needs_prescription=True,
        needs_body=True,
        most=1.0,
    )


METRIC = MetricKind(
    key="PCI",
    title="Conformity index (Paddick)",
    formula="TVPIV² / (TV × PIV): TVPIV the part of the target inside the 100 % isodose, TV the target, PIV the isodose"
    " inside the external contour",
    reference="Paddick, J Neurosurg 2000;93(Suppl 3):219; ICRU 91; some programs print its inverse",
    good=("PCI[]",),
    bad=("PCI", "PCI[%]", "Pci[]", "PCI(Paddick)[]"),
    pattern=re.compile("PCI"),
    units=(Unit.NONE,),
    build=_build,
)
