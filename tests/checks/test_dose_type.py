from __future__ import annotations

from dataclasses import replace

import pytest

from sbrt_qa.model import FractionGroup

CHECK = "dose-type"


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        ("EFFECTIVE", "dose-type-effective", "biologically weighted"),
        ("ERROR", "dose-type-error", "differences or uncertainties"),
        ("", "dose-type-unknown", "DoseType is absent"),
        ("BIOLOGICAL", "dose-type-unknown", "'BIOLOGICAL', which DICOM does not define"),
        ("physical", "dose-type-unknown", "'physical'"),
    ],
)
def test_only_physical_dose_is_judged(subject, alter, only, kind, code, text):
    assert text in only(CHECK, alter(subject, dose={"kind": kind}), "refuse", code).sentence


@pytest.mark.parametrize(
    ("summation", "code"),
    [
        ("MULTI_PLAN", "dose-multi-plan"),
        ("BEAM", "dose-not-whole-plan"),
        ("BRACHY", "dose-not-whole-plan"),
        ("CONTROL_POINT", "dose-not-whole-plan"),
        ("FRACTION_SESSION", "dose-single-session"),
        ("BEAM_SESSION", "dose-single-session"),
        ("BRACHY_SESSION", "dose-single-session"),
        ("RECORD", "dose-record"),
        ("", "dose-summation-unknown"),
        ("PLAN_OVERVIEW", "dose-summation-unknown"),
    ],
)
def test_only_the_whole_plan_is_judged(subject, alter, only, summation, code):
    doubt = only(CHECK, alter(subject, dose={"summation": summation}), "refuse", code)
    assert (summation or "absent") in doubt.sentence


def test_the_sum_of_all_beams_is_the_plan(subject, alter, only):
    summed = alter(subject, dose={"summation": "BEAM", "summed_beams": (1, 3)})
    doubt = only(CHECK, summed, "note", "beam-doses-summed")
    assert doubt.sentence == "The doses of all beams of the plan (1, 3), each there once, were added up."


def test_a_fraction_dose_is_the_plan_when_there_is_one_group(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose={"summation": "FRACTION"}), "note", "dose-fraction-group")
    assert "the plan has only one" in doubt.sentence


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"plan": {"fraction_groups": (FractionGroup(1, 3), FractionGroup(2, 2))}}, "the plan has 2"),
        ({"plan": {"fraction_groups": ()}}, "the plan has 0"),
        ({"no_plan": True}, "there is no plan to say"),
    ],
)
def test_a_fraction_dose_is_refused_otherwise(subject, alter, only, changes, text):
    other = alter(subject, dose={"summation": "FRACTION"}, **changes)
    assert text in only(CHECK, other, "refuse", "dose-fraction-group").sentence


def test_a_dose_that_names_two_plans_is_a_sum_whatever_it_says(subject, alter, only):
    two = alter(subject, dose={"plan_uids": (*subject.case.dose.plan_uids, "1.2.9")})
    assert "refers to 2 plans" in only(CHECK, two, "refuse", "dose-multi-plan").sentence


@pytest.mark.parametrize(
    ("transform", "effect", "code"),
    [
        ("RIGID", "check", "dose-rigidly-mapped"),
        ("NON_RIGID", "refuse", "dose-deformed"),
        ("SOMEHOW", "refuse", "dose-deformed"),
    ],
)
def test_a_mapped_dose(subject, alter, only, transform, effect, code):
    doubt = only(CHECK, alter(subject, dose={"spatial_transform": transform}), effect, code)
    assert "registration" in doubt.sentence or transform in doubt.sentence


def test_no_spatial_transform_is_ordinary(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, dose={"spatial_transform": "NONE"})) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("IMAGE",), []),
        (("WATER",), [("check", "dose-in-water")]),
        (("IMAGE", "ROI_OVERRIDE"), [("note", "dose-roi-override")]),
        (("ROI_OVERRIDE", "WATER"), [("check", "dose-in-water"), ("note", "dose-roi-override")]),
        (("MYSTERY",), [("check", "dose-in-water")]),
    ],
)
def test_heterogeneity_correction(subject, alter, doubts, values, expected):
    assert doubts(CHECK, alter(subject, dose={"heterogeneity": values})) == expected


def test_every_fault_is_named(subject, alter, doubts):
    bad = alter(subject, dose={"kind": "ERROR", "summation": "BEAM", "heterogeneity": ("WATER",)})
    assert [code for _, code in doubts(CHECK, bad)] == [
        "dose-type-error",
        "dose-not-whole-plan",
        "dose-in-water",
    ]


def test_an_effective_dose_is_judged_where_the_protocol_asks_for_it(subject, alter, only):
    asking = replace(subject, dose_kind="EFFECTIVE")
    doubt = only(CHECK, alter(asking, dose={"kind": "EFFECTIVE"}), "note", "dose-type-effective")
    assert "which the protocol asks for" in doubt.sentence
    assert "DoseType is PHYSICAL" in only(CHECK, asking, "refuse", "dose-type-physical").sentence
    only(CHECK, alter(asking, dose={"kind": "ERROR"}), "refuse", "dose-type-error")
    only(CHECK, alter(asking, dose={"kind": ""}), "refuse", "dose-type-unknown")


def test_a_sum_over_plans_is_judged_where_the_protocol_asks_for_it(subject, alter, only):
    asking = replace(subject, dose_summation="MULTI_PLAN")
    plans = (*subject.case.dose.plan_uids, "1.2.3")
    summed = {"summation": "MULTI_PLAN", "plan_uids": plans}
    doubt = only(CHECK, alter(asking, dose=summed), "note", "dose-multi-plan")
    assert doubt.sentence == "DoseSummationType is MULTI_PLAN: a sum over 2 plans, which the protocol asks for."
    only(CHECK, alter(subject, dose=summed), "refuse", "dose-multi-plan")


@pytest.mark.parametrize(
    ("uids", "text"), [((), "names no plans that it sums"), (("1.2.3", "1.2.3"), "names 1 plan that it sums")]
)
def test_a_sum_must_name_its_plans(subject, alter, only, uids, text):
    asking = replace(subject, dose_summation="MULTI_PLAN")
    summed = {"summation": "MULTI_PLAN", "plan_uids": uids}
    assert text in only(CHECK, alter(asking, dose=summed), "refuse", "dose-multi-plan").sentence


@pytest.mark.parametrize("summation", ["PLAN", "FRACTION", "BEAM", ""])
def test_the_dose_of_one_plan_is_no_sum(subject, alter, only, summation):
    asking = replace(subject, dose_summation="MULTI_PLAN")
    doubt = only(CHECK, alter(asking, dose={"summation": summation}), "refuse", "dose-single-plan")
    assert (summation or "absent") in doubt.sentence


@pytest.mark.parametrize("summation", ["PLAN", "FRACTION"])
@pytest.mark.parametrize(("named", "absent"), [((1,), "beam 2"), ((7,), "beams 1, 2")])
def test_the_dose_of_a_plan_that_names_only_some_beams(subject, alter, run, summation, named, absent):
    partial = alter(subject, dose={"summation": summation, "named_beams": named})
    (doubt,) = [d for d in run(CHECK, partial).doubts if d.code == "dose-not-whole-plan"]
    assert str(doubt.effect) == "check"
    assert doubt.sentence == (
        f"DoseSummationType is {summation}, but the dose names beams without {absent} of the plan; export the dose of"
        " the whole plan (DoseSummationType PLAN)."
    )


@pytest.mark.parametrize("named", [(), (1, 2), (1, 2, 3)])
def test_the_dose_of_a_plan_may_name_its_beams(subject, alter, doubts, named):
    assert doubts(CHECK, alter(subject, dose={"named_beams": named})) == []
    alone = alter(subject, dose={"named_beams": (1,)}, no_plan=True)
    assert doubts(CHECK, alone) == []


def test_a_beam_without_meterset_need_not_be_named(subject, alter, doubts):
    (group,) = subject.case.plan.fraction_groups
    silent = replace(group, beams=(group.beams[0], replace(group.beams[1], meterset=None)))
    assert doubts(CHECK, alter(subject, plan={"fraction_groups": (silent,)}, dose={"named_beams": (1,)})) == []
