"""A real archive takes what is written, by C-STORE, and gives it back: Orthanc, on this machine alone."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pydicom
import pytest

import sbrt_qa as qa
from sbrt_qa.dicom.folder import scan
from sbrt_qa.dicom.read_structures import read_structures

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "sample_dicom" / "duodenum-overdose"
SECONDS = 60
PLACES = (None, "/usr/sbin", "/usr/local/sbin", "/sbin")  # not on everybody's path
FETCH = build_opener(ProxyHandler({})).open  # loopback goes through no proxy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Archive:
    def __init__(self, program, folder):
        self._http, self._dicom = free_port(), free_port()
        settings = {
            "Name": "test",
            "HttpPort": self._http,
            "DicomPort": self._dicom,
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "index"),
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomAlwaysAllowStore": True,
            "Plugins": [],
        }
        (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen([program, folder / "orthanc.json"], stdout=log, stderr=log, cwd=folder)
        self._log = folder / "log"

    def wait(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                return self.get("system")
            except (URLError, ConnectionError):
                time.sleep(0.05)
        pytest.fail(f"Orthanc does not answer:\n{self._log.read_text(errors='replace')[-2000:]}")

    def get(self, path):
        with FETCH(f"http://127.0.0.1:{self._http}/{path}", timeout=SECONDS) as answer:
            content = answer.read()
            return json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content

    def store(self, *files):
        done = subprocess.run(
            ["storescu", "-aec", "ORTHANC", "127.0.0.1", str(self._dicom), *files],
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")

    def given_back(self, uid):
        """Number and bytes of the one instance of a UID."""
        (found,) = (
            k for k in self.get("instances") if self.get(f"instances/{k}")["MainDicomTags"]["SOPInstanceUID"] == uid
        )
        return found, self.get(f"instances/{found}/file")

    def close(self):
        self._process.kill()  # its folder goes too; a farewell takes seconds
        self._process.wait(SECONDS)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    program = shutil.which("Orthanc") or next(
        (p for place in PLACES if (p := shutil.which("Orthanc", path=place))), None
    )
    if program is None or shutil.which("storescu") is None:
        pytest.skip("needs Orthanc and storescu (Debian: apt install orthanc dcmtk)")
    started = Archive(program, tmp_path_factory.mktemp("archive"))
    started.wait()
    yield started
    started.close()


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
