from __future__ import annotations

import pytest

from sbrt_qa.model import FractionGroup

CHECK = "fractions"


def test_another_number_of_fractions_leaves_every_limit_undecided(subject, alter, only):
    doubt = only(CHECK, alter(subject, fractions=(3,)), "limits", "fractions-mismatch")
    assert doubt.sentence.startswith("The plan has 5 fractions, the protocol is for 3;")


def test_a_protocol_for_several_fractionations(subject, alter, doubts, only):
    assert doubts(CHECK, alter(subject, fractions=(1, 3, 5))) == []
    assert "for 1 or 3" in only(CHECK, alter(subject, fractions=(1, 3)), "limits", "fractions-mismatch").sentence


@pytest.mark.parametrize(
    ("groups", "code", "text"),
    [
        ((), "fractions-missing", "states no number of fractions"),
        ((FractionGroup(1, None),), "fractions-missing", "states no number of fractions"),
        ((FractionGroup(1, 0),), "fractions-missing", "states 0 fractions"),
        ((FractionGroup(1, 3), FractionGroup(2, 2)), "fraction-groups-many", "2 fraction groups"),
    ],
)
@pytest.mark.parametrize("allowed", [(5,), ()])
def test_a_number_that_is_not_clear_is_never_guessed(subject, alter, only, groups, code, text, allowed):
    unclear = alter(subject, plan={"fraction_groups": groups}, fractions=allowed)
    assert text in only(CHECK, unclear, "limits", code).sentence


def test_without_a_plan_another_check_speaks(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, no_plan=True)) == []


@pytest.mark.parametrize(("number", "text"), [(1, "1 fraction,"), (5, "5 fractions,")])
def test_the_good_sentence_counts(subject, alter, run, number, text):
    plan = alter(subject, plan={"fraction_groups": (FractionGroup(1, number),)}, fractions=(number,))
    assert text in run(CHECK, plan).good
