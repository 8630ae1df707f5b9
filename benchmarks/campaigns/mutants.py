"""Change the program in one place and see whether a test notices; do so for every place of the modules that decide.

Run ``python benchmarks/campaigns/mutants.py``, or with names of modules. First the tests run once, to learn which of
them reach which line; then each change runs the tests that reach its line, the quickest first, until one fails. What
no test notices has survived: it is printed, with its reason where ``survivors.toml`` holds one. Ends with 1 when less
than 90 % are noticed or a survivor has no reason.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from changes import Change, changes_of, unchanged
from reach import Reach, learn
from trial import is_noticed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sbrt_qa"
WANTED = 0.9
MODULES = {
    "verdict": (
        "protocol/judge.py", "protocol/rulings.py", "protocol/evaluate.py", "protocol/finding.py",
        "protocol/findings.py", "protocol/limits.py", "protocol/limit_table.py", "protocol/readings.py",
        "protocol/condition.py", "protocol/prescription.py",
    ),
    "units": ("units.py",),
    "geometry": ("model/grid.py", "dicom/orientation.py", "dicom/oblique.py", "dicom/read_dose.py",
                 "dicom/beam_doses.py", "histogram/slabs.py", "histogram/integrate.py"),
}  # fmt: skip
TESTS = (
    "tests/protocol", "tests/dicom", "tests/checks", "tests/histogram", "tests/model", "tests/test_units.py",
    "tests/acceptance/test_judging.py",
)  # fmt: skip


def main() -> int:
    """Run the campaign and print the counts."""
    asked = _asked()
    names = asked.modules or [name for group in MODULES.values() for name in group]
    reach = learn(ROOT, TESTS, Path(asked.keep))
    reasons = _reasons()
    noticed, survived = Counter[str](), []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as compiled:
        sys.dont_write_bytecode, sys.pycache_prefix = False, compiled  # or every process would compile everything again
        for change, is_dead in _tried(names, reach, (asked.lanes, asked.every)):
            noticed[change.module] += is_dead
            if not is_dead:
                survived.append(change)
                print(f"survived  {change}", flush=True)
    status = _report(noticed, survived, reasons, time.monotonic() - started)
    if asked.every == 1:
        _print_outdated({*noticed, *(change.module for change in survived)}, survived, reasons)
    return status


def _tried(names: Sequence[str], reach: Reach, share: tuple[int, int]) -> Iterator[tuple[Change, bool]]:
    """Yield every change, or every n-th, with whether it was noticed, so many lanes at a time."""
    lanes, every = share
    waiting: dict[int, Change] = {}
    for name in names:
        _require_silence(unchanged(SOURCE / name, name), reach.tests(f"src/sbrt_qa/{name}", ()))
        for change in changes_of(SOURCE / name, name)[::every]:
            tests = reach.tests(f"src/sbrt_qa/{name}", change.lines)
            if not any(tests):
                yield change, False
                continue
            waiting[_forked(lambda change=change, tests=tests: is_noticed(ROOT, change, tests))] = change
            if len(waiting) >= lanes:
                yield _next(waiting)
    while waiting:
        yield _next(waiting)


def _require_silence(nothing: Change, tests: Sequence[Sequence[str]]) -> None:
    """Stop where tests fail although nothing is changed: they would notice everything."""
    process = _forked(lambda: is_noticed(ROOT, nothing, tests))
    if os.waitpid(process, 0)[1] != 0:
        sys.exit(f"tests of {nothing.module} fail with the module as it is")


def _forked(work: Callable[[], bool]) -> int:
    process = os.fork()
    if process == 0:
        os._exit(1 if work() else 0)
    return process


def _next(waiting: dict[int, Change]) -> tuple[Change, bool]:
    process, status = os.wait()
    return waiting.pop(process), status != 0


def _reasons() -> dict[str, str]:
    """Return why survivors may, by their text without the line."""
    path = Path(__file__).with_name("survivors.toml")
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"] if path.exists() else []
    return {f"{entry['where']}: {entry['change']}": entry["reason"] for entry in entries}


def _report(noticed: Counter[str], survived: Sequence[Change], reasons: dict[str, str], seconds: float) -> int:
    lost = Counter(change.module for change in survived)
    for name in sorted({*noticed, *lost}):
        made = noticed[name] + lost[name]
        print(f"{name:28s} {made:5d} changes, {noticed[name]:5d} noticed, {noticed[name] / made:6.1%}")
    total = noticed.total() + len(survived)
    unexplained = [change for change in survived if change.key not in reasons]
    print(f"{total} changes in {seconds:.0f} s, {noticed.total()} noticed: {noticed.total() / total:.1%}")
    print(f"{len(survived)} survived, {len(unexplained)} of them without a reason")
    for change in survived:
        print(f"  {change}\n      {reasons.get(change.key, 'NO REASON')}")
    return 1 if unexplained or noticed.total() < WANTED * total else 0


def _print_outdated(modules: set[str], survived: Sequence[Change], reasons: dict[str, str]) -> None:
    """Name reasons that are not needed any more."""
    for key in sorted(set(reasons) - {change.key for change in survived}):
        if key.partition(" ")[0] in modules:
            print(f"  no longer survives: {key}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="such as protocol/judge.py; all by default")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="changes at a time")
    parser.add_argument("--every", type=int, default=1, help="every n-th change of each module only, for a first look")
    parser.add_argument("--keep", default="", help="folder that keeps which test reaches which line, for the next run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
