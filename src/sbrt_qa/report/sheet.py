"""A4 sheets: fonts, words and tables that every printed document shares. Whatever a name holds, it stays plain text."""

from __future__ import annotations

import itertools
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sbrt_qa.report.text import clean, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
POINTS_PER_MM = 72 / 25.4
PAGE_MM, MARGIN_MM = (210.0, 297.0), 15.0
WIDTH = (PAGE_MM[0] - 2 * MARGIN_MM) * POINTS_PER_MM
TONES = {"PASS": "#00694c", "VARIATION": "#7a5200", "UNDECIDED": "#6b3fa0", "FAIL": "#b3201a"}
WASHES = {"PASS": "#e4f3ed", "VARIATION": "#fbf1dc", "UNDECIDED": "#f0eaf9", "FAIL": "#fce9e7"}
INK, SOFT, RULE = "#000000", "#4a525b", "#ccd1d6"
SMALL = 6.5
LONGEST = 900  # cells of one paragraph: a name of ten thousand characters must not push the verdict off its page


@cache
def embed_fonts() -> None:
    """Register the fonts that come with matplotlib; what is used of them is written into the file."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    found = find_spec("matplotlib")  # importing it would take longer than the whole document
    places = found.submodule_search_locations if found else None
    folder = Path((places or [""])[0]) / "mpl-data" / "fonts" / "ttf"
    for name in (FONT, BOLD):
        registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def printable(text: str, longest: int = LONGEST) -> str:
    """Return a text as the embedded fonts can show it, cleaned and clipped.

    What they lack stands as its number, such as ``[U+809D]``: nothing is lost, and no two names look alike. Words
    that are written from right to left are laid out that way; their letters are not joined.

    Parameters
    ----------
    text : str
        Any text.
    longest : int
        Cells after which it is cut with an ellipsis.

    Returns
    -------
    str
    """
    safe = clip(clean(text), longest)
    if safe.isascii():
        return safe
    known = _characters()
    runs = itertools.groupby(safe, key=lambda character: ord(character) in known or character == " ")
    shown = "".join("".join(run) if has else f"[{' '.join(f'U+{ord(c):04X}' for c in run)}]" for has, run in runs)
    return _laid_out(clip(shown, longest))


@cache
def _characters() -> frozenset[int]:
    """Characters that both fonts hold."""
    from reportlab.pdfbase.pdfmetrics import getFont

    embed_fonts()
    return frozenset.intersection(*(frozenset(getFont(name).face.charToGlyph) for name in (FONT, BOLD)))


def _laid_out(text: str) -> str:
    """Turn runs of right-to-left letters, blanks between them included: reportlab sets from left to right."""
    pieces: list[tuple[bool, str]] = []
    for word in text.split(" "):
        turned = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in word)
        if pieces and turned and pieces[-1][0]:
            pieces[-1] = (True, f"{pieces[-1][1]} {word}")
        else:
            pieces.append((turned, word))
    return " ".join(piece[::-1] if turned else piece for turned, piece in pieces)


def words(text: str, size: float = 8, *, bold: bool = False, color: str = INK, longest: int = LONGEST) -> Any:
    """Return a paragraph of plain text; markup in it is shown, not obeyed."""
    from reportlab.platypus import Paragraph

    return Paragraph(escape(printable(text, longest)), _style(size, bold, color))


@cache
def _style(size: float, bold: bool, color: str) -> Any:  # noqa: FBT001 - a key of the cache
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    embed_fonts()
    return ParagraphStyle(
        f"{size}{bold}{color}",
        fontName=BOLD if bold else FONT,
        fontSize=size,
        leading=1.32 * size,
        textColor=HexColor(color),
        splitLongWords=1,
    )


def title(text: str) -> tuple[Any, ...]:
    """Return a heading with the space around it; it does not stand alone at the foot of a page."""
    from reportlab.platypus import CondPageBreak, Spacer

    return CondPageBreak(90), Spacer(1, 12), words(text, 10.5, bold=True), Spacer(1, 3)


def grid(rows: Sequence[Sequence[Any]], shares: Sequence[float], *styles: tuple[Any, ...], repeat: int = 0) -> Any:
    """Return a table over the width of the page.

    Parameters
    ----------
    rows : sequence of rows
        Paragraphs or drawings, row by row.
    shares : sequence of float
        Of the width, one per column.
    *styles : tuple
        Commands of reportlab, after the usual ones.
    repeat : int
        How many rows stand again on each page.
    """
    from reportlab.platypus import Table

    usual = [
        ("FONT", (0, 0), (-1, -1), FONT, 1, 1),  # empty cells take no height
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    widths = [WIDTH * share / sum(shares) for share in shares]
    return Table([list(row) for row in rows], colWidths=widths, style=[*usual, *styles], repeatRows=repeat)


def ruled(first: int = 0, last: int = -1) -> tuple[Any, ...]:
    """Return a fine line below every row from ``first`` to ``last``."""
    return "LINEBELOW", (0, first), (-1, last), 0.4, tone(RULE)


def tone(code: str) -> Any:
    """Return a colour."""
    from reportlab.lib.colors import HexColor

    return HexColor(code)
