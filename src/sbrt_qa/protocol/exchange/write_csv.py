"""Write CSV: a protocol as a table for spreadsheets, that can be read back without loss. Only comments stay behind."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sbrt_qa.protocol.exchange.inert import inert
from sbrt_qa.protocol.exchange.read_csv import FORM
from sbrt_qa.protocol.yaml_text import column_key, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.definition import Constraint, Limit, Protocol
    from sbrt_qa.protocol.limit_table import Limits

COLUMNS = (
    "id", "structure", "metric", "goal", "acceptable", "required", "report", "when_structure", "when_metric", "when_is",
    "source", "evidence", "verify", "suggested", "why", "mend",
)  # fmt: skip


def write_csv(protocol: Protocol) -> str:
    """Return a protocol as CSV.

    Parameters
    ----------
    protocol : Protocol
        A protocol without faults.

    Returns
    -------
    str
        Lines that begin with ``#`` hold what belongs to the whole; below them stand the rows under their headers. No
        cell is a formula to a spreadsheet.
    """
    made = io.StringIO()
    plain, quoted = (csv.writer(made, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in _rows(protocol):
        # Without quotes a line break other than ours would begin a row of its own.
        (plain if "".join(row).isprintable() else quoted).writerow(row)
    return made.getvalue()


def _rows(protocol: Protocol) -> Iterator[list[str]]:
    for key, *values in _head(protocol):
        yield [f"#{key}", *map(inert, values)]
    yield list(COLUMNS)
    for constraint in protocol.constraints:
        yield [inert(cell) for cell in _row(constraint)]


def _head(protocol: Protocol) -> Iterator[tuple[str, ...]]:
    yield "schema", FORM
    for key in ("id", "title", "version", "status"):
        yield key, getattr(protocol, key)
    rule = protocol.prescription
    yield "target", rule.target
    yield "fractions", ", ".join(map(str, rule.fractions))
    if rule.min_gy is not None and rule.max_gy is not None:
        ends = dict.fromkeys(f"{number_text(gy)} Gy" for gy in (rule.min_gy, rule.max_gy))
        yield "dose", " to ".join(ends)
    yield "dose_type", protocol.dose_kind
    yield "summation", protocol.dose_summation
    yield from (("source", key, text) for key, text in protocol.sources.items())
    for role in protocol.roles.values():
        yield "structure", role.id, role.kind, _yes(role.many), role.derive.text if role.derive else "", *role.names
    for check, ruled in protocol.checks.items():
        yield "check", check, _limit(ruled.goal), _limit(ruled.acceptable), _yes(ruled.strict)


def _row(row: Constraint) -> tuple[str, ...]:
    when = ("", "", "") if row.when is None else (row.when.structure, row.when.metric.text, row.when.limit.text)
    return (
        row.id,
        row.structure,
        row.metric.text,
        _limits(row.goal),
        _limits(row.acceptable),
        _yes(row.required) or "false",
        _yes(row.is_report),
        *when,
        row.source,
        row.evidence,
        _yes(row.verify),
        _yes(row.suggested),
        row.why,
        row.mend,
    )


def _limits(limits: Limits | None) -> str:
    if limits is None:
        return ""
    if limits.always is not None:
        return limits.always.text
    return "; ".join(f"{column_key(limits, at)}: {limit.text}" for at, limit in limits.columns.items())


def _limit(limit: Limit | None) -> str:
    return limit.text if limit is not None else ""


def _yes(value: object) -> str:
    return "true" if value else ""
