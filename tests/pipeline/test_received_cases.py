"""From the network to the verdict: what arrives twice, late, in two versions or on a full disk is never shown green."""

from __future__ import annotations

import io
import subprocess
import threading
from contextlib import contextmanager, suppress

import pydicom
import pytest
from reception import changed, data_set, kept, listening
from senders import association, connection, send, unit
from units import LAST_COMMAND, STORE, asking, command, context, piece

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.inbox import Inbox
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.watch import Patience, Watch, keep_watch

PATIENCE = Patience(poll_s=0.001, settle_s=10, incomplete_s=100)
DOSE = b"1.2.840.10008.5.1.4.1.1.481.2"


class Post:
    """A listener and a watch on one folder, with a clock that the test moves."""

    def __init__(self, port, folder, store, watch) -> None:
        self.port, self.folder, self.store, self.watch, self._now_s = port, folder, store, watch, 0.0

    def send(self, *contents):
        return send(self.port, contents)

    def look(self, after_s=0.0):
        """Look after some time; returns the verdicts of all cases."""
        self._now_s += after_s
        self.watch.look(self._now_s)
        return sorted(entry.verdict for entry in self.store.entries())

    def reasons(self):
        return "".join(file.read_text(encoding="utf-8") for file in self.store.records.iterdir())


@contextmanager
def posted(folder, asked, crew, **words):
    with listening(folder) as port, Store(folder) as store:
        yield Post(port, folder, store, Watch(folder / "inbox", store, asked, crew(), patience=PATIENCE, **words))


@pytest.fixture
def post(tmp_path, asked, crew):
    with posted(tmp_path, asked, crew) as post:
        yield post


@pytest.fixture
def green(post, files):
    """A case that was received, judged and passed."""
    assert post.send(*files.values()) == [0, 0, 0]
    assert post.look() == []
    assert post.look(after_s=11) == ["PASS"]
    return post


def test_the_same_case_again_changes_nothing(green, files):
    assert green.send(*files.values()) == [0, 0, 0]
    record = next(green.store.records.iterdir())
    before = record.stat().st_mtime_ns
    assert green.look(after_s=20) == ["PASS"]
    assert record.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["plan", "dose", "structures"])
def test_a_second_version_takes_the_verdict_away_at_once(green, files, name):
    assert green.send(changed(files[name])) == [0x0111]
    assert green.look() == []
    assert green.look(after_s=11) != ["PASS"]
    assert "PASS" not in green.look(after_s=20)


def test_a_late_plan_takes_the_verdict_away_and_each_plan_is_judged(green, files):
    assert green.send(changed(files["plan"], SOPInstanceUID="1.2.3.4.5")) == [0]
    assert green.look() == []
    assert green.look(after_s=11) == ["PASS", "UNDECIDED"]


def test_a_late_dose_takes_the_verdict_away(green, files):
    assert green.send(changed(files["dose"], SOPInstanceUID="1.2.3.4.6", DoseGridScaling=2e-3)) == [0]
    assert green.look() == []
    assert "PASS" not in green.look(after_s=11)


def test_the_same_uids_in_another_study_are_another_case(post, files):
    others = {name: changed(content, StudyInstanceUID="1.2.3.9") for name, content in files.items()}
    with association(post.port, _classes(files)) as one, association(post.port, _classes(files)) as two:
        for name in files:  # turn and turn about
            assert (_store(one, files[name]), _store(two, others[name])) == (0, 0)
    post.look()
    assert post.look(after_s=11) == ["PASS", "PASS"]
    assert post.send(changed(others["dose"])) == [0x0111]
    assert post.look() == ["PASS"]
    assert post.look(after_s=11) == ["PASS", "UNDECIDED"]


def test_plan_and_dose_in_two_studies_are_never_put_together(post, files):
    post.send(files["plan"], files["structures"], changed(files["dose"], StudyInstanceUID="1.2.3.9"))
    post.look()
    post.look(after_s=11)
    assert "PASS" not in post.look(after_s=200)


def _classes(files):
    return [pydicom.dcmread(io.BytesIO(content)).SOPClassUID for content in files.values()]


def _store(assoc, content):
    return assoc.send_c_store(pydicom.dcmread(io.BytesIO(content))).Status


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("a small disk can be made by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


def _fill(folder):
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as stream:
        while stream.write(b"x" * 4096):
            pass
    return filler


def test_a_full_disk_refuses_and_accepts_again_when_there_is_room(small_disk, files):
    lines = []
    with listening(small_disk, say=lines.append) as port:
        filler = _fill(small_disk)
        with association(port, _classes(files)) as assoc:
            assert _store(assoc, files["dose"]) == 0xA700
            assert list((small_disk / "drafts").iterdir()) == []
            assert kept(small_disk) == {}
            filler.unlink()
            assert _store(assoc, files["dose"]) == 0
    assert lines.count("refused why=no-room") == 1
    assert list(kept(small_disk).values()) == [[data_set(files["dose"])]]


def test_a_full_disk_keeps_no_verdict_and_judges_when_there_is_room(small_disk, files, asked, crew):
    lines = []
    with posted(small_disk, asked, crew, say=lines.append) as post:
        post.send(*files.values())
        post.look()
        filler = _fill(small_disk)
        with pytest.raises(UsageError, match="cannot write to"):
            post.look(after_s=11)
        assert (list(post.store.records.iterdir()), post.watch.standing().verdict) == ([], "UNDECIDED")
        filler.unlink()
        assert post.look(after_s=1) == ["PASS"]


def test_a_watch_that_cannot_write_says_so_and_goes_on(tmp_path, files, asked, crew, monkeypatch):
    lines, stop = [], threading.Event()
    quick = Patience(poll_s=0.001, settle_s=0.0)
    with listening(tmp_path) as port, Store(tmp_path) as store:
        send(port, files.values())
        keep, failures = store.keep, [UsageError("cannot write"), UsageError("cannot write")]

        def full_at_first(*words):
            if failures:
                raise failures.pop()
            keep(*words)

        monkeypatch.setattr(store, "keep", full_at_first)
        words = {"patience": quick, "say": lines.append, "on_record": lambda _entry: stop.set()}
        keep_watch(Watch(tmp_path / "inbox", store, asked, crew(), **words), quick, stop)
        assert [entry.verdict for entry in store.entries()] == ["PASS"]
    assert [line for line in lines if "again=yes" in line] == [
        "failed what=cannot-write error=UsageError again=yes"
    ] * 2


def test_what_could_not_be_taken_away_is_not_counted_and_taken_away_later(green, files, monkeypatch):
    green.send(changed(files["dose"]))
    drop = green.store._drop

    def half(identity, remove):
        remove(green.store.path_of(identity))
        raise UsageError("cannot write")

    monkeypatch.setattr(green.store, "_drop", half)
    with pytest.raises(UsageError):
        green.look()
    assert green.watch.standing().verdict == "UNDECIDED"
    monkeypatch.setattr(green.store, "_drop", drop)
    assert green.look(after_s=0.1) == []
    assert green.look(after_s=11) == ["UNDECIDED"]


def test_a_listener_that_ends_during_a_transfer_leaves_nothing_half_and_begins_again(tmp_path, files):
    with listening(tmp_path) as port, connection(port) as made:
        made.sendall(asking(context(1, DOSE)))
        unit(made)
        made.sendall(piece(LAST_COMMAND, command(STORE, DOSE, b"1.2.3", with_data=True)) + piece(0, b"half"))
        while not list((tmp_path / "drafts").iterdir()):
            pass
    assert kept(tmp_path) == {}
    with listening(tmp_path) as port:
        assert send(port, files.values()) == [0, 0, 0]
    with listening(tmp_path) as port:
        assert send(port, files.values()) == [0, 0, 0]
    assert sorted(map(len, kept(tmp_path).values())) == [1, 1, 1]
    Inbox(tmp_path)
