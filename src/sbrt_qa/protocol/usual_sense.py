"""Usual sense: which way a limit mostly points, by what is measured and of what: coverage up, organ dose down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sbrt_qa.derive.nodes import Boolean, Part, Ring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.derive.nodes import Node
    from sbrt_qa.protocol.definition import Constraint, Limit, Role
    from sbrt_qa.protocol.limit_table import Limits

TARGET, ORGAN, EITHER = "target", "organ", ""

_HOT_SHARE = re.compile(r"D([0-9.]+)%")
_COVERING_PERCENT, _HOT_PERCENT = 50.0, 10.0
_OF_TARGET = ((r"V[0-9].*", ">="), (r"CV[0-9].*", "<="), (r"DC[0-9].*", ">="))
_OF_ORGAN = ((r"V[0-9].*", "<="), (r"D[0-9.]+%.*", "<="), (r"(Mean|Median)\[.*", "<="), (r"(Near)?Min\[.*", ""))


def usual_sense(row: Constraint, roles: Mapping[str, Role]) -> str:
    """Return the sense that a limit on a row's metric usually has.

    Parameters
    ----------
    row : Constraint
        A row; its structure need not be known.
    roles : mapping of str to Role
        The roles of its protocol.

    Returns
    -------
    {"<=", ">=", ""}
        Empty where both are common, such as the mean dose of a target.
    """
    kind = kind_of(row.structure, roles)
    body = row.metric.text.rpartition(":")[2]
    share = _HOT_SHARE.match(body)
    if kind == TARGET and share is not None:
        percent = float(share[1])
        return ">=" if percent >= _COVERING_PERCENT else "<=" if percent <= _HOT_PERCENT else ""
    for pattern, sense in {TARGET: _OF_TARGET, ORGAN: _OF_ORGAN, EITHER: ()}[kind]:
        if re.fullmatch(pattern, body):
            return sense
    return row.metric.usual


def against_usual(row: Constraint, roles: Mapping[str, Role]) -> Limit | None:
    """Return the first limit of a row that points against the usual sense, or None."""
    sense = usual_sense(row, roles)
    if row.goal is None or not sense:
        return None
    return next((limit for limit in limits_in(row.goal) if limit.is_upper != sense.startswith("<")), None)


def limits_in(limits: Limits) -> tuple[Limit, ...]:
    """Return every limit that stands in a row: the only one, or that of each column."""
    return (limits.always,) if limits.always is not None else tuple(limits.columns.values())


def kind_of(role_id: str, roles: Mapping[str, Role]) -> str:
    """Tell whether a role is a target or not; empty where it is in between, such as what two of them share."""
    return _kind(Part(role_id), roles, ())


def _kind(node: Node, roles: Mapping[str, Role], above: tuple[str, ...]) -> str:
    if isinstance(node, Part):
        role = roles.get(node.role)
        if role is None or node.role in above:
            return EITHER
        if role.derive is not None:
            return _kind(role.derive.root, roles, (*above, node.role))
        return TARGET if role.kind == "target" else ORGAN
    if isinstance(node, Boolean):
        left = _kind(node.left, roles, above)
        same = node.sign == "-" or left == _kind(node.right, roles, above)
        return left if same else EITHER
    if isinstance(node, Ring):
        return ORGAN
    inner = _kind(node.solid, roles, above)
    return EITHER if inner == TARGET else inner
