"""Curves on a terminal: drawn in braille, eight dots a cell, each curve with a letter of its own."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.report._chart import step_of
from sbrt_qa.report._lines import dose_axis_gy, lines
from sbrt_qa.report.text import clip, pad

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.report._ink import Paint
    from sbrt_qa.report._lines import Line

    Cell = tuple[int, int]  # row and column, from the top left

MOST = 6  # curves that can still be told apart
ROWS, MARGIN, WIDEST = 10, 8, 100
_ACROSS, _DOWN = 2, 4  # dots of a cell
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800


def dots(curves: Sequence[DVH], width: int, paint: Paint, prescription_gy: float | None = None) -> Iterator[str]:
    """Yield the curves as lines of text.

    Parameters
    ----------
    curves : sequence of DVH
        At most ``MOST`` are drawn; the first lies on top.
    width : int
        Cells per line.
    paint : callable
        Colours a text.
    prescription_gy : float, optional
        Where to draw an upright line.
    """
    shown = [curve for curve in curves if curve.statistics_gy][:MOST]
    if not shown:
        return
    drawn = [lines([curve])[0] for curve in shown]
    columns = min(width - MARGIN - 2, WIDEST)
    end_gy = dose_axis_gy(drawn, prescription_gy)
    fields = [_field(line, end_gy, columns) for line in drawn]
    letters = _letters(fields)
    yield f" {paint('VOLUME', 'quiet')}"
    for row in range(ROWS):
        label = {0: "100 %", ROWS // 2: "50 %"}.get(row, "")
        body = (_cell((row, column), fields, letters, paint) for column in range(columns))
        yield f" {paint(f'{label:>{MARGIN - 2}}│', 'quiet')}{''.join(body)}"
    yield f" {paint(f'{0:>{MARGIN - 4}} %└' + _axis(end_gy, columns, prescription_gy), 'quiet')}"
    yield f" {paint(' ' * (MARGIN - 1) + _doses(end_gy, columns), 'quiet')}"
    yield from _legend(drawn, width, paint)
    if prescription_gy is not None:
        yield f" {'':{MARGIN - 1}}{paint('┴ prescription', 'quiet')}"


def _field(line: Line, end_gy: float, columns: int) -> NDArray[np.int64]:
    """Return which dots of which cell a curve takes; from one column of dots to the next it leaves no gap."""
    doses_gy = (np.arange(columns * _ACROSS) + 0.5) * end_gy / (columns * _ACROSS)
    percents = np.interp(doses_gy, line.doses_gy, line.percents, right=0.0)
    heights = np.clip(((100 - percents) / 100 * ROWS * _DOWN).astype(int), 0, ROWS * _DOWN - 1)
    field = np.zeros((ROWS, columns), dtype=np.int64)
    last = int(np.searchsorted(doses_gy, line.doses_gy[-1]))  # beyond its maximum dose a curve is the axis itself
    before = 0
    for across, height in enumerate(heights[: last + 1].tolist()):
        for down in range(min(before + 1, height), height + 1):
            field[down // _DOWN, across // _ACROSS] |= _BITS[down % _DOWN, across % _ACROSS]
        before = height
    return field


def _letters(fields: Sequence[NDArray[np.int64]]) -> dict[Cell, int]:
    """Place the letter of each curve on it: where no other runs, and at a height of its own if it can be."""
    taken = sum(((field > 0).astype(int) for field in fields), np.zeros_like(fields[0]))
    found: dict[Cell, int] = {}
    for number, field in enumerate(fields):
        wanted = 2 + number % (ROWS - 3)
        own = [(int(row), int(column)) for row, column in np.argwhere(field > 0)]
        free = [cell for cell in own if cell not in found]
        if free:
            best = min(free, key=lambda cell: (taken[cell] > 1, abs(cell[0] - wanted), -cell[1]))
            found[best] = number
    return found


def _cell(cell: Cell, fields: Sequence[NDArray[np.int64]], letters: dict[Cell, int], paint: Paint) -> str:
    if cell in letters:
        return paint(ascii_lowercase[letters[cell]], f"strong line-{letters[cell]}")
    owner = next((number for number, field in enumerate(fields) if field[cell]), None)
    if owner is None:
        return " "
    return paint(chr(_BLANK + int(np.bitwise_or.reduce([field[cell] for field in fields]))), f"line-{owner}")


def _axis(end_gy: float, columns: int, prescription_gy: float | None) -> str:
    ticks = {_column(gy, end_gy, columns): "┬" for gy in _ticks(end_gy)}
    if prescription_gy is not None:
        ticks[_column(prescription_gy, end_gy, columns)] = "┴"
    return "".join(ticks.get(column, "─") for column in range(columns))


def _doses(end_gy: float, columns: int) -> str:
    text = ""
    for gy in _ticks(end_gy):
        label = f"{gy:g}"
        text = pad(text, max(_column(gy, end_gy, columns) + 1 - len(label) // 2, 0)) + label
    return f"{text} Gy" if len(text) + 3 <= columns else text


def _ticks(end_gy: float) -> list[float]:
    step_gy = step_of(end_gy)
    return [number * step_gy for number in range(int(end_gy / step_gy) + 1)]


def _column(gy: float, end_gy: float, columns: int) -> int:
    return min(int(gy / end_gy * columns), columns - 1)


def _legend(drawn: Sequence[Line], width: int, paint: Paint) -> Iterator[str]:
    each = (width - MARGIN - 2) // 3
    for start in range(0, len(drawn), 3):
        part = list(enumerate(drawn))[start : start + 3]
        texts = (
            f"{paint(ascii_lowercase[k], f'strong line-{k}')} {pad(clip(line.name, each - 4), each - 3)}"
            for k, line in part
        )
        yield f" {'':{MARGIN - 1}}{' '.join(texts)}".rstrip()
