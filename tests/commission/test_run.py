import dataclasses

import pytest

from sbrt_qa.commission import commission, shelf
from sbrt_qa.commission.formats.record import write_record
from sbrt_qa.commission.run import usual_samplings
from sbrt_qa.errors import MetricUndefined, UsageError
from sbrt_qa.histogram import Sampling
from sbrt_qa.protocol.finding import Verdict


def test_every_set_runs_under_the_usual_convention_and_passes(quick):
    assert [chapter.set_id for chapter in quick.chapters] == ["nelms", "stanley", "walker"]
    assert quick.verdict is Verdict.PASS
    assert quick.quick
    assert dict(quick.versions).keys() >= {"sbrt-qa", "numpy", "pydicom"}


def test_without_conventions_the_shape_between_contours_runs_too():
    assert [(s.between, s.end_cap) for s in usual_samplings()] == [("slab", "half-slice"), ("shape", "half-slice")]


def test_two_processes_give_the_same_bytes_as_one():
    alone, together = (
        commission(["walker"], [Sampling(), Sampling(end_cap="none")], quick=True, workers=n) for n in (1, 2)
    )
    assert write_record(alone) == write_record(together)
    assert [chapter.sampling.end_cap for chapter in together.chapters] == ["half-slice", "none"]


def test_progress_is_told_after_every_case():
    told = []
    commission(["walker"], [Sampling()], quick=True, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_unknown_set_is_refused():
    with pytest.raises(UsageError, match=r"unknown test set 'ebert' \(choose from: nelms, stanley, walker\)"):
        commission(["ebert"])


def test_a_number_that_cannot_be_computed_is_undecided(monkeypatch):
    def refuse(*_):
        raise MetricUndefined("it bounds no volume")

    monkeypatch.setattr("sbrt_qa.commission.disk.compute", refuse)
    document = commission(["walker"], [Sampling()], quick=True)
    assert document.verdict is Verdict.UNDECIDED
    assert {(point.value, point.reason) for point in document.chapters[0].points} == {(None, "it bounds no volume")}


@pytest.mark.parametrize("name", ["nelms", "stanley", "walker"])
def test_a_wrong_engine_fails_every_set(name, monkeypatch):
    from sbrt_qa.histogram import compute

    def inflate(structure, dose, sampling):
        # A tenth less dose and a tenth more volume, as a program with a wrong scaling and a wrong area would say.
        scaled = dataclasses.replace(dose, gy=0.9 * dose.gy)
        curve = compute(structure, scaled, sampling)
        return dataclasses.replace(curve, volume_cc=1.1 * curve.volume_cc, cumulative_cc=1.1 * curve.cumulative_cc)

    monkeypatch.setattr("sbrt_qa.commission.disk.compute", inflate)
    assert commission([name], [Sampling()], quick=True).verdict is Verdict.FAIL


def test_every_set_names_itself_as_its_file_does():
    for name, entry in shelf.reference_sets().items():
        assert entry.id == name
        assert len(entry.cases(True)) < len(entry.cases(False))
