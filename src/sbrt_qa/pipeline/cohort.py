"""Cohort: the records of a store -> what they have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.report.cohort.facts import Band, Cohort, ConstraintFacts, PlanFacts, Reading
from sbrt_qa.report.read_record import read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sbrt_qa.histogram import DVH
    from sbrt_qa.pipeline.store import Entry, Store
    from sbrt_qa.protocol.finding import Evaluation, Finding

QUANTILES = (5, 25, 50, 75, 95)
AXIS_POINTS = 200
FAR = 3.5  # times the spread: the median of the distances to the median, scaled to a standard deviation
SCALE = 1.4826
LEAST = 5  # fewer values have no outliers
FEWEST_CURVES = 2


def cohort_of(store: Store) -> Cohort:
    """Read all records of a store and say what they have in common.

    Raises
    ------
    CaseError
        When a record is damaged: run the batch again, which makes it anew.
    """
    plans: list[PlanFacts] = []
    protocol: Mapping[str, str] = {}
    curves: defaultdict[str, list[tuple[str, DVH]]] = defaultdict(list)
    for entry in store.entries():
        evaluation = read_record(store.path_of(entry.id))
        protocol = protocol or evaluation.protocol or {}
        plans.append(_plan(entry, evaluation))
        for curve in evaluation.curves:
            if curve.statistics_gy is not None:
                curves[curve.name].append((entry.id, curve))
    return Cohort(
        protocol=protocol,
        plans=tuple(plans),
        verdicts=Counter(plan.verdict for plan in plans),
        constraints=_constraints(plans),
        bands=tuple(_band(name, found) for name, found in sorted(curves.items()) if len(found) >= FEWEST_CURVES),
    )


def _plan(entry: Entry, evaluation: Evaluation) -> PlanFacts:
    return PlanFacts(
        id=entry.id,
        export=entry.export,
        plan_label=entry.plan_label,
        patient_id=entry.patient_id,
        verdict=evaluation.verdict,
        record=f"records/{entry.id}.json",
        findings=evaluation.findings,
        checks=evaluation.checks,
        stopped=entry.stopped,
    )


def _constraints(plans: Sequence[PlanFacts]) -> tuple[ConstraintFacts, ...]:
    """Gather the rows of all plans by constraint, in the order in which they first appear."""
    rows: defaultdict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for plan in plans:
        for finding in plan.findings:
            rows[finding.constraint].append((plan.id, finding))
    return tuple(_constraint(found) for found in rows.values())


def _constraint(rows: Sequence[tuple[str, Finding]]) -> ConstraintFacts:
    first = rows[0][1]
    unit = next((finding.unit for _, finding in rows if finding.value is not None), first.unit)
    valued = [(plan, finding, finding.value) for plan, finding in rows if finding.value is not None]
    values = np.array([value for _, _, value in valued])
    far = _outliers(values)
    low, median, high = np.percentile(values, (5, 50, 95)).tolist() if values.size else (None, None, None)
    goals = {finding.goal: finding.goal_value for _, finding in rows if finding.goal}
    return ConstraintFacts(
        id=first.constraint,
        structure=first.structure,
        metric=first.metric,
        unit=unit,
        goals=tuple(goals),
        goal_values=tuple(dict.fromkeys(value for value in goals.values() if value is not None)),
        counts=Counter(finding.verdict for _, finding in rows if finding.verdict is not None),
        unjudged=sum(finding.verdict is None for _, finding in rows),
        readings=tuple(
            Reading(plan, finding.roi or "", value, finding.verdict, bool(is_far))
            for (plan, finding, value), is_far in zip(valued, far, strict=True)
        ),
        median=median,
        low=low,
        high=high,
    )


def _outliers(values: np.ndarray) -> np.ndarray:
    """Which values lie far from the median, by the median distance to it; none where there are few or all agree."""
    if values.size < LEAST:
        return np.zeros(values.size, dtype=np.bool_)
    distance = np.abs(values - np.median(values))
    spread = SCALE * float(np.median(distance))
    return np.asarray(distance > FAR * spread) if spread > 0 else np.zeros(values.size, dtype=np.bool_)


def _band(name: str, found: Iterable[tuple[str, DVH]]) -> Band:
    curves = list(found)
    top_gy = max(curve.max_gy for _, curve in curves)
    doses_gy = np.linspace(0.0, top_gy, AXIS_POINTS)
    shares = np.array([np.interp(doses_gy, c.edges_gy, c.cumulative_cc, right=0.0) / c.volume_cc for _, c in curves])
    quantiles = np.percentile(shares, QUANTILES, axis=0)
    return Band(
        structure=name,
        doses_gy=tuple(doses_gy.tolist()),
        quantiles={level: tuple(line.tolist()) for level, line in zip(QUANTILES, quantiles, strict=True)},
        curves=tuple((plan, tuple(line.tolist())) for (plan, _), line in zip(curves, shares, strict=True)),
    )
