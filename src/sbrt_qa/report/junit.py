"""JUnit XML: one case per constraint and per check, for pipelines that count what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._facts import is_refused
from sbrt_qa.report._scorecard import headline, hides_decision, plan_label
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding

NO_TIME = "0.000"  # the time of a run differs by nature, and the same judgement gives the same bytes
_OUTCOMES = {Verdict.FAIL: "failure", Verdict.UNDECIDED: "error"}
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _write(evaluation: Evaluation) -> bytes:
    refused = is_refused(evaluation)
    protocol = clean(str((evaluation.protocol or {}).get("id", ""))) or "no-protocol"
    constraints = [constraint_case(finding, protocol, refused=refused) for finding in evaluation.findings]
    checks = [check_case(check) for check in evaluation.checks]
    suites = [suite_of("constraints", constraints, _properties(evaluation)), suite_of("checks", checks)]
    root = Element("testsuites", attributes("sbrt-qa", [*constraints, *checks], ("failures", "errors")))
    root.extend(suites)
    return document(root)


def document(root: Element) -> bytes:
    """Return the file of a whole tree."""
    indent(root, space=" ")
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def suite_of(name: str, cases: list[Element], properties: Iterable[tuple[str, str]] = ()) -> Element:
    """Return a suite of cases."""
    suite = Element("testsuite", attributes(name, cases, tuple(_COUNTED)))
    stated = [(key, text) for key, text in properties if text]
    if stated:
        holder = SubElement(suite, "properties")
        for key, text in stated:
            SubElement(holder, "property", name=key, value=clean(text))
    suite.extend(cases)
    return suite


def attributes(name: str, cases: list[Element], counts: tuple[str, ...]) -> dict[str, str]:
    """Return name, counts and time of a suite."""
    found = {key: str(sum(case.find(_COUNTED[key]) is not None for case in cases)) for key in counts}
    return {"name": name, "tests": str(len(cases)), **found, "time": NO_TIME}


def _properties(evaluation: Evaluation) -> Iterable[tuple[str, str]]:
    case, protocol = evaluation.case, evaluation.protocol or {}
    yield "verdict", evaluation.verdict.value
    yield "headline", headline(evaluation)
    yield "plan", plan_label(evaluation)
    yield from ((key, str(case.get(key) or "")) for key in ("patient_name", "patient_id", "study_uid", "plan_uid"))
    yield from ((f"protocol_{key}", str(protocol.get(key) or "")) for key in ("id", "version", "status", "sha256"))
    yield "sbrt_qa", str(evaluation.provenance.get("sbrt_qa") or "")


def constraint_case(finding: Finding, protocol: str, *, refused: bool) -> Element:
    """Return the case of one constraint: UNDECIDED is an error, VARIATION passes and says so."""
    name = clean(finding.constraint if finding.roi is None else f"{finding.constraint} ({finding.roi})")
    case = Element("testcase", name=name, classname=f"{protocol}.constraints", time=NO_TIME)
    kind = _kind(finding, refused=refused)
    message = clean(finding.sentence)
    if kind == "skipped":
        SubElement(case, kind, message=message or "reported, not judged")
    elif kind:
        reasons = " ".join(finding.reason) or "limit-not-met"
        outcome = SubElement(case, kind, message=message, type=clean(reasons))
        outcome.text = _lines(finding)
    SubElement(case, "system-out").text = _lines(finding)
    return case


def _kind(finding: Finding, *, refused: bool) -> str:
    """Return failure, error or skipped; empty for a pass. Nothing of a refused case is quietly skipped."""
    if refused:
        return "error"
    if finding.verdict is None or is_harmless(finding):
        return "skipped"
    return _OUTCOMES.get(finding.verdict, "")


def _lines(finding: Finding) -> str:
    word = "not judged" if finding.verdict is None else finding.verdict.value
    facts = {
        "verdict": word + (" (acceptable, not the goal)" if finding.verdict is Verdict.VARIATION else ""),
        "metric": finding.metric,
        "value": "" if finding.value is None else _number(finding),
        "goal": finding.goal,
        "acceptable": finding.acceptable,
        "margin": "" if finding.margin is None else f"{finding.margin:+.6g} {finding.unit}".rstrip(),
        "borderline": "the numerical interval reaches across a limit" if finding.borderline else "",
        "verify": "this number has not yet been checked against its source" if finding.verify else "",
        "optional": "" if finding.required else "yes",
        "reason": " ".join(finding.reason),
        "finding": finding.sentence,
        "mend": "" if finding.verdict in {Verdict.PASS, None} else finding.mend,
        "source": finding.source,
    }
    return "\n".join(f"{key}: {clean(text)}" for key, text in facts.items() if text)


def _number(finding: Finding) -> str:
    value = finding.value or 0.0
    return f"{value!r} {finding.unit}".rstrip() if hides_decision(finding) else f"{value:.6g} {finding.unit}".rstrip()


def check_case(check: CheckFinding) -> Element:
    """Return the case of one integrity check."""
    case = Element("testcase", name=clean(check.id), classname="checks", time=NO_TIME)
    kind = _OUTCOMES.get(check.verdict, "")
    text = clean(f"{check.title}: {check.sentence}")
    if kind:
        SubElement(case, kind, message=clean(check.sentence), type=clean(" ".join(check.reason)) or "check").text = text
    said = f"verdict: {check.verdict.value}\nreason: {clean(' '.join(check.reason)) or 'none'}\n{text}"
    SubElement(case, "system-out").text = said
    return case


FORMAT = Format(suffixes=(".xml",), title="cases for a pipeline (JUnit XML)", write=_write)
