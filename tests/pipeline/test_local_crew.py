"""Worker processes: a case that crashes, hangs or eats memory is UNDECIDED, and the others go on."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module

import pebble
import pytest
from misbehaviour import misbehave

from sbrt_qa.pipeline import forkserver, local_crew
from sbrt_qa.pipeline.local_crew import LocalCrew
from sbrt_qa.pipeline.task import Task

LIMITS = {"seconds": 30.0, "memory_gb": 4.0}


def tasks(*names, path=""):
    return [Task(name, (str(path),), None, "") for name in names]


def run(asked, todo, workers=2, **limits):
    crew = LocalCrew(workers, **(LIMITS | limits), task=misbehave)
    return {task.export: outcome for task, outcome in crew.work(asked, todo)}


def test_each_bad_case_is_undecided_with_its_reason_and_the_rest_go_on(asked, tmp_path):
    good = [f"good {number}" for number in range(5)]
    todo = tasks("dies", "hangs", "eats", "stumbles", "dies once", *good, path=tmp_path / "marker")
    done = run(asked, todo, seconds=1.5)
    assert {name: done[name].stopped for name in ("dies", "hangs", "eats", "stumbles")} == {
        "dies": "its process died 3 times",
        "hangs": "it took more than 1.5 s",
        "eats": "it needed more than 4 GB of memory",
        "stumbles": "an internal error: ValueError",
    }
    assert {done[name].verdict for name in ("dies", "hangs", "eats", "stumbles")} == {"UNDECIDED"}
    assert {name for name, outcome in done.items() if outcome.verdict == "PASS"} == {*good, "dies once"}


def test_tasks_are_asked_for_only_as_workers_are_free(asked):
    given = 0

    def source():
        nonlocal given
        for task in tasks(*(f"good {number}" for number in range(20))):
            given += 1
            yield task

    done = 0
    for _ in LocalCrew(1, **LIMITS, task=misbehave).work(asked, source()):
        done += 1
        assert given <= done + local_crew.IN_HAND
    assert done == 20


def test_stopping_in_between_leaves_no_process_behind(asked):
    working = LocalCrew(2, **LIMITS, task=misbehave).work(asked, tasks("good", "hangs", "hangs", "hangs"))
    next(working)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        working.throw(KeyboardInterrupt)
    assert time.monotonic() - began < 20


def test_what_workers_are_copies_of_can_be_imported_and_the_environment_stays():
    for name in forkserver.IMPORTED_ONCE:  # a name that is wrong would be passed over in silence
        assert import_module(name)
    before = dict(os.environ)
    forkserver.prepared()
    assert dict(os.environ) == before


@pytest.mark.parametrize("told", ["at once", "later"])
def test_a_pool_that_breaks_is_replaced_by_another(asked, monkeypatch, told):
    schedule, calls = pebble.ProcessPool.schedule, []

    def breaks_once(pool, *words, **more):
        calls.append(pool)
        if len(calls) != 2:
            return schedule(pool, *words, **more)
        if told == "at once":
            raise RuntimeError("Unexpected error within the Pool")
        broken = Future()
        broken.set_exception(BrokenProcessPool())
        return broken

    monkeypatch.setattr(pebble.ProcessPool, "schedule", breaks_once)
    done = run(asked, tasks(*(f"good {number}" for number in range(5))))
    assert {outcome.verdict for outcome in done.values()} == {"PASS"}
    assert len(done) == 5
    assert len(set(calls)) == 2
    assert len(calls) == 6  # none is tried in vain


def test_where_no_pool_works_every_case_is_undecided(asked, monkeypatch):
    def breaks(_pool, *_words, **_more):
        raise RuntimeError("Unexpected error within the Pool")

    monkeypatch.setattr(pebble.ProcessPool, "schedule", breaks)
    done = run(asked, tasks("good 1", "good 2"))
    assert {outcome.stopped for outcome in done.values()} == {"its process died 3 times"}
    assert len(done) == 2
