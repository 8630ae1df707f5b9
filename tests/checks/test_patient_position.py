from __future__ import annotations

from dataclasses import replace

import pytest

from sbrt_qa.model import Source

CHECK = "patient-position"


@pytest.fixture
def lying(subject, alter):
    """The subject with positions stated by plan and images."""

    def put(plan, images):
        changed = alter(subject, plan={"patient_positions": plan})
        return replace(changed, case=replace(changed.case, source=Source(patient_positions=images)))

    return put


def test_positions_that_differ_are_a_warning(lying, only):
    doubt = only(CHECK, lying(("HFP",), ("HFS",)), "warn", "patient-position-differs")
    assert doubt.sentence.startswith("The plan is for patient position HFP, the images or the dose state HFS;")


@pytest.mark.parametrize("images", [("FFS", "HFS"), ("FFS",)])
def test_one_object_that_differs_is_enough(lying, only, images):
    only(CHECK, lying(("HFS",), images), "warn", "patient-position-differs")


def test_the_same_position_is_said(lying, run):
    assert run(CHECK, lying(("FFS",), ("FFS",))).good == "Plan and images name the same patient position (FFS)."


@pytest.mark.parametrize(("plan", "images"), [((), ("HFS",)), (("HFS",), ()), ((), ())])
def test_what_is_not_stated_cannot_differ(lying, run, plan, images):
    assert run(CHECK, lying(plan, images)).good.startswith("Nothing states the patient position twice")


def test_without_a_plan_there_is_nothing_to_compare(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, no_plan=True)) == []
