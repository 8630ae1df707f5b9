"""Inert: cells that no spreadsheet takes for a formula, and back.

A cell that a spreadsheet would compute gets an apostrophe in front; so does one where apostrophes stand before such a
text, so that taking one away always gives back what was there.
"""

from __future__ import annotations

import re

_COMPUTED = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r\n]")


def inert(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes."""
    return f"'{text}" if _COMPUTED.match(text) else text


def as_meant(cell: str) -> str:
    """Return the text that a cell stands for: what ``inert`` was given."""
    return cell[1:] if cell.startswith("'") and _COMPUTED.match(cell) else cell
