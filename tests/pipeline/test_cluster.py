"""A Dask cluster: the same records as from processes of this machine, whatever becomes of its workers."""

from __future__ import annotations

import pytest

from sbrt_qa.pipeline.batch import run_batch
from sbrt_qa.pipeline.cluster_crew import ClusterCrew
from sbrt_qa.pipeline.local_crew import LocalCrew
from sbrt_qa.pipeline.store import Store

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        scheduler_kwargs={"dashboard": False},
        local_directory=str(tmp_path_factory.mktemp("dask")),
        silence_logs=50,
    ) as found:
        yield found


@pytest.fixture
def limits():
    return LocalCrew(2, 60.0, 6.0)


def records(root, output, asked, crew):
    with Store(output) as store:
        tally = run_batch(root, store, asked, crew)
    return tally, {path.name: path.read_bytes() for path in (output / "records").iterdir()}


def test_records_are_byte_for_byte_those_of_the_process_pool(cluster, root, tmp_path, asked, limits):
    tally, there = records(root, tmp_path / "there", asked, ClusterCrew(cluster.scheduler_address, limits))
    _, here = records(root, tmp_path / "here", asked, limits)
    assert tally.verdicts == {"PASS": 1, "FAIL": 1, "UNDECIDED": 1}
    assert tally.stopped == []
    assert there == here
    assert len(here) == 3
