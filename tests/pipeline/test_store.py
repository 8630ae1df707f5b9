"""The store: complete records or none, one writer at a time, clear words when the disk is full."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.durable import put_durably
from sbrt_qa.pipeline.store import Entry, Store, read_entries

RECORD = b'{"verdict": "PASS"}\n'
ENTRY = Entry("a", "a", "", "label", "id", "key", "PASS", sha256(RECORD).hexdigest(), "")


def test_what_is_kept_is_there_for_the_next(tmp_path):
    with Store(tmp_path) as store:
        store.keep(ENTRY, RECORD)
        assert store.is_good(ENTRY)
    with Store(tmp_path) as store:
        assert store.entries() == (ENTRY,)
        assert store.path_of("a").read_bytes() == RECORD
    assert read_entries(tmp_path) == (ENTRY,)


def test_a_record_that_stopped_is_not_good(tmp_path):
    with Store(tmp_path) as store:
        store.keep(replace(ENTRY, stopped="it burnt"), RECORD)
        assert not store.is_good(store.entries()[0])


def test_only_one_run_writes_at_a_time(tmp_path):
    with Store(tmp_path), pytest.raises(UsageError, match=r"another run is writing.*wait for it"):
        Store(tmp_path)
    Store(tmp_path).close()


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path, monkeypatch):
    def full(_number):
        raise OSError(28, "No space left on device")

    with Store(tmp_path) as store:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UsageError, match=r"No space left on device.*goes on from there"):
            store.keep(ENTRY, RECORD)
        monkeypatch.undo()
        assert list(store.records.iterdir()) == []
        store.keep(ENTRY, RECORD)
        assert store.is_good(ENTRY)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write to"):
        Store(tmp_path / "file" / "out")


def test_an_index_that_is_none_is_refused(tmp_path):
    (tmp_path / "index.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(UsageError, match=r"cannot write to.*not a database"):
        Store(tmp_path)


def test_what_is_taken_away_is_gone_and_what_is_set_aside_is_kept(tmp_path):
    with Store(tmp_path) as store:
        store.keep(ENTRY, RECORD)
        store.keep(replace(ENTRY, id="b"), RECORD)
        store.take_away(["a", "never there"])
        store.set_aside(["b", "never there"])
        assert store.entries() == ()
    assert [path.name for path in (tmp_path / "gone").iterdir()] == ["b.json"]


def test_a_second_writing_replaces_the_first(tmp_path):
    put_durably(tmp_path / "a", b"one")
    put_durably(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
