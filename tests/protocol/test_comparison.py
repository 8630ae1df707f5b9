"""What improved, what got worse, and what nobody can tell: two evaluations made by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.protocol.comparison import Change, Group, Step, compare
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding, Verdict, worst

FINDING = Finding(
    "DUO", "duodenum", "D0.5cc[Gy]", "Duodenum", 7, Verdict.PASS, 20.0, "Gy", (19.9, 20.1), "<= 30 Gy", "", 30.0, 10.0,
    borderline=False, reason=(), sentence="It is so.",
)  # fmt: skip


def found(**changes) -> Finding:
    if "value" in changes and "interval" not in changes and changes["value"] is not None:
        changes["interval"] = (changes["value"] - 0.1, changes["value"] + 0.1)
    return replace(FINDING, **changes)


def undecided(**changes) -> Finding:
    return found(verdict=Verdict.UNDECIDED, value=None, interval=None, margin=None, reason=("x-y",), **changes)


def evaluation(*findings: Finding, checks=(), **changes) -> Evaluation:
    verdicts = [f.verdict for f in findings if f.verdict is not None] + [c.verdict for c in checks]
    facts = {
        "case": {"patient_id": "P1", "structure_set_uid": "1.2"},
        "protocol": {"id": "p", "version": "1", "sha256": "ab"},
        "prescription": {"gy": 50.0, "fractions": 5, "source": "plan"},
        "provenance": {"sbrt_qa": "1", "sampling": {"end_cap": "none"}},
    }
    return Evaluation(verdict=worst(verdicts), findings=findings, checks=checks, **(facts | changes))


def only_line(a: Finding, b: Finding, **changes):
    (line,) = compare(evaluation(a), evaluation(b, **changes)).lines
    return line


@pytest.mark.parametrize(
    ("goal", "before", "after", "change"),
    [
        ("<= 30 Gy", 20.0, 25.0, Change.WORSE),
        ("<= 30 Gy", 25.0, 20.0, Change.BETTER),
        ("< 30 Gy", 20.0, 25.0, Change.WORSE),
        (">= 15 Gy", 20.0, 25.0, Change.BETTER),
        ("> 15 Gy", 25.0, 20.0, Change.WORSE),
        ("", 20.0, 25.0, Change.OTHER),
        ("<= 30 Gy", 20.0, 20.15, Change.SAME),
        ("<= 30 Gy", 20.0, 19.85, Change.SAME),
        ("<= 30 Gy", 20.0, 20.0 + 1e-9, Change.EQUAL),
    ],
)
def test_the_limit_says_what_is_better_and_the_intervals_whether_it_is_a_change(goal, before, after, change):
    line = only_line(found(goal=goal, value=before), found(goal=goal, value=after))
    assert line.change is change
    assert line.difference == pytest.approx(after - before)


@given(st.floats(0, 80), st.floats(0, 80), st.sampled_from(["<= 30 Gy", ">= 30 Gy"]), st.floats(0, 3))
def test_the_other_way_round_better_is_worse(one, other, goal, width):
    a, b = (found(goal=goal, value=gy, interval=(gy - width, gy + width)) for gy in (one, other))
    there, back = only_line(a, b).change, only_line(b, a).change
    turned = {Change.WORSE: Change.BETTER, Change.BETTER: Change.WORSE}
    assert back is turned.get(there, there)


def test_intervals_that_touch_and_unbounded_ones_are_no_change():
    a = found(value=20.0, interval=(19.0, 21.0))
    assert only_line(a, found(value=22.0, interval=(21.0, 23.0))).change is Change.SAME
    assert only_line(a, found(value=22.0, interval=(21.1, 23.0))).change is Change.WORSE
    assert only_line(a, found(value=90.0, interval=(None, 91.0))).change is Change.SAME
    assert only_line(a, found(value=1.0, interval=(0.0, None))).change is Change.SAME


@pytest.mark.parametrize(
    ("before", "after", "step", "group"),
    [
        ("PASS", "FAIL", Step.WORSE, Group.VERDICT_WORSE),
        ("PASS", "VARIATION", Step.WORSE, Group.VERDICT_WORSE),
        ("FAIL", "VARIATION", Step.BETTER, Group.VERDICT_BETTER),
        ("FAIL", "UNDECIDED", Step.LOST, Group.LOST),
        ("PASS", "UNDECIDED", Step.LOST, Group.LOST),
        ("UNDECIDED", "PASS", Step.FOUND, Group.FOUND),
        ("UNDECIDED", "FAIL", Step.FOUND, Group.FOUND),
        ("PASS", None, Step.OTHER, Group.JUDGED_IN_ONE),
        ("PASS", "PASS", Step.NONE, Group.EQUAL),
        ("UNDECIDED", "UNDECIDED", Step.NONE, Group.UNKNOWN),
        (None, None, Step.NONE, Group.REPORTED),
    ],
)
def test_a_verdict_that_changed_stands_first_and_undecided_is_never_better(before, after, step, group):
    def of(word):
        return undecided() if word == "UNDECIDED" else found(verdict=word and Verdict(word))

    line = only_line(of(before), of(after))
    assert (line.step, line.group) == (step, group)


def test_lines_stand_in_the_order_of_their_groups_the_largest_change_first():
    names = {"A": (20.0, 25.0), "B": (20.0, 29.0), "C": (25.0, 20.0), "D": (20.0, 31.0), "E": (20.0, 20.0)}
    rows = [
        [
            found(constraint=name, value=gy[side], verdict=Verdict("FAIL" if gy[side] > 30 else "PASS"))
            for name, gy in names.items()
        ]
        for side in (0, 1)
    ]
    lines = compare(evaluation(*rows[0]), evaluation(*rows[1])).lines
    assert "".join(line.b.constraint for line in lines) == "DBACE"


def test_a_row_that_only_one_side_has_is_shown_so():
    a, b = (
        evaluation(found(), found(constraint="X", metric="Mean[Gy]")),
        evaluation(found(), undecided(constraint="Y", metric="Max[Gy]")),
    )
    groups = {line.findings[0].constraint: (line.group, line.change) for line in compare(a, b).lines}
    assert groups["X"] == (Group.ONLY_A, Change.ONLY_A)
    assert groups["Y"] == (Group.ONLY_B, Change.ONLY_B)


def test_targets_of_one_row_are_paired_by_name_and_never_guessed():
    rows = [
        found(constraint="COVER", structure="ptv", roi=name, roi_number=n)
        for n, name in enumerate(("PTV1", "PTV2", "PTV3"))
    ]
    lines = compare(evaluation(rows[0], rows[1]), evaluation(rows[2], rows[0])).lines
    pairs = {(line.a and line.a.roi, line.b and line.b.roi) for line in lines}
    assert pairs == {("PTV1", "PTV1"), ("PTV2", None), (None, "PTV3")}


def test_rois_of_one_name_are_told_apart_by_their_number():
    one, two = found(value=10.0, roi_number=1), found(value=20.0, roi_number=2)
    assert {line.change for line in compare(evaluation(one, two), evaluation(two, one)).lines} == {Change.EQUAL}


def test_a_structure_called_otherwise_is_the_same_row_with_a_caution():
    line = only_line(found(), found(roi="Duod_neu", roi_number=3))
    assert line.cautions == ("Duodenum in A, Duod_neu in B",)
    line = only_line(found(), undecided(roi=None, roi_number=None))
    assert (line.group, line.cautions) == (Group.LOST, ())


def test_rows_of_other_protocols_are_paired_by_structure_and_metric_with_both_limits():
    line = only_line(found(), found(constraint="OTHER", goal="<= 25 Gy", acceptable="<= 28 Gy", value=24.0))
    assert line.change is Change.WORSE
    assert line.cautions == (
        "DUO in A, OTHER in B",
        "limit <= 30 Gy in A, <= 25 Gy in B",
        "acceptable none in A, <= 28 Gy in B",
    )
    assert only_line(found(), found(goal=">= 3 Gy", value=24.0)).change is Change.OTHER


def test_the_same_id_with_another_metric_is_another_row():
    lines = compare(evaluation(found()), evaluation(found(metric="D0.03cc[Gy]"))).lines
    assert [line.group for line in lines] == [Group.ONLY_A, Group.ONLY_B]


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        ("D0.5cc[Gy]", Change.OTHER),
        ("V20Gy[%]", Change.OTHER),
        ("EQD2(ab=3):D0.5cc[Gy]", Change.WORSE),
        ("V100%[%]", Change.WORSE),
    ],
)
def test_gray_of_other_fractions_is_neither_better_nor_worse(metric, change):
    other = {"gy": 50.0, "fractions": 3, "source": "plan"}
    assert only_line(found(metric=metric), found(metric=metric, value=25.0), prescription=other).change is change


@pytest.mark.parametrize(
    ("metric", "change"), [("V100%[%]", Change.OTHER), ("no metric", Change.OTHER), ("D0.5cc[Gy]", Change.WORSE)]
)
def test_per_cent_of_another_prescription_is_neither_better_nor_worse(metric, change):
    other = {"gy": 45.0, "fractions": 5, "source": "plan"}
    line = only_line(found(metric=metric), found(metric=metric, value=25.0), prescription=other)
    assert line.change is change
    assert ("other prescription" in line.cautions) == (change is Change.OTHER)


def test_of_a_case_that_could_not_be_read_no_prescription_differs():
    unread = {"case": {"id": ""}, "prescription": {"gy": None, "fractions": None}}
    line = only_line(found(value=20.0), found(value=25.0), **unread)
    assert line.change is Change.WORSE


def test_structures_that_need_not_be_there_stand_last():
    absent = undecided(required=False)
    absent = replace(absent, reason=("structure-missing",))
    assert only_line(absent, absent).group is Group.ABSENT
    assert only_line(replace(absent, verdict=None), replace(absent, verdict=None)).group is Group.ABSENT
    assert only_line(replace(absent, required=True), replace(absent, required=True)).group is Group.UNKNOWN


@pytest.mark.parametrize(
    ("a", "b", "verdict"), [("PASS", "FAIL", "FAIL"), ("FAIL", "PASS", "FAIL"), ("UNDECIDED", "PASS", "UNDECIDED")]
)
def test_the_verdict_is_the_worse_of_both(a, b, verdict):
    sides = [evaluation(undecided() if word == "UNDECIDED" else found(verdict=Verdict(word))) for word in (a, b)]
    assert compare(*sides).verdict.value == verdict


def test_checks_are_paired_by_id_and_changed_ones_stand_first():
    def check(name, verdict):
        return CheckFinding(name, name, Verdict(verdict), (), "")

    a = evaluation(found(), checks=(check("a", "PASS"), check("b", "PASS"), check("c", "PASS")))
    b = evaluation(found(), checks=(check("a", "PASS"), check("b", "UNDECIDED"), check("d", "PASS")))
    lines = compare(a, b).checks
    assert [(line.step, line.a and line.a.id, line.b and line.b.id) for line in lines] == [
        (Step.LOST, "b", "b"),
        (Step.OTHER, "c", None),
        (Step.OTHER, None, "d"),
        (Step.NONE, "a", "a"),
    ]


@given(st.lists(st.tuples(st.sampled_from("XYZ"), st.sampled_from("PQ"), st.integers(0, 2)), max_size=8), st.data())
def test_each_finding_of_both_stands_exactly_once(rows, data):
    every = [found(constraint=c, roi=r, roi_number=n) for c, r, n in rows]
    left, right = (data.draw(st.lists(st.sampled_from(every), max_size=8)) if every else [] for _ in "ab")
    lines = compare(evaluation(*left), evaluation(*right)).lines
    assert sorted(id(line.a) for line in lines if line.a) == sorted(map(id, left))
    assert sorted(id(line.b) for line in lines if line.b) == sorted(map(id, right))
