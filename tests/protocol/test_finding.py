"""Findings as data: what is not said is on the safe side, and the worst of several verdicts counts."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from sbrt_qa.protocol.finding import ORDER, Evaluation, Finding, Verdict, no_scene, worst

FACTS = {
    "constraint": "ROW", "structure": "cord", "metric": "Max[Gy]", "roi": None, "roi_number": None, "verdict": None,
    "value": None, "unit": "Gy", "interval": None, "goal": "", "acceptable": "", "goal_value": None, "margin": None,
    "borderline": False, "reason": (), "sentence": "",
}  # fmt: skip


def test_a_finding_is_required_unless_it_says_otherwise():
    found = Finding(**FACTS)
    assert (found.required, found.verify) == (True, False)
    assert (found.source, found.evidence, found.why, found.mend) == ("", "", "", "")


def test_an_evaluation_of_nothing_has_nothing_to_draw():
    made = Evaluation(Verdict.UNDECIDED, (), (), {}, None, {})
    assert made.load_scene is no_scene
    assert made.load_scene() is None
    assert (made.curves, made.colors, made.provenance, made.stated_dvhs) == ((), {}, {}, ())


@pytest.mark.parametrize("pair", list(combinations_with_replacement(["PASS", "VARIATION", "UNDECIDED", "FAIL"], 2)))
def test_of_two_verdicts_the_worse_counts_in_either_order(pair):
    better, worse = map(Verdict, pair)
    assert worst([better, worse]) is worst([worse, better]) is worse
    assert better.rank <= worse.rank
    assert ORDER[worse.rank] == worse.value == pair[1]
    differ = better is not worse
    assert (better < worse, worse > better) == (differ, differ)
    assert (worse <= better, better >= worse) == (not differ, not differ)
    assert (better <= worse, worse >= better, worse < better, better > worse) == (True, True, False, False)
    assert (better < pair[1], worse > pair[0]) == (differ, differ)  # plain text is a verdict too


@pytest.mark.parametrize(("protocol", "said"), [(None, "None"), ({"id": "own"}, "'own'")])
def test_an_evaluation_shows_itself_in_one_line(protocol, said):
    made = Evaluation(Verdict.FAIL, (Finding(**FACTS),), (), {}, protocol, {})
    assert repr(made) == f"Evaluation(FAIL, protocol={said}, findings=1, checks=0)"


def test_no_verdict_at_all_is_undecided():
    assert worst([]) is Verdict.UNDECIDED
