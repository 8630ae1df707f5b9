from __future__ import annotations

import pytest

CHECK = "structure-set-belongs"
OTHER = ("1.2.3.4.888888888888",)


@pytest.mark.parametrize("part", ["plan", "dose"])
def test_another_structure_set_is_refused(subject, alter, only, part):
    doubt = only(CHECK, alter(subject, **{part: {"structure_set_uids": OTHER}}), "refuse", "structure-set-other")
    assert doubt.sentence.startswith(
        f"The {part} was made on structure set …888888888888, the one here is …7.8.9.100003"
    )


def test_both_on_another_set_are_both_named(subject, alter, doubts):
    both = alter(subject, plan={"structure_set_uids": OTHER}, dose={"structure_set_uids": OTHER})
    assert doubts(CHECK, both) == [("refuse", "structure-set-other")] * 2


def test_a_dose_without_reference_is_a_note_when_the_plan_agrees(subject, alter, only):
    silent = alter(subject, dose={"structure_set_uids": ()})
    assert "the plan names this one" in only(CHECK, silent, "note", "rs-reference-missing-in-dose").sentence


def test_a_dose_without_reference_does_not_soften_a_plan_on_another_set(subject, alter, only):
    stale = alter(subject, plan={"structure_set_uids": OTHER}, dose={"structure_set_uids": ()})
    only(CHECK, stale, "refuse", "structure-set-other")


def test_no_reference_at_all_is_a_warning(subject, alter, only):
    silent = alter(subject, plan={"structure_set_uids": ()}, dose={"structure_set_uids": ()})
    assert "Neither plan nor dose" in only(CHECK, silent, "warn", "structure-set-link-missing").sentence


def test_without_a_plan_the_dose_decides(subject, alter, doubts, only):
    assert doubts(CHECK, alter(subject, no_plan=True)) == []
    only(
        CHECK,
        alter(subject, no_plan=True, dose={"structure_set_uids": OTHER}),
        "refuse",
        "structure-set-other",
    )


def test_contours_dated_days_after_the_dose_are_undecided(subject, alter, only):
    doubt = only(CHECK, alter(subject, structure_set_identity={"date": "20250312"}), "check", "structure-set-newer")
    assert "is dated 2025-03-12, the dose 2025-03-10" in doubt.sentence


@pytest.mark.parametrize("date", ["20250311", "20240101", "", "2025", "20251350"])
def test_other_dates_say_nothing(subject, alter, doubts, date):
    assert doubts(CHECK, alter(subject, structure_set_identity={"date": date})) == []
