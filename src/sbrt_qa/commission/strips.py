"""All deviations of a chapter as dots: one strip for each metric, sorted from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.commission.document import Chapter, Point

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760.0, 190.0, 46.0, 24.0, 10.0
GAP = 10.0
SHOWN = 2.0  # times the largest tolerance; beyond, a dot lies on the edge


@dataclass(frozen=True, slots=True)
class Dot:
    """One deviation, or several on one spot."""

    x: float
    y: float
    off: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """One metric: its name, where it begins and ends, its dots, and the heights of its tolerance."""

    name: str
    x0: float
    x1: float
    dots: tuple[Dot, ...]
    tolerance_y: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Strips:
    """What is drawn, in units of a picture WIDTH by HEIGHT with y downwards; ``range_percent`` is the top's value."""

    strips: tuple[Strip, ...]
    zero_y: float
    range_percent: float


def strips(chapter: Chapter) -> Strips:
    """Lay the deviations of a chapter out.

    Parameters
    ----------
    chapter : Chapter
        With at least one point.

    Returns
    -------
    Strips
    """
    by_metric: dict[str, list[Point]] = {}
    for point in chapter.points:
        by_metric.setdefault(point.metric, []).append(point)
    reach = SHOWN * max(point.tolerance_percent for point in chapter.points)
    width = (WIDTH - LEFT + GAP) / len(by_metric)
    laid = [
        _strip(name, points, LEFT + k * width, LEFT + (k + 1) * width - GAP, reach)
        for k, (name, points) in enumerate(by_metric.items())
    ]
    return Strips(tuple(laid), _y(0.0, reach), reach)


def _strip(name: str, points: list[Point], x0: float, x1: float, reach: float) -> Strip:
    known = sorted((error, point.off) for point in points if (error := point.error_percent) is not None)
    inner = x1 - x0 - 8.0
    dots = {
        Dot(round(x0 + 4.0 + inner * (k + 0.5) / len(known), 1), round(_y(error, reach), 1), off)
        for k, (error, off) in enumerate(known)
    }
    most = max(point.tolerance_percent for point in points)
    ordered = tuple(sorted(dots, key=lambda dot: (dot.x, dot.y)))
    return Strip(name, round(x0, 1), round(x1, 1), ordered, (_y(most, reach), _y(-most, reach)))


def _y(error: float, reach: float) -> float:
    half = (HEIGHT - BOTTOM - TOP) / 2
    return round(TOP + half - half * max(min(error / reach, 1.0), -1.0), 2)
