"""``sbrt-qa receive``: a sender's files in, records, log lines and one exit code out."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import threading

import pytest
from click.testing import CliRunner
from hazard_case import PROTOCOL, Pile
from senders import send

from sbrt_qa.cli import _service, main
from sbrt_qa.pipeline import local_crew
from sbrt_qa.pipeline.worker import work


def refusal(tmp_path, *words):
    done = CliRunner().invoke(main, ["receive", "-p", "tg101-abdomen", "-o", str(tmp_path / "out"), *words])
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_what_is_sent_is_judged_and_a_signal_ends_it(tmp_path, monkeypatch):
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    lines, senders = [], []

    def log(line):
        lines.append(line)
        if port := re.search(r"port=(\d+)", line):
            sender = threading.Thread(target=send, args=(int(port[1]), Pile.fresh().files().values()))
            senders.append(sender)
            sender.start()
        if line.startswith("judged"):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_service, "log", log)
    monkeypatch.setattr(
        local_crew.LocalCrew, "work", lambda _self, question, tasks: ((task, work(question, task)) for task in tasks)
    )
    words = ["--port", "0", "--poll", "0.01", "--settle", "0.05", "--keep-free", "0"]
    done = CliRunner().invoke(main, ["receive", "-p", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out"), *words])
    senders[0].join()
    assert (done.exit_code, done.stdout.split("\n")[0]) == (0, "PASS")
    assert lines[-1] == "stopped"
    assert len(list((tmp_path / "out" / "records").iterdir())) == 1


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
