"""Syntax fault: where a text stops to be YAML, said at the place to mend, which is where it began to go wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.protocol.faults import START, Faults, Place

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

_QUOTED = re.compile(
    r"""(?P<comment>(?<!\S)\#[^\n]*)
    | (?<![^\s\[{,])(?P<quoted>"(?:[^"\\]|\\.)*" | '(?:[^']|'')*')""",
    re.VERBOSE | re.DOTALL,
)
_LOOK_HERE = "check the indentation, colons, brackets and quotes of this line and the one before"
_BEGUN = (  # words of the parser, what to say instead, how to mend it; each is noted where it was begun
    (r".*end of stream.*", "", "close what is opened here"),
    (r"while scanning a block scalar .*", "a text that begins with '>' or '|' stands without quotes",
     'write it in quotes, as in ">= 95 %"'),
    (r"while (?:scanning|parsing) an? (?:alias|anchor|tag) .*",
     "a text that begins with '*', '&' or '!' stands without quotes", "write it in quotes"),
    (r"while scanning a simple key could not find expected ':'", "there is no key and value",
     "write the key, a colon and a blank before the value"),
)  # fmt: skip


def note_syntax(error: MarkedYAMLError, text: str, faults: Faults) -> None:
    """Note where a text stops to be YAML.

    Parameters
    ----------
    error : MarkedYAMLError
        What the parser noticed, and where.
    text : str
        The whole text.
    faults : Faults
        Receives one fault.
    """
    begun, noticed = error.context_mark, error.problem_mark or error.context_mark
    words = " ".join(part for part in (error.context, error.problem) if part)
    here = Place(noticed.line + 1, noticed.column + 1) if noticed else START
    what, mend = words, _LOOK_HERE
    is_flow = "flow" in (error.context or "") and begun is not None and begun.line + 1 < here.line
    found = next((entry for entry in _BEGUN if begun is not None and re.fullmatch(entry[0], words)), None)
    if (quote := _left_open(text, here)) is not None:
        what = f"the quotes that open here are closed only in line {here.line}"
        here, mend = quote, "close them at the end of their text"
    elif found is not None or is_flow:
        _, other, mend = found or _BEGUN[0]
        what = other or f"{words} (noticed in line {here.line})"
        here = Place(begun.line + 1, begun.column + 1)
    elif begun is not None and begun.line + 1 < here.line:
        what = f"{words} (begun in line {begun.line + 1})"
    faults.add(here, f"not readable as YAML: {what}", mend=mend, code="yaml-syntax")


def _left_open(text: str, noticed: Place) -> Place | None:
    """Return where quotes open that close in the line of a fault, and in another line than they open."""
    for match in _QUOTED.finditer(text):
        line = text.count("\n", 0, match.end()) + 1
        if match["quoted"] and "\n" in match["quoted"] and line == noticed.line:
            start = match.start("quoted")
            return Place(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    return None
