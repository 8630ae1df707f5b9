"""Diff: what two protocols mean differently, whatever the order and the spelling of their lines."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from sbrt_qa.derive.nodes import Boolean, Expression, Part
from sbrt_qa.protocol.definition import LimitByFractions
from sbrt_qa.protocol.sentences import sentence
from sbrt_qa.protocol.yaml_text import column_key, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sbrt_qa.derive.nodes import Node
    from sbrt_qa.protocol.definition import CheckRule, Condition, Constraint, Limit, Protocol, Role
    from sbrt_qa.protocol.limit_table import Limits

    Renamed: TypeAlias = Mapping[str, str]

ABSENT = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Parameters
    ----------
    what : str
        What it is about: ``constraint CORD-MAX``, ``structure liver``, ``prescription``, ``title``.
    change : str
        What changed there, e.g. ``goal <= 25 Gy becomes <= 23 Gy (stricter)``.
    judged : bool
        True where a plan may be judged differently; False for what is only said (title, reasons, sources).
    """

    what: str
    change: str
    judged: bool = True


def differences(old: Protocol, new: Protocol) -> tuple[Difference, ...]:
    """Compare two protocols by meaning.

    Parameters
    ----------
    old, new : Protocol
        Two protocols without faults.

    Returns
    -------
    tuple of Difference
        None when both ask the same and say the same. The order of rows, structures, names and columns is no
        difference, nor is layout, comments, or another spelling of a number. A structure or a row that is only
        called otherwise is one difference.
    """
    renamed = _renamed_roles(old, new)
    seen_as_new = _with_names_of_new(old, renamed)
    return (
        *_head(old, new),
        *(Difference(f"structure {one}", f"is called {other}") for one, other in renamed.items() if one != other),
        *_roles(seen_as_new.roles, new.roles),
        *_rows(seen_as_new, new),
        *_checks(old.checks, new.checks),
        *_sources(old.sources, new.sources),
    )


def _head(old: Protocol, new: Protocol) -> Iterator[Difference]:
    for key in ("id", "title", "version", "status"):
        yield from _changed(key, "", getattr(old, key), getattr(new, key), judged=False)
    one, other = old.prescription, new.prescription
    yield from _changed("prescription", "fractions", _numbers(one.fractions), _numbers(other.fractions))
    yield from _changed("prescription", "dose", _range(one.min_gy, one.max_gy), _range(other.min_gy, other.max_gy))
    target = _renamed_roles(old, new).get(one.target, one.target)
    yield from _changed("prescription", "target", target, other.target)
    yield from _changed("dose", "type", old.dose_kind, new.dose_kind)
    yield from _changed("dose", "summation", old.dose_summation, new.dose_summation)


def _changed(what: str, key: str, one: str, other: str, *, judged: bool = True) -> Iterator[Difference]:
    if one != other:
        change = f"{one or ABSENT} becomes {other or ABSENT}"
        yield Difference(what, f"{key} {change}".strip(), judged)


def _numbers(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f"{number_text(low)} Gy" if low == high else f"{number_text(low)} to {number_text(high)} Gy"


# --- structures -----------------------------------------------------------------------------------


def _renamed_roles(old: Protocol, new: Protocol) -> dict[str, str]:
    """Return by what name the new protocol calls each structure of the old one that it has."""
    renamed = {role_id: role_id for role_id in old.roles if role_id in new.roles}
    pairs = [(one, other) for one in old.roles for other in new.roles if one not in renamed]
    for is_derived in (False, True):  # what is derived is recognised by its parts
        for one, other in pairs:
            if one in renamed or other in renamed.values() or (old.roles[one].derive is not None) != is_derived:
                continue
            if _meaning(_under(old.roles[one], renamed)) == _meaning(new.roles[other]):
                renamed[one] = other
    return renamed


def _with_names_of_new(old: Protocol, renamed: Renamed) -> Protocol:
    """Return the old protocol with its structures called as the new one calls them."""
    roles = [replace(_under(role, renamed), id=renamed.get(role.id, role.id)) for role in old.roles.values()]
    rows = [
        replace(row, structure=renamed.get(row.structure, row.structure), when=_at(row.when, renamed))
        for row in old.constraints
    ]
    return replace(old, roles={role.id: role for role in roles}, constraints=tuple(rows))


def _at(when: Condition | None, renamed: Renamed) -> Condition | None:
    return None if when is None else replace(when, structure=renamed.get(when.structure, when.structure))


def _under(role: Role, renamed: Renamed) -> Role:
    return role if role.derive is None else replace(role, derive=Expression(_node(role.derive.root, renamed)))


def _node(node: Node, renamed: Renamed) -> Node:
    if isinstance(node, Part):
        return Part(renamed.get(node.role, node.role))
    if isinstance(node, Boolean):
        return replace(node, left=_node(node.left, renamed), right=_node(node.right, renamed))
    return replace(node, solid=_node(node.solid, renamed))


def _meaning(role: Role) -> tuple[Any, ...]:
    return frozenset(role.names), role.kind, role.many, role.derive


def _roles(old: Mapping[str, Role], new: Mapping[str, Role]) -> Iterator[Difference]:
    for role_id in dict.fromkeys((*old, *new)):
        one, other, what = old.get(role_id), new.get(role_id), f"structure {role_id}"
        if one is None or other is None:
            yield Difference(what, "is added" if one is None else "is removed")
            continue
        gone, come = (sorted(set(a.names) - set(b.names)) for a, b in ((one, other), (other, one)))
        if gone or come:
            yield Difference(what, "names " + ", ".join([f"without {n}" for n in gone] + [f"with {n}" for n in come]))
        yield from _changed(what, "type", one.kind, other.kind)
        yield from _changed(what, "many", _yes(one.many), _yes(other.many))
        yield from _changed(what, "derive", str(one.derive or ""), str(other.derive or ""))


def _yes(value: object) -> str:
    return "true" if value else "false"


# --- constraints ----------------------------------------------------------------------------------


def _rows(old: Protocol, new: Protocol) -> Iterator[Difference]:
    ids = {row.id: row for row in new.constraints}
    before = {row.id: row for row in old.constraints}
    left_over = [row for row in new.constraints if row.id not in before]
    for row in old.constraints:
        other = ids.get(row.id)
        if other is None:
            other = next((one for one in left_over if _asked(one) == _asked(row)), None)
            if other is None:
                yield Difference(f"constraint {row.id}", f"is removed: {sentence(row, old)}")
                continue
            left_over.remove(other)
            yield Difference(f"constraint {row.id}", f"is called {other.id}", judged=False)
        yield from _row(row, other)
    for row in left_over:
        yield Difference(f"constraint {row.id}", f"is added: {sentence(row, new)}")


def _asked(row: Constraint) -> tuple[Any, ...]:
    """Return what a row judges, without what is only said of it."""
    return row.structure, row.metric.text, _plain(row.goal), _plain(row.acceptable), _when(row.when)


def _plain(limits: Limits | None) -> tuple[Any, ...]:
    if limits is None:
        return ()
    if limits.always is not None:
        return (_limit(limits.always),)
    return tuple(sorted((column_key(limits, at), _limit(limit)) for at, limit in limits.columns.items()))


def _limit(limit: Limit) -> str:
    """Return a limit in one spelling, whatever way its number is written."""
    return f"{limit.comparison} {number_text(limit.value)} {limit.unit}".rstrip()


def _when(condition: Condition | None) -> str:
    if condition is None:
        return ""
    return f"{condition.metric.text} of {condition.structure} {_limit(condition.limit)}"


def _row(one: Constraint, other: Constraint) -> Iterator[Difference]:
    what = f"constraint {one.id}"
    yield from _changed(what, "structure", one.structure, other.structure)
    yield from _changed(what, "metric", one.metric.text, other.metric.text)
    for key in ("goal", "acceptable"):
        yield from _limits(what, key, getattr(one, key), getattr(other, key))
    yield from _changed(what, "when", _when(one.when), _when(other.when))
    yield from _changed(what, "required", _yes(one.required), _yes(other.required))
    for key in ("verify", "suggested"):
        yield from _changed(what, key, _yes(getattr(one, key)), _yes(getattr(other, key)), judged=False)
    for key in ("source", "evidence", "why", "mend"):
        yield from _changed(what, key, getattr(one, key), getattr(other, key), judged=False)


def _limits(what: str, key: str, one: Limits | None, other: Limits | None) -> Iterator[Difference]:
    before, after = _columns(one), _columns(other)
    for column in dict.fromkeys((*before, *after)):
        old, new = before.get(column), after.get(column)
        if old is None or new is None or _limit(old) != _limit(new):
            words = f"{_limit(old) if old else ABSENT} becomes {_limit(new) if new else ABSENT}{_sense(old, new)}"
            yield Difference(what, f"{key}{f' for {column}' if column else ''} {words}")


def _columns(limits: Limits | None) -> dict[str, Limit]:
    if limits is None:
        return {}
    if limits.always is not None:
        return {"": limits.always}
    by_fractions = isinstance(limits, LimitByFractions)
    return {
        f"{column_key(limits, at)}{' fractions' if by_fractions else ''}": limit
        for at, limit in sorted(limits.columns.items())
    }


def _sense(old: Limit | None, new: Limit | None) -> str:
    if old is None or new is None or old.unit != new.unit:
        return ""
    if old.is_upper != new.is_upper:
        return " (the other way round)"
    if old.value == new.value:
        return " (stricter)" if old.comparison.endswith("=") else " (looser)"
    return " (stricter)" if (new.value < old.value) == new.is_upper else " (looser)"


# --- checks and sources ---------------------------------------------------------------------------


def _checks(old: Mapping[str, CheckRule], new: Mapping[str, CheckRule]) -> Iterator[Difference]:
    for check_id in dict.fromkeys((*old, *new)):
        one, other, what = old.get(check_id), new.get(check_id), f"check {check_id}"
        if one is None or other is None:
            ruled = one or other
            if ruled is not None and any(getattr(ruled, field.name) for field in fields(ruled)):
                yield Difference(what, f"its rule is {'added' if one is None else 'removed'}")
            continue
        for key in ("goal", "acceptable"):
            before, after = getattr(one, key), getattr(other, key)
            yield from _changed(what, key, _limit(before) if before else "", _limit(after) if after else "")
        yield from _changed(what, "strict", _yes(one.strict), _yes(other.strict))


def _sources(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*old, *new)):
        yield from _changed(f"source {key}", "", old.get(key, ""), new.get(key, ""), judged=False)
