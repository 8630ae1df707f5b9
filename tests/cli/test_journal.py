"""The log of the services: events with names and fields, and nothing of a patient, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import threading
import warnings

import click
import pytest
from click.testing import CliRunner
from exports_below import lay
from hazard_case import PROTOCOL, Pile, put
from senders import association, send

from sbrt_qa.cli import _journal, _service, main
from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.pipeline import local_crew
from sbrt_qa.pipeline.event import Event
from sbrt_qa.pipeline.worker import work

NAME = "Mustermann"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ event=[a-z-]+( [a-z_-]+=(\"([^\"\\]|\\.)*\"|[^ \"=]+))*")


def planted():
    """A case that says its patient's name wherever it can."""
    pile = Pile.fresh()
    for ds in (pile.plan, pile.dose, pile.structures):
        ds.PatientName, ds.PatientID = f"{NAME}^Max", f"{NAME}-77"
        ds.StudyDescription = ds.OperatorsName = ds.InstitutionName = ds.Manufacturer = NAME
    pile.plan.RTPlanLabel = pile.plan.RTPlanName = pile.structures.StructureSetLabel = NAME
    for roi in pile.structures.StructureSetROISequence[4:]:
        roi.ROIName = f"{NAME} {roi.ROIName}"
    return pile


def spoiled():
    """The same, and what is read as a number, a date or an encoding is the name too."""
    pile = planted()
    put(pile.dose, "DoseGridScaling", NAME.encode())
    put(pile.plan, "RTPlanDate", NAME.encode())
    put(pile.structures, "SpecificCharacterSet", NAME.encode())
    return pile


def lines_of(said, form):
    """Return the events of a log; every line must be one."""
    if form == "json":
        found = [json.loads(line) for line in said.splitlines()]
        assert all(list(event)[:2] == ["time", "event"] for event in found)
        return found
    assert all(map(LINE.fullmatch, said.splitlines())), said
    return [dict(re.findall(r"([\w-]+)=(\S+)", line)) for line in said.splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that is called by the name, with a protocol beside; cases are judged in this process."""
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / NAME).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        local_crew.LocalCrew, "work", lambda _self, question, tasks: ((task, work(question, task)) for task in tasks)
    )
    return tmp_path / NAME


def watch(form, *words):
    asked = ["watch", NAME, "-p", "p.yaml", "-o", "out", "--settle", "0", "--log-format", form, *words]
    return CliRunner().invoke(main, asked)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.filterwarnings("ignore")  # of the writer of the spoiled files
def test_no_name_in_the_log_of_a_watch(folder, form):
    lay(folder / f"{NAME}^Max 1", planted())
    lay(folder / f"{NAME}^Max 2", spoiled())
    lay(folder / f"{NAME}3", planted())
    cut = min((folder / f"{NAME}3").iterdir())
    cut.write_bytes(cut.read_bytes()[:700])
    cut.rename(cut.with_name(f"{NAME}.dcm"))
    (folder / f"{NAME}.zip").write_bytes(b"PK\x03\x04" + NAME.encode())
    done = watch(form, "--once")
    assert done.exit_code == 3
    assert NAME.lower() not in done.output.lower()
    events = lines_of(done.stderr, form)
    assert sum(event["event"] == "judged" for event in events) == 4


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_name_in_the_log_of_a_listener(folder, form, monkeypatch):
    usual, senders = _service.log, []

    def talk(port):
        pile = planted()
        with association(port, called=NAME, calling="SENDER") as assoc:
            assert assoc.is_rejected
        send(port, pile.files().values(), called="OURS", calling=NAME)
        pile.plan.RTPlanName = f"another {NAME}"
        send(port, pile.files().values(), called="OURS", calling=NAME)

    def log(line):
        usual(line)
        event = Event.of(line)
        if event.name == "listening":
            senders.append(threading.Thread(target=talk, args=(event.fields["port"],)))
            senders[-1].start()
        if event.name == "judged":
            senders[-1].join()
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_service, "log", log)
    asked = ["receive", "--port", "0", "--poll", "0.01", "--settle", "0.3", "--keep-free", "0", "--called", "OURS"]
    done = CliRunner().invoke(main, [*asked, "-p", "p.yaml", "-o", str(folder / "out"), "--log-format", form])
    assert NAME.lower() not in done.stderr.lower()
    events = {event["event"] for event in lines_of(done.stderr, form)}
    assert {"listening", "rejected", "refused", "judged", "stopped"} <= events


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "error", [ValueError(NAME), CaseError(NAME, where=NAME, code="case-unreadable"), KeyError(NAME)]
)
def test_an_internal_error_is_an_event_without_words_and_3(folder, monkeypatch, form, error):
    lay(folder / "a")

    def fail(*_args):
        raise error

    monkeypatch.setattr(local_crew.LocalCrew, "work", fail)
    done = CliRunner(env={"SBRT_QA_DEBUG": "1"}).invoke(
        main, ["watch", NAME, "-p", "p.yaml", "-o", "out", "--settle", "0", "--once", "--log-format", form]
    )
    assert (done.exit_code, done.stdout) == (3, "")
    assert NAME not in done.stderr
    assert "Traceback" not in done.stderr
    last = lines_of(done.stderr, form)[-1]
    assert (last["event"], last["error"]) == ("failed", type(error).__name__)
    assert "batch.py:" in done.stderr.splitlines()[-1]
    assert last.get("code") == (error.code if isinstance(error, CaseError) else None)


def test_what_is_asked_wrongly_is_said_in_words_and_2(folder):
    words = ["watch", "none", "-p", "p.yaml", "-o", "out"]
    plain = CliRunner().invoke(main, words)
    assert (plain.exit_code, plain.stderr.count("\n")) == (2, 1)
    assert "there is no such folder" in plain.stderr
    done = CliRunner().invoke(main, [*words, "--log-format", "json"])
    (event,) = lines_of(done.stderr, "json")
    assert (done.exit_code, event["event"], event["error"]) == (2, "failed", "UsageError")
    assert "there is no such folder" in event["why"]


@pytest.fixture
def service():
    """Run a function as a service; returns exit code and events."""

    def call(does):
        def job():
            does()
            return 0

        command = click.command()(_journal.service(job))

        class Group(type(main)):
            def get_command(self, ctx, name):
                return command

        done = CliRunner().invoke(Group(name="sbrt-qa"), ["job", "--log-format", "json"])
        return done.exit_code, lines_of(done.stderr, "json")

    return call


def test_threads_and_warnings_have_no_words_either(service):
    hook, shown = threading.excepthook, warnings.showwarning

    def does():
        def fail():
            raise RuntimeError(NAME)

        thread = threading.Thread(target=fail, name=NAME)
        thread.start()
        thread.join()
        silent = logging.getLogger("a.library")
        silent.propagate = False  # to no handler: what the last resort would print
        silent.warning(NAME)
        silent.error(NAME, exc_info=OSError(NAME))
        warnings.simplefilter("always")
        warnings.warn(NAME, UserWarning, stacklevel=1)

    code, (thread, said, caught, warning) = service(does)
    assert code == 0
    assert (thread["event"], thread["error"], thread["of"]) == ("failed", "RuntimeError", "thread")
    assert (warning["event"], warning["category"]) == ("warned", "UserWarning")
    assert (said["event"], said["category"], caught["error"]) == ("warned", "WARNING", "OSError")
    assert NAME not in f"{thread}{said}{caught}{warning}"
    assert (threading.excepthook, warnings.showwarning) == (hook, shown)


def test_a_disk_that_is_full_is_said_in_words(service):
    def does():
        raise UsageError("cannot write to 'out': No space left on device", mend="make room")

    code, (event,) = service(does)
    assert (code, event["why"]) == (2, "cannot write to 'out': No space left on device (make room)")


def test_a_value_that_is_no_word_is_quoted(capsys):
    _journal.announce("settings", 'a "b"\nc=d', "text")
    assert capsys.readouterr().err.endswith(' event=settings used="a \\"b\\"\\nc=d"\n')
