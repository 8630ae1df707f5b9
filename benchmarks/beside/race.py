"""Time and memory on the liver case: every program a process of its own, by turns."""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beside.processes import ProcessFailed, Run, run

if TYPE_CHECKING:
    from pathlib import Path

    from beside.programs import Program

PROTOCOL = "crlm-liver-bed-5fx"
OURS, CHECK = "sbrt_qa", "sbrt_qa: `check -o x.json`"
VERDICTS = (0, 1, 3)


@dataclass(frozen=True)
class Seconds:
    """CPU time of all threads and children, and time on the wall."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Turn:
    """One run: the whole process, and reading with all curves where they can be told apart."""

    whole: Seconds
    inner: Seconds | None
    peak_mb: float


@dataclass(frozen=True)
class Line:
    """One row of a table: medians of the turns, and the highest peak memory."""

    whole: Seconds
    inner: Seconds
    peak_mb: float


@dataclass(frozen=True)
class Contest:
    """Medians of every program, and which of them failed, with how."""

    lines: dict[str, Line]
    failed: dict[str, str]


def liver(folder: Path, *, spacing_mm: float = 2.0, point_mm: float = 0.9, copies: int = 1, ct: bool = False) -> Path:
    """Write the liver case; return the folder that programs read."""
    sizes = ("--spacing", str(spacing_mm), "--point", str(point_mm), "--copies", str(copies))
    run(sys.executable, "-m", "beside.make_liver", folder, *sizes, *(["--ct"] if ct else []))
    return folder / "case"


def curves(program: Program, case: Path) -> Turn:
    """Let a program read a case and draw all curves, with its defaults."""
    if "PLASTIMATCH" in program.env:
        return _whole(run(program.env["PLASTIMATCH"], "dvh", "--input", case, "--output-csv", case.parent / "t.csv"))
    done = run(*program.command, "time", case, env=program.env)
    return Turn(Seconds(done.cpu_s, done.wall_s), Seconds(**json.loads(done.printed)), done.peak_mb)


def check(case: Path, record: Path, env: dict[str, str] | None = None) -> Turn:
    """Run ``sbrt-qa check -o record.json`` as a whole cold process; any verdict will do, no record will not."""
    record.unlink(missing_ok=True)
    words = (sys.executable, "-m", "sbrt_qa", "check", case, "-p", PROTOCOL, "-o", record)
    done = run(*words, env=env, codes=VERDICTS)
    if not record.is_file():
        raise ProcessFailed("sbrt-qa check ended without a record: run it alone to see why")
    return _whole(done)


def contest(programs: list[Program], case: Path, rounds: int) -> Contest:
    """Time every program on one case: by turns, every second round the other way round.

    Raises
    ------
    ProcessFailed
        Where this program itself fails; a peer that fails is left out.
    """
    starts = {CHECK: lambda: check(case, case.parent / "record.json")}
    starts |= {program.name: lambda program=program: curves(program, case) for program in programs}
    turns: dict[str, list[Turn]] = {name: [] for name in starts}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for name in list(starts)[:: -1 if number % 2 else 1]:
            print(f"  round {number + 1} of {rounds}: {name}", file=sys.stderr)
            try:
                turns[name].append(starts[name]())
            except ProcessFailed as error:
                if name in {OURS, CHECK}:
                    raise
                failed[name] = str(error).splitlines()[0]
                del starts[name], turns[name]
    return Contest({name: line(own) for name, own in turns.items()}, failed)


def line(turns: list[Turn]) -> Line:
    """Return the medians of some turns. A program that cannot be taken apart is timed as a whole."""
    inner = [turn.inner or turn.whole for turn in turns]
    return Line(_median([turn.whole for turn in turns]), _median(inner), max(turn.peak_mb for turn in turns))


def _median(taken: list[Seconds]) -> Seconds:
    return Seconds(statistics.median(t.cpu_s for t in taken), statistics.median(t.wall_s for t in taken))


def _whole(done: Run) -> Turn:
    return Turn(Seconds(done.cpu_s, done.wall_s), None, done.peak_mb)
