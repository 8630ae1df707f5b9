"""``--send-to``: which archive, refused with words where it is none, and a watch that sends before it ends."""

from __future__ import annotations

import importlib.util

import pytest
from click.testing import CliRunner
from exports_below import lay
from hazard_case import PROTOCOL

from sbrt_qa.cli import main
from sbrt_qa.pipeline import local_crew


@pytest.fixture(params=["receive", "watch"])
def refusal(request, tmp_path):
    """Ask either command wrongly; returns what it says."""

    def ask(*words):
        asked = [request.param, *([str(tmp_path)] if request.param == "watch" else []), "-p", "tg101-abdomen"]
        done = CliRunner().invoke(main, [*asked, "-o", str(tmp_path / "out"), *words])
        assert (done.exit_code, done.stdout) == (2, "")
        assert not (tmp_path / "out").exists()
        return done.stderr

    return ask


def test_what_is_no_archive_is_refused(refusal):
    assert "'ARCHIVE:104' is no node to send to (write TITLE@HOST:PORT" in refusal("--send-to", "ARCHIVE:104")
    assert "is no title (give up to 16" in refusal("--send-to", "A@host:104", "--send-as", "A\\B")


def test_tls_needs_an_archive_and_somebody_to_trust(refusal, tmp_path):
    pem = tmp_path / "a.pem"
    pem.write_text("nothing", encoding="utf-8")
    there = ("--send-to", "A@host:104")
    assert "needs an archive to send to (name it with --send-to)" in refusal("--send-tls-ca", str(pem))
    assert "name the CA with --send-tls-ca" in refusal(*there, "--send-tls-cert", str(pem))
    assert "name it with --send-tls-cert" in refusal(*there, "--send-tls-ca", str(pem), "--send-tls-key", str(pem))
    assert "for sending cannot be used" in refusal(*there, "--send-tls-ca", str(pem))


def test_without_the_extra_it_says_what_to_install(refusal, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pynetdicom" else there(name))
    assert "pip install 'sbrt-qa[net]'" in refusal("--send-to", "A@host:104")


def test_a_watch_that_looks_once_leaves_what_it_cannot_send_in_the_outbox(tmp_path, monkeypatch):
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    lay(tmp_path / "drop" / "Mustermann^Max")
    monkeypatch.setattr(
        local_crew.LocalCrew,
        "work",
        lambda self, question, tasks: ((task, self.task(question, task)) for task in tasks),
    )
    words = ["-p", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out"), "--once", "--settle", "0"]
    done = CliRunner().invoke(main, ["watch", str(tmp_path / "drop"), *words, "--send-to", "A@127.0.0.1:1"])
    assert done.exit_code == 0
    assert done.stderr.rstrip().endswith("not-sent why=no-connection")
    assert "Muster" not in done.output
    (document,) = (tmp_path / "out" / "outbox").iterdir()
    assert document.suffix == ".dcm"
