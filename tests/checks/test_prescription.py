from __future__ import annotations

import pytest

from sbrt_qa.model import Beam, DoseReference, FractionGroup

CHECK = "prescription"


def targets(*doses_gy):
    return {"dose_references": tuple(DoseReference("TARGET", prescription_gy=gy) for gy in doses_gy)}


def test_a_prescription_outside_the_protocol_is_undecided(subject, alter, only):
    doubt = only(CHECK, alter(subject, prescription_gy=(30.0, 45.0)), "check", "prescription-outside-protocol")
    assert doubt.sentence == "The plan prescribes 50.00 Gy, the protocol is for 30.00 Gy to 45.00 Gy."


@pytest.mark.parametrize(("gy", "met"), [(49.9995, True), (50.0005, True), (49.99, False), (50.01, False)])
def test_only_the_noise_of_decimal_text_is_forgiven(subject, alter, doubts, gy, met):
    stated = alter(subject, plan=targets(gy), plan_prescription_gy=gy)
    assert (doubts(CHECK, stated) == []) is met


def test_a_prescription_that_is_no_number_meets_nothing(subject, alter, doubts):
    nan = float("nan")
    found = doubts(CHECK, alter(subject, plan=targets(nan), plan_prescription_gy=nan))
    assert found == [("check", "prescription-outside-protocol"), ("check", "prescription-implausible")]


def test_the_single_dose_of_the_protocol_stands_in(subject, alter, only):
    silent = alter(subject, plan=targets(), plan_prescription_gy=None)
    doubt = only(CHECK, silent, "note", "prescription-from-protocol")
    assert "100 % is the protocol's 50.00 Gy" in doubt.sentence


@pytest.mark.parametrize("asked", [None, (30.0, 60.0)])
def test_where_nobody_prescribes_there_is_a_note(subject, alter, only, asked):
    silent = alter(subject, plan=targets(), plan_prescription_gy=None, prescription_gy=asked)
    assert (
        "The plan states no prescription, and no protocol one single dose"
        in only(CHECK, silent, "note", "prescription-missing").sentence
    )


def test_without_a_plan_the_protocol_may_still_prescribe(subject, alter, only):
    doubt = only(CHECK, alter(subject, no_plan=True, plan_prescription_gy=None), "note", "prescription-from-protocol")
    assert doubt.sentence.startswith("There is no plan to prescribe; 100 %")


def test_every_judged_target_must_be_prescribed_what_the_protocol_is_for(subject, alter, doubts, run):
    bound = tuple(DoseReference("TARGET", "VOLUME", number, gy) for number, gy in ((1, 50.0), (7, 20.0)))
    two = alter(subject, plan={"dose_references": bound}, plan_prescription_gy=None, prescription_gy=(30.0, 60.0))
    assert doubts(CHECK, two) == [("note", "prescription-missing")]
    both = alter(two, targets=frozenset({1, 7}))
    assert doubts(CHECK, both)[1:] == [("check", "prescription-outside-protocol")]
    assert run(CHECK, both).doubts[1].sentence == (
        "The plan prescribes 20.00 Gy, the protocol is for 30.00 Gy to 60.00 Gy."
    )


def test_several_prescriptions_of_which_none_is_for_the_target(subject, alter, only):
    several = alter(subject, plan=targets(50.0, 40.0), plan_prescription_gy=None)
    doubt = only(CHECK, several, "note", "prescription-missing")
    assert "prescribes 50.00 Gy and 40.00 Gy, but does not say which" in doubt.sentence


def test_several_prescriptions_all_outside_the_protocol(subject, alter, doubts):
    several = alter(subject, plan=targets(48.0, 40.0), plan_prescription_gy=None)
    assert doubts(CHECK, several) == [
        ("note", "prescription-missing"),
        ("check", "prescription-outside-protocol"),
    ]


@pytest.mark.parametrize("gy", [0.0, -50.0])
def test_a_prescription_must_be_a_dose(subject, alter, run, gy):
    found = run(CHECK, alter(subject, plan=targets(gy), plan_prescription_gy=gy, prescription_gy=None)).doubts
    (doubt,) = found
    assert (str(doubt.effect), doubt.code) == ("check", "prescription-implausible")
    assert "which is no dose" in doubt.sentence


@pytest.mark.parametrize("gy", [5000.0, 10.0, 24.9, 100.1])  # the beams give 5 x 2 x 5 Gy
def test_a_prescription_far_from_what_the_beams_give(subject, alter, only, gy):
    odd = alter(subject, plan=targets(gy), plan_prescription_gy=gy, prescription_gy=None)
    doubt = only(CHECK, odd, "check", "prescription-implausible")
    assert "its beams together give 50.00 Gy" in doubt.sentence


@pytest.mark.parametrize(
    "beams",
    [
        (),
        (Beam(1, dose_gy=None), Beam(2, dose_gy=1.0)),
        (Beam(1, dose_gy=10.0), Beam(2, delivery="SETUP", dose_gy=1000.0)),
        (Beam(1, meterset=100.0, dose_gy=10.0), Beam(2, meterset=0.0, dose_gy=1000.0)),
    ],
)
def test_beams_without_dose_and_setup_beams_say_nothing(subject, alter, doubts, beams):
    plan = alter(subject, plan={"fraction_groups": (FractionGroup(1, 5, beams),)})
    assert doubts(CHECK, plan) == []


def test_limits_of_organs_are_no_prescriptions(subject, alter, doubts):
    organ = DoseReference("ORGAN_AT_RISK", prescription_gy=5000.0)
    references = (*subject.case.plan.dose_references, organ)
    assert doubts(CHECK, alter(subject, plan={"dose_references": references})) == []


@pytest.mark.parametrize(("gy", "agrees"), [(47.7, True), (52.6, True), (47.5, False), (52.7, False)])
def test_the_doses_of_the_beams_add_up_to_the_prescription(subject, alter, doubts, gy, agrees):
    stated = alter(subject, plan=targets(gy), plan_prescription_gy=gy, prescription_gy=(40.0, 60.0))
    assert doubts(CHECK, stated) == ([] if agrees else [("warn", "beam-dose-sum-differs")])


def test_beams_may_add_up_to_any_prescription_between_the_levels(subject, alter, run):
    levels = alter(subject, plan=targets(60.0, 45.0), plan_prescription_gy=60.0, prescription_gy=None)
    assert run(CHECK, levels).doubts == ()
    cold = alter(subject, plan=targets(60.0, 55.0), plan_prescription_gy=60.0, prescription_gy=None)
    (doubt,) = run(CHECK, cold).doubts
    assert "The beams together give 50.00 Gy at their dose points, the plan prescribes 60.00 Gy and 55.00 Gy" in (
        doubt.sentence
    )


@pytest.mark.parametrize("gy", [0.0, -50.0])
def test_what_is_no_dose_is_not_called_somebody_elses(subject, alter, run, gy):
    typed = alter(subject, plan=targets(gy), plan_prescription_gy=None, prescription_gy=(30.0, 60.0))
    assert {d.code for d in run(CHECK, typed).doubts} == {"prescription-outside-protocol", "prescription-implausible"}
