from __future__ import annotations

CHECK = "dose-belongs-to-plan"


def test_the_dose_of_another_plan_is_refused(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose={"plan_uids": ("1.2.3.4.999999999999",)}), "refuse", "dose-other-plan")
    assert "belongs to plan …999999999999, the plan here is …7.8.9.100001" in doubt.sentence


def test_a_dose_that_names_no_plan_is_a_warning(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose={"plan_uids": ()}), "warn", "dose-plan-link-missing")
    assert "does not say which plan" in doubt.sentence


def test_a_plan_without_uid_matches_nothing(subject, alter, only):
    only(
        CHECK,
        alter(subject, plan_identity={"sop_uid": ""}, dose={"plan_uids": ("",)}),
        "refuse",
        "dose-other-plan",
    )


def test_without_a_plan_there_is_nothing_to_compare(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, no_plan=True)) == []
