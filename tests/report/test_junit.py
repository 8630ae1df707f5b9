from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import junit

ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped", "system-out"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


def parsed(evaluation) -> ET.Element:
    root = ET.fromstring(junit.FORMAT.write(evaluation))
    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    return root


def outcome(case: ET.Element) -> str:
    found = [child.tag for child in case if child.tag != "system-out"]
    assert len(found) <= 1
    return found[0] if found else "passed"


def outcomes(evaluation) -> dict[str, str]:
    return {case.get("name"): outcome(case) for case in parsed(evaluation).iter("testcase")}


def test_each_verdict_has_its_own_outcome(mixed):
    assert outcomes(mixed) == {
        "PTV-COVERAGE (PTVsb)": "passed",
        "LIVER-SPARED (Liver − CTVsb)": "passed",
        "UW5-DUO (Duodenum)": "failure",
        "STOMACH-MAX (Stomach)": "failure",
        "CORD-MAX": "error",
        "KIDNEY-L (Kidney_L)": "passed",
        "CHEST-WALL (ChestWall)": "passed",
        "HEART-MEAN (Heart)": "skipped",
        "contour-gap": "passed",
        "dose-units": "passed",
        "plan-approval": "passed",
    }


def test_a_variation_passes_with_a_note(mixed):
    case = next(case for case in parsed(mixed).iter("testcase") if case.get("name").startswith("PTV-COVERAGE"))
    assert case.find("system-out").text.startswith("verdict: VARIATION (acceptable, not the goal)\n")


def test_an_outcome_tells_the_limit_and_the_exact_value_where_rounding_hides_it(mixed):
    case = next(case for case in parsed(mixed).iter("testcase") if case.get("name").startswith("STOMACH-MAX"))
    failure = case.find("failure")
    assert failure.get("message").startswith("Dose to the hottest 0.03 cc of Stomach is 30.00 Gy")
    assert failure.get("type") == "limit-not-met"
    assert "value: 30.0004 Gy\ngoal: <= 30 Gy" in failure.text


def test_the_counts_are_those_of_the_cases(mixed, make_evaluation):
    for evaluation in (mixed, make_evaluation()):
        root = parsed(evaluation)
        for holder in (root, *root.findall("testsuite")):
            cases = [outcome(case) for case in holder.iter("testcase")]
            assert int(holder.get("tests")) == len(cases)
            for key, word in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                if key in holder.attrib:
                    assert int(holder.get(key)) == cases.count(word)


def test_an_optional_structure_that_is_not_there_turns_no_pipeline_red(make_evaluation, make_finding):
    optional = make_finding(
        roi=None, verdict=Verdict.UNDECIDED, value=None, required=False, reason=("structure-missing",)
    )
    assert outcomes(make_evaluation([optional, make_finding()]))["DUO-MAX"] == "skipped"


def test_every_constraint_of_a_refused_case_is_an_error(make_evaluation, make_finding):
    rows = [
        make_finding(roi=None, verdict=verdict, value=None, margin=None, interval=None, reason=("file-truncated",))
        for verdict in (Verdict.UNDECIDED, None)
    ]
    rows = [replace(row, constraint=f"R{number}") for number, row in enumerate(rows)]
    assert outcomes(make_evaluation(rows, curves=())) == {"R0": "error", "R1": "error"}


def test_the_names_of_cases_are_unique_for_several_structures(make_evaluation, make_finding):
    rows = [make_finding(roi=name) for name in ("PTV1", "PTV2")]
    assert len(outcomes(make_evaluation(rows))) == 2


@pytest.mark.parametrize("name", ["a\x00b\x1b[31m", "]]>", "<script>&\"'", "\ufffe\ud800", "x" * 10_000])
def test_hostile_names_stay_well_formed_xml(make_evaluation, make_finding, name):
    found = outcomes(make_evaluation([make_finding(roi=name, sentence=name, constraint="ROW")]))
    assert len(found) == 1
    assert next(iter(found)).startswith("ROW (")
