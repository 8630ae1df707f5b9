from __future__ import annotations

from dataclasses import replace

import pytest

CHECK = "laterality"


def test_a_left_kidney_on_the_right_is_a_finding(subject, swap, only, box):
    doubt = only(CHECK, swap(subject, box("Kidney_L", 3, x_mm=-40.0)), "finding", "laterality-contradicted")
    assert doubt.rois == (3,)
    assert doubt.sentence == (
        "Kidney_L is judged as left, but lies 40 mm to the patient's right of the middle of External."
    )


@pytest.mark.parametrize("name", ["Kidney_R", "Kidney Right", "kidney-r", "Rt Kidney", "R_Kidney_PRV05"])
@pytest.mark.parametrize("x_mm", [40.0, -40.0])
def test_the_name_speaks_where_the_role_does_not(subject, swap, doubts, box, name, x_mm):
    named = swap(replace(subject, used={"kidney": subject.used["kidney_l"]}), box(name, 3, x_mm=x_mm))
    assert (doubts(CHECK, named) == []) is (x_mm < 0)


def test_the_role_speaks_before_the_name(subject, swap, doubts, box):
    named = swap(replace(subject, used={"kidney_r": subject.used["kidney_l"]}), box("Kidney_L", 3, x_mm=40.0))
    assert doubts(CHECK, named) == [("finding", "laterality-contradicted")]


@pytest.mark.parametrize(
    "name", ["Kidneys", "Lung_L+R", "Kidney_L and R", "Ventricle_L", "Liver_L", "Hepatic duct left", "Liver"]
)
def test_names_without_one_side(subject, swap, doubts, box, name):
    named = swap(replace(subject, used={"organ": subject.used["kidney_l"]}), box(name, 3, x_mm=-40.0))
    assert doubts(CHECK, named) == []


def test_near_the_midline_nothing_is_said(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Kidney_L", 3, x_mm=-9.0))) == []


def test_the_midline_is_that_of_the_body_not_of_the_coordinates(subject, swap, doubts, box):
    shifted = swap(subject, box("External", 4, half_mm=55.0, x_mm=100.0, kind="EXTERNAL"))
    assert doubts(CHECK, shifted) == [("finding", "laterality-contradicted")]


def test_without_a_body_the_cord_marks_the_midline(subject, swap, run, box):
    no_body = swap(subject, box("Body", 4, half_mm=55.0))
    assert "Nothing shows where the midline is" in run(CHECK, no_body).good
    cord = box("SpinalCord", 4, half_mm=5.0, x_mm=80.0)
    with_cord = replace(swap(no_body, cord), used={**subject.used, "cord": (cord,)})
    assert "of the middle of SpinalCord" in run(CHECK, with_cord).doubts[0].sentence


def test_a_structure_without_area_has_no_side(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Kidney_L", 3, contours=()))) == []


def test_targets_may_lie_on_either_side(subject, swap, doubts, box):
    bed = swap(replace(subject, targets=frozenset({3})), box("PTV_L", 3, x_mm=-40.0))
    assert doubts(CHECK, bed) == []


def test_an_outline_without_contours_is_no_midline(subject, swap, only, doubts, box):
    empty = replace(box("External", 9, kind="EXTERNAL"), contours=())
    others = tuple(s for s in subject.case.structures if s.kind != "EXTERNAL")
    case = replace(subject.case, structure_set=replace(subject.case.structure_set, structures=(empty, *others)))
    wrong = swap(replace(subject, case=case), box("Kidney_L", 3, x_mm=-40.0))
    assert doubts(CHECK, wrong) == []
    with_cord = replace(wrong, used=wrong.used | {"cord": (box("SpinalCord", 8),)})
    doubt = only(CHECK, with_cord, "finding", "laterality-contradicted")
    assert doubt.sentence.endswith("of the middle of SpinalCord.")
