"""Colour on a terminal: what a piece of text means, not how it looks, is what a report says."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Paint: TypeAlias = Callable[[str, str], str]

_STYLES = {
    "FAIL": "1;31",
    "UNDECIDED": "1;35",
    "VARIATION": "1;33",
    "PASS": "32",
    "strong": "1",
    "quiet": "2",
    "badge": "7",
    "line-0": "36",
    "line-1": "33",
    "line-2": "32",
    "line-3": "35",
    "line-4": "39",
    "line-5": "94",
}


def paint_with(text: str, style: str) -> str:
    """Return a text in the colours of one or more meanings, ended where it ends; blanks stay as they are."""
    codes = ";".join(_STYLES[name] for name in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if text.strip() else text


def no_paint(text: str, _style: str) -> str:
    """Return the text alone."""
    return text
