"""A batch killed or without disk at every step: whole records or none, and the next run ends as if nothing had been."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import words_judged

from sbrt_qa.errors import UsageError

BEFORE = {"kept": "PASS", "stale": "PASS", "over": "FAIL", "stopped": "UNDECIDED it burnt"}
AFTER = {"kept": "PASS", "stale": "FAIL", "stopped": "PASS", "new": "VARIATION"}


def put(root, words):
    for file in root.iterdir() if root.exists() else ():
        file.unlink()
    root.mkdir(exist_ok=True)
    for name, word in words.items():
        (root / name).write_text(word, encoding="utf-8")


@pytest.fixture
def place(tmp_path):
    """A folder in memory where there is one: every step is brought to disk many times over."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        yield Path(name)


@pytest.fixture
def root(place):
    return place / "root"


@pytest.fixture
def before(root, place):
    """What a run left over exports of which one has changed since, one is new and one is gone; and what kills left."""
    put(root, BEFORE)
    words_judged.run(root, place / "before")
    put(root, AFTER)
    records = place / "before" / "records"
    (records / "never-listed.json").write_text('{"export": "none"}', encoding="utf-8")
    (records / ".new.json.part").write_bytes(b'{"export": "ne')
    return place / "before"


def lines_of(out):
    """Return the lines of the index without their times, read by nothing of the program."""
    if not (out / "index.sqlite").exists():
        return {}
    with closing(sqlite3.connect(out / "index.sqlite")) as index:
        assert index.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        index.row_factory = sqlite3.Row
        lines = [dict(row) for row in index.execute("SELECT * FROM entry")]
    assert len({line["id"] for line in lines}) == len(lines)
    return {line.pop("id"): {**line, "judged_at": None} for line in lines}


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def state_of(out):
    return lines_of(out), files_of(out / "records"), files_of(out / "gone")


def ensure_sound(out, *, was_full=False):
    """Whatever is there is whole, and whatever the index vouches for is there, unless the disk was full."""
    records = files_of(out / "records")
    for identity, line in lines_of(out).items():
        record = records.get(f"{identity}.json")
        assert was_full if record is None else sha256(record).hexdigest() == line["record_sha256"]
    for name, content in {**records, **files_of(out / "gone")}.items():
        assert name.endswith(".part") if name.startswith(".") else json.loads(content)["export"]


def undisturbed(root, before):
    """Return how a run over a copy ends."""
    out = before.with_name("undisturbed")
    shutil.copytree(before, out)
    words_judged.run(root, out)
    return state_of(out)


def test_a_run_that_goes_on_ends_with_one_record_of_each_export(root, before):
    lines, records, gone = undisturbed(root, before)
    assert {line["export"]: line["verdict"] for line in lines.values()} == AFTER
    assert {json.loads(record)["export"] for record in records.values()} == AFTER.keys()
    assert {json.loads(record)["export"] for record in gone.values()} == {"over", "none"}


@pytest.mark.slow
def test_a_batch_killed_at_any_call_leaves_nothing_half_and_the_next_ends_as_if_undisturbed(root, before, place):
    expected, scratch = undisturbed(root, before), place / "scratch"
    subprocess.run([sys.executable, words_judged.__file__, root, before, scratch], check=True)
    killed = sorted(scratch.iterdir())
    assert {path.name[4:] for path in killed} >= words_judged.CALLS - {"rename"}
    for out in killed:
        ensure_sound(out)
        words_judged.run(root, out)
        assert state_of(out) == expected, out.name
        shutil.rmtree(out)


def refuses(root, out):
    """Whether a run says that there is no room; any other error fails the test."""
    try:
        words_judged.run(root, out)
    except UsageError as error:
        if "make room" not in str(error):
            raise
        return True
    return False


def ensure_it_goes_on(root, out, expected):
    ensure_sound(out, was_full=True)
    words_judged.run(root, out)
    assert state_of(out) == expected
    shutil.rmtree(out)


def test_a_disk_that_is_full_at_any_point_is_said_and_the_same_run_goes_on_with_room(root, before, place):
    expected, disk, page = undisturbed(root, before), place / "disk", os.sysconf("SC_PAGE_SIZE")
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {made.stderr.decode().strip()}")
    try:
        refused = []
        for free in range(50):
            shutil.copytree(before, disk / "out")
            room = os.statvfs(disk)
            (disk / "ballast").write_bytes(bytes((room.f_bavail * room.f_frsize // page - free) * page))
            refused.append(refuses(root, disk / "out"))
            (disk / "ballast").unlink()
            ensure_it_goes_on(root, disk / "out", expected)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    assert refused == sorted(refused, reverse=True)
    assert 5 < sum(refused) < 50


def test_a_file_that_may_not_grow_is_said_and_the_same_run_goes_on_when_it_may(root, before):
    expected, out, refused = undisturbed(root, before), before.with_name("out"), []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in range(0, 80_000, 2_000):
        shutil.copytree(before, out)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        try:
            refused.append(refuses(root, out))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        ensure_it_goes_on(root, out, expected)
    assert refused == sorted(refused, reverse=True)
    assert 3 < sum(refused) < 40
