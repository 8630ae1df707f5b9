"""Library rows: what the shipped protocols ask of the same structure, metric and number of fractions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.definition import LimitByFractions
from sbrt_qa.protocol.structure_key import structure_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sbrt_qa.protocol.definition import Constraint, Limit, Protocol

_POINT = re.compile(r"(?:Max|D0\.[01][0-9]*cc)\[Gy\]")  # maximum dose, to at most 0.2 cc


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """A row of a shipped protocol with its limit for one number of fractions."""

    name: str
    metric: str
    limit: Limit


def rows_like(
    row: Constraint, protocol: Protocol, library: tuple[Protocol, ...], fractions: int
) -> Iterator[LibraryRow]:
    """Yield the library's rows with the same structure, metric and direction; maximum doses count as one metric."""
    kind = _comparable(row.metric.text)
    for found in _of_structure(row, protocol, library, fractions):
        if _comparable(found.metric) == kind and found.limit.is_upper == _is_upper(row, fractions):
            yield found


def other_unit_of(
    row: Constraint, protocol: Protocol, library: tuple[Protocol, ...], fractions: int
) -> LibraryRow | None:
    """Return the library's row with the same structure and metric in another unit, or None."""
    body = row.metric.text.partition("[")[0]
    found = _of_structure(row, protocol, library, fractions)
    return next((one for one in found if one.metric.partition("[")[0] == body and one.metric != row.metric.text), None)


def _comparable(metric: str) -> str:
    return "maximum dose" if _POINT.fullmatch(metric) else metric


def _is_upper(row: Constraint, fractions: int) -> bool:
    at: Callable[[int], Limit | None] = row.goal.at if row.goal is not None else lambda _: None
    limit = at(fractions)
    return limit is not None and limit.is_upper


def _of_structure(
    row: Constraint, protocol: Protocol, library: tuple[Protocol, ...], fractions: int
) -> Iterator[LibraryRow]:
    key = structure_key(row.structure, protocol.roles)
    for other in library:
        if fractions not in other.prescription.fractions:
            continue
        for known in other.constraints:
            if not isinstance(known.goal, LimitByFractions) or structure_key(known.structure, other.roles) != key:
                continue
            limit = known.goal.at(fractions)
            if limit is not None and limit.value > 0:  # nothing is a multiple of 0
                yield LibraryRow(f"{known.id} in {other.id}", known.metric.text, limit)
