"""Gaps: what a protocol leaves open without saying so; found for ``lint_hints``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.protocol.columns import always_met
from sbrt_qa.protocol.definition import LimitByFractions
from sbrt_qa.protocol.naming import normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.definition import Constraint, Protocol
    from sbrt_qa.protocol.yaml_source import Path

CODE = "hint-gap"
LOOSE = 3.0  # so many times the goal is rarely meant as acceptable


def gaps(row: Constraint, protocol: Protocol) -> Iterator[tuple[Path, str, str]]:
    """Yield what a row leaves open: where in the row, what, and what to do.

    Parameters
    ----------
    row : Constraint
        A row of the protocol.
    protocol : Protocol
        What it is for.
    """
    if row.goal is None:
        return
    missing = _without_limit(row, protocol)
    if missing:
        what = f"there is no limit for {missing}, which this protocol is for: the row is UNDECIDED there"
        yield ("goal",), what, "add the column, or leave the row to a protocol of its own"
    if row.acceptable is None or row.acceptable.always is None:
        return
    second, first = row.acceptable.always, row.goal.always
    if always_met(second, row.metric):
        what, mend = f"every plan meets '{second.text}', so the row never fails", "write report: true if that is meant"
        yield ("acceptable",), what, mend
    elif first is not None and max(second.value, first.value) > LOOSE * min(second.value, first.value) > 0:
        yield ("acceptable",), f"'{second.text}' is far from the goal '{first.text}'", "check the number"


def same_names(protocol: Protocol) -> Iterator[tuple[Path, str, str]]:
    """Yield each role that has exactly the names of an earlier one: where, what, and what to do."""
    first: dict[frozenset[str], str] = {}
    for role in protocol.roles.values():
        names = frozenset(map(normalised, role.names))
        if names and first.setdefault(names, role.id) != role.id:
            what = f"'{role.id}' has the same names as '{first[names]}'"
            yield ("structures", role.id, "names"), what, "check the names, left and right above all"


def _without_limit(row: Constraint, protocol: Protocol) -> str:
    """Name the numbers of fractions, or the one prescription, for which a row has no limit."""
    if row.goal is None or not row.goal.columns:
        return ""
    if isinstance(row.goal, LimitByFractions):
        missing = [number for number in protocol.prescription.fractions if row.goal.at(number) is None]
        return f"{', '.join(map(str, missing))} fractions" if missing else ""
    gy = protocol.prescription.single_gy
    is_missing = row.goal.by == "prescription" and gy is not None and row.goal.at(gy) is None
    return f"{gy:g} Gy" if is_missing else ""
