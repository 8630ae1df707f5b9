"""The curves of both evaluations in one drawing: a colour per structure, A solid and B dashed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.comparison import Group
from sbrt_qa.report._chart import Chart, chart_of
from sbrt_qa.report._lines import COLORS, dose_axis_gy, lines
from sbrt_qa.report._page_curves import curve_data, is_judged
from sbrt_qa.report.comparison._wording import SIDES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.comparison import Comparison
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._lines import Line

    Key = tuple[str, int]  # name, and which of several of that name

SOLID, DASHED = 0, 1  # of ``DASHES``
_CHANGED = (
    Group.VERDICT_WORSE,
    Group.LOST,
    Group.FOUND,
    Group.JUDGED_IN_ONE,
    Group.VERDICT_BETTER,
    Group.WORSE,
    Group.OTHER,
    Group.BETTER,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One structure: its curve of each side with the line that draws it.

    Parameters
    ----------
    name : str
        As the file writes it.
    drawn : tuple of (DVH, Line) or None
        For A and B; None where a side has no such curve.
    shown : bool
        True where it is drawn before anybody has asked for it.
    """

    name: str
    drawn: tuple[tuple[DVH, Line] | None, ...]
    shown: bool


def pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """Return every structure that has a curve on one side at least, sorted by name.

    Shown first are the structures that changed most, as many as there are colours; where none did, the judged ones.
    """
    sides = [_by_key(evaluation) for evaluation in (comparison.a, comparison.b)]
    names = sorted({key for side in sides for key in side}, key=lambda key: (key[0].casefold(), key))
    ranked = [key for key in _ranked(comparison) if key in names]
    color = {key: number for number, key in enumerate(dict.fromkeys((*ranked, *names)))}
    found = []
    for key in names:
        drawn = tuple(
            None
            if key not in side
            else (side[key][0], replace(side[key][1], color=color[key] % len(COLORS), dash=dash))
            for side, dash in zip(sides, (SOLID, DASHED), strict=True)
        )
        found.append(Pair(key[0], drawn, shown=key in ranked[: len(COLORS)]))
    return tuple(found)


def _by_key(evaluation: Evaluation) -> dict[Key, tuple[DVH, Line]]:
    ordered = sorted(evaluation.curves, key=lambda curve: (curve.name.casefold(), curve.name))
    seen: Counter[str] = Counter()
    found = {}
    for curve, line in zip(ordered, lines(ordered, evaluation), strict=True):
        found[curve.name, seen[curve.name]] = (curve, line)
        seen[curve.name] += 1
    return found


def _ranked(comparison: Comparison) -> tuple[Key, ...]:
    """Return the structures to look at, in the order of the lines: those that changed, else those judged."""
    changed = [line for line in comparison.lines if line.group in _CHANGED]
    asked = changed or [line for line in comparison.lines if line.group not in {Group.REPORTED, Group.ABSENT}]
    names = (found.roi for line in asked for found in line.findings if found.roi is not None)
    return tuple((name, 0) for name in dict.fromkeys(names))


def _prescription_gy(comparison: Comparison) -> float | None:
    doses = {side.prescription.get("gy") for side in (comparison.a, comparison.b)}
    return next(iter(doses)) if len(doses) == 1 else None


def overlay_chart(comparison: Comparison) -> Chart:
    """Return the curves shown first as shapes: for paper, and where no script runs."""
    return chart_of(
        [
            replace(line, name=f"{line.name}, {side}", stated_gy=(), stated_percents=())
            for line, side in _shown(comparison)
        ],
        _prescription_gy(comparison),
    )


def _shown(comparison: Comparison) -> Iterable[tuple[Line, str]]:
    for pair in pairs(comparison):
        for side, one in zip(SIDES, pair.drawn, strict=True):
            if pair.shown and one is not None:
                yield one[1], side


def overlay_data(comparison: Comparison) -> dict[str, Any]:
    """Return what the page's script draws: the curves of both sides, those of one structure in one row."""
    found = pairs(comparison)
    evaluations = (comparison.a, comparison.b)
    every = [one[1] for pair in found for one in pair.drawn if one is not None]
    return {
        "end": dose_axis_gy(every, _prescription_gy(comparison)),
        "prescription": _prescription_gy(comparison),
        "sides": SIDES,
        "curves": [
            {
                **curve_data(curve, line, judged=is_judged(curve, evaluations[side])),
                "stated": None,
                "pair": number,
                "side": side,
                "hidden": not pair.shown,
            }
            for number, pair in enumerate(found)
            for side, one in enumerate(pair.drawn)
            if one is not None and (curve := one[0]).statistics_gy and (line := one[1])
        ],
    }
