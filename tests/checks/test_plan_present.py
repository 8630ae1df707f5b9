from __future__ import annotations


def test_no_plan_leaves_every_limit_undecided(subject, alter, only):
    doubt = only("plan-present", alter(subject, no_plan=True), "limits", "plan-missing")
    assert "number of fractions is unknown" in doubt.sentence


def test_the_plan_is_named(subject, run):
    assert run("plan-present", subject).good == "The plan is Bed 5x10."
