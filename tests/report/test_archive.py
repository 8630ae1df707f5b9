"""A real archive takes what is written, by C-STORE, and gives it back: Orthanc, on this machine alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from orthanc import running

import sbrt_qa as qa
from sbrt_qa.dicom.folder import scan
from sbrt_qa.dicom.read_structures import read_structures

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "sample_dicom" / "duodenum-overdose"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with running(tmp_path_factory.mktemp("archive")) as one:
        yield one


@pytest.fixture(scope="module")
def written(archive, tmp_path_factory):
    """The plan, and both objects made of it, written and stored."""
    folder = tmp_path_factory.mktemp("written")
    evaluation = qa.evaluate(qa.read_case(CASE), qa.load_protocol("crlm-liver-bed-5fx"))
    files = folder / "a.dcm", folder / "a.rtstruct.dcm"
    for file in files:
        qa.write_report(evaluation, file)
    archive.store(CASE / "RP.dcm", *files)
    return files


def test_both_objects_lie_beside_the_plan_in_its_study(archive, written):
    (patient,) = archive.get("patients")
    (study,) = archive.get(f"patients/{patient}")["Studies"]
    plan = pydicom.dcmread(CASE / "RP.dcm")
    assert archive.get(f"patients/{patient}")["MainDicomTags"]["PatientID"] == plan.PatientID
    assert archive.get(f"studies/{study}")["MainDicomTags"]["StudyInstanceUID"] == plan.StudyInstanceUID
    kinds = [archive.get(f"series/{k}")["MainDicomTags"]["Modality"] for k in archive.get(f"studies/{study}")["Series"]]
    assert sorted(kinds) == ["DOC", "RTPLAN", "RTSTRUCT"]


def test_the_document_comes_back_as_it_was(archive, written):
    sent = pydicom.dcmread(written[0])
    number, content = archive.given_back(sent.SOPInstanceUID)
    assert pydicom.dcmread(BytesIO(content)) == sent
    document = sent.EncapsulatedDocument[: sent.EncapsulatedDocumentLength]
    assert archive.get(f"instances/{number}/pdf")[: len(document)] == document


def test_the_contours_come_back_as_they_were(archive, written, tmp_path):
    path = tmp_path / "back.dcm"
    path.write_bytes(archive.given_back(pydicom.dcmread(written[1], stop_before_pixels=True).SOPInstanceUID)[1])
    sent, back = (read_structures(f.elements, f.identity) for p in (written[1], path) for f in scan(p))
    assert (
        [s.name for s in back.structures]
        == [s.name for s in sent.structures]
        == ["Liver - CTVsb", "Kidney_L + Kidney_R"]
    )
    for one, other in zip(sent.structures, back.structures, strict=True):
        for contour, again in zip(one.contours, other.contours, strict=True):
            assert np.array_equal(contour.points_mm, again.points_mm)
