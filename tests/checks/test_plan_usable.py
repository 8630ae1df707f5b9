from __future__ import annotations

import pytest

CHECK = "plan-usable"


@pytest.mark.parametrize(
    ("changes", "effect", "code", "text"),
    [
        ({"approval": "REJECTED"}, "check", "plan-rejected", "REJECTED"),
        ({"approval": "UNAPPROVED"}, "note", "plan-unapproved", "is UNAPPROVED"),
        ({"approval": ""}, "note", "plan-unapproved", "is not stated"),
        ({"intent": "VERIFICATION"}, "check", "plan-not-for-treatment", "intent is VERIFICATION"),
        ({"intent": "MACHINE_QA"}, "check", "plan-not-for-treatment", "MACHINE_QA"),
        ({"intent": "RESEARCH"}, "check", "plan-not-for-treatment", "RESEARCH"),
        ({"intent": "SERVICE"}, "check", "plan-not-for-treatment", "SERVICE"),
        ({"geometry": "TREATMENT_DEVICE"}, "check", "plan-not-for-treatment", "not a patient"),
        (
            {"related_plans": (("VERIFIED_PLAN", "1.2.3"),)},
            "check",
            "plan-not-for-treatment",
            "verifies plan 1.2.3",
        ),
        ({"related_plans": (("CONCURRENT", "1.2.3"),)}, "check", "plan-concurrent", "1.2.3 (CONCURRENT)"),
        ({"related_plans": (("", "1.2.3"),)}, "check", "plan-concurrent", "relationship not stated"),
        ({"related_plans": (("PRIOR", "1.2.3"),)}, "warn", "plan-prior", "1.2.3 (PRIOR)"),
        ({"related_plans": (("PREDECESSOR", "1.2.3"),)}, "warn", "plan-prior", "PREDECESSOR"),
        ({"is_ion": True}, "refuse", "plan-ion", "ion plan"),
        ({"is_brachy": True}, "refuse", "plan-brachy", "brachytherapy"),
    ],
)
def test_a_plan_that_is_not_simply_to_be_treated(subject, alter, only, changes, effect, code, text):
    assert text in only(CHECK, alter(subject, plan=changes), effect, code).sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"intent": ""},
        {"intent": "PALLIATIVE"},
        {"geometry": ""},
        {"related_plans": (("ALTERNATIVE", "1.2"),)},
    ],
)
def test_ordinary_plans(subject, alter, doubts, changes):
    assert doubts(CHECK, alter(subject, plan=changes)) == []


def test_without_a_plan_another_check_speaks(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, no_plan=True)) == []
