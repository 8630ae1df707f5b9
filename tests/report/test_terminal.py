"""The scorecard, word for word: ``golden`` holds what a person sees."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.terminal import render
from sbrt_qa.report.text import cells

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def hostile(make_evaluation, make_finding, make_check):
    return make_evaluation(
        [
            make_finding(
                constraint="A\x1b[2J",
                roi="\x1b[32mPASS\x1b[0m \u202eSSAP",
                verdict=Verdict.FAIL,
                value=31.0,
                margin=-1.0,
                sentence="Line one\nPASS\nline three\x07",
            ),
            make_finding(
                constraint="LONG",
                roi="Duodenum_with_a_name_of_one_hundred_and_twenty_characters_" + "x" * 62,
                goal="<= 30 Gy",
            ),
            make_finding(constraint="WIDE", roi="肝臓と十二指腸の間の辺縁部分", metric="EQD2(ab=3):D0.5cc[Gy]"),
        ],
        [make_check(title="\x9b31mRed", verdict=Verdict.UNDECIDED, reason=("x\ny",), sentence="a\x00b")],
        case={"id": "1", "plan_label": "Plan\r\n\x1b]0;PASS\x07"},
    )


@pytest.mark.parametrize("name", ["mixed", "hostile", "passed"])
def test_scorecard_is_word_for_word_as_agreed(name, mixed, make_evaluation, make_finding, make_check):
    evaluation = {
        "mixed": mixed,
        "hostile": hostile(make_evaluation, make_finding, make_check),
        "passed": make_evaluation([make_finding()], [make_check()]),
    }[name]
    assert render(evaluation) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_the_verdict_stands_alone_on_one_line(mixed):
    assert [line.strip() for line in render(mixed).splitlines()].count("FAIL") == 1


@pytest.mark.parametrize("width", [72, 80, 100, 120])
def test_no_line_is_wider_than_asked(width, mixed, make_evaluation, make_finding, make_check):
    for evaluation in (mixed, hostile(make_evaluation, make_finding, make_check)):
        for line in render(evaluation, width=width).splitlines():
            assert cells(line) <= width


def test_hostile_names_reach_the_terminal_without_control_characters(make_evaluation, make_finding, make_check):
    text = render(hostile(make_evaluation, make_finding, make_check))
    assert all(line.isprintable() for line in text.split("\n"))


def test_colour_changes_nothing_but_colour(mixed):
    plain = ANSI.sub("", render(mixed, color=True))
    assert plain.split() == render(mixed).split()
    assert "\x1b" not in render(mixed)
    assert "\x1b[1;31m" in render(mixed, color=True)


def test_colour_ends_on_the_line_it_begins_on(mixed):
    for line in render(mixed, color=True).splitlines():
        codes = ANSI.findall(line)
        assert not codes or codes[-1] == "\x1b[0m"


def test_passed_checks_are_counted_and_doubtful_ones_told(mixed):
    text = render(mixed)
    assert "CHECKS  2 of 3 passed" in text
    assert "Stomach has 1 missing slice" in text
    assert "plan-unapproved" not in text


def test_marks_are_explained_only_where_they_stand(mixed, make_evaluation, make_finding):
    assert "~ borderline:" in render(mixed)
    assert "verify: this number" in render(mixed)
    plain = render(make_evaluation([make_finding()]))
    assert "borderline" not in plain
    assert "verify:" not in plain


def test_an_undecided_row_says_why_and_shows_no_number(mixed):
    lines = render(mixed).splitlines()
    row = next(index for index, line in enumerate(lines) if line.startswith(" (cord)"))
    assert re.search(r"—\s+≤ 25.3 Gy\s+—\s+UNDECIDED$", lines[row])
    assert lines[row + 1] == "   CORD-MAX · structure-missing"
    assert "No structure fills the role cord" in lines[row + 2]


def test_a_reason_shared_by_all_rows_is_told_once_and_first(make_evaluation, make_finding, make_check):
    code, why = ("fractions-mismatch",), "The plan has 3 fractions, the protocol is for 5."
    rows = [
        make_finding(verdict=Verdict.UNDECIDED, margin=None, reason=code, sentence=f"Row {n}: {why}") for n in range(3)
    ]
    evaluation = make_evaluation(rows, [make_check(verdict=Verdict.UNDECIDED, reason=code, sentence=why)])
    text = render(evaluation)
    assert text.count("The plan has 3 fractions") == 1
    assert text.index("CHECKS") < text.index("STRUCTURE")
    assert text.count("21.30 Gy") == 3


def test_nothing_judged_is_no_table(make_evaluation, make_check):
    text = render(make_evaluation([], [make_check()], protocol=None, verdict=Verdict.UNDECIDED))
    assert "STRUCTURE" not in text
    assert "UNDECIDED" in text


def test_the_standing_sentence_stands_under_every_scorecard(mixed, make_evaluation):
    for evaluation in (mixed, make_evaluation(), replace(mixed, provenance={})):
        assert "it does not consider earlier treatments." in " ".join(render(evaluation).split())


def test_a_long_scorecard_ends_with_the_verdict_but_not_alone(mixed, make_evaluation, make_finding):
    assert " ".join(render(mixed).split()).endswith(
        "earlier treatments. FAIL: Does not meet the protocol: 2 of 7 constraints failed, 1 undecided, "
        "1 with a variation, 1 check with a warning."
    )
    assert "PASS:" not in render(make_evaluation([make_finding()]))


def test_an_optional_structure_that_is_not_there_stands_last_and_silent(make_evaluation, make_finding):
    absent = make_finding(
        constraint="OPTIONAL",
        roi=None,
        verdict=Verdict.UNDECIDED,
        value=None,
        margin=None,
        required=False,
        reason=("structure-missing",),
        sentence="It is not there.",
    )
    text = render(make_evaluation([absent, make_finding()], verdict=Verdict.PASS))
    assert text.index("DUO-MAX") < text.index("OPTIONAL · optional · structure-missing")
    assert "It is not there" not in text


def test_a_name_cannot_put_a_verdict_before_the_verdict(make_evaluation, make_finding):
    evaluation = make_evaluation(
        [make_finding(verdict=Verdict.FAIL, margin=-1.0)],
        case={"id": "1", "plan_label": "Liver bed " * 8 + "PASS"},
    )
    words = [line.strip() for line in render(evaluation).splitlines()]
    alone = [word for word in words if word in {"PASS", "VARIATION", "UNDECIDED", "FAIL"}]
    assert alone[0] == "FAIL"


def test_a_wide_terminal_gives_the_constraint_its_own_column(mixed):
    lines = render(mixed, width=110).splitlines()
    row = next(line for line in lines if line.startswith(" ChestWall"))
    assert re.search(r"ChestWall +CHEST-WALL +V30Gy +12\.50 cc .* PASS$", row)
    assert len(render(mixed, width=110).splitlines()) < len(render(mixed).splitlines())
