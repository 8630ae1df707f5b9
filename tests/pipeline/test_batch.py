"""A batch: one record per plan, as ``check`` gives it, and nothing done twice that is still good."""

from __future__ import annotations

import contextlib
import json
import os
import sys

import pytest
from exports_below import lay
from hazard_case import PROTOCOL, Pile, bytes_of

from sbrt_qa.histogram import Sampling
from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.batch import Tally, run_batch
from sbrt_qa.pipeline.store import Store
from sbrt_qa.report import write_report
from sbrt_qa.workflow import judge


def run(root, tmp_path, asked, crew):
    """Run and return the tally, the lines of the index, and the exports that were worked on."""
    done = crew()
    with Store(tmp_path / "out") as store:
        tally = run_batch(root, store, asked, done)
        return tally, {entry.export: entry for entry in store.entries()}, done.asked


def test_every_plan_has_one_record_and_it_is_that_of_check(root, tmp_path, asked, protocol, crew):
    tally, entries, _ = run(root, tmp_path, asked, crew)
    assert tally.verdicts == {"PASS": 1, "FAIL": 1, "UNDECIDED": 1}
    assert (tally.plans, tally.done, tally.kept, tally.verdict) == (3, 3, 0, "FAIL")
    assert len(list((tmp_path / "out" / "records").iterdir())) == 3
    for export, entry in entries.items():
        write_report(judge(root / export, protocol), tmp_path / "alone.json")
        record = (tmp_path / "out" / "records" / f"{entry.id}.json").read_bytes()
        assert record == (tmp_path / "alone.json").read_bytes()
        assert json.loads(record)["verdict"] == entry.verdict


@pytest.mark.skipif(sys.platform == "darwin", reason="every file name is of UTF-8 there")
def test_a_folder_whose_name_is_no_text_has_its_record_too(root, tmp_path, asked, crew):
    (root / os.fsdecode(b"caf\xe9")).symlink_to(root)  # links are not followed
    for name in (b"Lef\xe8vre", b"Lef\xe9vre"):
        lay(root / os.fsdecode(name))
    tally, entries, _ = run(root, tmp_path, asked, crew)
    assert tally.plans == len(entries) == len(list((tmp_path / "out" / "records").iterdir())) == 5
    assert {r"Lef\udce8vre", r"Lef\udce9vre"} < set(entries)
    again, _, done = run(root, tmp_path, asked, crew)
    assert (again.kept, done) == (5, [])


def test_nothing_is_done_again_while_nothing_changes(root, tmp_path, asked, crew):
    first, before, _ = run(root, tmp_path, asked, crew)
    again, after, worked = run(root, tmp_path, asked, crew)
    assert worked == []
    assert (again.kept, again.done, again.verdicts) == (3, 0, first.verdicts)
    assert after == before


def test_only_what_changed_is_done_again(root, tmp_path, asked, crew):
    run(root, tmp_path, asked, crew)
    lay(root / "new")
    changed = Pile.fresh()
    changed.structures.StructureSetLabel = "changed"
    lay(root / "good", changed)
    _, _, worked = run(root, tmp_path, asked, crew)
    assert worked == ["good", "new"]


def test_a_file_that_is_only_renamed_or_touched_changes_nothing(root, tmp_path, asked, crew):
    run(root, tmp_path, asked, crew)
    (root / "good" / "plan.dcm").rename(root / "good" / "renamed")
    (root / "good" / "dose.dcm").touch()
    assert run(root, tmp_path, asked, crew)[2] == []


def test_another_question_does_everything_again(root, tmp_path, asked, protocol, crew):
    run(root, tmp_path, asked, crew)
    names = tmp_path / "names.yaml"
    names.write_text("schema: sbrt-qa/names/1\nstructures: {liver: {aliases: [Leber]}}\n", encoding="utf-8")
    for other in (
        question(str(protocol), strict=True),
        question(str(protocol), sampling=Sampling(end_cap="none")),
        question(str(protocol), names=names),
    ):
        assert len(run(root, tmp_path, other, crew)[2]) == 3
    protocol.write_text(PROTOCOL.replace('goal: "<= 130 %"', 'goal: "<= 131 %"'), encoding="utf-8")
    assert len(run(root, tmp_path, question(str(protocol)), crew)[2]) == 3


def test_a_comment_in_the_protocol_changes_nothing(root, tmp_path, asked, protocol, crew):
    run(root, tmp_path, asked, crew)
    protocol.write_text(f"# read again\n{PROTOCOL}", encoding="utf-8")
    assert run(root, tmp_path, question(str(protocol)), crew)[2] == []


def test_a_record_that_is_gone_cut_or_edited_is_made_again(root, tmp_path, asked, crew):
    _, entries, _ = run(root, tmp_path, asked, crew)
    records = tmp_path / "out" / "records"
    (records / f"{entries['good'].id}.json").unlink()
    edited = records / f"{entries['site/hot'].id}.json"
    whole = edited.read_bytes()
    edited.write_bytes(whole.replace(b"FAIL", b"PASS"))
    cut = records / f"{entries['site/part'].id}.json"
    cut.write_bytes(cut.read_bytes()[:100])
    _, _, worked = run(root, tmp_path, asked, crew)
    assert sorted(worked) == ["good", "site/hot", "site/part"]
    assert edited.read_bytes() == whole


def test_a_stale_record_is_taken_away_before_it_is_made_again(root, tmp_path, asked, crew):
    _, entries, _ = run(root, tmp_path, asked, crew)
    changed = Pile.fresh()
    changed.dose.DoseGridScaling = float(changed.dose.DoseGridScaling) * 1.5
    lay(root / "good", changed)
    record = tmp_path / "out" / "records" / f"{entries['good'].id}.json"

    def dies(_question, _task):
        assert not record.exists()
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        run(root, tmp_path, asked, lambda: crew(dies))
    with Store(tmp_path / "out") as store:
        assert "good" not in {entry.export for entry in store.entries()}
    assert run(root, tmp_path, asked, crew)[1]["good"].verdict == "FAIL"


def test_plans_that_are_gone_count_for_nothing_and_are_kept_aside(root, tmp_path, asked, crew):
    _, entries, _ = run(root, tmp_path, asked, crew)
    for file in (root / "site" / "hot").iterdir():
        file.unlink()
    tally, after, _ = run(root, tmp_path, asked, crew)
    assert (tally.gone, tally.verdict) == (1, "UNDECIDED")
    assert "site/hot" not in after
    assert (tmp_path / "out" / "gone" / f"{entries['site/hot'].id}.json").exists()
    assert run(root, tmp_path, asked, crew)[0].gone == 0


def test_each_plan_of_an_export_has_its_own_record(root, tmp_path, asked, protocol, crew):
    second = Pile.fresh()
    second.plan.SOPInstanceUID = "1.2.3"
    second.dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    second.dose.SOPInstanceUID = "1.2.3.4"
    for part in ("plan", "dose"):
        getattr(second, part).file_meta.MediaStorageSOPInstanceUID = getattr(second, part).SOPInstanceUID
        (root / "good" / f"{part}2.dcm").write_bytes(bytes_of(getattr(second, part)))
    with Store(tmp_path / "out") as store:
        run_batch(root, store, asked, crew())
        found = [entry for entry in store.entries() if entry.export == "good"]
        assert len({entry.id for entry in found}) == 2
        for entry in found:
            write_report(judge(root / "good", protocol, plan=entry.plan_uid), tmp_path / "alone.json")
            assert store.path_of(entry.id).read_bytes() == (tmp_path / "alone.json").read_bytes()


def test_an_evaluation_that_stopped_is_undecided_and_done_again(root, tmp_path, asked, crew):
    from sbrt_qa.pipeline.worker import stopped

    tally, entries, _ = run(root, tmp_path, asked, lambda: crew(lambda question, _task: stopped(question, "it burnt")))
    assert (tally.verdict, tally.verdicts) == ("UNDECIDED", {"UNDECIDED": 3})
    assert tally.stopped == [(name, "it burnt") for name in sorted(entries)]
    record = json.loads((tmp_path / "out" / "records" / f"{entries['good'].id}.json").read_text(encoding="utf-8"))
    assert {finding["verdict"] for finding in record["findings"]} == {"UNDECIDED", None}
    assert all("evaluation-stopped" in finding["reason"] for finding in record["findings"])
    assert run(root, tmp_path, asked, crew)[0].verdicts == {"PASS": 1, "FAIL": 1, "UNDECIDED": 1}


def test_files_that_change_while_they_are_read_are_not_judged(root, tmp_path, asked, crew):
    from sbrt_qa.pipeline.worker import work

    def meddled(question, task):
        (root / task.export / "later.dcm").write_bytes(b"more")
        return work(question, task)

    tally, _, _ = run(root, tmp_path, asked, lambda: crew(meddled))
    assert tally.verdict == "UNDECIDED"
    assert {why for _, why in tally.stopped} == {"the files changed while they were read"}


def test_a_protocol_that_changes_meanwhile_judges_nothing(root, tmp_path, asked, protocol, crew):
    from sbrt_qa.pipeline import worker

    worker._asked.cache_clear()
    protocol.write_text(PROTOCOL.replace("130 %", "190 %"), encoding="utf-8")
    tally, _, _ = run(root, tmp_path, asked, crew)
    worker._asked.cache_clear()
    assert {why for _, why in tally.stopped} == {"the protocol file changed while the run went on"}


def test_a_run_over_nothing_is_undecided(tmp_path, asked, crew):
    (tmp_path / "empty").mkdir()
    tally, entries, _ = run(tmp_path / "empty", tmp_path, asked, crew)
    assert (tally.plans, tally.verdict, entries) == (0, "UNDECIDED", {})


def test_fail_wins_over_undecided_and_both_over_a_pass():
    def verdict(**counts):
        tally = Tally(0)
        tally.verdicts.update(counts)
        return tally.verdict

    assert verdict(PASS=3, UNDECIDED=1, FAIL=1) == "FAIL"
    assert verdict(PASS=3, UNDECIDED=1, VARIATION=1) == "UNDECIDED"
    assert verdict(PASS=3, VARIATION=1) == "VARIATION"
    assert verdict(PASS=3) == "PASS"
