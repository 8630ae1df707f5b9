"""Which tests reach which line, and how long each takes: learnt in one run of the tests under coverage."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIKELY_FILES, LIKELY, MOST = 2, 20, 80  # tests for one change, beside those named like the module
_DURATION = re.compile(r"(\d+\.\d+)s (?:call|setup) +(\S.*)")


class Reach:
    """Tests by line.

    Parameters
    ----------
    by_line : mapping of path to mapping of line to tests
        Names as pytest knows them.
    seconds : mapping of test to float
        How long each takes.
    """

    def __init__(self, by_line: Mapping[str, Mapping[str, Sequence[str]]], seconds: Mapping[str, float]) -> None:
        self._by_line, self._seconds = by_line, seconds

    def tests(self, path: str, lines: Sequence[int]) -> tuple[list[str], list[str]]:
        """Return the tests that reach one of the lines, likely ones and others; those of the module where none does.

        Likely are those in the file of tests that has the module's name, and the quickest in the quickest other files.
        """
        known = self._by_line.get(path, {})
        reached = {test for line in lines for test in known.get(str(line), ())}
        named = {test for test in self._seconds if f"test_{Path(path).stem}.py" in test}
        reached = reached or {test for found in known.values() for test in found} | named
        by_file: dict[str, list[str]] = {}
        for test in sorted(reached, key=lambda test: (self._seconds.get(test, 0.0), test)):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        own = [file for file in by_file if f"test_{Path(path).stem}.py" in file]
        other_files = sorted(set(by_file) - set(own), key=lambda file: self._seconds.get(by_file[file][0], 0.0))
        likely = [test for file in own for test in by_file[file]]
        likely += [test for file in other_files[:LIKELY_FILES] for test in by_file[file][:LIKELY]]
        others = [test for found in by_file.values() for test in found if test not in set(likely)]
        return likely, others[:MOST]


def learn(root: Path, tests: Sequence[str], keep: Path) -> Reach:
    """Run the tests once; ``keep`` is a folder whose answer of an earlier run is taken when there is one."""
    known = keep / "reach.json"
    if keep.name and known.exists():
        return Reach(*json.loads(known.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as name:
        learnt = _learnt(root, tests, Path(name))
    if keep.name:
        keep.mkdir(parents=True, exist_ok=True)
        known.write_text(json.dumps(learnt), encoding="utf-8")
    return Reach(*learnt)


def _learnt(root: Path, tests: Sequence[str], folder: Path) -> tuple[dict[str, dict[str, list[str]]], dict[str, float]]:
    import coverage

    settings = folder / "settings"
    settings.write_text(f"[run]\nsource = {root / 'src'}\ndata_file = {folder / 'data'}\nparallel = true\n")
    call = [sys.executable, "-m", "pytest", *tests, "-q", "-n", "2", "-p", "no:cacheprovider"]
    call += ["--durations=0", "--durations-min=0", "--cov", "--cov-context=test", "--cov-report="]
    call += [f"--cov-config={settings}"]
    said = subprocess.run(call, cwd=root, capture_output=True, text=True, check=False)
    if said.returncode:
        sys.exit(f"the tests do not pass as they are:\n{said.stdout[-2000:]}{said.stderr[-2000:]}")
    seconds: dict[str, float] = {}
    for took, test in _DURATION.findall(said.stdout):
        seconds[test.strip()] = seconds.get(test.strip(), 0.0) + float(took)
    data = coverage.CoverageData(str(folder / "data"))
    data.read()
    by_line = {
        str(Path(file).relative_to(root)): {
            str(line): sorted({context.partition("|")[0] for context in contexts if context})
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return by_line, seconds
