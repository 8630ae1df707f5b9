"""Orthanc, a real archive, on this machine alone: remote access is off, and every port is a free one of loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

SECONDS = 60
PLACES = (None, "/usr/sbin", "/usr/local/sbin", "/sbin")  # not on everybody's path
FETCH = build_opener(ProxyHandler({})).open  # loopback goes through no proxy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Orthanc:
    """One that runs; its DICOM title is ORTHANC."""

    def __init__(self, program, folder):
        self._http, self.port = free_port(), free_port()
        settings = {
            "Name": "test",
            "HttpPort": self._http,
            "DicomPort": self.port,
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
        return self._ask(path)

    def post(self, path, content):
        return self._ask(path, content, "POST")

    def put(self, path, content):
        return self._ask(path, content, "PUT")

    def _ask(self, path, content=None, method="GET"):
        request = Request(f"http://127.0.0.1:{self._http}/{path}", data=content, method=method)
        with FETCH(request, timeout=SECONDS) as answer:
            content = answer.read()
            return json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content

    def store(self, *files):
        done = subprocess.run(
            ["storescu", "-aec", "ORTHANC", "127.0.0.1", str(self.port), *files],
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


@contextmanager
def running(folder):
    """Yield one with its files in a folder; skips where there is none."""
    program = shutil.which("Orthanc") or next(
        (p for place in PLACES if (p := shutil.which("Orthanc", path=place))), None
    )
    if program is None or shutil.which("storescu") is None:
        pytest.skip("needs Orthanc and storescu (Debian: apt install orthanc dcmtk)")
    started = Orthanc(program, folder)
    try:
        started.wait()
        yield started
    finally:
        started.close()
