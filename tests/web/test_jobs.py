"""Jobs: a case that is evaluated again is not green until it is known how that ended."""

from __future__ import annotations

import threading
import time

import pytest

from sbrt_qa.pipeline.store import read_entries, record_path
from sbrt_qa.pipeline.worker import stopped
from sbrt_qa.web.desk import Desk, Unknown
from sbrt_qa.web.protocols import offered


def until(told, seconds=20):
    end = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


@pytest.fixture
def working(desk):
    desk.jobs.begin()
    yield desk
    desk.jobs.end()


def state(desk, case_id):
    row = desk.row(case_id)
    return row.verdict, row.state


def test_while_an_evaluation_runs_the_case_is_not_green(working, crew, ids):
    begun, go_on = threading.Event(), threading.Event()
    crew.before = lambda: (begun.set(), go_on.wait(20))
    assert state(working, ids["good"]) == ("PASS", "current")
    job = working.ask(ids["good"], "")
    assert job.state in {"waiting", "running"}
    assert begun.wait(20)
    assert state(working, ids["good"]) == ("UNDECIDED", "being-evaluated")
    go_on.set()
    until(lambda: working.jobs.of(ids["good"])[0].state == "done")
    working.standing.look()
    assert state(working, ids["good"]) == ("PASS", "current")
    other = working.others(ids["good"])[0]
    assert other.row.record_sha256 == working.row(ids["good"]).record_sha256


def test_a_failed_evaluation_is_not_green_until_one_succeeds(working, crew, ids):
    crew.outcome = lambda question, _task: stopped(question, "it took too long")
    working.ask(ids["good"], "")
    until(lambda: working.jobs.of(ids["good"])[0].state == "failed")
    row = working.row(ids["good"])
    assert (row.verdict, row.state) == ("UNDECIDED", "evaluation-failed")
    assert "it took too long" in row.sentence
    from sbrt_qa.pipeline.worker import work

    crew.outcome = work
    working.ask(ids["good"], "")
    until(lambda: working.jobs.of(ids["good"])[0].state == "done")
    assert state(working, ids["good"]) == ("PASS", "current")


def test_an_internal_error_is_a_failed_job_and_the_next_one_runs(working, crew, ids):
    def breaks():
        raise RuntimeError("what a patient is called")

    crew.before = breaks
    working.ask(ids["good"], "")
    until(lambda: working.jobs.of(ids["good"])[0].state == "failed")
    assert working.jobs.of(ids["good"])[0].why == "an internal error: RuntimeError"
    crew.before = lambda: None
    working.ask(ids["hot"], "")
    until(lambda: working.jobs.of(ids["hot"])[0].state == "done")


def test_a_job_cut_off_is_known_to_be(desk, place, crew, ids):
    desk.ask(ids["good"], "")
    again = Desk(place / "out", crew, (), pause_s=3600)
    again.standing.look()
    assert again.jobs.of(ids["good"])[0].state == "interrupted"
    assert state(again, ids["good"]) == ("UNDECIDED", "evaluation-failed")


def test_asking_twice_is_one_job(desk, ids):
    assert desk.ask(ids["good"], "").number == desk.ask(ids["good"], "").number


def test_another_protocol_has_records_of_its_own(working, place, ids):
    (place / "site" / "other.yaml").write_text(
        (place / "site" / "hazard.yaml").read_text().replace("id: hazard", "id: stricter")
    )
    before = read_entries(place / "out")
    desk = working
    (other,) = (one for one in offered(place / "site") if one.path.endswith("other.yaml"))
    desk.protocols[other.store], store = other, other.store
    desk.ask(ids["good"], store)
    until(lambda: desk.jobs.of(ids["good"])[0].state == "done")
    desk.standing.look()
    assert read_entries(place / "out") == before
    (other,) = desk.others(ids["good"])
    assert (other.store, other.row.verdict, other.row.state) == (store, "PASS", "current")
    assert record_path(place / "out" / "other" / store, ids["good"]).is_file()


def test_evaluations_at_odds_are_not_green(working, crew, ids):
    from sbrt_qa.pipeline.task import Outcome
    from sbrt_qa.pipeline.worker import work

    def otherwise(question, task):
        outcome = work(question, task)
        return Outcome(outcome.verdict, outcome.record + b"\n", outcome.plan_label, outcome.patient_id)

    crew.outcome = otherwise
    working.ask(ids["good"], "")
    until(lambda: working.jobs.of(ids["good"])[0].state == "done")
    working.standing.look()
    assert state(working, ids["good"]) == ("UNDECIDED", "evaluations-at-odds")


def test_what_is_not_there_cannot_be_asked_for(desk, ids):
    with pytest.raises(Unknown):
        desk.ask("../../etc/passwd", "")
    with pytest.raises(Unknown):
        desk.ask(ids["good"], "../../etc/passwd")
