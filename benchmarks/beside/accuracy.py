"""Every program's answers on the phantoms, beside the truth."""

from __future__ import annotations

import json
import math
import re
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from beside.curve import METRICS
from beside.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from beside.programs import Program

OFF_PERCENT = 3.0
COUNTED_ONCE = "AP"  # the volume knows no dose: it is counted with this one only
CUT_SHOWN = "sphere"

Answers = dict[str, dict[str, Any]]
Truths = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Point:
    """One number beside the truth; no value where the program gave none."""

    case: str
    structure: str
    metric: str
    value: float | None
    truth: float

    @property
    def error_percent(self) -> float | None:
        """Distance from the truth in per cent of the truth."""
        return None if self.value is None else 100.0 * (self.value / self.truth - 1.0)

    @property
    def off(self) -> bool:
        """Whether it is further from the truth than 3 % of the local value."""
        return self.error_percent is not None and abs(self.error_percent) > OFF_PERCENT


@dataclass(frozen=True)
class Summary:
    """Errors of many points in per cent: size (median, 95th percentile), worst with its sign, how many are off."""

    points: int
    median: float
    most: float
    worst: float
    off: int
    missing: int


@dataclass(frozen=True)
class Cut:
    """What a program makes of a dose grid that ends inside the structure, and the lines that it says only then."""

    case: str
    values: dict[str, float]
    truths: dict[str, float]
    refused: dict[str, str]
    said: tuple[str, ...]


def phantoms(folder: Path, *, quick: bool) -> Truths:
    """Write the phantoms; return what is true of each case."""
    run(sys.executable, "-m", "beside.make_phantoms", folder, *(["--quick"] if quick else []))
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def answers(program: Program, folder: Path, cases: Iterable[str]) -> Answers:
    """Ask a program for everything, in one process; by case."""
    asked = {str(folder / case): case for case in cases}
    printed = json.loads(run(*program.command, "ask", *asked, env=program.env).printed)
    return {case: printed[path] for path, case in asked.items()}


def points(truths: Truths, given: Answers) -> list[Point]:
    """Return every number of the cases whose dose covers the structures, beside the truth."""
    return [
        Point(case, structure, metric, _number(given[case]["values"].get(structure, {}).get(metric)), true)
        for case, known in truths.items()
        if not is_cut(case)
        for structure, numbers in known.items()
        for metric, true in numbers.items()
        if metric != "Volume" or case.endswith(COUNTED_ONCE)
    ]


def is_cut(case: str) -> bool:
    """Whether the dose grid of a case ends inside the structures."""
    return "/cut-" in case


def by_metric(found: Sequence[Point]) -> dict[str, Summary]:
    """Summarise for each metric, and all together."""
    split = {metric: [point for point in found if point.metric == metric] for metric in METRICS}
    return {name: summary(own) for name, own in {**split, "all": list(found)}.items()}


def summary(found: Sequence[Point]) -> Summary:
    """Summarise some points."""
    errors = sorted((p.error_percent for p in found if p.error_percent is not None), key=abs)
    if not errors:
        return Summary(len(found), math.nan, math.nan, math.nan, 0, len(found))
    most = abs(errors[math.ceil(0.95 * len(errors)) - 1])
    off = sum(point.off for point in found)
    median = statistics.median(map(abs, errors))
    return Summary(len(found), median, most, errors[-1], off, len(found) - len(errors))


def cuts(truths: Truths, given: Answers) -> list[Cut]:
    """Return what became of the cases whose dose grid is cut, for one structure."""
    return [
        Cut(
            case,
            given[case]["values"].get(CUT_SHOWN, {}),
            truths[case][CUT_SHOWN],
            given[case]["refused"].get(CUT_SHOWN, {}),
            only_then(given[case]["said"], given[case.replace("/cut-", "/grid-")]["said"]),
        )
        for case in truths
        if is_cut(case)
    ]


def only_then(said: Iterable[str], else_said: Iterable[str]) -> tuple[str, ...]:
    """Return the lines said here and not there, numbers apart; alike ones once."""
    known = {_masked(line) for line in else_said}
    fresh: dict[str, str] = {}
    for line in said:
        if _masked(line) not in known:
            fresh.setdefault(_masked(line), line.strip())
    return tuple(fresh.values())


def _masked(line: str) -> str:
    return re.sub(r"-?\d+(\.\d+)*", "#", line.strip())


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
