"""Why two evaluations may not be comparable: one note per reason, none where there is none."""

import numpy as np
import pytest

from sbrt_qa.histogram.curve import DVH
from sbrt_qa.protocol.comparability import notes
from sbrt_qa.protocol.finding import Evaluation, Verdict

FACTS = {
    "case": {"patient_id": "P1", "structure_set_uid": "1.2", "files": [{"sha256": "aa"}]},
    "protocol": {"id": "p", "version": "1", "sha256": "ab"},
    "prescription": {"gy": 50.0, "fractions": 5, "source": "plan"},
    "provenance": {"sbrt_qa": "1", "numpy": "2", "sampling": {"end_cap": "none"}, "quirks": [], "notes": []},
}


def curve(name, volume_cc):
    return DVH(name, np.array([0.0, 1.0, 2.0]), np.array([volume_cc, volume_cc, 0.0]), volume_cc, (1.0, 1.5, 2.0))


def evaluation(curves=(("Liver", 1000.0), ("Cord", 10.0)), **changes):
    facts = {key: {**value, **(changes.get(key) or {})} for key, value in FACTS.items()}
    facts |= {key: None for key, value in changes.items() if value is None}
    return Evaluation(Verdict.PASS, (), (), curves=tuple(curve(*one) for one in curves), **facts)


OTHER_FILES = {"files": [{"sha256": "bb"}]}


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"case": {"patient_id": "P2"}}, "other-patient", "different patients"),
        ({"case": {"patient_id": ""}}, "patient-not-known", "Nothing confirms"),
        ({"case": {"patient_id": "P2", "deidentified": "yes"}}, "patient-not-known", "was removed"),
        ({"protocol": {"version": "2", "sha256": "cd"}}, "other-protocol", "A was judged by p 1, B by p 2."),
        ({"protocol": {"sha256": "cd"}}, "other-protocol", "its content was not the same"),
        ({"protocol": None}, "other-protocol", "Only A was judged by a protocol."),
        ({"prescription": {"gy": 45.0}}, "other-prescription", "A prescribes 50.00 Gy, B 45.00 Gy"),
        ({"prescription": {"fractions": 3}}, "other-fractions", "A has 5 fractions, B 3"),
        ({"prescription": {"fractions": None}}, "other-fractions", "B an unknown number of"),
        ({"case": {"structure_set_uid": "1.3"}}, "other-structure-set", "no volume differs"),
        ({"curves": (("Liver", 1002.0), ("Cord", 10.0))}, "other-volumes", "Liver (1000.0 cc in A, 1002.0 cc in B)"),
        ({"curves": (("Liver", 1000.0), ("Cord", 10.0), ("Cord", 9.0))}, "other-volumes", "9.00 cc and 10.00 cc in B"),
        ({"curves": (("Liver", 1000.0),)}, "other-structures", "Only in A: Cord."),
        ({"provenance": {"sbrt_qa": "2"}}, "other-version", "sbrt_qa 1 in A, 2 in B"),
        ({"provenance": {"sampling": {"end_cap": "rounded"}}}, "other-conventions", "none in A, rounded in B"),
    ],
)  # fmt: skip
def test_each_reason_has_its_note(changes, code, sentence):
    changes["case"] = OTHER_FILES | changes.get("case", {})
    (note,) = notes(evaluation(), evaluation(**changes))
    assert note.code == code
    assert sentence in note.sentence


def test_two_plans_of_one_patient_and_structure_set_have_no_note():
    assert notes(evaluation(), evaluation(case=OTHER_FILES)) == ()
    assert notes(evaluation(), evaluation((("Liver", 1000.5), ("Cord", 10.0)), case=OTHER_FILES)) == ()


def test_two_runs_without_a_protocol_need_no_note_of_it():
    assert notes(evaluation(protocol=None), evaluation(protocol=None, case=OTHER_FILES)) == ()


def test_the_very_same_files_are_noticed():
    assert [note.code for note in notes(evaluation(), evaluation())] == ["same-files"]


def test_without_curves_nothing_is_said_of_structures_and_long_lists_are_cut():
    assert notes(evaluation(), evaluation((), case=OTHER_FILES)) == ()
    many = tuple((f"S{number:02}", 10.0) for number in range(20))
    (note,) = notes(evaluation(many), evaluation(many[:1], case=OTHER_FILES))
    assert note.sentence.endswith("S08; and 11 more.")


def test_notes_quote_no_patient():
    said = " ".join(note.sentence for note in notes(evaluation(case={"patient_id": "Q-7"}), evaluation()))
    assert "Q-7" not in said
    assert "P1" not in said


def test_of_a_case_that_could_not_be_read_nothing_else_is_said():
    unread = evaluation(
        (), case={"id": "", "patient_id": "", "files": []}, prescription={"gy": None, "fractions": None}
    )
    (note,) = notes(evaluation(), unread)
    assert (note.code, note.sentence) == ("not-read", "B could not be read, so there is nothing to compare.")
    assert "A and B could not be read" in notes(unread, unread)[0].sentence
