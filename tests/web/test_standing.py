"""Standing: nothing is believed that was not made from the files, the protocol and the program that are there now."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time

import pytest
from exports_below import lay

from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.store import Run, Store, read_entries, record_path
from sbrt_qa.web import standing
from sbrt_qa.web.desk import Desk


def shown(desk):
    return {row.export: (row.verdict, row.recorded_verdict, row.state) for row in desk.rows()}


def test_what_is_current_is_shown_as_recorded(desk):
    assert shown(desk) == {
        "good": ("PASS", "PASS", "current"),
        "hot": ("FAIL", "FAIL", "current"),
        "part": ("UNDECIDED", "UNDECIDED", "current"),
    }


def test_nothing_is_green_before_it_was_looked_at(place, crew):
    fresh = Desk(place / "out", crew, (), pause_s=3600)
    assert {row.verdict for row in fresh.rows()} == {"UNDECIDED", "FAIL"}
    assert {row.state for row in fresh.rows()} == {"being-verified"}


def _change(place):
    file = next((place / "exports" / "good").glob("*RD*")) if list((place / "exports" / "good").glob("*RD*")) else None
    file = file or max((place / "exports" / "good").iterdir(), key=lambda one: one.stat().st_size)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _change_and_keep_the_time(place):
    file = max((place / "exports" / "good").iterdir(), key=lambda one: one.stat().st_size)
    found = file.stat()
    _change(place)
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))


def _add(place):
    shutil.copy(max((place / "exports" / "good").iterdir()), place / "exports" / "good" / "one more.dcm")


def _change_the_protocol(place):
    file = place / "site" / "hazard.yaml"
    file.write_text(file.read_text().replace("title: ", "title: Other "))


def _break_the_protocol(place):
    (place / "site" / "hazard.yaml").write_text("schema: nothing")


def _remove_the_protocol(place):
    (place / "site" / "hazard.yaml").unlink()


@pytest.mark.parametrize(
    "harm", [_change, _change_and_keep_the_time, _add, _change_the_protocol, _break_the_protocol, _remove_the_protocol]
)
def test_what_changed_is_not_green(desk, place, harm):
    harm(place)
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "files-changed")


def test_files_that_are_gone_leave_no_green(desk, place):
    shutil.rmtree(place / "exports" / "good")
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "files-gone")
    shutil.rmtree(place / "exports")
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "files-gone")
    assert shown(desk)["hot"][0] == "FAIL"


def test_a_record_that_was_edited_is_not_believed(desk, place, ids):
    path = record_path(place / "out", ids["part"])
    path.write_text(path.read_text().replace("UNDECIDED", "PASS"))
    desk.standing.look()
    assert shown(desk)["part"] == ("UNDECIDED", "UNDECIDED", "record-damaged")
    record_path(place / "out", ids["good"]).unlink()
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "record-damaged")


def test_an_index_that_says_better_than_the_record_is_not_believed(desk, place, ids):
    with sqlite3.connect(place / "out" / "index.sqlite") as index:
        index.execute("UPDATE entry SET verdict = 'PASS' WHERE id = ?", (ids["part"],))
    index.close()
    desk.standing.look()
    assert shown(desk)["part"] == ("UNDECIDED", "PASS", "record-damaged")


def test_a_line_of_the_index_made_anew_is_verified_anew(desk, place, ids):
    with sqlite3.connect(place / "out" / "index.sqlite") as index:
        index.execute("UPDATE entry SET record_sha256 = 'other' WHERE id = ?", (ids["good"],))
    index.close()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "being-verified")


def test_records_of_another_question_are_not_green(desk, place):
    asked = question(str(place / "site" / "hazard.yaml"), strict=True)
    with Store(place / "out") as store:
        store.begin(Run(str(place / "exports"), asked))
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "files-changed")


def test_a_record_of_another_version_is_not_green(desk, monkeypatch):
    monkeypatch.setattr("sbrt_qa.pipeline.fingerprint.__version__", "99.0")
    desk.standing.look()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "files-changed")


def test_a_proof_does_not_last(desk, monkeypatch):
    monkeypatch.setattr(standing, "LASTS_S", -1.0)
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "being-verified")


def test_what_cannot_be_looked_at_is_not_green(desk, monkeypatch):
    def breaks(_paths):
        raise RuntimeError("a fault of this program")

    monkeypatch.setattr("sbrt_qa.pipeline.fingerprint.of_stats", breaks)
    desk.standing._stop.wait = lambda: True
    desk.standing.begin()
    until = time.monotonic() + 10
    while shown(desk)["good"][2] == "current" and time.monotonic() < until:
        time.sleep(0.01)
    desk.standing.end()
    assert shown(desk)["good"] == ("UNDECIDED", "PASS", "being-verified")


def test_what_arrived_and_is_not_judged_waits(desk, place):
    lay(place / "exports" / "new")
    desk.standing.look()
    assert shown(desk)["new"] == ("UNDECIDED", "", "waiting")


def test_files_are_read_again_only_where_something_moved(desk, place, monkeypatch):
    read = []
    monkeypatch.setattr(standing, "SETTLED_S", -1.0)
    desk.standing.look()
    monkeypatch.setattr("sbrt_qa.pipeline.fingerprint.of_files", lambda paths: read.append(paths) or "same")
    desk.standing.look()
    assert read == []
    _change(place)
    desk.standing.look()
    assert len(read) == 1


def test_nothing_is_kept_of_records_that_went(desk, place):
    with Store(place / "out") as store:
        store.take_away([entry.id for entry in read_entries(place / "out")])
    shutil.rmtree(place / "exports" / "good")
    desk.standing.look()
    kept = desk.standing
    assert (kept._proofs, kept._read) == ({}, {})
    assert len(kept._states) <= 2


def test_an_index_of_another_layout_lists_nothing(place, crew):
    with sqlite3.connect(place / "out" / "index.sqlite") as index:
        index.executescript("DROP TABLE entry; CREATE TABLE entry (id TEXT)")
    index.close()
    desk = Desk(place / "out", crew, (), pause_s=3600)
    desk.standing.look()
    assert desk.rows() == ()
    with Store(place / "out"):
        assert read_entries(place / "out") == ()
