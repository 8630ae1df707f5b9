"""Write ``docs/protocol-library.md`` from the shipped protocols: ``python docs/make_library.py``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.protocol.alias_table import ALIASES
from sbrt_qa.protocol.library import folder, shipped
from sbrt_qa.protocol.limit_table import LimitTable
from sbrt_qa.protocol.load import load_protocol
from sbrt_qa.protocol.naming import normalised
from sbrt_qa.protocol.sentences import sentence
from sbrt_qa.protocol.structure_key import structure_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbrt_qa.protocol.definition import Constraint, Limit, Protocol
    from sbrt_qa.protocol.limit_table import Limits

PAGE = Path(__file__).with_name("protocol-library.md")
HEAD = """\
# The protocol library

What the shipped protocols ask, side by side. This page is made from the files in `protocols/` by
`python docs/make_library.py`; `sbrt-qa protocols show ID` prints one of them in plain sentences.

A `template` is an institution's to finish: a physicist and a physician review every line, narrow the prescription and
give the file an id of their own. A `published` file holds the rows of its source and adds none. No number is
interpolated, converted to another number of fractions, or taken from another source than the row names.

Every row carries the grade of its evidence: **S** seen in the source itself, **S2** seen in a secondary reproduction,
**C** computed, **M-hi** recalled and not yet seen. What is not yet checked against its source is marked **verify**
here and in every report.
"""
SIDE = """\
## Side by side

Limits by number of fractions stand as `18 / 23 Gy (3 / 5 fx)`, limits by prescription as `29 / 25 % (45 / 50 Gy)`.
*Italics*: reported, never judged. `acceptable` is the second limit, up to which a row is a VARIATION. Structures that
a protocol derives stand as what they are made of.
"""
REPORTED = """\
## Reported, never judged

What is published of the numbers in italics.
"""
VERIFY = """\
## To be verified

These rows rest on a number that was not yet checked against its source.
"""
LEFT_OUT = """\
## Left out

Published rows that were looked at and are in no file, from `protocols/left-out.csv`.

"""
GLYPHS = {"<=": "≤", "<": "<", ">=": "≥", ">": ">"}


def page() -> str:
    """Return the whole page as Markdown."""
    library = [load_protocol(name) for name in shipped()]
    tables = [HEAD, "## The files\n", _files(library), SIDE, _side_by_side(library)]
    lists = [REPORTED, _reported(library), VERIFY, _to_verify(library)]
    return "\n".join([*tables, *lists, LEFT_OUT + _left_out(), "## Sources\n", _sources(library)])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _files(library: list[Protocol]) -> str:
    heads = ("protocol", "what", "status", "fractions", "prescription", "judged", "reported", "to verify")
    return _table(heads, map(_file, library))


def _file(protocol: Protocol) -> list[str]:
    rule, rows = protocol.prescription, protocol.constraints
    dose = "any" if rule.min_gy is None else f"{rule.min_gy:g} to {rule.max_gy:g} Gy"
    reported = sum(row.is_report for row in rows)
    counts = (len(rows) - reported, reported, sum(row.verify for row in rows))
    fractions = ", ".join(map(str, rule.fractions))
    return [f"`{protocol.id}`", protocol.title, protocol.status, fractions, dose, *map(str, counts)]


def _side_by_side(library: list[Protocol]) -> str:
    cells: dict[str, dict[str, list[str]]] = {}
    for protocol in library:
        for row in protocol.constraints:
            by_protocol = cells.setdefault(_label(row, protocol), {})
            by_protocol.setdefault(protocol.id, []).append(_rule(row, protocol))
    heads = ["structure", *(f"`{protocol.id}`" for protocol in library)]
    rows = [
        [label, *("<br>".join(cells[label].get(protocol.id, ["—"])) for protocol in library)]
        for label in sorted(cells, key=_order)
    ]
    return _table(heads, rows)


def _label(row: Constraint, protocol: Protocol) -> str:
    role = protocol.roles[row.structure]
    key = structure_key(role.id, protocol.roles)
    if role.derive is not None and role.derive.shown in protocol.roles:
        return f"{key}, all together"
    is_own_name = role.derive is None and bool(role.names) and key == normalised(role.names[0])
    return role.names[0] if is_own_name else key.replace("-", "−")


def _order(label: str) -> tuple[bool, int, str]:
    """Targets first, then as in the table of names: the liver, nerves, the gut, and so on."""
    known = [number for number, name in enumerate(ALIASES) if name in label]
    return not label.startswith(("GTV", "CTV", "PTV")), min(known, default=len(ALIASES)), label


def _rule(row: Constraint, protocol: Protocol) -> str:
    mark = " **verify**" if row.verify else ""
    if row.goal is None:
        return f"*{row.metric.text}*{mark}"
    text = f"{row.metric.text.partition('[')[0]} {_limits(row.goal)}"
    if row.acceptable is not None:
        text += f", acceptable {_limits(row.acceptable)}"
    if row.when is not None:
        where = structure_key(row.when.structure, protocol.roles)
        text += f", where {row.when.metric.text.partition('[')[0]} of {where} {_limit(row.when.limit)}"
    return text + mark


def _limits(limits: Limits) -> str:
    if limits.always is not None:
        return _limit(limits.always)
    columns = dict(sorted(limits.columns.items()))
    unit = {"prescription": "Gy", "volume": "cc"}[limits.by] if isinstance(limits, LimitTable) else "fx"
    keys = " / ".join(f"{key:g}" for key in columns)
    if len({limit.comparison for limit in columns.values()}) == 1:
        first = next(iter(columns.values()))
        values = " / ".join(f"{limit.value:g}" for limit in columns.values())
        return f"{GLYPHS[first.comparison]} {values} {first.unit} ({keys} {unit})"
    return f"{' / '.join(map(_limit, columns.values()))} ({keys} {unit})"


def _limit(limit: Limit) -> str:
    return f"{GLYPHS[limit.comparison]} {limit.value:g} {limit.unit}".rstrip()


def _reported(library: list[Protocol]) -> str:
    return "".join(
        f"* `{row.id}` of `{protocol.id}`, `{row.metric.text}`: {row.why}\n"
        for protocol in library
        for row in protocol.constraints
        if row.is_report
    )


def _to_verify(library: list[Protocol]) -> str:
    return "".join(
        f"* `{row.id}` of `{protocol.id}` ({row.evidence}): {sentence(row, protocol)}\n"
        for protocol in library
        for row in protocol.constraints
        if row.verify
    )


def _left_out() -> str:
    place = folder()
    assert place is not None
    with (place / "left-out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = ("row", "source", "fractions", "structure", "rule", "evidence", "why it is left out")
    keys = ("row", "source", "fractions", "structure", "metric", "evidence", "reason")
    return _table(heads, ([_said(row, key) for key in keys] for row in rows))


def _said(row: dict[str, str], key: str) -> str:
    return f"{row['metric']} {row['limit']}".strip() if key == "metric" else row[key]


def _sources(library: list[Protocol]) -> str:
    return "".join(
        f"* `{protocol.id}` {key}: {citation}\n" for protocol in library for key, citation in protocol.sources.items()
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
