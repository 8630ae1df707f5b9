"""What sbrt_qa itself costs: how time grows with the data, and whether the surroundings change a byte."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beside.race import check, curves, liver

if TYPE_CHECKING:
    from pathlib import Path

    from beside.programs import Program
    from beside.race import Turn

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Growth:
    """How many times as much CPU time and peak memory twice the data take."""

    cpu: float
    memory: float


def growth(program: Program, desk: Path, rounds: int) -> dict[str, Growth]:
    """Measure reading and all curves where one size is doubled: the fastest turns, by which noise adds nothing."""
    cases = {
        "base": liver(desk / "base", point_mm=1.8),
        "structures": liver(desk / "structures", point_mm=1.8, copies=2),
        "contour points": liver(desk / "points", point_mm=0.9),
        "voxels": liver(desk / "voxels", point_mm=1.8, spacing_mm=2.0 / 2 ** (1 / 3)),
    }
    turns: dict[str, list[Turn]] = {name: [] for name in cases}
    for number in range(rounds):
        print(f"  growth, round {number + 1} of {rounds}", file=sys.stderr)
        for name, case in cases.items():
            turns[name].append(curves(program, case))
    cpu = {name: min((turn.inner or turn.whole).cpu_s for turn in own) for name, own in turns.items()}
    peak = {name: max(turn.peak_mb for turn in own) for name, own in turns.items()}
    return {name: Growth(cpu[name] / cpu["base"], peak[name] / peak["base"]) for name in cases if name != "base"}


def same_bytes(case: Path, desk: Path) -> dict[str, bool]:
    """Tell for each change of the surroundings whether the record of a check keeps its bytes."""
    renamed = desk / "renamed"
    renamed.mkdir()
    for number, file in enumerate(sorted(case.iterdir(), reverse=True)):
        shutil.copy(file, renamed / f"{number}.dcm")
    surroundings = {
        "1 thread": (case, dict.fromkeys(THREADS, "1")),
        "2 threads": (case, dict.fromkeys(THREADS, "2")),
        "hash seed 0": (case, {"PYTHONHASHSEED": "0"}),
        "hash seed 1": (case, {"PYTHONHASHSEED": "1"}),
        "files renamed, in reversed order": (renamed, {}),
        "other time zone and locale": (case, {"TZ": "Asia/Shanghai", "LC_ALL": "C"}),
    }

    def digest(folder: Path, env: dict[str, str]) -> str:
        record = desk / "record.json"
        check(folder, record, env)
        return hashlib.sha256(record.read_bytes()).hexdigest()

    first = digest(case, {})
    return {what: digest(*where) == first for what, where in surroundings.items()}
