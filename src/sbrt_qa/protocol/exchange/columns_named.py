"""Columns named: which column of somebody's table holds what, by the words that such tables use."""

from __future__ import annotations

import re
from typing import NamedTuple

from sbrt_qa.protocol.exchange.spelling import unit_named

_WORDS = {
    "id": "id; row id; constraint id; identifier",
    "structure": "structure; structure name; structure id; organ; organ at risk; oar; roi; roi name;"
    " region of interest; volume of interest; tissue; struktur; organe",
    "metric": "metric; dvh metric; dose metric; parameter; dvh parameter; endpoint metric; constraint; dose constraint;"
    " dvh constraint; constraint type; metrik",
    "comparison": "comparison; operator; op; sign; direction; sense; relation",
    "goal": "goal; limit; value; objective; per protocol; optimal; ideal; aim; planning aim; threshold; goal value;"
    " primary goal; dose limit; ziel",
    "acceptable": "acceptable; variation; variation acceptable; acceptable variation; mandatory; tolerance;"
    " minor variation; minor deviation; acceptable limit; variation limit",
    "unit": "unit; units; einheit",
    "fractions": "fractions; fraction; fx; no of fractions; number of fractions; fraktionen",
    "source": "source; reference; ref; citation; quelle",
    "why": "why; rationale; reason; toxicity; clinical endpoint",
    "mend": "mend; remedy",
    "required": "required",
    "report": "report",
    "evidence": "evidence",
    "verify": "verify",
    "suggested": "suggested",
    "when structure": "when structure",
    "when metric": "when metric",
    "when is": "when is",
}
KNOWN = {word.strip(): column for column, words in _WORDS.items() for word in words.split(";")}
_UNIT = re.compile(r"(?P<word>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*")


class Columns(NamedTuple):
    """Number of each known column, the unit that a header states, and the headers that mean nothing here."""

    at: dict[str, int]
    units: dict[str, str]
    unused: tuple[str, ...]
    twice: tuple[str, ...]


def columns_named(header: list[str]) -> Columns:
    """Find the columns of a table by its headers; capitals, blanks, ``_`` and a unit in brackets do not matter."""
    at: dict[str, int] = {}
    units: dict[str, str] = {}
    unused, twice = [], []
    for number, text in enumerate(header):
        match = _UNIT.fullmatch(text)
        unit = unit_named(match["unit"]) if match else ""
        word = " ".join((match["word"] if match and unit else text).replace("_", " ").lower().strip(" .:").split())
        column = KNOWN.get(word, "")
        if not column:
            unused.append(text)
        elif column in at:
            twice.append(text)
        else:
            at[column] = number
            units[column] = unit
    return Columns(at, units, tuple(word for word in unused if word.strip()), tuple(twice))
