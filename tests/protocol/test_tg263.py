"""What AAPM TG-263 says about a name: the examples of the report, and each rule broken once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.protocol.alias_table import ALIASES
from sbrt_qa.protocol.tg263 import LONGEST, NOT_COMPLIANT, STANDARD, WELL_FORMED, review_name, review_names

TARGETS_OF_THE_REPORT = (
    "PTV", "GTV", "CTV", "ITV", "IGTV", "ICTV", "PTV!", "PTVn", "GTVp", "CTVsb", "GTVpar", "CTVv", "CTVvas", "PTV1",
    "PTV2", "GTVp1", "GTVp2", "PTVp1_CT1PT1", "GTV_CT2", "CTV_A_Aorta", "CTV_A_Celiac", "GTV_Preop", "PTV_Boost",
    "PTV_Eval", "PTV_MR2_Prostate", "PTV_High", "CTV_High", "GTV_Low", "PTV_Mid", "PTV_Mid01", "PTV_5040",
    "PTV_50.4Gy", "PTV_50p4Gy", "PTV_Liver_2000x3", "PTV_Eval_7000-08", "PTV-03", "CTVp2-05", "PTV^Physician1",
    "GTV_Liver^ICG",
)  # fmt: skip
ORGANS_OF_THE_REPORT = (
    "Femur_Head", "Ears_External", "Lung_LUL", "OpticNrv_PRV03_L", "SeminalVes_Dist", "A_Carotid", "LN_Ax_L1",
    "CN_IX_L", "Glnd_Submand", "Bone_Hyoid", "Musc_Masseter", "Spc_Retrophar_L", "Sinus_Frontal", "Brainstem_PRV",
    "OpticChiasm_PRV3", "Brain~", "Kidney_Hilum_R",
)  # fmt: skip


@pytest.mark.parametrize("name", TARGETS_OF_THE_REPORT)
def test_the_targets_of_the_report_are_standard(name):
    assert review_name(name) == review_name(name).__class__(name, STANDARD)


@pytest.mark.parametrize("name", ORGANS_OF_THE_REPORT)
def test_the_organs_of_the_report_follow_its_form(name):
    assert review_name(name).status == WELL_FORMED
    assert not review_name(name).is_sure


def test_the_names_of_the_built_in_table_are_standard():
    for name in ALIASES:
        assert review_name(name).status == (NOT_COMPLIANT if name == "cHBT" else STANDARD), name


@pytest.mark.parametrize(
    "name", ["SpinalCord_PRV05", "Duodenum_PRV05", "Duodenum_PRV", "Bowel_Small_PRV5", "Lungs~", "Lung~_L", "Liver^Ex"]
)
def test_prv_part_and_own_words_are_added_as_the_report_says(name):
    assert review_name(name).status == STANDARD


@pytest.mark.parametrize(
    ("name", "fault", "write"),
    [
        ("Bowel_Small_PRV05", "17 characters, at most 16 are allowed", "Bowel_Small_PRV5"),
        ("Duodenum_PRV5", "TG-263 calls it otherwise", "Duodenum_PRV05"),
        ("Cord+5", "'+' does not stand in its names", "SpinalCord_PRV05"),
        ("Rückenmark", "'ü' does not stand in its names", "SpinalCord"),
        ("spinal cord", "has a blank", "SpinalCord"),
        ("liver", "'liver' does not begin with a capital", "Liver"),
        ("HEART", "TG-263 calls it otherwise", "Heart"),
        ("L_Kidney", "the side stands at the end", "Kidney_L"),
        ("Kidney Left", "the side stands at the end", "Kidney_L"),
        ("PTV5000", "a target is written as", "PTV_5000"),
        ("PTV_50gy", "a target is written as", "PTV_50Gy"),
        ("PTV50", "a number or a dose", "PTV_50Gy"),
        ("ptvsb 2", "has a blank", "PTVsb2"),
        ("GTVtb", "a target is written as", "CTVsb"),
        ("PGTVtb", "a target is written as", "PTVsb"),
        ("P-CTV", "a target is written as", "PTV"),
        ("CTV liver", "has a blank", "CTV_Liver"),
    ],
)
def test_a_known_structure_in_another_spelling_is_told_its_name(name, fault, write):
    review = review_name(name)
    assert (review.status, review.near, review.is_sure) == (NOT_COMPLIANT, write, True)
    assert any(fault in said for said in review.faults), review.faults
    assert review_name(write).status == STANDARD


@pytest.mark.parametrize(
    ("name", "status", "near"),
    [
        ("Livr", WELL_FORMED, "Liver"),
        ("SC", WELL_FORMED, "SpinalCord"),
        ("Cord_PRV", NOT_COMPLIANT, "SpinalCord_PRV"),
        ("femur left", NOT_COMPLIANT, "Femur_L"),
        ("Femoral Head RT", NOT_COMPLIANT, "Femoral_Head_R"),
        ("PRV_Cord", NOT_COMPLIANT, "SpinalCord_PRV"),
        ("Liver_GTV", NOT_COMPLIANT, ""),
        ("NormalLiver", NOT_COMPLIANT, ""),
        ("Clip_Gallbladder", WELL_FORMED, ""),
        ("CouchSurface", WELL_FORMED, ""),
        ("zRing", WELL_FORMED, ""),
        ("_dose", WELL_FORMED, ""),
        ("z Ring", NOT_COMPLIANT, ""),
        ("zOptimisation_ring", NOT_COMPLIANT, ""),
        ("AVeryLongOrganName", NOT_COMPLIANT, ""),
        ("", NOT_COMPLIANT, ""),
    ],
)
def test_what_is_not_known_is_judged_by_its_form_and_at_most_guessed(name, status, near):
    review = review_name(name)
    assert (review.status, review.near) == (status, near)
    assert review.is_sure == (name == "Cord_PRV")
    assert bool(review.faults) == (status == NOT_COMPLIANT)


def test_names_that_differ_by_capitals_only_are_not_compliant():
    reviews = review_names(["Liver", "LIVER", "Heart"])
    assert [review.status for review in reviews] == [NOT_COMPLIANT, NOT_COMPLIANT, STANDARD]
    assert reviews[0].faults == ("2 structures have this name, capitals apart",)


@given(st.text(max_size=24))
def test_any_name_gets_one_review_and_no_suggestion_against_the_report(name):
    review = review_name(name)
    assert bool(review.faults) == (review.status == NOT_COMPLIANT)
    assert len(review.near) <= LONGEST
    if review.near:
        assert review.near != name
        assert review_name(review.near).status != NOT_COMPLIANT
