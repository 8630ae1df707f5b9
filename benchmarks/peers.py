"""Time sbrt_qa beside two peers on the 21-structure liver case: ``python benchmarks/peers.py [--write]``.

The peers are plastimatch (the Debian package, found on the path) and dicompyler-core (from PyPI, put into an
environment of its own that is thrown away). A peer that is not there is named and left out. Everything is a process
of its own; the contestants take turns; times are medians. Goals are judged by the clock on the wall, which is what a
user waits for; CPU seconds (user and system, all threads) stand beside it, because they change little when the
machine has other work. ``--write`` puts the tables into ``docs/performance.md``.

This file imports nothing but the standard library: what it held in memory itself would count as its children's peak.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
PROTOCOL = "crlm-liver-bed-5fx"
DICOMPYLER = ("dicompyler-core==0.5.6", "pydicom<3")
SLACK = 1.1

MAKE = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import liver_case
from sbrt_qa.phantom.writer import write_case
folder, spacing_mm, point_mm, copies = Path(sys.argv[2]), *map(float, sys.argv[3:6])
made = liver_case.structures(point_mm=point_mm)
count = len(made.structures)
structures = [
    replace(s, name=s.name + "b" * copy, number=s.number + count * copy)
    for copy in range(int(copies)) for s in made.structures
]
write_case(
    folder, dose=liver_case.dose(spacing_mm), structure_set=replace(made, structures=tuple(structures)),
    plan=liver_case.plan(),
)
"""
OURS = """
import sys, time
import sbrt_qa as qa
qa.read_case, qa.dvh
start, cpu = time.perf_counter(), time.process_time()
case = qa.read_case(sys.argv[1])
case.structures
read, read_cpu = time.perf_counter(), time.process_time()
for structure in case.structures:
    qa.dvh(case, structure)
print(read_cpu - cpu, time.process_time() - read_cpu, read - start, time.perf_counter() - read)
"""
DICOMPYLERS = """
import sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from dicompylercore import dicomparser, dvhcalc
start, cpu = time.perf_counter(), time.process_time()
folder = Path(sys.argv[1])
structures = dicomparser.DicomParser(str(folder / "RS.dcm"))
dose = dicomparser.DicomParser(str(folder / "RD.dcm"))
numbers = structures.GetStructures()
read, read_cpu = time.perf_counter(), time.process_time()
for number in numbers:
    dvhcalc.get_dvh(structures.ds, dose.ds, number)
print(read_cpu - cpu, time.process_time() - read_cpu, read - start, time.perf_counter() - read)
"""


@dataclass(frozen=True)
class Run:
    """One process that ended: CPU and wall seconds, peak memory, exit code and what it printed."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    code: int
    printed: str

    def inner(self) -> tuple[float, float]:
        """CPU and wall seconds of reading and curves as the process itself took them, without its start."""
        read_cpu, curves_cpu, read_wall, curves_wall = map(float, self.printed.split())
        return read_cpu + curves_cpu, read_wall + curves_wall


def run(*words: str | Path, env: dict[str, str] | None = None) -> Run:
    """Run one process to its end and take its resources."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in words], stdout=out, stderr=errors, env={**os.environ, **(env or {})}
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        errors.seek(0)
        if child.returncode not in (0, 1, 3):
            raise SystemExit(
                f"{' '.join(map(str, words[:3]))} …: exit code {child.returncode}\n{errors.read().decode()}"
            )
        printed = out.read().decode(errors="replace")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, child.returncode, printed)


# --- contestants ----------------------------------------------------------------------------------


def make(folder: Path, spacing_mm: float = 2.0, point_mm: float = 0.9, copies: int = 1) -> Path:
    """Write one case, in a process of its own."""
    run(sys.executable, "-c", MAKE, Path(__file__).parent, folder, str(spacing_mm), str(point_mm), str(copies))
    return folder


def ours(case: Path) -> Run:
    """Read a case and draw all curves."""
    return run(sys.executable, "-c", OURS, case)


def our_check(case: Path, record: Path, env: dict[str, str] | None = None) -> Run:
    """Run ``sbrt-qa check -o record.json`` as a whole cold process."""
    return run(sys.executable, "-m", "sbrt_qa", "check", case, "-p", PROTOCOL, "-o", record, env=env)


def plastimatch(case: Path, table: Path) -> Run:
    """Let plastimatch write its table of curves (256 bins of 0.5 Gy, its own default)."""
    return run("plastimatch", "dvh", "--input", case, "--output-csv", table)


def dicompyler_python(folder: Path) -> Path | None:
    """Set up dicompyler-core in an environment of its own; None where that is not possible."""
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *DICOMPYLER], check=True, capture_output=True)
        subprocess.run([python, "-c", "import dicompylercore.dvhcalc"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"dicompyler-core is left out: it could not be set up ({type(error).__name__})", file=sys.stderr)
        return None
    return python


# --- what is measured -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One row of a table: contestant, CPU and wall seconds (medians), peak memory."""

    who: str
    cpu_s: float
    wall_s: float
    peak_mb: float


def median(who: str, runs: list[Run], *, inner: bool = False) -> Line:
    """Median of several runs; ``inner`` takes the time that the process measured itself."""
    pairs = [one.inner() if inner else (one.cpu_s, one.wall_s) for one in runs]
    return Line(
        who,
        statistics.median(cpu for cpu, _ in pairs),
        statistics.median(wall for _, wall in pairs),
        max(one.peak_mb for one in runs),
    )


def contest(case: Path, desk: Path, peer: Path | None, repeats: int) -> dict[str, Line]:
    """Time every contestant on one case, by turns."""
    has_plastimatch = shutil.which("plastimatch") is not None
    taken: dict[str, list[Run]] = {}
    for turn in range(repeats):
        taken.setdefault("ours", []).append(ours(case))
        taken.setdefault("check", []).append(our_check(case, desk / "record.json"))
        if has_plastimatch:
            taken.setdefault("plastimatch", []).append(plastimatch(case, desk / "table.csv"))
        if peer is not None and turn == 0:  # one run of the slowest is enough
            taken.setdefault("dicompyler", []).append(run(peer, "-c", DICOMPYLERS, case))
    names = {
        "ours": ("sbrt_qa: reading and all curves", True),
        "check": ("sbrt_qa: `check -o x.json`, whole cold process", False),
        "plastimatch": ("plastimatch: `dvh`, whole process", False),
        "dicompyler": ("dicompyler-core: reading and all curves", True),
    }
    return {key: median(names[key][0], runs, inner=names[key][1]) for key, runs in taken.items()}


def growth(desk: Path, repeats: int) -> dict[str, float]:
    """Return by how much the CPU time of reading and all curves grows where one size is doubled: fastest runs."""
    base = make(desk / "base", point_mm=1.8)
    doubled = {
        "structures": make(desk / "structures", point_mm=1.8, copies=2),
        "contour points": make(desk / "points", point_mm=0.9),
        "voxels": make(desk / "voxels", point_mm=1.8, spacing_mm=2.0 / 2 ** (1 / 3)),
    }
    taken: dict[str, list[float]] = {}
    for _ in range(repeats):
        for name, case in {"base": base, **doubled}.items():
            taken.setdefault(name, []).append(ours(case).inner()[0])
    return {name: min(taken[name]) / min(taken["base"]) for name in doubled}


def same_bytes(case: Path, desk: Path) -> dict[str, bool]:
    """Tell for each change of the surroundings whether the record keeps its bytes."""
    renamed = desk / "renamed"
    renamed.mkdir()
    for number, file in enumerate(sorted(case.iterdir(), reverse=True)):
        shutil.copy(file, renamed / f"{number}.dcm")
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    surroundings = {
        "1 thread": (case, dict.fromkeys(threads, "1")),
        "2 threads": (case, dict.fromkeys(threads, "2")),
        "hash seed 0": (case, {"PYTHONHASHSEED": "0"}),
        "hash seed 1": (case, {"PYTHONHASHSEED": "1"}),
        "files renamed, in reversed order": (renamed, {}),
        "other time zone and locale": (case, {"TZ": "Asia/Shanghai", "LC_ALL": "C"}),
    }

    def digest(folder: Path, env: dict[str, str]) -> str:
        our_check(folder, desk / "record.json", env)
        return hashlib.sha256((desk / "record.json").read_bytes()).hexdigest()

    first = digest(case, {})
    return {what: digest(*where) == first for what, where in surroundings.items()}


# --- what is said ---------------------------------------------------------------------------------


def report(results: dict[float, dict[str, Line]], grows: dict[str, float], bytes_kept: dict[str, bool]) -> str:
    """Return everything as Markdown."""
    parts = [_setting()]
    for spacing, lines in results.items():
        parts.append(f"### Dose grid {spacing:g} mm\n\n{_times(lines)}")
    parts.append(f"### Goals\n\n{_goals(results, grows)}")
    kept = "\n".join(f"| {what} | {'yes' if same else '**no**'} |" for what, same in bytes_kept.items())
    parts.append(f"### Same inputs, same bytes\n\n| changed | the record has the same bytes |\n| --- | --- |\n{kept}")
    return "\n\n".join(parts)


def _setting() -> str:
    machine = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})"
    return f"Measured with Python {platform.python_version()} on {machine}."


def _times(lines: dict[str, Line]) -> str:
    unit = lines["ours"].cpu_s
    rows = [
        f"| {line.who} | {line.cpu_s:.2f} | {line.wall_s:.2f} | {line.cpu_s / unit:.1f} | {line.peak_mb:.0f} |"
        for line in lines.values()
    ]
    head = "| | CPU s | wall s | CPU, as a multiple of our curves | peak MB |\n| --- | ---: | ---: | ---: | ---: |"
    return "\n".join([head, *rows])


def _goals(results: dict[float, dict[str, Line]], grows: dict[str, float]) -> str:
    fine, coarse = results[1.25], results[2.0]
    peak = max(line.peak_mb for key, line in fine.items() if key in {"ours", "check"})
    rows = [("peak memory on the 1.25 mm grid", "below 400 MB", f"{peak:.0f} MB", peak < 400)]
    for key, name, times in (("plastimatch", "plastimatch", 10), ("dicompyler", "dicompyler-core", 50)):
        if key in coarse:
            cpu, wall = _ratios(coarse[key], coarse["ours"])
            what = f"reading and all curves against {name}, 2 mm"
            rows.append((what, f"{times} times faster", f"{wall:.1f} times (CPU {cpu:.1f})", wall >= times))
    if "plastimatch" in coarse:
        cpu, wall = _ratios(coarse["check"], coarse["plastimatch"])
        what = "whole cold `check` against plastimatch's table, 2 mm"
        rows.append((what, "less time", f"{wall:.2f} of it (CPU {cpu:.2f})", wall < 1))
    for what, ratio in grows.items():
        limit = 2 * SLACK
        rows.append(
            (f"CPU time when {what} are doubled", f"at most {limit:.1f} times", f"{ratio:.2f} times", ratio <= limit)
        )
    lines = [f"| {what} | {goal} | {got} | {'yes' if met else '**no**'} |" for what, goal, got, met in rows]
    return "\n".join(["| what | goal | measured | met |", "| --- | --- | ---: | --- |", *lines])


def _ratios(one: Line, other: Line) -> tuple[float, float]:
    return one.cpu_s / other.cpu_s, one.wall_s / other.wall_s


def write(tables: str) -> None:
    """Put the tables into the page, between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, mark, rest = page.partition("<!-- tables -->\n")
    end = "<!-- end of tables -->"
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{mark}{tables}\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="turns of each contestant (default 3)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    if shutil.which("plastimatch") is None:
        print("plastimatch is left out: it is not on the path (Debian: apt-get install plastimatch)", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        peer = dicompyler_python(desk / "environment")
        cases = {spacing: make(desk / f"case-{spacing}", spacing) for spacing in (2.0, 1.25)}
        results = {spacing: contest(case, desk, peer, options.runs) for spacing, case in cases.items()}
        tables = report(results, growth(desk, options.runs), same_bytes(cases[2.0], desk))
    print(tables)
    if options.write:
        write(tables)


if __name__ == "__main__":
    main()
