"""Time, memory and their goals in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beside.page import table, yes
from beside.race import CHECK, OURS

if TYPE_CHECKING:
    from beside.cost import Growth
    from beside.race import Line, Seconds

TIMES_FASTER = {"plastimatch": 10, "dicompyler-core": 50}
GOAL = ("what", "goal", "measured", "met")
BUSY = 1.15  # wall over CPU time, above which other work is to blame
MOST_MB, MOST_TIMES = 400, 2.2  # twice with 10 % slack


def chapter(lines: dict[str, Line]) -> str:
    """Return everything beside the peers."""
    title = "### Speed on the liver case, dose grid 2 mm"
    return "\n\n".join((title, times(lines), clock(lines)[1], goals_beside_peers(lines)))


def clock(lines: dict[str, Line]) -> tuple[str, str]:
    """Return what goals are judged by, and why.

    A user waits for the wall. But a program of one thread whose wall time is much more than its CPU time was kept
    waiting by other work, and how long is chance.
    """
    waited = max((line.whole.wall_s / line.whole.cpu_s for line in lines.values()), default=1.0)
    if waited <= BUSY:
        return "wall_s", "What is asked of sbrt_qa, by the clock on the wall:"
    kept = f"The machine had other work (a program took {waited:.1f} times its CPU time on the wall)"
    return "cpu_s", f"{kept}, so what is asked of sbrt_qa is judged by CPU time:"


def times(lines: dict[str, Line]) -> str:
    """Return medians of the contest, and ratios to this program's own."""
    header = (
        "",
        "reading and all curves: CPU s",
        "wall s",
        "times ours, CPU (wall)",
        "whole cold process: CPU s",
        "wall s",
        "times our `check`, CPU (wall)",
        "peak MB",
    )
    rows = []
    for name, line in lines.items():
        curves = ("", "", "")
        if name != CHECK:
            curves = (f"{line.inner.cpu_s:.2f}", f"{line.inner.wall_s:.2f}", ratio(line.inner, lines[OURS].inner))
        whole = (f"{line.whole.cpu_s:.2f}", f"{line.whole.wall_s:.2f}", ratio(line.whole, lines[CHECK].whole))
        rows.append((name, *curves, *whole, f"{line.peak_mb:.0f}"))
    return table(header, rows, "l" + "r" * (len(header) - 1))


def ratio(one: Seconds, other: Seconds) -> str:
    """Return how many times as long one takes as the other: by CPU time, and by the wall."""
    times_as_long = _quotient(one, other)
    return f"{times_as_long['cpu_s']:.1f} ({times_as_long['wall_s']:.1f})"


def goals_beside_peers(lines: dict[str, Line]) -> str:
    """Return what is asked of this program beside its peers."""
    by, _ = clock(lines)
    rows = []
    for name, asked in TIMES_FASTER.items():
        if name in lines:
            faster = _quotient(lines[name].inner, lines[OURS].inner)
            rows.append(
                (
                    f"reading and all curves against {name}",
                    f"{asked} times faster",
                    f"{faster['wall_s']:.1f} times (CPU {faster['cpu_s']:.1f})",
                    yes(faster[by] >= asked),
                )
            )
    if "plastimatch" in lines:
        part = _quotient(lines[CHECK].whole, lines["plastimatch"].whole)
        got = f"{part['wall_s']:.2f} of it (CPU {part['cpu_s']:.2f})"
        rows.append(("whole cold `check` against plastimatch's table", "less time", got, yes(part[by] < 1)))
    return table(GOAL, rows, "llrl")


def _quotient(one: Seconds, other: Seconds) -> dict[str, float]:
    return {"wall_s": one.wall_s / other.wall_s, "cpu_s": one.cpu_s / other.cpu_s}


def own_cost(fine: dict[str, Line], grows: dict[str, Growth], kept: dict[str, bool]) -> str:
    """Return memory on the fine grid, growth with the data, and what leaves the record as it is."""
    memory = [
        (name, f"{line.inner.cpu_s:.2f}", f"{line.inner.wall_s:.2f}", *_memory(name, line))
        for name, line in fine.items()
    ]
    growth = [
        (what, f"{n.cpu:.2f} times", f"at most {MOST_TIMES:g} times", yes(n.cpu <= MOST_TIMES), f"{n.memory:.2f} times")
        for what, n in grows.items()
    ]
    same = [(what, yes(held)) for what, held in kept.items()]
    return "\n\n".join(
        (
            "### Dose grid 1.25 mm",
            table(("", "CPU s", "wall s", "peak MB", "goal", "met"), memory, "lrrrll"),
            "### Twice the data, reading and all curves",
            table(("doubled", "CPU time", "goal", "met", "peak memory"), growth, "lrllr"),
            "### Same inputs, same bytes",
            table(("changed", "the record has the same bytes"), same, "ll"),
        )
    )


def _memory(name: str, line: Line) -> tuple[str, str, str]:
    """Return peak memory, and for this program whether it is low enough."""
    goal = (f"below {MOST_MB} MB", yes(line.peak_mb < MOST_MB)) if name in {OURS, CHECK} else ("", "")
    return (f"{line.peak_mb:.0f}", *goal)
