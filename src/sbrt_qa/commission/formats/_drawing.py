"""The strips of a chapter on a PDF page, drawn straight onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from sbrt_qa.commission.strips import BOTTOM, HEIGHT, TOP, WIDTH

if TYPE_CHECKING:
    from sbrt_qa.commission.strips import Strip, Strips

FONT = "DejaVuSans"
INK, SHEET, DOT, OFF = (HexColor(tone) for tone in ("#4a525b", "#f5f6f8", "#0072b2", "#b3201a"))


class Picture(Flowable):  # type: ignore[misc]  # reportlab has no types
    """All strips, as wide as asked.

    Parameters
    ----------
    laid : Strips
        What is drawn.
    width : float
        In points.
    """

    def __init__(self, laid: Strips, width: float) -> None:
        super().__init__()
        self.laid, self.scale = laid, width / WIDTH
        self.width, self.height = width, HEIGHT * self.scale

    def draw(self) -> None:
        """Draw on the current page."""
        reach = f"{self.laid.range_percent:g} %"
        self._canvas().setFont(FONT, 6.5)
        self._canvas().setFillColor(INK)
        for y, text in ((TOP + 6, f"+{reach}"), (self.laid.zero_y + 3, "0"), (HEIGHT - BOTTOM, f"−{reach}")):
            self._canvas().drawRightString(40.0 * self.scale, self._up(y), text)
        for strip in self.laid.strips:
            self._strip(strip)

    def _strip(self, strip: Strip) -> None:
        canvas, x0, x1 = self._canvas(), strip.x0 * self.scale, strip.x1 * self.scale
        canvas.setFillColor(SHEET)
        bottom = self._up(HEIGHT - BOTTOM + 2)
        canvas.rect(x0, bottom, x1 - x0, self._up(TOP - 2) - bottom, stroke=0, fill=1)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.4)
        for y, dash in ((self.laid.zero_y, []), *((y, [2, 2]) for y in strip.tolerance_y)):
            canvas.setDash(dash)
            canvas.line(x0, self._up(y), x1, self._up(y))
        canvas.setDash([])
        for dot in strip.dots:
            canvas.setFillColor(OFF if dot.off else DOT)
            canvas.circle(dot.x * self.scale, self._up(dot.y), 0.9, stroke=0, fill=1)
        canvas.setFillColor(INK)
        canvas.drawCentredString((x0 + x1) / 2, self._up(HEIGHT - 6), strip.name)

    def _up(self, y: float) -> float:
        return (HEIGHT - y) * self.scale

    def _canvas(self) -> Any:
        return self.canv
