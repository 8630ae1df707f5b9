"""Constraints and protocols in plain words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sbrt_qa.derive.expression import parse as derivation
from sbrt_qa.metrics import parse
from sbrt_qa.protocol.definition import (
    CheckRule,
    Constraint,
    LimitByFractions,
    PrescriptionRule,
    Protocol,
    Role,
)
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.limits import read_limit
from sbrt_qa.protocol.load import load_protocol
from sbrt_qa.protocol.sentences import sentence, show
from sbrt_qa.units import Unit

GOLDEN = Path(__file__).parent / "golden"


def limits(metric, given):
    if given is None or isinstance(given, LimitByFractions):
        return given
    if isinstance(given, str):
        return LimitByFractions(read_limit(given, metric.unit))
    return LimitByFractions(columns={number: read_limit(text, metric.unit) for number, text in given.items()})


def protocol(*constraints: Constraint, **changes) -> Protocol:
    roles = {
        "liver": Role("liver", ("Liver",)),
        "ctv": Role("ctv", ("CTVsb",), kind="target", many=True),
        "spared": Role("spared", derive=derivation("liver - ctv")),
    }
    facts = {"sources": {}, "prescription": PrescriptionRule("ctv", (5,)), "roles": roles, "constraints": constraints}
    return Protocol(id="x", title="T", version="1", status="template", **(facts | changes))


def said(metric: str, goal=None, acceptable=None, structure="liver", **changes) -> str:
    measured = parse(metric)
    row = Constraint("X", structure, measured, limits(measured, goal), limits(measured, acceptable), **changes)
    return sentence(row, protocol(row))


def test_the_example_of_the_contract():
    assert said("CV15Gy[cc]", ">= 700 cc", structure="spared") == (
        "Volume of liver − ctv receiving less than 15 Gy must be at least 700 cc."
    )


@pytest.mark.parametrize(
    ("goal", "acceptable", "words"),
    [
        ("<= 30 cc", None, "at most 30 cc."),
        ("< 30 cc", None, "less than 30 cc."),
        ("> 30 cc", None, "more than 30 cc."),
        ("<= 30 cc", "<= 70 cc", "at most 30 cc; up to 70 cc is an acceptable variation."),
        ("< 30 cc", "< 70 cc", "less than 30 cc; less than 70 cc is an acceptable variation."),
        (">= 95 cc", ">= 90 cc", "at least 95 cc; down to 90 cc is an acceptable variation."),
        ("> 95 cc", "> 90 cc", "more than 95 cc; more than 90 cc is an acceptable variation."),
    ],
)
def test_each_comparison_has_its_words(goal, acceptable, words):
    assert said("V30Gy[cc]", goal, acceptable) == f"Volume of liver receiving at least 30 Gy must be {words}"


def test_columns_are_said_one_by_one():
    goal = {5: "<= 25.3 Gy", 3: "<= 20.3 Gy"}
    assert said("Max[Gy]", goal) == "Maximum dose of liver must be at most 20.3 Gy in 3 fractions, 25.3 Gy in 5."
    assert said("Max[Gy]", {1: "<= 14 Gy"}) == "Maximum dose of liver must be at most 14 Gy in 1 fraction."
    mixed = {3: "< 20.3 Gy", 5: "<= 25.3 Gy"}
    assert said("Max[Gy]", mixed).endswith("must be less than 20.3 Gy in 3 fractions, at most 25.3 Gy in 5.")
    assert said("Max[Gy]", goal, {5: "<= 26 Gy"}).endswith(
        "25.3 Gy in 5; up to 26 Gy in 5 fractions is an acceptable variation."
    )


def test_a_report_row_and_a_number_to_verify_say_so():
    assert said("Mean[Gy]") == "Mean dose of liver is reported, not judged."
    assert said("Mean[Gy]", "< 15 Gy", verify=True) == (
        "Mean dose of liver must be less than 15 Gy. Verify: not yet checked against its source."
    )


def test_a_limit_that_is_only_suggested_says_so():
    text = "Mean dose of liver must be less than 15 Gy. The source only suggests this limit."
    assert said("Mean[Gy]", "< 15 Gy", suggested=True) == text
    assert said("Mean[Gy]", "< 15 Gy", suggested=True, verify=True).startswith(f"{text} Verify:")


def test_show_notes_a_limit_that_points_the_unusual_way():
    metric = parse("CV15Gy[cc]")
    row = Constraint("X", "liver", metric, limits(metric, "<= 700 cc"))
    assert "Note: a limit on this metric usually points the other way." in show(protocol(row))
    right = Constraint("X", "liver", metric, limits(metric, ">= 700 cc"))
    assert "Note:" not in show(protocol(right))


def test_show_words_for_prescription_and_checks():
    rule = CheckRule(read_limit("<= 2.5 mm", Unit.MM), read_limit("<= 3 mm", Unit.MM), strict=True)
    text = show(
        protocol(
            prescription=PrescriptionRule("ctv", (1, 3, 5), 50.0, 50.0),
            checks={"dose-grid-spacing": rule, "contour-gaps": CheckRule()},
        )
    )
    assert "  50 Gy in 1, 3 or 5 fractions to ctv\n" in text
    assert "  contour-gaps: as the check itself decides\n" in text
    assert "at most 2.5 mm; up to 3 mm is an acceptable variation; a" in text
    effective = show(protocol(dose_kind="EFFECTIVE"))
    assert "\nDose\n  the biologically effective dose of one plan; any other is refused\n" in effective
    assert "the physical dose summed over several plans" in show(protocol(dose_summation="MULTI_PLAN"))
    assert "\nDose\n" not in text
    assert "any dose in 1 fraction to ctv" in show(protocol(prescription=PrescriptionRule("ctv", (1,))))


@pytest.mark.parametrize("name", shipped())
def test_show_of_a_shipped_protocol_is_as_agreed(name):
    """``SBRT_QA_GOLDEN=write`` writes the text anew; read the difference before committing it."""
    text = show(load_protocol(name))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("SBRT_QA_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= 80
