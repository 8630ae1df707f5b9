"""Prescription: the target's own reference first, then what all targets share; disagreement gives no dose."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sbrt_qa.model import DoseReference, Structure
from sbrt_qa.protocol.definition import PrescriptionRule
from sbrt_qa.protocol.prescription import SAME_GY, Prescription, prescription_for, prescription_of_case

RULE, RANGE = PrescriptionRule("ptv", (5,), 40.0, 40.0), PrescriptionRule("ptv", (5,), 30.0, 60.0)
FIRST, SECOND = Structure("PTV1", 1, ()), Structure("PTV2", 2, ())
NOBODY, BY_RULE = Prescription(None, ""), Prescription(40.0, "protocol")


def target(number, gy):
    return DoseReference("TARGET", "VOLUME", number, gy)


def plan(*references):
    return SimpleNamespace(dose_references=references)


ONE = {
    "no plan": (None, RULE, BY_RULE),
    "no plan and a range": (None, RANGE, NOBODY),
    "no reference": (plan(), RULE, BY_RULE),
    "an organ's dose": (plan(DoseReference("ORGAN_AT_RISK", "VOLUME", 1, 20.0)), RULE, BY_RULE),
    "no dose stated": (plan(target(1, None)), RULE, BY_RULE),
    "no dose stated, and a range": (plan(target(1, None)), RANGE, NOBODY),
    "its own": (plan(target(1, 50.0)), RULE, Prescription(50.0, "plan")),
    "its own beside another's": (plan(target(2, 45.0), target(1, 50.0)), RULE, Prescription(50.0, "plan")),
    "the only one": (plan(target(2, 45.0)), RULE, Prescription(45.0, "plan")),
    "nobody's in particular": (plan(target(None, 45.0)), RULE, Prescription(45.0, "plan")),
    "several of others that agree": (plan(target(2, 45.0), target(3, 45.0)), RULE, Prescription(45.0, "plan")),
    "several of others that differ": (plan(target(2, 45.0), target(3, 50.0)), RULE, NOBODY),
    "its own twice, differing": (plan(target(1, 45.0), target(1, 50.0)), RULE, NOBODY),
    "its own without a dose beside another's": (plan(target(1, None), target(2, 50.0)), RULE, NOBODY),
    "as good as equal": (plan(target(1, 2 * SAME_GY), target(1, SAME_GY)), RULE, Prescription(SAME_GY, "plan")),
    "zero": (plan(target(1, 0.0)), RULE, NOBODY),
    "negative": (plan(target(1, -50.0)), RULE, NOBODY),
    "no number": (plan(target(1, float("nan"))), RULE, NOBODY),
    "its own of zero beside another's": (plan(target(1, 0.0), target(2, 50.0)), RULE, NOBODY),
    "hardly apart": (plan(target(1, 50.0 + 4e-6), target(1, 50.0)), RULE, NOBODY),
}


@pytest.mark.parametrize("name", ONE)
def test_the_prescription_of_one_target(name):
    case, rule, expected = ONE[name]
    assert prescription_for(FIRST, case, rule) == expected


ALL = {
    "nothing fills the role": ((), plan(target(1, 50.0)), NOBODY),
    "one dose": ((FIRST, SECOND), plan(target(1, 50.0), target(2, 50.0)), Prescription(50.0, "plan")),
    "two doses": ((FIRST, SECOND), plan(target(1, 50.0), target(2, 45.0)), NOBODY),
    "one without a dose": ((FIRST, SECOND), plan(target(1, 50.0), target(2, None)), NOBODY),
    "the protocol's": ((FIRST, SECOND), None, BY_RULE),
}


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_target_refers_to_the_dose_that_all_targets_share(name):
    targets, case, expected = ALL[name]
    assert prescription_of_case(targets, case, RULE) == expected
