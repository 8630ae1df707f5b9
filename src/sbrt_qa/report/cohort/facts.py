"""What a summary of many plans is made of: facts that were computed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.protocol.finding import CheckFinding, Finding, Verdict


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """One plan.

    Parameters
    ----------
    id : str
        Name of its record.
    export, plan_label, patient_id : str
        Which plan it is; empty where it is not known.
    verdict : Verdict
        Of the whole.
    record : str
        Path of the JSON record, seen from the summary.
    findings : tuple of Finding
        In protocol order.
    checks : tuple of CheckFinding
        Its integrity checks.
    stopped : str
        Why the evaluation did not come to its end; empty when it did.
    page : str
        Path of its own page, seen from the summary; empty where there is none.
    """

    id: str
    export: str
    plan_label: str
    patient_id: str
    verdict: Verdict
    record: str
    findings: tuple[Finding, ...]
    checks: tuple[CheckFinding, ...]
    stopped: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a constraint: which plan, which ROI, and whether it lies far from the others."""

    plan: str
    roi: str
    value: float
    verdict: Verdict | None
    is_outlier: bool


@dataclass(frozen=True, slots=True)
class ConstraintFacts:
    """One constraint over all plans.

    Parameters
    ----------
    id, structure, metric, unit : str
        As in the protocol.
    goals : tuple of str
        Limits that were used: one, or several where they depend on fractions or prescription.
    goal_values : tuple of float
        Their numbers.
    counts : mapping of Verdict to int
        How often each verdict was given; report rows count for none.
    unjudged : int
        Report rows, and rows whose condition was not met.
    readings : tuple of Reading
        All values there are, in the order of the plans.
    median, low, high : float or None
        Median and the 5 % and 95 % points of the values; None without any.
    """

    id: str
    structure: str
    metric: str
    unit: str
    goals: tuple[str, ...]
    goal_values: tuple[float, ...]
    counts: Mapping[Verdict, int]
    unjudged: int
    readings: tuple[Reading, ...]
    median: float | None
    low: float | None
    high: float | None

    @property
    def judged(self) -> int:
        """How often it was judged."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Band:
    """Curves of one structure over all plans that have it.

    Parameters
    ----------
    structure : str
        Its name.
    doses_gy : tuple of float
        Common axis.
    quantiles : mapping of float to tuple of float
        5, 25, 50, 75 and 95 % of the plans receive at most this share of the volume, 0..1, at each dose.
    curves : tuple of (plan id, shares)
        Each plan's own, on the same axis.
    """

    structure: str
    doses_gy: tuple[float, ...]
    quantiles: Mapping[int, tuple[float, ...]]
    curves: tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Many plans judged by one protocol.

    Parameters
    ----------
    protocol : mapping
        id, title, version, status, sha256.
    plans : tuple of PlanFacts
        By export and label.
    verdicts : mapping of Verdict to int
        How many plans have each.
    constraints : tuple of ConstraintFacts
        In protocol order.
    bands : tuple of Band
        By name of the structure.
    """

    protocol: Mapping[str, str]
    plans: tuple[PlanFacts, ...]
    verdicts: Mapping[Verdict, int]
    constraints: tuple[ConstraintFacts, ...]
    bands: tuple[Band, ...]
