"""JUnit XML of many plans: one suite per plan, one case per constraint and check."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.junit import attributes, check_case, constraint_case, document, suite_of
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from sbrt_qa.report.cohort.facts import Cohort, PlanFacts


def write_junit(cohort: Cohort) -> bytes:
    """Return the file. What is UNDECIDED is an error, also all of a case that could not be read."""
    suites = [_plan(plan, str(cohort.protocol.get("id", ""))) for plan in cohort.plans]
    root = Element("testsuites", attributes("sbrt-qa batch", [c for s in suites for c in s], ("failures", "errors")))
    root.extend(suites)
    return document(root)


def _plan(plan: PlanFacts, protocol: str) -> Element:
    refused = bool(plan.findings) and all(
        f.verdict in {None, Verdict.UNDECIDED} and f.value is None for f in plan.findings
    )
    cases = [constraint_case(finding, clean(protocol), refused=refused) for finding in plan.findings]
    cases += [check_case(check) for check in plan.checks]
    named = f"{plan.export} ({plan.plan_label})" if plan.plan_label else plan.export
    facts = {
        "verdict": plan.verdict.value,
        "record": plan.record,
        "patient_id": plan.patient_id,
        "stopped": plan.stopped,
    }
    return suite_of(clean(named), cases, facts.items())
