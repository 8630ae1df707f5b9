import shutil
import subprocess
from dataclasses import replace
from io import BytesIO

import pydicom
import pytest

from sbrt_qa.report import encapsulated_pdf as room
from sbrt_qa.report import pdf

CASE = {
    "id": "1.2.3.1",
    "patient_id": "4711",
    "patient_name": "Müller^Zoë",
    "study_uid": "1.2.3.9",
    "plan_label": "LiverBed 5x10",
    "plan_uid": "1.2.3.1",
    "dose_uid": "1.2.3.2",
    "structure_set_uid": "1.2.3.3",
    "files": [],
}


@pytest.fixture
def linked(mixed):
    return replace(mixed, case=CASE)


def read(evaluation) -> pydicom.Dataset:
    return pydicom.dcmread(BytesIO(room.FORMAT.write(evaluation)))


def faults(evaluation, folder) -> list[str]:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (dicom3tools) is not here")
    (folder / "a.dcm").write_bytes(room.FORMAT.write(evaluation))
    done = subprocess.run(["dciodvfy", folder / "a.dcm"], capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    assert "EncapsulatedPDF" in said
    return [line for line in said if line.startswith("Error")]


def test_the_object_holds_the_document_and_belongs_to_the_plans_study(linked):
    made = read(linked)
    assert made.SOPClassUID == made.file_meta.MediaStorageSOPClassUID == pydicom.uid.EncapsulatedPDFStorage
    assert (made.PatientID, str(made.PatientName)) == ("4711", "Müller^Zoë")
    assert made.StudyInstanceUID == "1.2.3.9"
    assert made.SeriesInstanceUID not in CASE.values()
    named = {item.ReferencedSOPInstanceUID: item.ReferencedSOPClassUID for item in made.SourceInstanceSequence}
    assert named == {
        "1.2.3.1": pydicom.uid.RTPlanStorage,
        "1.2.3.2": pydicom.uid.RTDoseStorage,
        "1.2.3.3": pydicom.uid.RTStructureSetStorage,
    }
    assert made.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert made.EncapsulatedDocument[: made.EncapsulatedDocumentLength] == pdf.FORMAT.write(linked)
    assert made.DocumentTitle == "Plan check: FAIL, LiverBed 5x10"
    assert made.BurnedInAnnotation == "YES"


def test_the_uids_follow_from_the_content(linked, make_check):
    first, again = read(linked), read(replace(linked))
    other = read(replace(linked, checks=(*linked.checks, make_check(id="one-more"))))
    assert first.SOPInstanceUID == again.SOPInstanceUID == first.file_meta.MediaStorageSOPInstanceUID
    assert other.SOPInstanceUID != first.SOPInstanceUID
    assert other.SeriesInstanceUID == first.SeriesInstanceUID
    assert first.SOPInstanceUID.is_valid
    assert first.SeriesInstanceUID.is_valid


def test_an_ion_plan_is_referred_to_as_one(linked, make_check):
    made = read(replace(linked, checks=(make_check(reason=("plan-ion",)),)))
    assert made.SourceInstanceSequence[0].ReferencedSOPClassUID == pydicom.uid.RTIonPlanStorage


@pytest.mark.parametrize("study", ["", "1.2/../3", "1.02.3", "1." * 40, "1.2\n3"])
def test_without_a_study_it_gets_one_of_its_own(make_evaluation, study):
    made = read(make_evaluation(case={"id": "", "plan_label": "", "study_uid": study, "plan_uid": study}))
    assert made.StudyInstanceUID.is_valid
    assert made.StudyInstanceUID.startswith("2.25.")
    assert made.PatientID == ""
    assert "SourceInstanceSequence" not in made


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("Doe^Jane", "Doe^Jane", "Doe^Jane"),
        ("山田^太郎=やまだ", "山田^太郎=やまだ", "山田^太郎=やまだ"),
        ("a\\b\x1b\n", "a\ufffdb\ufffd\ufffd", "a\ufffdb\ufffd\ufffd"),
        ("a=b=c=d", "a=b=c\ufffdd", "a=b=c=d"),
        ("a^b^c^d^e^f", "a^b^c^d^e\ufffdf", "a^b^c^d^e^f"),
        ("x" * 65, "x" * 61 + "…", "x" * 61 + "…"),
        ("x" * 60 + "肝" * 5, "x" * 60 + "…", "x" * 60 + "…"),
    ],
)
def test_text_is_fitted_to_what_dicom_takes(text, name, number):
    assert room.person_name(text) == name
    assert room.long_string(text) == number


def test_an_id_that_had_to_be_cut_is_nobody_elses():
    assert room.long_string("1" * 65) not in {"1" * n for n in range(65)}


@pytest.mark.parametrize("name", ["Müller^Zoë", "<script>^=HYPERLINK(1)=\\x", "\u202e\x1b[31m" + "x" * 10_000, ""])
def test_a_validator_finds_no_error(linked, tmp_path, name):
    hostile = dict.fromkeys(("patient_id", "patient_name", "plan_label"), name)
    assert faults(replace(linked, case=CASE | hostile), tmp_path) == []


def test_a_validator_finds_no_error_in_a_refused_or_deidentified_case(make_evaluation, linked, tmp_path):
    assert faults(make_evaluation(case={"id": "", "files": []}), tmp_path) == []
    assert faults(replace(linked, case=CASE | {"deidentified": "identity removed"}), tmp_path) == []
