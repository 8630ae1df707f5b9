"""NTCP: the probability of a complication after Lyman, Kutcher and Burman."""

from __future__ import annotations

import difflib
import math
import re
from typing import TYPE_CHECKING

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._catalogue import Metric, MetricKind
from sbrt_qa.metrics._caution import above_10_gy_per_fraction
from sbrt_qa.metrics._effective_dose import generalised_mean_gy
from sbrt_qa.metrics._ntcp_models import MODELS
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics._ntcp_models import Model
    from sbrt_qa.metrics._subject import Subject


def _probability(model: Model, subject: Subject) -> float:
    """Convert each voxel, then average, then compare with TD50; another order gives another number."""
    effective_gy = generalised_mean_gy(subject.converted(model.basis).curve, 1 / model.n)
    t = (effective_gy - model.td50_gy) / (model.m * model.td50_gy)
    return 50 * math.erfc(-t / math.sqrt(2))


def _model(name: str) -> Model:
    if name in MODELS:
        return MODELS[name]
    near = difflib.get_close_matches(name, MODELS, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise MetricUndefined(f"unknown NTCP model '{name}'", mend=f"{hint}known are {', '.join(MODELS)}")


def _build(match: re.Match[str], unit: Unit) -> Metric:
    model = _model(match[1])
    unsure = "; numbers not yet checked against their source" if model.evidence == "M-hi" else ""
    return Metric(
        text=f"NTCP({model.name})[{unit}]",
        unit=unit,
        phrase=f"Complication probability of {{structure}} ({model.endpoint}; LKB {model.name}: n {model.n:g},"
        f" m {model.m:g}, TD50 {model.td50_gy:g} Gy, {model.basis.word} with α/β {model.basis.ab_gy:g} Gy{unsure})",
        ask=(lambda subject: _probability(model, subject),),
        usual="<=",
        most=100.0,
        caution=above_10_gy_per_fraction,
        unconvertible="the model converts the dose itself, so it would be converted twice",
    )


METRIC = MetricKind(
    key="NTCP",
    title="Probability of a complication (Lyman-Kutcher-Burman)",
    formula="Φ((Deff − TD50) / (m TD50)), Deff the gEUD with a = 1/n after each voxel's dose is converted to the"
    " model's basis",
    reference="Lyman, Radiat Res 1985;104:S13; Kutcher and Burman 1989; parameters as listed with each model",
    good=("NTCP(liver-metastases)[%]", "NTCP(michigan-duodenum)[%]"),
    bad=(
        "NTCP[%]",
        "NTCP(liver)[%]",
        "NTCP(michigan-liver)[]",
        "NTCP(michigan-liver)",
        "EQD2(ab=3):NTCP(michigan-liver)[%]",
    ),
    pattern=re.compile(r"NTCP\(([^()]+)\)"),
    units=(Unit.PERCENT,),
    build=_build,
)
