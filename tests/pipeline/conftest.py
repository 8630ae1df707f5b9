"""Small exports below a folder, a question, and a crew that works in this very process."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from exports_below import lay
from hazard_case import PROTOCOL, Pile

from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.worker import work

if TYPE_CHECKING:
    from pathlib import Path


class SameProcess:
    """Does the work here; counts what it was asked to do."""

    def __init__(self, work=work) -> None:
        self.asked: list[str] = []
        self._work = work

    def work(self, question, tasks):
        for task in tasks:
            self.asked.append(task.export)
            yield task, self._work(question, task)


@pytest.fixture
def crew():
    return SameProcess


@pytest.fixture
def protocol(tmp_path) -> Path:
    path = tmp_path / "protocol.yaml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return path


@pytest.fixture
def asked(protocol):
    return question(str(protocol))


@pytest.fixture
def root(tmp_path) -> Path:
    """Three exports: one that passes, one that fails, and one without structures."""
    folder = tmp_path / "exports"
    lay(folder / "good")
    failing = Pile.fresh()
    failing.dose.DoseGridScaling = float(failing.dose.DoseGridScaling) * 1.5
    lay(folder / "site" / "hot", failing)
    incomplete = Pile.fresh()
    incomplete.dropped.add("structures")
    lay(folder / "site" / "part", incomplete)
    return folder


@pytest.fixture
def files():
    """A small case as it is sent: the bytes of each file."""
    return {name.removesuffix(".dcm"): content for name, content in Pile.fresh().files().items()}


@pytest.fixture
def certificate(tmp_path):
    """A key and a certificate for 127.0.0.1, made now."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=listener", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", *words, *names, "-keyout", key, "-out", cert], capture_output=True, check=True)
    return key, cert
