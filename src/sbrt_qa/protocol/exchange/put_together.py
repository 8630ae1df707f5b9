"""Put together: rows of a table become a protocol. Each is read by the rules of the protocol file, or refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.derive.expression import RESERVED, parse
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.protocol.definition import (
    CheckRule,
    Condition,
    Constraint,
    Limit,
    LimitByFractions,
    PrescriptionRule,
    Protocol,
    Role,
)
from sbrt_qa.protocol.exchange.rows import refusal
from sbrt_qa.protocol.limit_table import UNITS, LimitTable
from sbrt_qa.protocol.limits import read_amount, read_limit
from sbrt_qa.protocol.load import read_content
from sbrt_qa.protocol.naming import key_of, normalised, read_target, rule_that_ignores
from sbrt_qa.protocol.rows import metric_of
from sbrt_qa.protocol.yaml_text import as_yaml
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics import Metric
    from sbrt_qa.protocol.exchange.rows import Head, Table, TableRow
    from sbrt_qa.protocol.limit_table import Limits

_COLUMN = re.compile(r"\s*(?P<at>[^:<>]+?)\s*:\s*(?P<limit>[<>].*?)\s*")
_ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def put_together(table: Table) -> Protocol:
    """Make a protocol of the rows of a table; what cannot be one is added to ``table.refused``.

    Parameters
    ----------
    table : Table
        From one of the readers, its head completed by the user.

    Returns
    -------
    Protocol
        Written out with ``as_yaml`` it lints without fault.

    Raises
    ------
    UsageError
        When fractions or target are not known, or no row could be read.
    """
    head = table.head
    _name_roles(table)
    everywhere = head.fractions or tuple(sorted({number for row in table.rows for number in row.fractions}))
    if not everywhere:
        raise UsageError(f"{table.name} does not say for how many fractions it is", mend="add --fractions 5")
    target = _target(table)
    try:
        protocol = _empty(head, everywhere, target)
    except SbrtQaError as error:
        raise UsageError(error.what, where=table.name, mend=error.mend) from error
    rows: list[Constraint] = []
    for group in _grouped(table.rows, everywhere):
        try:
            row = _row(group, everywhere, tuple(row.id for row in rows))
            if any(row.id == other.id for other in rows):
                raise refusal(f"id '{row.id}' stands here a second time", "give each row its own id")
            _demand_sound(replace(protocol, constraints=(row,)))
        except SbrtQaError as error:
            table.refused.append(refusal(error.what, error.mend, ", ".join(one.where for one in group)))
            continue
        rows.append(row)
    if not rows:
        details = "".join(f"\n{error}" for error in table.refused)
        raise UsageError(f"no row of {table.name} can be read{details}")
    return replace(protocol, constraints=tuple(rows))


def _empty(head: Head, fractions: tuple[int, ...], target: str) -> Protocol:
    low, high = _dose(head.dose)
    checks = {key: CheckRule(_check(goal), _check(more), strict) for key, (goal, more, strict) in head.checks.items()}
    return Protocol(
        id=head.id,
        title=head.title,
        version=head.version or "0.1",
        status=head.status or "template",
        sources=head.sources,
        prescription=PrescriptionRule(target, fractions, low, high),
        roles={role_id: _role(role_id, *form) for role_id, form in head.structures.items()},
        constraints=(),
        checks=checks,
        dose_kind=head.dose_type or "PHYSICAL",
        dose_summation=head.summation or "PLAN",
    )


def _dose(text: str) -> tuple[float | None, float | None]:
    if not text:
        return None, None
    ends = [read_amount(part, Unit.GY) for part in text.split(" to ")]
    return ends[0], ends[-1]


def _check(text: str) -> Limit | None:
    return read_limit(text, Unit.MM) if text else None


def _role(role_id: str, kind: str, many: bool, derive: str, names: tuple[str, ...]) -> Role:  # noqa: FBT001 - a form
    return Role(role_id, names, kind, many, parse(derive) if derive else None)


def _demand_sound(protocol: Protocol) -> None:
    """Raise the first fault that the protocol file would have; only its rows are new."""
    faults = read_content(as_yaml(protocol).encode(), "").faults.sorted()
    if faults:
        raise faults[0]


# --- structures -----------------------------------------------------------------------------------


def _name_roles(table: Table) -> None:
    """Give every structure of the rows a role; a name that can fill none is refused with its rows."""
    role_of: dict[str, str] = {}
    kept = []
    for row in table.rows:
        role_id = row.structure if row.structure in table.head.structures else role_of.get(row.structure, "")
        if not role_id:
            rule = rule_that_ignores(row.structure)
            if not row.structure or rule:
                what = f"structure '{row.structure}' can never match: {rule}" if rule else "it names no structure"
                table.refused.append(refusal(what, "name the structure that is meant", row.where))
                continue
            role_id = role_of[row.structure] = _new_role(row.structure, table.head)
        kept.append(replace(row, structure=role_id))
    table.rows[:] = kept


def _new_role(name: str, head: Head) -> str:
    """Add a role for a structure name to the head, and return its id; known spellings stand for their TG-263 name."""
    plain = " ".join(name.split())
    known = key_of().get(normalised(plain), plain)
    for role_id, (_, _, derive, names) in head.structures.items():
        if not derive and known in names:
            return role_id
    slug = re.sub(r"[^a-z0-9]+", "_", known.lower()).strip("_")[:48] or "structure"
    slug = slug if slug[0].isalpha() and slug not in RESERVED else f"s_{slug}"
    taken, number = slug, 2
    while taken in head.structures:
        taken, number = f"{slug}_{number}", number + 1
    head.structures[taken] = ("target" if read_target(plain) else "", False, "", (known,))
    return taken


def _target(table: Table) -> str:
    head = table.head
    if head.target:
        return head.target if head.target in head.structures else _as_target(head.target, head)
    targets = [role for role, (kind, _, derive, _) in head.structures.items() if kind == "target" and not derive]
    planning = [
        role for role in targets if any((read_target(name) or ("",))[0] == "PTV" for name in head.structures[role][3])
    ]
    for found in (planning, targets):
        if len(found) == 1:
            return found[0]
    which = f"several targets ({', '.join(planning or targets)})" if targets else "no target"
    raise UsageError(f"{table.name} names {which}, so it is not clear what is prescribed to", mend="add --target PTV")


def _as_target(name: str, head: Head) -> str:
    role_id = _new_role(name, head)
    _, many, derive, names = head.structures[role_id]
    head.structures[role_id] = ("target", many, derive, names)
    return role_id


# --- rows -----------------------------------------------------------------------------------------


def _grouped(rows: list[TableRow], everywhere: tuple[int, ...]) -> list[list[TableRow]]:
    """Bring together rows that differ only in their number of fractions: they are columns of one."""
    groups: list[list[TableRow]] = []
    for row in rows:
        of_some = row.fractions and row.fractions != everywhere
        home = next((group for group in groups if of_some and _is_column(row, group)), None)
        if home is None:
            groups.append([row])
        else:
            home.append(row)
    return groups


def _is_column(row: TableRow, group: list[TableRow]) -> bool:
    first = group[0]
    alike = (row.structure, row.metric, row.required, row.when) == (
        first.structure,
        first.metric,
        first.required,
        first.when,
    )
    both_judged = bool(row.goal) and bool(first.goal) and bool(row.acceptable) == bool(first.acceptable)
    taken = {number for one in group for number in one.fractions}
    return alike and both_judged and bool(first.fractions) and not taken & set(row.fractions)


def _row(group: list[TableRow], everywhere: tuple[int, ...], taken: tuple[str, ...]) -> Constraint:
    first = group[0]
    metric = metric_of(first.metric)
    return Constraint(
        id=_row_id(first, metric, taken),
        structure=first.structure,
        metric=metric,
        goal=_limits([(row.fractions, row.goal) for row in group], metric, everywhere),
        acceptable=_limits([(row.fractions, row.acceptable) for row in group], metric, everywhere),
        required=first.required,
        source=first.source,
        why=first.why,
        mend=first.mend,
        evidence=first.evidence,
        verify=first.verify,
        suggested=first.suggested,
        when=_when(first.when),
    )


def _row_id(row: TableRow, metric: Metric, taken: tuple[str, ...]) -> str:
    if row.id and _ROW_ID.fullmatch(row.id):
        return row.id  # a second one of the same name is a fault that the user must settle
    body = re.sub(r"[^A-Za-z0-9.]+", "-", metric.text.partition("[")[0].replace("%", "pct")).strip("-")
    stem = f"{row.structure.upper().replace('_', '-')}-{body}"[:60]
    number = next(n for n in range(1, len(taken) + 2) if (f"{stem}-{n}" if n > 1 else stem) not in taken)
    return f"{stem}-{number}" if number > 1 else stem


def _when(asked: tuple[str, str, str] | None) -> Condition | None:
    if asked is None:
        return None
    metric = metric_of(asked[1])
    return Condition(asked[0], metric, read_limit(asked[2], metric.unit))


def _limits(written: list[tuple[tuple[int, ...], str]], metric: Metric, everywhere: tuple[int, ...]) -> Limits | None:
    if not any(text for _, text in written):
        return None
    (fractions, text), *more = written
    if not more and (not fractions or fractions == everywhere):
        return _columns(text, metric) if ":" in text else LimitByFractions(read_limit(text, metric.unit))
    return LimitByFractions(
        columns={number: read_limit(text, metric.unit) for numbers, text in written for number in numbers}
    )


def _columns(text: str, metric: Metric) -> Limits:
    """Read ``3: <= 18 Gy; 5: <= 25 Gy``, with numbers of fractions, prescriptions or volumes before the colons."""
    found = [_COLUMN.fullmatch(part) for part in text.split(";")]
    keys = [match["at"] for match in found if match is not None]
    limits = [read_limit(match["limit"], metric.unit) for match in found if match is not None]
    by = next((by for by, unit in UNITS.items() if all(key.endswith(unit) for key in keys)), "")
    if len(keys) < len(found) or len(set(keys)) < len(keys):
        raise refusal(f"'{text}' is no list of limits", "write for instance 3: <= 18 Gy; 5: <= 25 Gy")
    if by:
        return LimitTable(by, {read_amount(key, Unit(UNITS[by])): one for key, one in zip(keys, limits, strict=True)})
    if not all(key.isascii() and key.isdigit() for key in keys):
        raise refusal(f"'{text}' is no list of limits", "write for instance 3: <= 18 Gy; 5: <= 25 Gy")
    return LimitByFractions(columns={int(key): one for key, one in zip(keys, limits, strict=True)})
