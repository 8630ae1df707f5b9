from dataclasses import replace

import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import formats
from sbrt_qa.report.deidentified import REMOVED, deidentified, hashed_uid

CASE = {
    "id": "1.2.3.1",
    "patient_id": "AB-4711",
    "patient_name": "Müller^Zoë^Li",
    "study_uid": "1.2.3.9",
    "plan_label": "Zoes plan",
    "plan_uid": "1.2.3.1",
    "files": [{"role": "RTPLAN", "sop_uid": "1.2.3.1", "sha256": "ab" * 32}],
}


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("PTV_Müller", f"PTV_{REMOVED}"),
        ("ptvMÜLLERnew", f"ptv{REMOVED}new"),
        ("Liver Li", f"Liver {REMOVED}"),
        ("PTV_AB-4711", f"PTV_{REMOVED}"),
        ("GTV 4711", f"GTV {REMOVED}"),
        ("CT 20240229", f"CT {REMOVED}"),
        ("CT 2024-02-29 a", f"CT {REMOVED} a"),
        ("b 1.2.1961", f"b {REMOVED}"),
        ("b 01/02/1961", f"b {REMOVED}"),
        ("PTV_5000", "PTV_5000"),
        ("PTV 5x10 Gy", "PTV 5x10 Gy"),
        ("x 1.2.840.99.1.5", f"x {hashed_uid('1.2.840.99.1.5')}"),
    ],
)
def test_typed_text_loses_what_tells_who_it_is(make_evaluation, make_finding, make_curve, name, left):
    made = deidentified(
        make_evaluation(
            [make_finding(roi=name, sentence=f"Dose to {name}.")],
            curves=[make_curve(name, 20.0, 5.0)],
            case=CASE,
            colors={name: (1, 2, 3)},
        )
    )
    assert (made.findings[0].roi, made.curves[0].name, list(made.colors)) == (left, left, [left])
    assert made.findings[0].sentence == f"Dose to {left}."


def test_the_case_keeps_nothing_but_hashes(mixed):
    case = deidentified(replace(mixed, case=CASE | {"surprise": "Zoë"})).case
    assert case["id"] == case["plan_uid"] == case["files"][0]["sop_uid"] == hashed_uid("1.2.3.1")
    assert case["study_uid"] == hashed_uid("1.2.3.9") != hashed_uid("1.2.3.1")
    assert (case["patient_name"], case["plan_label"]) == ("", "")
    assert case["files"][0]["sha256"] == "ab" * 32
    assert "surprise" not in case
    assert "Zo" not in str(case)


def test_numbers_verdicts_and_protocol_stay(mixed):
    made = deidentified(mixed)
    assert (made.verdict, made.protocol, made.prescription) == (mixed.verdict, mixed.protocol, mixed.prescription)
    for old, new in zip(mixed.findings, made.findings, strict=True):
        assert (new.constraint, new.verdict, new.value, new.margin) == (
            old.constraint,
            old.verdict,
            old.value,
            old.margin,
        )
        assert (new.reason, new.interval) == (old.reason, old.interval)
    assert [(c.id, c.verdict, c.reason) for c in made.checks] == [(c.id, c.verdict, c.reason) for c in mixed.checks]


def test_sentences_that_may_quote_the_file_give_way_to_their_meaning(make_evaluation, make_finding, make_check):
    told = "Plan 'Zoes' of Dr. Nobody."
    provenance = {"notes": [{"code": "no-images", "sentence": told}], "station": told, "quirks": ["Read in full."]}
    made = deidentified(
        make_evaluation(
            [make_finding(verdict=Verdict.UNDECIDED, value=None, reason=("structure-missing",), sentence=told)],
            [make_check(reason=("plan-unapproved", "unheard-of"), sentence=told), make_check(id="b", sentence=told)],
            case=CASE,
            provenance=provenance,
        )
    )
    assert "Nobody" not in str((made.findings, made.checks, made.provenance))
    assert made.checks[0].sentence.endswith("Reason: unheard-of.")
    assert made.checks[1].sentence == "The check passed."
    assert made.provenance["quirks"] == ["Read in full."]


def test_every_format_can_be_written(mixed):
    made = deidentified(replace(mixed, case=CASE))
    for entry in set(formats().values()) - {formats()[".rtstruct.dcm"]}:  # refused: contours need their images
        content = entry.write(made)
        assert "Zoë".encode() not in content
        assert b"1.2.3.1" not in content


def test_doing_it_twice_leaves_no_more_behind_than_once(mixed):
    once = deidentified(replace(mixed, case=CASE))
    assert deidentified(once).case["patient_name"] == ""
