"""Time reading, curves and the whole command on a 21-structure liver case.

Run ``python benchmarks/speed.py``. Each figure is the median of several runs in this process (or of whole
processes), and is also given as a multiple of a yardstick measured in the same run: sorting ten million numbers
on one core. Compare multiples, not seconds, between machines.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import liver_case
import sbrt_qa as qa
from sbrt_qa.phantom.writer import write_case


def median_seconds(work, runs: int) -> float:
    """Median wall time of a callable."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def yardstick() -> float:
    """Seconds that this machine takes to sort ten million numbers."""
    numbers = np.random.default_rng(1).random(10_000_000)
    return median_seconds(lambda: np.sort(numbers, kind="stable"), 3)


def measure(folder: Path, runs: int) -> dict[str, float]:
    """Seconds for each part of the work on one case."""
    case = qa.read_case(folder)
    command = [Path(sys.executable).parent / "sbrt-qa", "check", folder, "-p", "crlm-liver-bed-5fx"]

    def curves() -> None:
        for structure in case.structures:
            qa.dvh(case, structure)

    def whole_process() -> None:
        done = subprocess.run([*command, "-o", folder.parent / "record.json"], capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            raise SystemExit(done.stderr.decode())

    return {
        "reading": median_seconds(lambda: qa.read_case(folder), runs),
        "all curves": median_seconds(curves, runs),
        "whole process, check -o x.json": median_seconds(whole_process, max(runs // 2, 1)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    structure_set = liver_case.structures()
    points = sum(len(c.points_mm) for s in structure_set.structures for c in s.contours)
    unit = yardstick()
    print(f"{len(structure_set.structures)} structures, {points} contour points; yardstick {unit:.3f} s")
    print(f"{'grid':>8} {'work':<34} {'seconds':>8} {'yardsticks':>11}")
    for spacing in (2.0, 1.25):
        folder = Path(tempfile.mkdtemp())
        try:
            write_case(
                folder / "case", dose=liver_case.dose(spacing), structure_set=structure_set, plan=liver_case.plan()
            )
            for work, seconds in measure(folder / "case", runs).items():
                print(f"{spacing:>5} mm {work:<34} {seconds:>8.3f} {seconds / unit:>11.2f}")
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
