"""A Dask cluster: the same records as from processes of this machine, whatever becomes of its workers."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from misbehaviour import kill_the_worker_once, misbehave

from sbrt_qa.cli import main
from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline import cluster_crew
from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.batch import run_batch
from sbrt_qa.pipeline.cluster_crew import ClusterCrew, judge_here, program
from sbrt_qa.pipeline.local_crew import IN_HAND, LocalCrew
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.task import Task

distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
LIMITS = LocalCrew(2, 60.0, 6.0)
MISBEHAVING = replace(LIMITS, task=misbehave)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        local_directory=str(tmp_path_factory.mktemp("dask")),
        silence_logs=50,
    ) as found:
        yield found


def records(root, output, asked, crew):
    with Store(output) as store:
        tally = run_batch(root, store, asked, crew)
    return tally, {path.name: path.read_bytes() for path in (output / "records").iterdir()}


def tasks(*names):
    return [Task(name, (__file__,), None, "") for name in names]


def test_records_are_byte_for_byte_those_of_the_process_pool_though_a_worker_is_killed(
    cluster, root, tmp_path, asked, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # workers are somewhere else
    killing = ClusterCrew(cluster.scheduler_address, replace(LIMITS, task=kill_the_worker_once))
    tally, found = records(Path(root.name), tmp_path / "there", asked, killing)
    assert Path(asked.protocol).with_suffix(".killed").exists()
    assert (tally.verdicts, tally.stopped) == ({"PASS": 1, "FAIL": 1, "UNDECIDED": 1}, [])
    assert found == records(Path(root.name), tmp_path / "here", asked, LIMITS)[1]
    assert len(found) == 3


def test_a_bad_case_is_undecided_with_its_reason_and_the_rest_go_on(cluster, asked):
    crew = ClusterCrew(cluster.scheduler_address, replace(MISBEHAVING, seconds=1.5))
    given, done = [], {}
    todo = tasks("dies", "hangs", "eats", "stumbles", *(f"good {number}" for number in range(4)))
    for task, outcome in crew.work(asked, (given.append(task) or task for task in todo)):
        done[task.export] = outcome
        assert len(given) <= len(done) + 2 * IN_HAND
    assert {name: outcome.stopped for name, outcome in done.items() if not name.startswith("good")} == {
        "dies": "its process died 3 times",
        "hangs": "it took more than 1.5 s",
        "eats": "it needed more than 6 GB of memory",
        "stumbles": "an internal error: ValueError",
    }
    assert sorted(outcome.verdict for outcome in done.values()) == ["PASS"] * 4 + ["UNDECIDED"] * 4


def test_a_case_that_takes_its_workers_down_is_undecided(cluster, asked, monkeypatch):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    done = list(ClusterCrew(cluster.scheduler_address, MISBEHAVING).work(asked, tasks("kills its worker")))
    assert [outcome.stopped for _, outcome in done] == ["workers that died while they had it: 1"]
    assert b'"evaluation-stopped"' in done[0][1].record


def test_a_worker_that_sees_anything_else_does_not_judge(tmp_path, asked):
    def said(wanted=None, put=asked, path=__file__):
        return judge_here(MISBEHAVING, wanted or program(), put, Task("good", (str(path),), None, ""))

    assert said((*program()[:-1], "pydicom 0.1")) == (
        f"a worker of the cluster has {program()[-1]} where pydicom 0.1 is wanted"
    )
    assert said(program()[:-1]).startswith("a worker of the cluster has ")
    assert said(path=tmp_path / "elsewhere") == (
        "a worker of the cluster does not see the files: a shared file system is needed"
    )
    other = "a worker of the cluster does not read the same protocol, names or list of released protocols"
    assert said(put=replace(asked, protocol_sha256="0" * 64)) == other
    assert said(put=replace(asked, files_sha256="0" * 64)) == other
    assert said(put=replace(asked, protocol=str(tmp_path / "none.yaml"))) == other
    assert said(put=replace(asked, names=str(tmp_path / "none.yaml"))) == other
    Path(asked.protocol).write_text("no protocol", encoding="utf-8")
    assert said(put=replace(asked, strict=True)) == other


def test_a_protocol_that_changes_meanwhile_is_noticed_by_a_worker_that_knew_it(protocol):
    before = question(str(protocol))
    task = Task("good", (__file__,), None, "")
    protocol.write_text(protocol.read_text(encoding="utf-8").replace("<=", "<"), encoding="utf-8")
    assert isinstance(judge_here(MISBEHAVING, program(), before, task), str)


def test_what_a_worker_does_not_judge_is_undecided_and_done_again(cluster, root, tmp_path, asked, crew, monkeypatch):
    monkeypatch.setattr(cluster_crew, "program", lambda: ("sbrt-qa 99",))
    tally, _ = records(root, tmp_path / "out", asked, ClusterCrew(cluster.scheduler_address, LIMITS))
    assert tally.verdicts == {"UNDECIDED": 3}
    assert {why.split(" where ")[1] for _, why in tally.stopped} == {"sbrt-qa 99 is wanted"}
    again, _ = records(root, tmp_path / "out", asked, crew())
    assert (again.done, again.verdicts) == (3, {"PASS": 1, "FAIL": 1, "UNDECIDED": 1})


def test_a_cluster_without_workers_ends_the_run_with_a_sentence(cluster, asked, monkeypatch):
    monkeypatch.setattr(distributed.Client, "nthreads", lambda _self: {})
    crew = ClusterCrew(cluster.scheduler_address, MISBEHAVING, patience_s=-1)
    with pytest.raises(UsageError, match=r"has no workers \(start some; then run again"):
        list(crew.work(asked, tasks("good")))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "bar://x:1", ""])
def test_a_scheduler_that_cannot_be_reached_is_2(address, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_crew, "REACHED_WITHIN_S", 0.2)
    asked = ["batch", str(tmp_path), "-p", "rtog1112-liver", "-o", str(tmp_path / "out"), "--scheduler", address]
    done = CliRunner().invoke(main, asked)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cannot reach a Dask scheduler at {address!r} within 0.2 s (give the address ")
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_is_named(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(cluster_crew, "find_spec", lambda name: None if name == "distributed" else found(name))
    with pytest.raises(UsageError, match=r"pip install 'sbrt-qa\[cluster\]'"):
        ClusterCrew("127.0.0.1:1", LIMITS).ensure_reached()
