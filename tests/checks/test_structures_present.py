from __future__ import annotations

from dataclasses import replace

CHECK = "structures-present"
NONE = "No structure is named as cord."
TWO = "Two structures fill ctv: CTVsb and CTV."


def test_a_missing_structure_leaves_the_check_undecided(subject, only):
    assert only(CHECK, replace(subject, missing={"cord": NONE}), "check", "structure-missing").sentence == NONE


def test_an_ambiguous_structure_is_called_so(subject, only):
    several = replace(subject, missing={"ctv": TWO}, ambiguous=frozenset({"ctv"}))
    assert only(CHECK, several, "check", "structure-ambiguous").sentence == TWO


def test_two_structures_in_the_role_are_ambiguous(subject, only, box):
    pair = (box("CTVsb", 7), box("CTV", 8))
    several = replace(subject, missing={"ctv": TWO}, used={**subject.used, "ctv": pair})
    only(CHECK, several, "check", "structure-ambiguous")


def test_every_open_role_is_named(subject, doubts):
    both = replace(subject, missing={"cord": NONE, "ctv": TWO}, ambiguous=frozenset({"ctv"}))
    assert doubts(CHECK, both) == [("check", "structure-missing"), ("check", "structure-ambiguous")]


def test_the_good_sentence_counts_the_required_roles(subject, run):
    assert run(CHECK, subject).good == "All 2 required roles are filled."
