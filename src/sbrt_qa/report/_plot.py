"""Curves and margin bars drawn straight onto a sheet, as lines and not as pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reportlab.platypus import Flowable

from sbrt_qa.report._lines import COLORS, DASHES, dose_axis_gy
from sbrt_qa.report._running import fitted
from sbrt_qa.report.sheet import FONT, RULE, SOFT, printable, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.report._lines import Line, Mark

LEFT, RIGHT, TOP, BOTTOM = 30.0, 8.0, 10.0, 30.0
PLOT_HEIGHT, LEGEND_ROW, COLUMNS, MOST_ROWS = 250.0, 10.0, 3, 40
_SIZE = 3.4
_TRIANGLES = {  # corners in units of the mark's size, y upwards; each points to where the curve has to pass
    "left": ((-1.0, 0.0), (0.8, -0.9), (0.8, 0.9)),
    "right": ((1.0, 0.0), (-0.8, -0.9), (-0.8, 0.9)),
    "below": ((0.0, -1.0), (-0.9, 0.8), (0.9, 0.8)),
    "above": ((0.0, 1.0), (-0.9, -0.8), (0.9, -0.8)),
}


class Curves(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Dose-volume curves with their limits and a legend.

    Parameters
    ----------
    drawn : sequence of Line
        What to draw.
    prescription_gy : float or None
        Marked by a dotted line.
    width : float
        In points.
    """

    def __init__(self, drawn: Sequence[Line], prescription_gy: float | None, width: float) -> None:
        super().__init__()
        self.drawn, self.prescription_gy = drawn, prescription_gy
        self.rows = min(math.ceil(len(drawn) / COLUMNS), MOST_ROWS)
        self.width, self.height = width, PLOT_HEIGHT + self.rows * LEGEND_ROW
        self.end_gy = dose_axis_gy(drawn, prescription_gy)

    def draw(self) -> None:
        """Draw on the current page."""
        self._axes()
        for line in self.drawn:
            self._curve(line)
        for line in self.drawn:
            for mark in line.marks:
                self._mark(mark, COLORS[line.color])
        self._legend()

    def _x(self, dose_gy: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * dose_gy / self.end_gy

    def _y(self, percent: float) -> float:
        floor = self.rows * LEGEND_ROW + BOTTOM
        return floor + (PLOT_HEIGHT - TOP - BOTTOM) * percent / 100

    def _axes(self) -> None:
        canvas, step = self._canvas(), _step(self.end_gy)
        canvas.setFont(FONT, 7)
        canvas.setLineWidth(0.4)
        canvas.setStrokeColor(tone(RULE))
        canvas.setFillColor(tone(SOFT))
        for percent in range(0, 101, 20):
            canvas.line(self._x(0), self._y(percent), self._x(self.end_gy), self._y(percent))
            canvas.drawRightString(LEFT - 3, self._y(percent) - 2.5, str(percent))
        for number in range(int(self.end_gy / step) + 1):
            x = self._x(number * step)
            canvas.line(x, self._y(0), x, self._y(100))
            canvas.drawCentredString(x, self._y(0) - 10, f"{number * step:g}")
        canvas.drawCentredString((self._x(0) + self._x(self.end_gy)) / 2, self._y(0) - 21, "Dose (Gy)")
        canvas.saveState()
        canvas.translate(7, self._y(50))
        canvas.rotate(90)
        canvas.drawCentredString(0, 0, "Volume (%)")
        canvas.restoreState()
        if self.prescription_gy is not None:
            self._stroke(SOFT, 0.8, (1.5, 1.5))
            canvas.line(self._x(self.prescription_gy), self._y(0), self._x(self.prescription_gy), self._y(102))
            self._stroke(SOFT, 0.8, ())

    def _stroke(self, color: str, weight: float, dash: Sequence[float]) -> None:
        self._canvas().setStrokeColor(tone(color))
        self._canvas().setLineWidth(weight)
        self._canvas().setDash(list(dash))

    def _curve(self, line: Line) -> None:
        color = COLORS[line.color]
        self._path(line.doses_gy, line.percents, (color, 1.1, DASHES[line.dash]))
        if line.stated_gy:
            self._path(line.stated_gy, line.stated_percents, (color, 0.6, (1.0, 2.0)))
        self._stroke(color, 1.1, ())

    def _path(
        self, doses_gy: Sequence[float], percents: Sequence[float], look: tuple[str, float, Sequence[float]]
    ) -> None:
        points = [(self._x(dose), self._y(percent)) for dose, percent in zip(doses_gy, percents, strict=True)]
        if len(points) < 2:
            return
        self._stroke(*look)
        path = self._canvas().beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        self._canvas().drawPath(path, stroke=1, fill=0)

    def _mark(self, mark: Mark, color: str) -> None:
        x, y = self._x(mark.dose_gy), self._y(mark.percent)
        corners = [(x + dx * _SIZE, y + dy * _SIZE) for dx, dy in _TRIANGLES[mark.side]]
        path = self._canvas().beginPath()
        path.moveTo(*corners[0])
        for corner in corners[1:]:
            path.lineTo(*corner)
        path.close()
        self._stroke(color, 1.0, ())
        self._canvas().setFillColor(tone("#ffffff"))
        self._canvas().drawPath(path, stroke=1, fill=1)

    def _legend(self) -> None:
        canvas, column = self._canvas(), self.width / COLUMNS
        room = self.rows * COLUMNS
        for index, line in enumerate(self.drawn[:room]):
            x, y = column * (index % COLUMNS), self.rows * LEGEND_ROW - 9 - LEGEND_ROW * (index // COLUMNS)
            self._stroke(COLORS[line.color], 1.3, DASHES[line.dash])
            canvas.line(x, y + 2.5, x + 26, y + 2.5)
            canvas.setFont(FONT, 7)
            canvas.setFillColor(tone("#000000"))
            more = f" and {len(self.drawn) - room + 1} more" if index == room - 1 and len(self.drawn) > room else ""
            canvas.drawString(
                x + 31, y, fitted(printable(line.name), FONT, 7, column - 66 if more else column - 36) + more
            )
        self._stroke(RULE, 0.4, ())

    def _canvas(self) -> Any:
        return self.canv


class Bar(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Margin as a bar: to the right of the axis room left, to the left room missing.

    Parameters
    ----------
    room : float
        Share of the goal, -1..1.
    color : str
        Of the verdict.
    """

    def __init__(self, room: float, color: str) -> None:
        super().__init__()
        self.room, self.color = room, color
        self.width, self.height = 48.0, 9.0

    def draw(self) -> None:
        """Draw on the current page."""
        canvas: Any = self.canv
        axis, length = self.width / 2, self.room * self.width / 2
        canvas.setFillColor(tone(self.color))
        canvas.rect(min(axis, axis + length), 1.5, abs(length), 5.5, stroke=0, fill=1)
        canvas.setStrokeColor(tone(SOFT))
        canvas.setLineWidth(0.7)
        canvas.line(axis, 0, axis, 8.5)


def _step(end: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that an axis has at most twelve ticks."""
    decade = 10.0 ** math.floor(math.log10(end / 12))
    return next(factor * decade for factor in (1, 2, 5, 10) if end / (factor * decade) <= 12)
