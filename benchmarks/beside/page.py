"""Markdown: a table, a yes or no, and text put between two marks of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class MarksMissing(Exception):
    """A page without the two marks that its tables stand between."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """Return a table; ``align`` has a letter for each column: l for words, r for numbers."""
    rules = ["---:" if letter == "r" else "---" for letter in align]
    return "\n".join("| " + " | ".join(cell or " " for cell in row) + " |" for row in (header, rules, *rows))


def yes(met: bool) -> str:  # noqa: FBT001  one value, one word
    """Return yes, or a no that is seen."""
    return "yes" if met else "**no**"


def put(page: Path, name: str, text: str) -> None:
    """Put text between ``<!-- name -->`` and ``<!-- end of name -->``; the rest of the page stays as it is.

    Raises
    ------
    MarksMissing
        Where the page does not have each mark once, in this order.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed) or start in rest or end in after:
        raise MarksMissing(
            f"{page.name}: needs one '{start.strip()}' and after it one '{end}', each on a line of its own"
        )
    page.write_text(f"{before}{start}{text}\n{end}{after}", encoding="utf-8")
