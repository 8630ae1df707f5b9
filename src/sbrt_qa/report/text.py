"""Text from elsewhere made safe to print, and laid out by the cells it takes on a terminal."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINTS = re.compile(r"(?<=[_:/.+-])(?=\w)")
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str) -> str:
    """Return text whose control, direction and invisible characters are replaced, on one line.

    Names come from files of unknown origin: an escape sequence could recolour a verdict, a
    direction mark could reverse it. Every such character becomes U+FFFD; blanks become spaces.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Of the same length.
    """
    return "".join(map(_safe, text))


def _safe(character: str) -> str:
    if " " <= character <= "~":
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return REPLACEMENT if category in _UNSAFE else character


def cells(text: str) -> int:
    """Return how many terminal cells a text takes: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fold(text: str, width: int) -> list[str]:
    """Wrap a text into lines of at most ``width`` cells, at blanks, else at the joints of words.

    Parameters
    ----------
    text : str
        Cleaned text.
    width : int
        Cells per line, at least 2.

    Returns
    -------
    list of str
        At least one line; words longer than a line are cut.
    """
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
            continue
        lines[-1:] = ([lines[-1]] if lines[-1] else []) + _broken(word, width)
    return lines


def _broken(word: str, width: int) -> list[str]:
    """Break a word where its parts join, and only inside a part that is itself too long."""
    lines = [""]
    for part in _JOINTS.split(word):
        if cells(lines[-1] + part) <= width:
            lines[-1] += part
        else:
            lines[-1:] = ([lines[-1]] if lines[-1] else []) + _cut(part, width)
    return lines


def _cut(word: str, width: int) -> list[str]:
    pieces, used = [""], 0
    for character in word:
        size = _cells(character)
        if used + size > width:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += size
    return pieces


def clip(text: str, width: int) -> str:
    """Return the text, or its beginning with an ellipsis where it takes more than ``width`` cells."""
    if cells(text) <= width:
        return text
    return _cut(text, width - 1)[0] + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill a text with spaces to ``width`` cells, after it or (``right``) before it."""
    space = " " * max(width - cells(text), 0)
    return space + text if right else text + space
