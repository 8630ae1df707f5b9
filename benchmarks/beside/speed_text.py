"""Time, memory and their goals in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beside.page import table, yes
from beside.race import CHECK, OURS

if TYPE_CHECKING:
    from beside.cost import Growth
    from beside.race import Line

TIMES_FASTER = {"plastimatch": 10, "dicompyler-core": 50}
GOAL = ("what", "goal", "measured", "met")
MOST_MB, MOST_TIMES = 400, 2.2  # twice with 10 % slack


def chapter(lines: dict[str, Line]) -> str:
    """Return everything beside the peers."""
    title = "### Speed on the liver case, dose grid 2 mm"
    return "\n\n".join((title, times(lines), "What is asked of sbrt_qa:", goals_beside_peers(lines)))


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
            curves = (f"{line.inner.cpu_s:.2f}", f"{line.inner.wall_s:.2f}", ratio(line, lines[OURS], "inner"))
        whole = (f"{line.whole.cpu_s:.2f}", f"{line.whole.wall_s:.2f}", ratio(line, lines[CHECK], "whole"))
        rows.append((name, *curves, *whole, f"{line.peak_mb:.0f}"))
    return table(header, rows, "l" + "r" * (len(header) - 1))


def ratio(one: Line, other: Line, part: str) -> str:
    """Return how many times as long one takes as the other: by CPU time, and by the wall."""
    a, b = getattr(one, part), getattr(other, part)
    return f"{a.cpu_s / b.cpu_s:.1f} ({a.wall_s / b.wall_s:.1f})"


def goals_beside_peers(lines: dict[str, Line]) -> str:
    """Return what is asked of this program beside its peers; judged by the wall, which a user waits for."""
    rows = []
    for name, asked in TIMES_FASTER.items():
        if name in lines:
            faster = lines[name].inner.wall_s / lines[OURS].inner.wall_s
            got = f"{faster:.1f} times (CPU {lines[name].inner.cpu_s / lines[OURS].inner.cpu_s:.1f})"
            rows.append((f"reading and all curves against {name}", f"{asked} times faster", got, yes(faster >= asked)))
    if "plastimatch" in lines:
        peer, own = lines["plastimatch"].whole, lines[CHECK].whole
        part = own.wall_s / peer.wall_s
        got = f"{part:.2f} of it (CPU {own.cpu_s / peer.cpu_s:.2f})"
        rows.append(("whole cold `check` against plastimatch's table", "less time", got, yes(part < 1)))
    return table(GOAL, rows, "llrl")


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
