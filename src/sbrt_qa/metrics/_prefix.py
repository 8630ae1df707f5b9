"""The prefixes ``EQD2(ab=3):`` and ``BED(ab=10):``: every dose of the metric behind them is converted first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._caution import above_10_gy_per_fraction
from sbrt_qa.metrics._linear_quadratic import Basis

if TYPE_CHECKING:
    from sbrt_qa.metrics._catalogue import Metric, Question


@dataclass(frozen=True, slots=True)
class Prefix:
    """One way to express dose before a metric is computed.

    Parameters
    ----------
    word : str
        How it is written.
    fraction_gy : float
        Dose per fraction of the schedule it stands for; 0 for infinitely many.
    title, formula, reference : str
        For the catalogue.
    good, bad : tuple of str
        Texts that must and must not parse.
    """

    word: str
    fraction_gy: float
    title: str
    formula: str
    reference: str
    good: tuple[str, ...]
    bad: tuple[str, ...]


PREFIXES = (
    Prefix(
        word="EQD2",
        fraction_gy=2.0,
        title="Equivalent dose in 2 Gy fractions",
        formula="each voxel's total dose D in n fractions becomes D (D/n + ab) / (2 + ab)",
        reference="Withers et al., Radiother Oncol 1983;1:187; Bentzen et al., Radiother Oncol 2012;105:266 (ESTRO)",
        good=("EQD2(ab=3):D0.5cc[Gy]", "EQD2(ab=2.5):Mean[Gy]", "EQD2(ab=3):V60Gy[cc]", "EQD2(ab=10):D95%[%]"),
        bad=("EQD2:D0.5cc[Gy]", "EQD2(3):Mean[Gy]", "EQD2(ab=0):Mean[Gy]", "EQD2(ab=3)D0.5cc[Gy]", "EQD2(ab=3):"),
    ),
    Prefix(
        word="BED",
        fraction_gy=0.0,
        title="Biologically effective dose",
        formula="each voxel's total dose D in n fractions becomes D (1 + (D/n) / ab)",
        reference="Fowler, Br J Radiol 1989;62:679",
        good=("BED(ab=10):D95%[Gy]", "BED(ab=3):Max[Gy]"),
        bad=("BED(ab=10)[Gy]", "BED10:D95%[Gy]", "BED(ab=10):EQD2(ab=3):Mean[Gy]", "bed(ab=10):Mean[Gy]"),
    ),
)
_PREFIX = re.compile(r"(EQD2|BED)\(ab=([0-9]+(?:\.[0-9]+)?)\)")


def with_prefix(head: str, metric: Metric) -> Metric:
    """Return a metric whose every dose is converted first.

    Parameters
    ----------
    head : str
        What stands before the colon, e.g. ``EQD2(ab=3)``.
    metric : Metric
        What stands behind it.

    Raises
    ------
    MetricUndefined
        When the head is no prefix, or has no meaning before this metric.
    """
    match = _PREFIX.fullmatch(head)
    if match is None or float(match[2]) <= 0:
        raise MetricUndefined(
            f"unknown prefix '{head}:'",
            mend=f"write EQD2(ab=3):{metric.text} or BED(ab=10):{metric.text}, with alpha/beta in Gy, more than 0",
        )
    if metric.unconvertible:
        raise MetricUndefined(f"'{head}:' before {metric.text}: {metric.unconvertible}", mend=f"leave out {head}:")
    fraction_gy = next(prefix.fraction_gy for prefix in PREFIXES if prefix.word == match[1])
    basis = Basis(match[1], fraction_gy, float(match[2]))
    return replace(
        metric,
        text=f"{head}:{metric.text}",
        phrase=f"{metric.phrase} (every dose as {match[1]}, α/β {match[2]} Gy)",
        ask=tuple(_after(basis, question) for question in metric.ask),
        caution=above_10_gy_per_fraction,
        unconvertible="its dose is converted already",
    )


def _after(basis: Basis, question: Question) -> Question:
    return lambda subject: question(subject.converted(basis))
