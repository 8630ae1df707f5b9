"""Distribution of a constraint's values as a drawing: a mark per plan, the limits, the middle, what lies far off."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._chart import step_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from sbrt_qa.report.cohort.facts import ConstraintFacts, Reading

WIDTH, HEIGHT = 420.0, 84.0
LEFT, RIGHT, TOP, FLOOR, SPAN = 20.0, 20.0, 14.0, 55.0, 62.0
_SIZE = 5.6  # what one mark takes
_APART = 34.0  # labels nearer to each other than this would touch
_ROOM = 0.03  # of the axis, on both sides of what is on it
_SHAPES = {  # paths from the middle of a mark: the shapes that the verdicts have everywhere
    Verdict.PASS: "m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z",
    Verdict.VARIATION: "m0-3.2l3 5.4h-6z",
    Verdict.UNDECIDED: "m0-3.4l3.1 3.4-3.1 3.4-3.1-3.4z",
    Verdict.FAIL: "m-2.6-2.6l5.2 5.2m0-5.2l-5.2 5.2",
    None: "m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z",
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One value: plan, path, value as text, where it is drawn, and whether it lies beyond ``left`` or ``right``."""

    number: int
    path: Markup
    says: str
    x: str
    y: str
    beyond: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis with its label; empty where there is no room for one."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The drawing, in a box of ``WIDTH`` by ``HEIGHT``, y downwards.

    Parameters
    ----------
    groups : tuple of (word, tuple of Dot)
        Marks by verdict, those that matter most on top; the word is empty for values that are not judged.
    far : tuple of (word, Dot)
        Outliers.
    limits, ticks : tuple of Tick
        Limits that were used, and the axis.
    broken : tuple of (x, width) or None
        The side beyond the limit, where there is one limit of one direction.
    low, middle, high : str
        5 %, 50 % and 95 % point.
    """

    groups: tuple[tuple[str, tuple[Dot, ...]], ...]
    far: tuple[tuple[str, Dot], ...]
    limits: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    broken: tuple[str, str] | None
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class _Axis:
    start: float
    end: float

    def x(self, value: float) -> float:
        """Where a value is drawn: at the edge when it lies beyond the axis."""
        share = (value - self.start) / (self.end - self.start)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def beyond(self, value: float) -> str:
        """Say where an arrow has to point because a value lies beyond the axis."""
        return "left" if value < self.start else "right" if value > self.end else ""


def strip(facts: ConstraintFacts, numbers: Mapping[str, int]) -> Strip | None:
    """Return the drawing of a constraint's values.

    Parameters
    ----------
    facts : ConstraintFacts
        The constraint.
    numbers : mapping of str to int
        Number of each plan by its id.

    Returns
    -------
    Strip or None
        None where there is no value.
    """
    if facts.median is None or facts.low is None or facts.high is None:
        return None
    axis = _axis(facts)
    groups, far = _dots(facts.readings, axis, numbers)
    limits = tuple(Tick(_at(axis.x(value)), f"{value:g}") for value in sorted(facts.goal_values))
    return Strip(
        groups=groups,
        far=far,
        limits=limits,
        ticks=_ticks(axis, [axis.x(value) for value in facts.goal_values]),
        broken=_broken(facts, axis),
        low=_at(axis.x(facts.low)),
        middle=_at(axis.x(facts.median)),
        high=_at(axis.x(facts.high)),
    )


def _axis(facts: ConstraintFacts) -> _Axis:
    """Return an axis that holds limits and values; it starts at zero where they come near to it.

    What lies far from the others widens it only so far that the others stay apart from each other.
    """
    near = [*(one.value for one in facts.readings if not one.is_outlier), *facts.goal_values]
    low, high = min(near), max(near)
    reach = (high - low) or abs(high) or 1.0
    values = [one.value for one in facts.readings if low - reach <= one.value <= high + reach]
    low, high = min(low, *values), max(high, *values)
    if 0 <= low < 0.4 * high:
        low = 0.0
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    return _Axis(low - room, high + room)


def _dots(
    readings: Sequence[Reading], axis: _Axis, numbers: Mapping[str, int]
) -> tuple[tuple[tuple[str, tuple[Dot, ...]], ...], tuple[tuple[str, Dot], ...]]:
    """Lay each mark at its value, as low as there is room; closer to each other where they would pile too high."""
    levels: list[list[float]] = []
    placed = []
    for one in readings:
        x = axis.x(one.value)
        level = next((k for k, taken in enumerate(levels) if all(abs(x - at) >= _SIZE for at in taken)), len(levels))
        if level == len(levels):
            levels.append([])
        levels[level].append(x)
        placed.append((one, x, level))
    step = min(_SIZE, (FLOOR - TOP) / len(levels))
    drawn: defaultdict[str, list[Dot]] = defaultdict(list)
    far: list[tuple[str, Dot]] = []
    for one, x, level in placed:
        dot = _dot(one, (x, FLOOR - _SIZE / 2 - step * level), numbers[one.plan], axis.beyond(one.value))
        word = one.verdict.value if one.verdict else ""
        if one.is_outlier:
            far.append((word, dot))
        else:
            drawn[word].append(dot)
    return tuple((word, tuple(drawn[word])) for word in ("", *Verdict) if drawn[word]), tuple(far)


def _dot(one: Reading, place: tuple[float, float], number: int, beyond: str) -> Dot:
    from markupsafe import Markup

    x, y = map(_at, place)
    path = Markup(f"M{x} {y}{_SHAPES[one.verdict]}")  # noqa: S704 - numbers and shapes of our own
    return Dot(number, path, f"{one.value:.4g}", x, y, beyond)


def _ticks(axis: _Axis, taken: Sequence[float]) -> tuple[Tick, ...]:
    step = step_of(axis.end - axis.start)
    first = int(axis.start // step) + 1
    ticks = []
    for number in range(first, int(axis.end // step) + 1):
        x = axis.x(number * step)
        is_free = all(abs(x - other) > _APART for other in taken) and 12 < x < WIDTH - 12
        ticks.append(Tick(_at(x), f"{number * step:g}" if is_free else ""))
    return tuple(ticks)


def _broken(facts: ConstraintFacts, axis: _Axis) -> tuple[str, str] | None:
    directions = {goal.lstrip()[:1] for goal in facts.goals}
    if len(facts.goal_values) != 1 or len(directions) != 1:
        return None
    x = axis.x(facts.goal_values[0])
    if directions == {"<"}:
        return _at(x), _at(WIDTH - x)
    return ("0", _at(x)) if directions == {">"} else None


def _at(place: float) -> str:
    return f"{place:.1f}"
