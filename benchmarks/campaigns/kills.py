"""Kill batch, its workers, its process group and watch at random moments, and look at what they leave on disk.

    python benchmarks/campaigns/kills.py [--kills 200] [--seed 0] [batch worker group watch calls disk]

After each kill: every record is whole and valid by its schema, every line of the index names a record that is there
with its digest, nothing is there twice, the index is sound, and no process is left after a few seconds. When a run has
come to its end, records and lines are those of an undisturbed run. Exports change between one end and the next, so
that stale records are taken away under the same kills. ``calls`` kills a batch at every call into the system that
changes its output (with strace), ``disk`` lets it run out of disk. Ends with 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import small_case
from jsonschema.validators import validator_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    State = tuple[dict[str, tuple[str, ...]], dict[str, bytes]]

TARGETS = ("batch", "worker", "group", "watch", "calls", "disk")
EXPORTS, WORLDS = 6, 3
LEFT_S = 5.0  # after a kill, no process may be left for longer
CALLS = ("pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir", "flock")
COLUMNS = "id, export, key, verdict, record_sha256, stopped"
PATIENCE = ("--poll", "0.2", "--settle", "0.2", "--incomplete", "0.2")


class Campaign:
    """One folder, the exports in it, and what a run over them gives when nobody disturbs it."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.root, self.out, self.log, self.dice = folder / "root", folder / "out", folder / "log", dice
        self.protocol = folder / "protocol.yaml"
        self.protocol.write_text(small_case.PROTOCOL, encoding="utf-8")
        self.world, self.keeps_all = 0, False
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.expected: dict[tuple[int, bool], tuple[State, int, float]] = {}

    def lay(self) -> None:
        """Write the exports of this world: in each some are other ones, and in one there is one less."""
        shutil.rmtree(self.root, ignore_errors=True)
        for number in range(EXPORTS - (self.world == 1 and not self.keeps_all)):
            folder = self.root / f"plan-{number}"
            folder.mkdir(parents=True)
            left_out = {0: "", 1: "CT.003", 2: "RS"}[(number + self.world) % 3]
            for name, content in small_case.files().items():
                if name != left_out:
                    (folder / f"{name}.dcm").write_bytes(content)
        self.undisturbed()  # before anything that is killed begins

    def words(self, out: Path, command: str = "batch", *more: str) -> list[str]:
        """Return a command line."""
        called = [sys.executable, "-m", "sbrt_qa", command, str(self.root), "-p", str(self.protocol), "-o", str(out)]
        return [*called, "--workers", "2", *more]

    def begin(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Begin a command in a session of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)

    def undisturbed(self) -> tuple[State, int, float]:
        """Return how a first run over this world ends, with which code, and after how many seconds."""
        at = self.world, self.keeps_all
        if at not in self.expected:
            out = self.out.with_name("undisturbed")
            shutil.rmtree(out, ignore_errors=True)
            began = time.monotonic()
            code = self.begin(self.words(out)).wait()
            self.expected[at] = state_of(out), code, time.monotonic() - began
        return self.expected[at]

    def ensure(self, holds: bool, fault: str) -> None:  # noqa: FBT001 - as with assert
        """Take note of a fault."""
        if not holds:
            self.faults.append(fault)
            print(f"fault: {fault}", flush=True)

    def ensure_sound(self, what: str, *, was_full: bool = False) -> None:
        """Look at what is on disk."""
        if not (self.out / "index.sqlite").exists():
            self.counts["kills before there was an index"] += 1
            return
        lines, records = state_of(self.out)
        for name, content in records.items():
            self.ensure(is_valid(content), f"{what}: {name} is no valid record")
        for identity, line in lines.items():
            record = records.get(identity)
            is_there = record is not None and sha256(record).hexdigest() == line[4]
            self.ensure(is_there or (was_full and record is None), f"{what}: the record of {identity} is not there")
        self.counts["lines looked at"] += len(lines)
        self.counts["records without a line yet"] += len(records.keys() - lines.keys())

    def ensure_ended(self, what: str, code: int | None = None) -> None:
        """Hold what is there against an undisturbed run."""
        (lines, records), expected_code, _ = self.undisturbed()
        found_lines, found = state_of(self.out)
        differing = sorted(set(lines.values()) ^ set(found_lines.values()))
        self.ensure(not differing, f"{what}: lines are others than undisturbed: {differing}")
        self.ensure(found == records, f"{what}: records are others than undisturbed")
        self.ensure(code in {None, expected_code}, f"{what}: ends with code {code}")
        drafts = [path.name for path in self.out.rglob("*.part")]
        self.ensure(not drafts, f"{what}: leaves {drafts}")
        self.counts["ends like an undisturbed run"] += 1

    def ensure_nobody_left(self, session: int, what: str) -> None:
        """Wait until no process of a session is left; the one that was killed may still wait for its parent."""
        until = time.monotonic() + LEFT_S
        while (left := living(session)) and time.monotonic() < until:
            time.sleep(0.05)
        self.ensure(not left, f"{what}: {len(left)} processes are left")
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def turn(self) -> None:
        """Go on to the next world."""
        self.world = (self.world + 1) % WORLDS
        self.lay()

    # --- what is killed -------------------------------------------------------------------------

    def kill_batch(self, kills: int, kill: Callable[[int], None], what: str) -> None:
        """Kill it, again and again; each time it goes on from where the last one was killed."""
        self.lay()
        done = 0
        while done < kills:
            running = self.begin(self.words(self.out))
            if self._is_killed(running, kill):
                done += 1
                self.ensure_nobody_left(running.pid, f"{what} {done}")
                running.wait()
                self.ensure_sound(f"{what} {done}")
            else:
                self.ensure_ended(f"{what} {done}", running.wait())
                self.turn()
        self.ensure_ended(f"{what}, last", self.begin(self.words(self.out)).wait())

    def kill_workers(self, kills: int) -> None:
        """Kill single worker processes, up to two in a run, which goes on."""
        self.lay()
        done = 0
        while done < kills:
            running = self.begin(self.words(self.out))
            for _ in range(min(2, kills - done)):
                done += self._kill_worker(running)
            code = running.wait()
            self.ensure_sound(f"worker {done}")
            if stopped := [line for line in state_of(self.out)[0].values() if line[5]]:
                self.ensure(all(line[3] == "UNDECIDED" for line in stopped), f"worker {done}: judged though stopped")
                self.counts["cases given up, UNDECIDED, and done again by the next run"] += len(stopped)
                code = self.begin(self.words(self.out)).wait()
            self.ensure_ended(f"worker {done}", code)
            self.ensure_nobody_left(running.pid, f"worker {done}")
            self.turn()

    def _kill_worker(self, running: subprocess.Popen[bytes]) -> bool:
        """Kill one of the processes that a run has made, once there are some; False where the run was quicker."""
        while running.poll() is None:
            if found := [pid for pid in living(running.pid) if pid != running.pid and is_worker(pid)]:
                time.sleep(self.dice.uniform(0, 0.4))
                with suppress(ProcessLookupError):
                    os.kill(self.dice.choice(found), signal.SIGKILL)
                    return True
            time.sleep(0.005)
        return False

    def _is_killed(self, running: subprocess.Popen[bytes], kill: Callable[[int], None]) -> bool:
        """Kill a run at a random moment: half of the time at any, else once it judges; False where it ended before."""
        seconds = self.undisturbed()[2]
        before = self.log.stat().st_size
        if self.dice.random() < 0.5:
            until = time.monotonic() + 2 * seconds
            while running.poll() is None and self.log.stat().st_size == before and time.monotonic() < until:
                time.sleep(0.002)
            seconds *= 0.3
        with suppress(subprocess.TimeoutExpired):
            running.wait(self.dice.uniform(0, seconds))
            return False
        kill(running.pid)
        return True

    def kill_watch(self, kills: int) -> None:
        """Kill a watch; once all is judged the exports change, and in the end it may do what is left."""
        self.keeps_all = True  # records of what was cleared away stay
        self.lay()
        for done in range(1, kills + 1):
            running = self.begin(self.words(self.out, "watch", *PATIENCE))
            self._is_killed(running, lambda pid: os.kill(pid, signal.SIGKILL))
            self.ensure_nobody_left(running.pid, f"watch {done}")
            self.ensure(running.wait() == -signal.SIGKILL, f"watch {done}: ended by itself")
            self.ensure_sound(f"watch {done}")
            if state_of(self.out) == self.undisturbed()[0]:
                self.ensure_ended(f"watch {done}")
                self.turn()
        code = self.begin(self.words(self.out, "watch", *PATIENCE, "--once")).wait()
        self.ensure_ended("watch, last", code)

    def kill_at_calls(self) -> None:
        """Kill a batch at every call into the system that changes its output, then let it go on."""
        if not shutil.which("strace"):
            print("calls: there is no strace")
            return
        self.lay()
        self.begin(self.words(self.out)).wait()
        start = self.out.with_name("start")  # every step is taken from here: some records are stale, one plan is gone
        self.out.replace(start)
        self.turn()
        for name, count in self._calls(start).items():
            for number in range(1, count + 1):
                shutil.copytree(start, self.out, dirs_exist_ok=True)
                inject = ["strace", "-qq", "-o", os.devnull, "-e", f"trace={name}"]
                inject += ["-e", f"inject={name}:signal=KILL:when={number}"]
                self.begin([*inject, *self.words(self.out)]).wait()
                self.counts[f"killed at {name}"] += 1
                self.ensure_sound(f"{name} {number}")
                self.ensure_ended(f"{name} {number}", self.begin(self.words(self.out)).wait())
                shutil.rmtree(self.out)

    def _calls(self, start: Path) -> Counter[str]:
        shutil.copytree(start, self.out)
        trace = self.out.with_name("trace")
        self.begin(["strace", "-qq", "-o", str(trace), "-e", f"trace={','.join(CALLS)}", *self.words(self.out)]).wait()
        self.ensure_ended("undisturbed under strace")
        shutil.rmtree(self.out)
        return Counter(re.findall(r"^(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))

    def fill_disks(self) -> None:
        """Let a batch run out of disk at many points; with room again, the same command comes to its end."""
        if os.geteuid():
            print("disk: only root can mount a small file system")
            return
        self.lay()
        _, ends, _ = self.undisturbed()
        for free_kb in range(0, 480, 24):
            with small_disk(self.out) as ballast:
                room = os.statvfs(self.out)
                ballast.write_bytes(bytes(max(room.f_bavail * room.f_frsize - free_kb * 1024, 0)))
                code = self.begin(self.words(self.out)).wait()
                self.counts[f"disk full: code {code}"] += 1
                said = self.log.read_bytes()[-2000:]
                self.ensure(code == ends or (code == 2 and b"cannot write" in said), f"disk {free_kb} kB: code {code}")
                ballast.unlink()  # a full disk has no room for whoever looks at it either
                self.ensure_sound(f"disk {free_kb} kB", was_full=True)
                self.ensure_ended(f"disk {free_kb} kB", self.begin(self.words(self.out)).wait())


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Mount a file system of 4 MB, and yield a file to fill it with."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], check=True)
    try:
        yield place / "ballast"
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def state_of(out: Path) -> State:
    """Return lines and records, read by nothing of the program; RuntimeError where the index is not sound."""
    with closing(sqlite3.connect(out / "index.sqlite")) as index:
        if (told := index.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise RuntimeError(f"the index is not sound: {told}")
        has_lines = index.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchone()
        rows = index.execute(f"SELECT {COLUMNS} FROM entry").fetchall() if has_lines else []
    lines = {row[0]: row for row in rows}
    if len(lines) != len(rows) or len({row[1] for row in rows}) != len(rows):
        raise RuntimeError("something is in the index twice")
    return lines, {path.stem: path.read_bytes() for path in (out / "records").glob("[!.]*")}


@cache
def is_valid(content: bytes) -> bool:
    """Whether a record is whole and holds by its schema."""
    schema = json.loads(files("sbrt_qa.report").joinpath("evaluation.schema.json").read_bytes())
    try:
        return validator_for(schema)(schema).is_valid(json.loads(content))
    except ValueError:
        return False


def living(session: int) -> list[int]:
    """Return the processes of a session, without those that are dead and wait for their parent."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, of = (process / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(process.name))
    return found


def is_worker(pid: int) -> bool:
    """Whether a process is one that judges, or the one that these are copies of."""
    with suppress(OSError):
        return b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def main() -> int:
    """Run the campaign and print its counts."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    words.add_argument("--kills", type=int, default=200)
    words.add_argument("--seed", type=int, default=0)
    asked = words.parse_args()
    faults = 0
    for target in asked.targets or TARGETS:
        with tempfile.TemporaryDirectory() as name:
            campaign, began = Campaign(Path(name), random.Random(f"{asked.seed} {target}")), time.monotonic()
            {
                "batch": lambda c: c.kill_batch(asked.kills, lambda pid: os.kill(pid, signal.SIGKILL), "batch"),
                "group": lambda c: c.kill_batch(asked.kills, lambda pid: os.killpg(pid, signal.SIGKILL), "group"),
                "worker": lambda c: c.kill_workers(asked.kills),
                "watch": lambda c: c.kill_watch(asked.kills),
                "calls": Campaign.kill_at_calls,
                "disk": Campaign.fill_disks,
            }[target](campaign)
            print(f"{target}: {len(campaign.faults)} faults in {time.monotonic() - began:.0f} s")
            for what, count in sorted(campaign.counts.items()):
                print(f"  {count:6} {what}", flush=True)
            faults += len(campaign.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
