"""From an archive to the verdict and back: Orthanc forwards a study to the listener, and finds the report in it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import BytesIO

import pydicom
import pytest
from hazard_case import PROTOCOL, Pile
from orthanc import SECONDS, running

pytestmark = pytest.mark.slow


@contextmanager
def receiving(folder, archive):
    """Yield the port of the real program and its log."""
    folder.mkdir()
    (folder / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    words = ["-p", "p.yaml", "-o", "out", "--port", "0", "--poll", "0.1", "--settle", "0.3", "--keep-free", "0"]
    words += [
        "--workers",
        "1",
        "--called",
        "SBRT_QA",
        "--calling",
        "ORTHANC",
        "--send-to",
        f"ORTHANC@127.0.0.1:{archive.port}",
    ]
    log = folder / "log"
    with log.open("wb") as told:
        program = [sys.executable, "-m", "sbrt_qa", "receive", *words]
        process = subprocess.Popen(program, cwd=folder, stdout=subprocess.DEVNULL, stderr=told)
    try:
        yield int(until(lambda: re.search(r"listening port=(\d+)", log.read_text()))[1]), log
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, log.read_text()
    finally:
        process.kill()
        process.wait(SECONDS)


def until(found):
    """Wait until something is found, and return it."""
    end = time.monotonic() + SECONDS
    while not (result := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return result


def test_a_study_that_is_forwarded_comes_back_with_its_report_once(tmp_path):
    with running(tmp_path) as archive, receiving(tmp_path / "here", archive) as (port, log):
        files = Pile.fresh().files()
        (study,) = {archive.post("instances", content)["ParentStudy"] for content in files.values()}
        listener = json.dumps({"AET": "SBRT_QA", "Host": "127.0.0.1", "Port": port}).encode()
        archive.put("modalities/check", listener)

        assert archive.post("modalities/check/store", study.encode())["FailedInstancesCount"] == 0
        series = until(
            lambda: [one for one in archive.get(f"studies/{study}/series") if "DOC" in one["MainDicomTags"].values()]
        )
        ((number,),) = (one["Instances"] for one in series)
        plan, made = (
            pydicom.dcmread(BytesIO(one)) for one in (files["plan.dcm"], archive.get(f"instances/{number}/file"))
        )
        assert (made.StudyInstanceUID, made.PatientID) == (plan.StudyInstanceUID, plan.PatientID)
        assert made.DocumentTitle.startswith("Plan check: PASS")
        assert archive.get(f"instances/{number}/pdf").startswith(b"%PDF")

        archive.post("modalities/check/store", study.encode())  # an archive that forwards whatever it gets
        until(lambda: list((tmp_path / "here" / "out" / "documents").rglob("*.dcm")))
        time.sleep(0.5)
        assert re.findall(r"\b(judged|sent|not-sent)\b", log.read_text()) == ["judged", "sent"]
        assert len(archive.get(f"studies/{study}/instances")) == 4
