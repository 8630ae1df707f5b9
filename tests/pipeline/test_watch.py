"""A watch: an export is judged once, when it is complete and quiet; what is judged is known from the store alone."""

from __future__ import annotations

import json
import shutil
import threading

import pytest
from exports_below import lay
from hazard_case import Pile

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.watch import Patience, Watch, keep_watch

PATIENCE = Patience(poll_s=0.001, settle_s=10, incomplete_s=100)


class Desk:
    """A watched folder, with a clock that the test moves."""

    def __init__(self, tmp_path, asked, crew) -> None:
        self.root = tmp_path / "drop"
        self.root.mkdir()
        self._out, self._asked, self._crew = tmp_path / "out", asked, crew
        self.lines: list[str] = []
        self.now_s = 1000.0
        self.store = None
        self.restart()

    def restart(self) -> None:
        if self.store is not None:
            self.store.close()
        self.store = Store(self._out)
        self.crew = self._crew()
        self.watch = Watch(self.root, self.store, self._asked, self.crew, patience=PATIENCE, say=self.lines.append)

    def look(self, after_s: float = 0.0) -> list[str]:
        """Look after some time; returns the exports that were judged by it."""
        self.now_s += after_s
        before = len(self.crew.asked)
        self.watch.look(self.now_s)
        return self.crew.asked[before:]

    def verdicts(self) -> dict[str, str]:
        return {entry.export: entry.verdict for entry in self.store.entries()}


@pytest.fixture
def desk(tmp_path, asked, crew):
    desk = Desk(tmp_path, asked, crew)
    yield desk
    desk.store.close()


def hot():
    pile = Pile.fresh()
    pile.dose.DoseGridScaling = float(pile.dose.DoseGridScaling) * 1.5
    return pile


def without(*parts):
    pile = Pile.fresh()
    pile.dropped.update(parts)
    return pile


def test_a_complete_export_is_judged_once_when_it_is_quiet(desk):
    lay(desk.root / "a")
    assert desk.look() == []
    assert desk.look(after_s=9) == []
    assert len(desk.watch.waiting) == 1
    assert desk.look(after_s=1) == ["a"]
    assert desk.look(after_s=1000) == []
    assert desk.verdicts() == {"a": "PASS"}
    assert desk.watch.waiting == frozenset()


def test_every_change_begins_the_wait_anew(desk):
    lay(desk.root / "a")
    desk.look()
    with (desk.root / "a" / "dose.dcm").open("ab") as stream:
        stream.write(b"\0")
    assert desk.look(after_s=9) == []
    assert desk.look(after_s=9) == []
    assert desk.look(after_s=1) == ["a"]


def test_an_incomplete_export_waits_longer_and_is_then_undecided(desk):
    lay(desk.root / "a", without("structures"))
    desk.look()
    assert desk.look(after_s=50) == []
    assert desk.lines[0].endswith("lacks=RTSTRUCT")
    assert desk.look(after_s=51) == ["a"]
    (entry,) = desk.store.entries()
    record = json.loads(desk.store.path_of(entry.id).read_text(encoding="utf-8"))
    assert record["verdict"] == "UNDECIDED"
    assert any("structure" in check["sentence"] for check in record["checks"] if check["reason"])


def test_what_was_lacking_arrives_and_the_export_is_judged_again(desk):
    lay(desk.root / "a", without("dose"))
    desk.look()
    desk.look(after_s=101)
    assert desk.verdicts() == {"a": "UNDECIDED"}
    lay(desk.root / "a")
    assert desk.look(after_s=1) == []
    assert desk.verdicts() == {}
    assert desk.look(after_s=10) == ["a"]
    assert desk.verdicts() == {"a": "PASS"}


def test_the_time_before_the_watch_began_counts_for_an_incomplete_export(desk, monkeypatch):
    lay(desk.root / "a", without("dose"))
    monkeypatch.setattr("time.time", lambda: (desk.root / "a" / "plan.dcm").stat().st_mtime + 3600)
    assert desk.look() == []
    assert desk.look(after_s=10) == ["a"]


def test_a_record_is_taken_away_as_soon_as_its_files_change(desk):
    lay(desk.root / "a")
    desk.look()
    desk.look(after_s=10)
    lay(desk.root / "a", hot())
    desk.look(after_s=1)
    assert desk.verdicts() == {}
    assert list(desk.store.records.iterdir()) == []
    assert desk.watch.standing().verdict == "UNDECIDED"
    desk.look(after_s=10)
    assert desk.verdicts() == {"a": "FAIL"}
    assert desk.watch.standing().verdict == "FAIL"


def test_nothing_is_judged_again_after_a_restart(desk):
    lay(desk.root / "a")
    lay(desk.root / "b", hot())
    desk.look()
    assert desk.look(after_s=10) == ["a", "b"]
    desk.restart()
    assert desk.look() == []
    assert desk.watch.waiting == frozenset()
    assert desk.look(after_s=1000) == []


def test_what_changed_while_nobody_watched_is_stale_at_once(desk):
    lay(desk.root / "a")
    desk.look()
    desk.look(after_s=10)
    lay(desk.root / "a", hot())
    desk.restart()
    desk.look()
    assert desk.verdicts() == {}
    assert desk.look(after_s=10) == ["a"]


def test_an_evaluation_that_stopped_is_done_again_after_a_restart_only(desk, crew):
    from sbrt_qa.pipeline.worker import stopped

    def burnt():
        return crew(lambda question, _task: stopped(question, "it burnt"))

    lay(desk.root / "a")
    usual, desk._crew = desk._crew, burnt
    desk.restart()
    desk.look()
    assert desk.look(after_s=10) == ["a"]
    assert desk.look(after_s=1000) == []
    assert desk.lines[-1].endswith("verdict=UNDECIDED stopped=yes")
    desk._crew = usual
    desk.restart()
    desk.look()
    assert desk.look(after_s=10) == ["a"]
    assert desk.verdicts() == {"a": "PASS"}


def test_records_of_exports_that_were_cleared_away_stay(desk):
    lay(desk.root / "a")
    desk.look()
    desk.look(after_s=10)
    shutil.rmtree(desk.root / "a")
    desk.look(after_s=1)
    assert desk.verdicts() == {"a": "PASS"}
    shutil.rmtree(desk.root)
    desk.look(after_s=1)
    assert desk.verdicts() == {"a": "PASS"}


def test_parts_that_turn_out_to_be_one_export_leave_no_record_behind(desk):
    lay(desk.root / "case" / "p", without("dose", "structures"))
    desk.look()
    desk.look(after_s=101)
    assert desk.verdicts() == {"case/p": "UNDECIDED"}
    lay(desk.root / "case" / "d", without("plan", "structures"))
    lay(desk.root / "case" / "s", without("plan", "dose"))
    desk.look(after_s=1)
    desk.look(after_s=10)
    assert desk.verdicts() == {"case": "PASS"}


def test_a_zip_is_judged_when_it_is_quiet(desk, tmp_path):
    lay(tmp_path / "away")
    shutil.make_archive(str(desk.root / "case"), "zip", tmp_path / "away")
    desk.look()
    assert desk.look(after_s=10) == ["case.zip"]


def test_log_lines_name_nobody(desk):
    lay(desk.root / "Mustermann^Max")
    desk.look()
    desk.look(after_s=10)
    assert len(desk.lines) == 2
    assert "Muster" not in "".join(desk.lines)
    assert desk.store.entries()[0].id.endswith(desk.lines[1].split("record=")[1].split(" ")[0])


def test_a_run_for_cron_looks_twice_and_ends(desk):
    lay(desk.root / "a")
    quick = Patience(settle_s=0.0, incomplete_s=100)
    desk.watch = Watch(desk.root, desk.store, desk._asked, desk.crew, patience=quick)
    keep_watch(desk.watch, quick, threading.Event(), once=True)
    assert desk.verdicts() == {"a": "PASS"}


def test_many_are_judged_a_few_at_a_time_with_a_look_between(desk, monkeypatch):
    monkeypatch.setattr("sbrt_qa.pipeline.watch._AT_ONCE", 1)
    for name in "ab":
        lay(desk.root / name)
    desk.look()
    assert desk.look(after_s=11) == ["a"]
    lay(desk.root / "a", hot())
    assert desk.look() == ["b"]
    assert desk.verdicts() == {"b": "PASS"}


def test_a_watch_ends_when_it_is_told_to(desk):
    stop = threading.Event()
    lay(desk.root / "a")
    quick = Patience(poll_s=0.001, settle_s=0.0)
    watch = Watch(desk.root, desk.store, desk._asked, desk.crew, patience=quick, on_record=lambda _entry: stop.set())
    keep_watch(watch, quick, stop)
    assert desk.verdicts() == {"a": "PASS"}


def test_a_folder_that_is_not_there_is_refused(desk, asked, crew):
    with pytest.raises(UsageError, match="there is no such folder"):
        Watch(desk.root / "none", desk.store, asked, crew(), patience=PATIENCE)
