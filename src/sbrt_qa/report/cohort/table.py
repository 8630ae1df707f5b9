"""CSV of many plans: one row per plan, two columns per constraint: its verdict and its value."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict, worst
from sbrt_qa.report.table import number_cell, text_cell

if TYPE_CHECKING:
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.report.cohort.facts import Cohort, PlanFacts

_OWN = ("export", "patient_id", "plan_label", "verdict", "stopped", "record")


def write_table(cohort: Cohort) -> bytes:
    """Return the table as UTF-8 (RFC 4180).

    A constraint of a role that several ROIs fill has the worst verdict and the value of the ROI that it belongs to.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    heads = [head for c in cohort.constraints for head in (c.id, f"{c.id} {c.metric}")]
    writer.writerow([*_OWN, *map(text_cell, heads)])
    for plan in cohort.plans:
        writer.writerow([*_own(plan), *(cell for c in cohort.constraints for cell in _cells(plan, c.id))])
    return file.getvalue().encode("utf-8", "backslashreplace")


def _own(plan: PlanFacts) -> list[str]:
    texts = (plan.export, plan.patient_id, plan.plan_label, plan.verdict.value, plan.stopped, plan.record)
    return [text_cell(text) for text in texts]


def _cells(plan: PlanFacts, constraint: str) -> tuple[str, str]:
    rows = [finding for finding in plan.findings if finding.constraint == constraint]
    if not rows:
        return "", ""
    deciding = max(rows, key=_rank)
    judged = [finding.verdict for finding in rows if finding.verdict is not None]
    return (worst(judged).value if judged else ""), number_cell(deciding.value)


def _rank(finding: Finding) -> int:
    return -1 if finding.verdict is None else Verdict(finding.verdict).rank
