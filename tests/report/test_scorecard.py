import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._scorecard import (
    headline,
    hides_decision,
    plan_label,
    prescription_line,
    protocol_line,
    sampling_line,
    scorecard,
)


def ids(evaluation):
    return [row.finding.constraint for row in scorecard(evaluation)]


def test_worst_come_first_and_the_least_room_first_among_equals(mixed):
    assert ids(mixed) == [
        "UW5-DUO",
        "STOMACH-MAX",
        "CORD-MAX",
        "PTV-COVERAGE",
        "KIDNEY-L",
        "LIVER-SPARED",
        "CHEST-WALL",
        "HEART-MEAN",
    ]


def test_a_failed_row_is_shown_however_little_it_fails_by(make_evaluation, make_finding):
    row = scorecard(make_evaluation([make_finding(verdict=Verdict.FAIL, value=30.0004, margin=-0.0004)]))[0]
    assert (row.value, row.margin) == ("30.00 Gy", "−0.0004")
    assert "exactly 30.0004 Gy" in row.marks


@pytest.mark.parametrize(
    ("value", "goal", "acceptable", "hidden"),
    [
        (30.0004, "<= 30 Gy", "", True),
        (29.9999, "<= 30 Gy", "", False),
        (29.9999, "< 30 Gy", "", True),
        (30.0, "< 30 Gy", "", False),
        (94.96, ">= 95 %", ">= 90 %", True),
        (89.98, ">= 95 %", ">= 90 %", True),
        (94.94, ">= 95 %", ">= 90 %", False),
        (31.0, "<= 30 Gy", "", False),
    ],
)
def test_the_exact_value_is_shown_exactly_where_rounding_hides_the_decision(
    make_finding, value, goal, acceptable, hidden
):
    unit = goal.rsplit(maxsplit=1)[-1]
    assert hides_decision(make_finding(value=value, unit=unit, goal=goal, acceptable=acceptable)) is hidden


def test_a_role_that_nothing_fills_stands_in_parentheses(mixed):
    assert {row.finding.constraint: row.name for row in scorecard(mixed)}["CORD-MAX"] == "(cord)"


def test_room_is_a_share_of_the_goal_between_minus_one_and_one(make_evaluation, make_finding):
    def room(**changes):
        return scorecard(make_evaluation([make_finding(**changes)]))[0].room

    assert room(goal_value=30.0, margin=15.0) == 0.5
    assert room(goal_value=30.0, margin=-99.0) == -1.0
    assert room(goal_value=0.0, margin=-0.1) == -1.0
    assert room(goal_value=0.0, margin=0.0) == 0.0
    assert room(goal_value=None, margin=None) is None


def test_headlines_say_what_the_verdict_rests_on(mixed, make_evaluation, make_finding, make_check):
    assert headline(mixed) == (
        "Does not meet the protocol: 2 of 7 constraints failed, 1 undecided, 1 with a variation, "
        "1 check with a warning."
    )
    passed = make_evaluation([make_finding(), make_finding()], [make_check()])
    assert headline(passed) == "Meets the protocol: all 2 constraints and the only check passed."
    varied = make_evaluation([make_finding(verdict=Verdict.VARIATION)], [make_check()])
    assert headline(varied) == "Meets the protocol with acceptable variations: 1 of 1 constraint with a variation."


def test_a_case_judged_without_a_protocol_says_so(make_evaluation, make_check):
    no_protocol = make_check(
        id="protocol-given", verdict=Verdict.UNDECIDED, reason=("no-protocol",), sentence="No protocol was given."
    )
    evaluation = make_evaluation([], [make_check(), no_protocol], protocol=None)
    assert headline(evaluation) == "Cannot be decided without a protocol: 1 check undecided."
    assert protocol_line(evaluation) == "none: only the integrity checks were run"


def test_an_optional_structure_that_is_not_there_does_not_enter_the_headline(make_evaluation, make_finding):
    absent = make_finding(
        verdict=Verdict.UNDECIDED, value=None, margin=None, required=False, reason=("structure-missing",)
    )
    evaluation = make_evaluation([make_finding(), absent], verdict=Verdict.PASS)
    assert headline(evaluation).startswith("Meets the protocol: the only constraint")
    assert "optional" in scorecard(evaluation)[-1].marks


def test_a_refused_case_gives_its_reason_in_the_headline(make_evaluation, make_finding, make_check):
    code = ("dose-units-relative",)
    rows = [
        make_finding(verdict=Verdict.UNDECIDED, value=None, margin=None, interval=None, reason=code) for _ in range(3)
    ]
    check = make_check(verdict=Verdict.UNDECIDED, reason=code, sentence="The dose is relative.")
    said = headline(make_evaluation(rows, [check]))
    assert said == "Cannot be decided: the case was not judged. The dose is relative."


def test_what_is_not_stated_is_called_unknown(make_evaluation):
    nothing = make_evaluation(prescription={"gy": None, "fractions": None, "source": ""})
    assert prescription_line(nothing) == "dose unknown, number of fractions unknown"
    one = make_evaluation(prescription={"gy": 12.0, "fractions": 1, "source": "protocol"})
    assert prescription_line(one) == "12.00 Gy in 1 fraction (from the protocol)"
    assert plan_label(make_evaluation(case={"id": "", "plan_label": ""})) == "could not be read"
    assert plan_label(make_evaluation(case={"id": "1.2", "plan_label": ""})) == "no plan in the export"
    assert plan_label(make_evaluation(case={"id": "1.2", "plan_uid": "1.2"})) == "plan without a label"


def test_conventions_are_stated(mixed):
    assert sampling_line(mixed.provenance) == "end caps half-slice, between contours slab, dose trilinear"
    assert sampling_line({}) == ""
