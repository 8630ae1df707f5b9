from __future__ import annotations

from dataclasses import replace

import pytest

CHECK = "same-frame-of-reference"
OTHER = "1.2.3.4.5.6.7.8.9.399999"


def test_another_frame_of_the_plan_is_refused(subject, alter, only):
    doubt = only(CHECK, alter(subject, plan_identity={"frame_uid": OTHER}), "refuse", "frame-of-reference-differs")
    assert "the plan in …7.8.9.399999" in doubt.sentence


def test_a_plan_that_states_no_frame_is_ordinary(subject, alter, doubts):
    assert doubts(CHECK, alter(subject, plan_identity={"frame_uid": ""})) == []


def test_another_frame_of_the_structure_set_is_refused(subject, alter, only):
    other = alter(subject, structure_set={"frame_uids": (OTHER,)}, structure_set_identity={"frame_uid": OTHER})
    doubt = only(CHECK, other, "refuse", "frame-of-reference-differs")
    assert "the structure set states …7.8.9.399999" in doubt.sentence


def test_a_dose_without_frame_is_refused(subject, alter, only):
    doubt = only(CHECK, alter(subject, dose_identity={"frame_uid": ""}), "refuse", "frame-of-reference-differs")
    assert "does not say in which frame" in doubt.sentence


def test_a_set_that_states_no_frame_anywhere_is_refused(subject, alter, only):
    bare = tuple(replace(s, frame_uid="") for s in subject.case.structures)
    silent = alter(
        subject,
        structure_set={"frame_uids": (), "structures": bare},
        structure_set_identity={"frame_uid": ""},
    )
    assert "states none" in only(CHECK, silent, "refuse", "frame-of-reference-differs").sentence


def test_where_the_set_is_silent_its_structures_speak(subject, alter, doubts):
    silent = alter(subject, structure_set={"frame_uids": ()}, structure_set_identity={"frame_uid": ""})
    assert doubts(CHECK, silent) == []


def test_a_judged_structure_in_another_frame_is_a_finding(subject, swap, only, box):
    liver = box("Liver", 2, frame_uid=OTHER)
    doubt = only(CHECK, swap(subject, liver), "finding", "structure-other-frame")
    assert doubt.rois == (2,)
    assert doubt.sentence.startswith("Liver lies in frame of reference …7.8.9.399999, the dose in")


def test_an_unused_structure_in_another_frame_is_ordinary(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("External", 4, frame_uid=OTHER, kind="EXTERNAL"))) == []


def test_a_structure_that_states_no_frame_takes_the_only_one_of_the_set(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Liver", 2, frame_uid=""))) == []


def test_a_structure_that_states_no_frame_among_several_is_a_finding(subject, swap, alter, only, box):
    frame = subject.case.dose.frame_uid
    several = alter(swap(subject, box("Liver", 2, frame_uid="")), structure_set={"frame_uids": (frame, OTHER)})
    assert only(CHECK, several, "finding", "structure-other-frame").rois == (2,)


@pytest.mark.parametrize("order", [1, -1])
def test_further_frames_of_the_set_are_ordinary(subject, alter, doubts, order):
    frames = (subject.case.dose.frame_uid, OTHER)[::order]
    assert doubts(CHECK, alter(subject, structure_set={"frame_uids": frames})) == []
