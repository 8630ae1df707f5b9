from __future__ import annotations

import pytest

CHECK = "same-patient"


@pytest.mark.parametrize("part", ["plan", "dose", "structure_set"])
def test_another_patient_id_is_refused(subject, alter, only, part):
    doubt = only(
        CHECK,
        alter(subject, **{f"{part}_identity": {"patient_id": "SOMEBODY-ELSE"}}),
        "refuse",
        "patient-differs",
    )
    assert doubt.sentence.startswith("Plan, dose and structure set carry different patient IDs")
    assert "SOMEBODY" not in doubt.sentence


def test_without_a_plan_dose_and_structures_are_still_compared(subject, alter, only):
    other = alter(subject, no_plan=True, dose_identity={"patient_id": "X1"})
    assert only(CHECK, other, "refuse", "patient-differs").sentence.startswith("Dose and structure set carry")


def test_one_object_without_patient_id_is_undecided(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose_identity={"patient_id": ""}), "check", "patient-id-missing")
    assert "No patient ID in the dose" in doubt.sentence


def test_no_patient_id_anywhere_is_a_warning(subject, alter, only):
    empty = {f"{part}_identity": {"patient_id": ""} for part in ("plan", "dose", "structure_set")}
    assert "nothing confirms" in only(CHECK, alter(subject, **empty), "warn", "patient-id-missing").sentence


def test_another_spelling_of_the_name_is_a_note(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose_identity={"patient_name": "Tester^Th"}), "note", "patient-name-differs")
    assert "Tester" not in doubt.sentence


def test_empty_name_components_are_no_other_spelling(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, dose_identity={"patient_name": "Tester^Theodora^^"})) == []


@pytest.mark.parametrize("study", ["1.2.3.999", ""])
def test_another_study_is_a_warning(subject, alter, only, study):
    doubt = only(CHECK, alter(subject, structure_set_identity={"study_uid": study}), "warn", "study-differs")
    assert "different studies" in doubt.sentence
