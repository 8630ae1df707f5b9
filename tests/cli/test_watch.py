"""``sbrt-qa watch``: words in, records, log lines and one exit code out."""

from __future__ import annotations

import os
import signal

import pytest
from click.testing import CliRunner
from exports_below import lay
from hazard_case import PROTOCOL, Pile

from sbrt_qa.cli import main
from sbrt_qa.pipeline import local_crew
from sbrt_qa.pipeline.worker import work


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command on a folder, in this process; returns code, standard output and log lines."""
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "drop").mkdir()
    monkeypatch.setattr(
        local_crew.LocalCrew, "work", lambda _self, question, tasks: ((task, work(question, task)) for task in tasks)
    )

    def call(*words):
        asked = ["watch", str(tmp_path / "drop"), "-p", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out"), *words]
        done = CliRunner().invoke(main, asked)
        return done.exit_code, done.stdout, done.stderr

    return call


def test_exit_codes_are_those_of_a_batch(run, tmp_path):
    quick = ("--once", "--settle", "0")
    assert run(*quick)[0] == 3
    lay(tmp_path / "drop" / "Mustermann^Max")
    (tmp_path / "out" / "summary.csv").touch()
    code, printed, told = run(*quick)
    assert (code, printed.splitlines()[:2]) == (0, ["PASS", "1 plan: 1 PASS, 0 VARIATION, 0 FAIL, 0 UNDECIDED"])
    assert "Muster" not in printed + told
    assert "event=judged record=" in told
    assert not (tmp_path / "out" / "summary.csv").exists()
    failing = Pile.fresh()
    failing.dose.DoseGridScaling = float(failing.dose.DoseGridScaling) * 1.5
    lay(tmp_path / "drop" / "b", failing)
    assert run(*quick)[0] == 1


def test_what_waits_is_undecided(run, tmp_path):
    incomplete = Pile.fresh()
    incomplete.dropped.add("structures")
    lay(tmp_path / "drop" / "a", incomplete)
    code, printed, told = run("--once", "--settle", "0")
    assert code == 3
    assert "1 not judged yet" in printed
    assert "lacks=RTSTRUCT" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_the_last_word(run, tmp_path, monkeypatch, number):
    lay(tmp_path / "drop" / "a")

    def struck(_self, question, tasks):
        for task in tasks:
            yield task, work(question, task)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(local_crew.LocalCrew, "work", struck)
    before = signal.getsignal(number)
    code, printed, told = run("--settle", "0", "--poll", "0.01")
    assert (code, printed.split("\n")[0]) == (0, "PASS")
    assert told.endswith("stopped\n")
    assert signal.getsignal(number) is before


def test_what_is_asked_wrongly_is_2(run, tmp_path):
    done = CliRunner().invoke(main, ["watch", str(tmp_path / "none"), "-p", "tg101-abdomen", "-o", str(tmp_path / "o")])
    assert done.exit_code == 2
    assert "there is no such folder" in done.stderr
    done = CliRunner().invoke(main, ["watch", str(tmp_path), "-o", str(tmp_path / "o")])
    assert done.exit_code == 2
    assert "a watch needs a protocol" in done.stderr
