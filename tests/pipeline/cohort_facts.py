"""A small cohort made of facts: every verdict, a plan that was stopped, optional structures, a value far off."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sbrt_qa.histogram import DVH
from sbrt_qa.pipeline.cohort import _band, _constraints
from sbrt_qa.protocol.finding import CheckFinding, Finding, Verdict, worst
from sbrt_qa.report.cohort.facts import Cohort, PlanFacts

PROTOCOL = {"id": "p", "title": "A protocol", "version": "1.0", "status": "draft", "sha256": "ab" * 32}


def row(constraint, roi, value, goal="<= 30 Gy", *, unit="Gy", verdict=None, reason=(), required=True, **more):
    """One finding; without a verdict it is judged by its goal."""
    sign, limit = goal.split()[0], float(goal.split()[1])
    if verdict is None and value is not None:
        verdict = Verdict.PASS if (value <= limit) == (sign == "<=") else Verdict.FAIL
    sentence = f"{constraint} of {roi} is {value}." if value is not None else f"{constraint} could not be evaluated."
    return Finding(
        constraint, roi.lower(), "D0.5cc[Gy]", None if value is None else roi, 7, verdict, value, unit,
        None if value is None else (value, value), goal, "", limit, None, borderline=False, reason=tuple(reason),
        sentence=sentence, required=required, **more,
    )  # fmt: skip


def plan(number, *findings, name=None, stopped="", checks=(), **more):
    judged = [found.verdict for found in findings if found.verdict and found.required]
    verdict = worst([*judged, *(check.verdict for check in checks)])
    return PlanFacts(
        f"id-{number}", name or f"site/patient-{number}", "Label", f"TRIAL-{number}", verdict,
        f"records/id-{number}.json", findings, tuple(checks), stopped, **more,
    )  # fmt: skip


def cohort_from(plans, curves=(), protocol=PROTOCOL):
    """Put plans together as the pipeline does; curves are (structure, plan id, end in Gy) of a straight fall."""
    names = sorted({name for name, _, _ in curves})
    return Cohort(
        protocol=protocol,
        plans=tuple(plans),
        verdicts=Counter(one.verdict for one in plans),
        constraints=_constraints(plans),
        bands=tuple(
            _band(name, [(by, _fall(name, gy)) for known, by, gy in curves if known == name]) for name in names
        ),
    )


def _fall(name, gy):
    return DVH(name, np.array([0.0, gy]), np.array([10.0, 0.0]), 10.0, (0.0, gy / 2, gy))


def small_cohort():
    """Eight plans: 5 PASS, 1 VARIATION, 1 FAIL, 1 UNDECIDED that was stopped; the failing value lies far off."""
    values = (20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 60.0)
    plans = [
        plan(n, row("DUO", "Duodenum", value), row("CORD", "Cord", 10.0 + n), _optional(n), page="")
        for n, value in enumerate(values)
    ]
    warned = CheckFinding("contour-gaps", "No gaps", Verdict.VARIATION, ("contour-gap",), "A plane is missing.")
    plans[1] = plan(1, *plans[1].findings, checks=(warned,))
    lost = [row(name, roi, None, verdict=Verdict.UNDECIDED, reason=("case-stopped",)) for name, roi in ROIS]
    plans.append(plan(7, *lost, stopped="it took longer than 300 s"))
    curves = [(roi, one.id, gy + 1) for one, gy in zip(plans, values, strict=False) for _, roi in ROIS]
    return cohort_from(plans, curves)


ROIS = (("DUO", "Duodenum"), ("CORD", "Cord"))


def _optional(number):
    if number < 5:
        missing = {"verdict": Verdict.UNDECIDED, "reason": ("structure-missing",)}
        return row("GALL", "Gallbladder", None, **missing, required=False)
    return row("GALL", "Gallbladder", 12.0, required=False)
