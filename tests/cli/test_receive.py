"""``sbrt-qa receive``: a sender's files in, records, log lines and one exit code out."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import threading

import pytest
from click.testing import CliRunner
from hazard_case import PROTOCOL, Pile
from senders import send

from sbrt_qa.cli import _service, main
from sbrt_qa.pipeline import local_crew
from sbrt_qa.pipeline.inbox import Inbox
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.worker import work


def refusal(tmp_path, *words):
    done = CliRunner().invoke(main, ["receive", "-p", "tg101-abdomen", "-o", str(tmp_path / "out"), *words])
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def received(tmp_path, monkeypatch, sender, *more):
    """Run the command with somebody who sends to its port, until a case is judged; returns what it said."""
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    lines, senders = [], []

    def log(line):
        lines.append(line)
        if port := re.search(r"port=(\d+)", line):
            senders.append(threading.Thread(target=sender, args=(port[1],)))
            senders[0].start()
        if line.startswith("judged"):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_service, "log", log)
    monkeypatch.setattr(
        local_crew.LocalCrew, "work", lambda _self, question, tasks: ((task, work(question, task)) for task in tasks)
    )
    words = ["--port", "0", "--poll", "0.01", "--settle", "0.05", "--keep-free", "0", *more]
    done = CliRunner().invoke(main, ["receive", "-p", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out"), *words])
    senders[0].join()
    assert (done.exit_code, done.stdout.split("\n")[0]) == (0, "PASS")
    assert len(list((tmp_path / "out" / "records").iterdir())) == 1
    return lines


def test_what_is_sent_is_judged_and_a_signal_ends_it(tmp_path, monkeypatch):
    def sender(port):
        send(int(port), Pile.fresh().files().values())

    assert received(tmp_path, monkeypatch, sender)[-1] == "stopped"


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("storescu")), reason="needs openssl and dcmtk")
def test_dcmtk_sends_behind_tls_with_a_certificate_and_not_without(tmp_path, monkeypatch):
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", *words, "-keyout", key, "-out", cert], capture_output=True, check=True)
    Pile.fresh().write(tmp_path / "case")
    codes = []

    def sender(port):
        asked = ["storescu", "-xe", "-R", "+sd", "127.0.0.1", port, tmp_path / "case"]
        for how in ([], ["+tla", "-ic"], ["+tls", key, cert, "+cf", cert]):
            done = subprocess.run([*asked[:2], *how, *asked[2:]], capture_output=True, check=False, timeout=30)
            codes.append(done.returncode)

    received(tmp_path, monkeypatch, sender, *_tls(key, cert))
    assert (codes[0] != 0, codes[1] != 0, codes[2]) == (True, True, 0)


def _tls(key, cert):
    return ("--tls-cert", str(cert), "--tls-key", str(key), "--tls-ca", str(cert))


def test_two_on_one_folder_are_refused_and_nothing_is_touched(tmp_path):
    with Store(tmp_path / "out"):
        draft = Inbox(tmp_path / "out").new_draft()
        draft.write_bytes(b"being received")
        assert "another run is writing to this folder" in refusal(tmp_path)
        assert draft.exists()


def test_listening_beyond_this_machine_needs_a_list_of_addresses(tmp_path):
    assert "say from which addresses" in refusal(tmp_path, "--host", "0.0.0.0")
    assert "192.168.7.0/24" in refusal(tmp_path, "--from", "everywhere")


def test_tls_is_whole_or_not_at_all(tmp_path):
    (tmp_path / "cert.pem").write_text("nothing", encoding="utf-8")
    assert "TLS needs a certificate" in refusal(tmp_path, "--tls-key", str(tmp_path / "cert.pem"))
    assert "cannot be used" in refusal(tmp_path, "--tls-cert", str(tmp_path / "cert.pem"))


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pynetdicom" else there(name))
    assert "pip install 'sbrt-qa[net]'" in refusal(tmp_path)


def test_it_needs_a_protocol(tmp_path):
    done = CliRunner().invoke(main, ["receive", "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "a listener needs a protocol" in done.stderr


@pytest.fixture(autouse=True)
def _no_handler_left():
    yield
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
