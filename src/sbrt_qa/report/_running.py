"""What stands on every sheet: who and what was judged above, the record it belongs to and the page below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from sbrt_qa.report.sheet import BOLD, FONT, INK, MARGIN_MM, PAGE_MM, POINTS_PER_MM, RULE, SOFT, printable, tone

_LEFT, _RIGHT = MARGIN_MM * POINTS_PER_MM, (PAGE_MM[0] - MARGIN_MM) * POINTS_PER_MM
_TOP, _BOTTOM = (PAGE_MM[1] - 11.0) * POINTS_PER_MM, 9.0 * POINTS_PER_MM


@dataclass(frozen=True, slots=True)
class Running:
    """Texts of every page.

    Parameters
    ----------
    patient, plan, protocol, verdict, record : str
        Any text; what does not fit is cut with an ellipsis.
    """

    patient: str
    plan: str
    protocol: str
    verdict: str
    record: str


def canvas_maker(running: Running) -> type[Canvas]:
    """Return a canvas that knows how many pages there are before it writes the first one."""

    class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            pages = self._pages
            for page in pages:
                self.__dict__.update(page)
                _draw(self, running, len(pages))
                super().showPage()
            super().save()

    return Numbered


def _draw(canvas: Canvas, running: Running, pages: int) -> None:
    canvas.saveState()
    half = (_RIGHT - _LEFT) * 0.56
    canvas.setFillColor(tone(INK))
    canvas.drawString(_LEFT, _TOP, _fitted(canvas, running.patient, BOLD, half))
    canvas.drawRightString(_RIGHT, _TOP, _fitted(canvas, running.plan, BOLD, _RIGHT - _LEFT - half - 12))
    canvas.setFillColor(tone(SOFT))
    canvas.drawString(_LEFT, _TOP - 10, _fitted(canvas, f"Protocol {running.protocol}", FONT, half))
    canvas.drawRightString(_RIGHT, _TOP - 10, running.verdict)
    canvas.drawString(_LEFT, _BOTTOM, f"sbrt-qa · record {running.record}")
    canvas.drawRightString(_RIGHT, _BOTTOM, f"page {canvas.getPageNumber()} of {pages}")
    canvas.setStrokeColor(tone(RULE))
    canvas.setLineWidth(0.6)
    for y in (_TOP - 15, _BOTTOM + 10):
        canvas.line(_LEFT, y, _RIGHT, y)
    canvas.restoreState()


def _fitted(canvas: Canvas, text: str, font: str, room: float, size: float = 7.5) -> str:
    """Set the font, and return as much of the text as the room takes."""
    canvas.setFont(font, size)
    return fitted(printable(text, 120), font, size, room)


def fitted(text: str, font: str, size: float, room: float) -> str:
    """Return the text, or its beginning with an ellipsis where it is wider than ``room`` points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    if stringWidth(text, font, size) <= room:
        return text
    kept = next(n for n in range(len(text) - 1, -1, -1) if stringWidth(text[:n] + "…", font, size) <= room)
    return text[:kept] + "…"
