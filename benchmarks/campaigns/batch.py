"""Judge many synthetic plans with ``sbrt-qa batch``, and hold each record against the one ``check`` gives.

    python benchmarks/campaigns/batch.py [--plans 300] [--seed 0] [--commands 12] [--alike 40]

Exactly one record per plan, with the bytes that ``check`` writes (for ``--commands`` of them by the command, for all by
its function); a second run does nothing; memory stays flat. Then ``--alike`` whole plans of 21 structures are judged by
one worker and by two: plans per hour, and how much quicker two are. Ends with 1 where a record differs, is missing or
too many, where anything is done twice, or where memory grows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from plans import Written, write_plans

from sbrt_qa.report import write_report
from sbrt_qa.workflow import judge

PROTOCOL = "crlm-liver-bed-5fx"
TICKS = os.sysconf("SC_CLK_TCK")
WORKING_MB = 90  # a process that only waits for work has less
GROWTH = 1.15  # of the memory in the last third of a run over that in the first


@dataclass(slots=True)
class Usage:
    """What the processes of one run take, looked at twice a second."""

    session: int
    cpu_s: dict[int, float] = field(default_factory=dict)
    parent_mb: list[float] = field(default_factory=list)
    highest_mb: float = 0.0
    worker_mb: list[float] = field(default_factory=list)

    def watch(self, ended: threading.Event) -> None:
        """Look until the run has ended."""
        while not ended.wait(0.5):
            parent = largest = 0.0
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    fields = (process / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[3]) != self.session:
                    continue
                pid, resident_mb = int(process.name), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
                self.cpu_s[pid] = (int(fields[11]) + int(fields[12])) / TICKS
                if pid == self.session:
                    parent = resident_mb
                else:
                    largest = max(largest, resident_mb)
            if largest > WORKING_MB:
                self.parent_mb.append(parent)
                self.worker_mb.append(largest)
            self.highest_mb = max(self.highest_mb, parent)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    seconds: float
    usage: Usage
    printed: str


def run(root: Path, output: Path, workers: int) -> Run:
    """Run ``sbrt-qa batch``."""
    command = [sys.executable, "-m", "sbrt_qa", "batch", root, "-p", PROTOCOL, "-o", output, "--workers", str(workers)]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, text=True
    )
    usage, ended = Usage(process.pid), threading.Event()
    watching = threading.Thread(target=usage.watch, args=(ended,))
    watching.start()
    printed, _ = process.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    watching.join()
    if process.returncode not in {0, 1, 3}:
        raise SystemExit(f"the batch ended with {process.returncode}: {printed}")
    return Run(seconds, usage, printed)


def per_hour(plans: int, done: Run) -> str:
    """Say how many plans an hour a run did, and what each took of the processors."""
    cpu_s = sum(done.usage.cpu_s.values()) / plans
    return f"{plans} plans in {done.seconds:.1f} s: {plans / done.seconds * 3600:,.0f} per hour, {cpu_s:.2f} CPU s each"


def faults_of(root: Path, output: Path, written: list[Written], commands: int) -> list[str]:
    """Compare what is there with what must be there, and each record with that of ``check``."""
    with closing(sqlite3.connect(output / "index.sqlite")) as index:
        rows = index.execute("SELECT export, plan_uid, id FROM entry").fetchall()
    wanted = {(_encodable(one.export), one.plan_uid or ""): one for one in written}
    assert len(wanted) == len(written)
    faults = [f"no line: {key}" for key in wanted.keys() - {row[:2] for row in rows}]
    faults += [f"a line of no plan: {row}" for row in rows if row[:2] not in wanted]
    files = Counter(path.name for path in (output / "records").iterdir())
    faults += [f"records and lines differ: {name}" for name in files - Counter(f"{row[2]}.json" for row in rows)]
    todo = [(wanted[row[:2]], output / "records" / f"{row[2]}.json") for row in rows if row[:2] in wanted]
    every = max(len(todo) // max(commands, 1), 1)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        faults += [fault for fault in pool.map(partial(_compared, root, command=False), todo, chunksize=4) if fault]
        by_command = todo[::every][:commands]
        faults += [fault for fault in pool.map(partial(_compared, root, command=True), by_command) if fault]
    return faults


def _encodable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _compared(root: Path, asked: tuple[Written, Path], *, command: bool) -> str:
    """Return what is wrong with a record; empty when it has the bytes that ``check`` writes."""
    plan, record = asked
    with tempfile.TemporaryDirectory() as place:
        path, alone = root / plan.export, Path(place) / "alone.json"
        if plan.files:
            path = Path(place) / "files"
            path.mkdir()
            for file in plan.files:
                shutil.copy(root / file, path)
        if command:
            which = ("--plan", plan.plan_uid) if plan.plan_uid else ()
            words = [sys.executable, "-m", "sbrt_qa", "check", path, "-p", PROTOCOL, "-o", alone, *which]
            subprocess.run(words, capture_output=True, check=False)
        else:
            write_report(judge(path, PROTOCOL, plan=plan.plan_uid), alone)
        return "" if alone.read_bytes() == record.read_bytes() else f"{record.name} ({plan.kind}) is not that of check"


def growth(name: str, readings_mb: list[float]) -> tuple[str, bool]:
    """Say how memory went from the first third of a run to the last, and whether it stayed flat."""
    third = max(len(readings_mb) // 3, 1)
    first, last = np.array(readings_mb[:third]), np.array(readings_mb[-third:])
    text = f"{name}: highest {first.max():.0f} MB in the first third, {last.max():.0f} MB in the last"
    return text, bool(last.max() <= first.max() * GROWTH)


def judge_different(place: Path, plans: int, seed: int, commands: int) -> list[str]:
    """Judge plans that differ; return what is wrong."""
    root, output = place / "different", place / "different records"
    written = write_plans(root, plans, seed)
    print(", ".join(f"{count} {kind}" for kind, count in Counter(one.kind for one in written).most_common()))
    done = run(root, output, os.cpu_count() or 1)
    print(per_hour(plans, done))
    print("\n".join(done.printed.splitlines()[1:3]))
    faults = []
    for text, is_flat in (growth("parent", done.usage.parent_mb), growth("largest worker", done.usage.worker_mb)):
        print(text)
        faults += [] if is_flat else [f"grows: {text}"]
    print(f"parent, with the summary: {done.usage.highest_mb:.0f} MB")
    again = run(root, output, os.cpu_count() or 1)
    print(f"second run: {again.seconds:.1f} s, {again.printed.splitlines()[2]}")
    if not again.printed.splitlines()[2].startswith(f"0 judged now, {plans} unchanged"):
        faults.append("the second run did something again")
    faults += faults_of(root, output, written, commands)
    print(f"{plans} records held against check, {min(commands, plans)} of them by the command: {len(faults)} faults")
    shutil.rmtree(root)
    return faults


def judge_alike(place: Path, plans: int, seed: int) -> None:
    """Judge whole plans of 21 structures, by one worker and by two."""
    root = place / "alike"
    write_plans(root, plans, seed, alike=True)
    seconds = {}
    for workers in (2, 1):
        done = run(root, place / f"alike records {workers}", workers)
        seconds[workers] = done.seconds
        print(f"{workers} workers, 21 structures: {per_hour(plans, done)}")
    print(f"two workers are {seconds[1] / seconds[2]:.2f} times as quick as one")


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=300)
    parser.add_argument("--alike", type=int, default=40)
    parser.add_argument("--commands", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        faults = judge_different(Path(place), asked.plans, asked.seed, asked.commands) if asked.plans else []
        if asked.alike:
            judge_alike(Path(place), asked.alike, asked.seed)
    print("\n".join(faults))
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
