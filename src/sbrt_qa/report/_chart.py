"""The curves as shapes for an inline drawing: plain coordinates, so that the page's own colours apply."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.report._lines import DASHES, dose_axis_gy, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._lines import Line, Mark

WIDTH, HEIGHT = 760.0, 400.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 34.0, 50.0
_SIZE = 5.5
_TRIANGLES = {  # corners in units of the mark's size; each points to where the curve has to pass
    "left": ((-1.0, 0.0), (0.8, -0.9), (0.8, 0.9)),
    "right": ((1.0, 0.0), (-0.8, -0.9), (-0.8, 0.9)),
    "below": ((0.0, 1.0), (-0.9, -0.8), (0.9, -0.8)),
    "above": ((0.0, -1.0), (-0.9, 0.8), (0.9, 0.8)),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One curve: its name, the classes of its look, its points, those stated, and the triangles of its limits."""

    name: str
    color: int
    dash: str
    points: str
    stated: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick of an axis: where, and its label."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template needs to draw the curves."""

    shapes: tuple[Shape, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    prescription_x: str


def chart(evaluation: Evaluation) -> Chart:
    """Return the curves of an evaluation in drawing coordinates.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.

    Returns
    -------
    Chart
        In a box of ``WIDTH`` by ``HEIGHT``, y downwards.
    """
    return chart_of(lines(evaluation.curves, evaluation), evaluation.prescription.get("gy"))


def chart_of(drawn: Sequence[Line], prescription_gy: float | None) -> Chart:
    """Return any lines in the same drawing coordinates."""
    end_gy = dose_axis_gy(drawn, prescription_gy)
    step_gy = step_of(end_gy)
    return Chart(
        shapes=tuple(_shape(line, end_gy) for line in drawn),
        x_ticks=tuple(Tick(_x(k * step_gy, end_gy), f"{k * step_gy:g}") for k in range(int(end_gy / step_gy) + 1)),
        y_ticks=tuple(Tick(_y(percent), str(percent)) for percent in range(0, 101, 20)),
        prescription_x="" if prescription_gy is None else _x(prescription_gy, end_gy),
    )


def _shape(line: Line, end_gy: float) -> Shape:
    return Shape(
        name=line.name,
        color=line.color,
        dash=" ".join(f"{part:g}" for part in DASHES[line.dash]),
        points=_points(line.doses_gy, line.percents, end_gy),
        stated=_points(line.stated_gy, line.stated_percents, end_gy),
        marks=tuple(_triangle(mark, end_gy) for mark in line.marks),
    )


def _points(doses_gy: tuple[float, ...], percents: tuple[float, ...], end_gy: float) -> str:
    return " ".join(f"{_x(dose, end_gy)},{_y(percent)}" for dose, percent in zip(doses_gy, percents, strict=True))


def _triangle(mark: Mark, end_gy: float) -> str:
    x, y = float(_x(mark.dose_gy, end_gy)), float(_y(mark.percent))
    return " ".join(f"{x + dx * _SIZE:.1f},{y + dy * _SIZE:.1f}" for dx, dy in _TRIANGLES[mark.side])


def _x(dose_gy: float, end_gy: float) -> str:
    return f"{LEFT + (WIDTH - LEFT - RIGHT) * dose_gy / end_gy:.1f}"


def _y(percent: float) -> str:
    return f"{TOP + (HEIGHT - TOP - BOTTOM) * (1 - percent / 100):.1f}"


def step_of(end: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that an axis has at most eight ticks."""
    decade = 10.0 ** math.floor(math.log10(end / 8))
    return next(factor * decade for factor in (1, 2, 5, 10) if end / (factor * decade) <= 8)
