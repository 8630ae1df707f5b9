"""Veff: the effective volume."""

from __future__ import annotations

import re

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import NUMBER, Metric, MetricKind
from sbrt_qa.metrics._effective_dose import mean_power
from sbrt_qa.units import Unit

SMALLEST, LARGEST = 0.01, 10.0


def _build(match: re.Match[str], unit: Unit) -> Metric:
    n = float(match[1])
    if not SMALLEST <= n <= LARGEST:
        raise MetricUndefined(
            f"{match[0]} asks for n = {match[1]}",
            mend=f"n lies between {SMALLEST:g} and {LARGEST:g}; 1 (or 0.97) for liver",
        )
    return Metric(
        text=f"{match[0]}[{unit}]",
        unit=unit,
        phrase=f"Effective volume (n = {match[1]}, reference the prescription) of {{structure}}",
        ask=(lambda subject: 100 * mean_power(subject.curve, 1 / n, subject.prescribed_gy()),),
        usual="<=",
        needs_prescription=True,
    )


METRIC = MetricKind(
    key="Veff",
    title="Effective volume",
    formula="Σ vᵢ (Dᵢ / D_ref)^(1/n) in per cent, D_ref the prescription; n = 1 is mean / prescription",
    reference="Kutcher and Burman, Int J Radiat Oncol Biol Phys 1989;16:1623; as in RTOG 1112",
    good=("Veff(n=1)[%]", "Veff(n=0.97)[%]"),
    bad=("Veff[%]", "Veff(0.97)[%]", "Veff(n=0)[%]", "Veff(n=0.97)[cc]", "Veff(n=0.97)", "veff(n=1)[%]"),
    pattern=re.compile(rf"Veff\(n={NUMBER}\)"),
    units=(Unit.PERCENT,),
    build=_build,
)
