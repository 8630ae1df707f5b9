"""Trend as a drawing: a mark per value in the order of judging, the goal as a stepped line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.web.desk import Point, Trend

WIDTH, HEIGHT = 900.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 14.0, 30.0
TICKS = 5
_SHAPES = {  # paths from the middle of a mark: the shapes that the verdicts have everywhere
    "PASS": "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "VARIATION": "m0-5l4.7 8.4h-9.4z",
    "UNDECIDED": "m0-5.4l5 5.4-5 5.4-5-5.4z",
    "FAIL": "m-4-4l8 8m0-8l-8 8",
    "": "m-3-3h6v6h-6z",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A value: where, in which shape, and what it says."""

    path: str
    word: str
    case_id: str
    says: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its label."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything in a box of ``WIDTH`` by ``HEIGHT``, y downwards."""

    width: float
    height: float
    left: float
    right: float
    floor: float
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    limits: tuple[str, ...]
    first: str
    last: str


def drawing(trend: Trend) -> Drawing:
    """Draw a trend."""
    points = trend.points
    values = [point.value for point in points] + [p.goal_value for p in points if p.goal_value is not None]
    low, high = min(values), max(values)
    low = 0.0 if 0 <= low < 0.4 * high else low
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    low, high = low - room * (low != 0.0), high + room

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    step = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    xs = [LEFT + step * (number + 0.5) for number in range(len(points))]
    return Drawing(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        floor=HEIGHT - BOTTOM,
        marks=tuple(_mark(point, x, y(point.value), trend.unit) for point, x in zip(points, xs, strict=True)),
        ticks=tuple(_tick(low + (high - low) * part / (TICKS - 1), y) for part in range(TICKS)),
        limits=tuple(
            f"M{x - step / 2:.1f} {y(point.goal_value):.1f}h{step:.1f}"
            for point, x in zip(points, xs, strict=True)
            if point.goal_value is not None
        ),
        first=points[0].at[:10],
        last=points[-1].at[:10],
    )


def _tick(value: float, y: object) -> Tick:
    assert callable(y)
    return Tick(f"{y(value):.1f}", f"{value:.3g}")


def _mark(point: Point, x: float, y: float, unit: str) -> Mark:
    limit = f", goal {point.goal}" if point.goal else ""
    says = f"{point.plan_label or point.case_id} {point.roi}: {point.value:.4g} {unit}{limit}, {point.at}"
    return Mark(f"M{x:.1f} {y:.1f}{_SHAPES[point.verdict]}", point.verdict, point.case_id, says)
