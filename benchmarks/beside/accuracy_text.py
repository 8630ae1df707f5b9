"""Accuracy in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beside.accuracy import CUT_SHOWN, OFF_PERCENT, by_metric, summary
from beside.page import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beside.accuracy import Cut, Point, Summary

ERRORS = ("points", "median", "95th percentile", "worst", f"off by more than {OFF_PERCENT:g} %", "no value")
ALIGN = "l" + "r" * len(ERRORS)
CUT_ASKED = {"Volume": "cc", "Dmin": "Gy", "Dmean": "Gy", "D95%": "Gy"}
CUT_TITLES = {
    "contours-2-aligned/cut-2-AP": "Cut at the side",
    "contours-2-aligned/cut-2-SI": "Cut at the top",
}
MOST_LETTERS = 200


def chapter(points: dict[str, list[Point]], cuts: dict[str, list[Cut]]) -> str:
    """Return everything: all programs together, each by metric, and the cut grids."""
    parts = ("### Accuracy", overall(points), *(each(name, own) for name, own in points.items()))
    return "\n\n".join((*parts, "### A dose grid that ends inside a structure", cropped(cuts)))


def overall(found: dict[str, list[Point]]) -> str:
    """Return one row for each program, and the same without the ends of the curve."""
    rows = [(name, *_cells(summary(points))) for name, points in found.items()]
    inner = [
        (name, *_cells(summary([point for point in points if point.metric not in {"Dmin", "Dmax"}])))
        for name, points in found.items()
    ]
    both = (("all points", rows), ("without Dmin and Dmax", inner))
    return "\n\n".join(table((title, *ERRORS), own, ALIGN) for title, own in both)


def each(name: str, points: Sequence[Point]) -> str:
    """Return the table of one program by metric."""
    rows = [(metric, *_cells(own)) for metric, own in by_metric(points).items()]
    return f"**{name}**\n\n{table((' ', *ERRORS), rows, ALIGN)}"


def cropped(found: dict[str, list[Cut]]) -> str:
    """Return what each program makes of a dose grid that ends inside a structure, one table for each cut."""
    parts = []
    for case, title in CUT_TITLES.items():
        truths = next(cut for own in found.values() for cut in own if cut.case == case).truths
        header = ("", *(f"{metric} / {unit}" for metric, unit in CUT_ASKED.items()), "what it says only then")
        rows = [("truth", *(f"{truths[metric]:.2f}" for metric in CUT_ASKED), "")]
        rows += [_cut_row(name, next(cut for cut in own if cut.case == case)) for name, own in found.items()]
        parts.append(f"*{title}*, {CUT_SHOWN}:\n\n{table(header, rows, 'lrrrrl')}")
    return "\n\n".join(parts)


def _cut_row(name: str, cut: Cut) -> tuple[str, ...]:
    values = (f"{cut.values[metric]:.2f}" if metric in cut.values else "refused" for metric in CUT_ASKED)
    why = [cut.refused[metric] for metric in reversed(CUT_ASKED) if metric in cut.refused]
    said = "; ".join([*why[:1], *cut.said[:1]]) or "nothing"
    return (name, *values, _short(said))


def _short(words: str) -> str:
    flat = " ".join(words.replace("|", "/").split())
    return flat if len(flat) <= MOST_LETTERS else flat[: MOST_LETTERS - 1].rsplit(" ", 1)[0] + " …"


def _cells(of: Summary) -> tuple[str, ...]:
    share = f"{of.off} ({of.off / of.points:.1%})" if of.points else "—"
    return (
        str(of.points),
        f"{of.median:.2f} %",
        f"{of.most:.2f} %",
        f"{of.worst:+.1f} %",
        share,
        str(of.missing) if of.missing else "",
    )
