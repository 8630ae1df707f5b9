"""Sentences: a constraint, and a whole protocol, in plain words."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from sbrt_qa.protocol.limit_table import LimitTable
from sbrt_qa.protocol.usual_sense import against_usual
from sbrt_qa.protocol.wording import SUGGESTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.protocol.definition import CheckRule, Constraint, Limit, Protocol, Role
    from sbrt_qa.protocol.limit_table import Limits

WIDTH = 80

_BEFORE_UNIT = re.compile(r"([0-9]) (Gy|cc|%|mm)(?!\w)")
_GOAL_WORDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}
_ACCEPTABLE_WORDS = {"<=": "up to", "<": "less than", ">=": "down to", ">": "more than"}


def sentence(constraint: Constraint, protocol: Protocol) -> str:
    """Return a constraint as one plain sentence.

    Parameters
    ----------
    constraint : Constraint
        A row of the protocol.
    protocol : Protocol
        Its protocol; a derived structure is named by its expression.

    Returns
    -------
    str
        For instance ``Volume of liver − ctv receiving less than 15 Gy must be at least 700 cc.``
    """
    subject = constraint.metric.phrase.format(structure=_called(constraint.structure, protocol))
    if constraint.when is not None:
        where = constraint.when.metric.phrase.format(structure=_called(constraint.when.structure, protocol))
        subject = f"Where {_small(where)} is {_one(constraint.when.limit, _GOAL_WORDS)}: {_small(subject)}"
    mark = " Verify: not yet checked against its source." if constraint.verify else ""
    mark = f" {SUGGESTED}{mark}" if constraint.suggested else mark
    if constraint.goal is None:
        return f"{subject} is reported, not judged.{mark}"
    text = f"{subject} must be {_all_columns(constraint.goal, _GOAL_WORDS)}"
    if constraint.acceptable is not None:
        text += f"; {_all_columns(constraint.acceptable, _ACCEPTABLE_WORDS)} is an acceptable variation"
    return f"{text}.{mark}"


def _small(phrase: str) -> str:
    """Return a phrase as it stands inside a sentence."""
    return f"{phrase[:1].lower()}{phrase[1:]}"


def _called(role_id: str, protocol: Protocol) -> str:
    derive = protocol.roles[role_id].derive
    return role_id if derive is None or derive.shown in protocol.roles else derive.shown


def _all_columns(limits: Limits, words: dict[str, str]) -> str:
    """Return a limit, or each column of it; the comparison is repeated only where it changes."""
    if limits.always is not None:
        return _one(limits.always, words)
    by = limits.by if isinstance(limits, LimitTable) else "fractions"
    parts: list[str] = []
    before = ""
    for key, limit in sorted(limits.columns.items()):
        comparison = "" if limit.comparison == before else f"{words[limit.comparison]} "
        parts.append(f"{comparison}{_amount(limit)} {_column(by, key, is_first=not parts)}")
        before = limit.comparison
    return ", ".join(parts) + (", linear in between" if by == "volume" else "")


def _column(by: str, key: float, *, is_first: bool) -> str:
    if by == "prescription":
        return f"for {key:g} Gy{' prescribed' if is_first else ''}"
    if by == "volume":
        return f"at {key:g} cc"
    return f"in {key:g}" + (f" fraction{'s' if key > 1 else ''}" if is_first else "")


def _one(limit: Limit, words: dict[str, str]) -> str:
    return f"{words[limit.comparison]} {_amount(limit)}"


def _amount(limit: Limit) -> str:
    return limit.text.removeprefix(limit.comparison).strip()


def show(protocol: Protocol) -> str:
    """Return a whole protocol in plain words, at most 80 columns wide.

    Parameters
    ----------
    protocol : Protocol
        A protocol.

    Returns
    -------
    str
        Blocks for title, prescription, structures, constraints, checks and sources; ends with a line break.
    """
    blocks: list[tuple[str, Callable[[Protocol], list[str]]]] = [
        ("Prescription", _prescription),
        ("Dose", _dose),
        ("Structures", _structures),
        ("Constraints", _constraints),
        ("Checks", _checks),
        ("Sources", _sources),
    ]
    head = [f"{protocol.id} {protocol.version} ({protocol.status})", *_wrapped(protocol.title, "")]
    lines = [*head, f"SHA-256 {protocol.sha256[:16]}"]
    for title, make in blocks:
        body = make(protocol)
        if body:
            lines += ["", title, *body]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, indent: str, hanging: str | None = None) -> list[str]:
    lines = textwrap.wrap(
        _BEFORE_UNIT.sub("\\1\N{NO-BREAK SPACE}\\2", text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _prescription(protocol: Protocol) -> list[str]:
    rule = protocol.prescription
    dose = "any dose" if rule.min_gy is None else f"{rule.min_gy:g} Gy"
    if rule.min_gy != rule.max_gy:
        dose = f"{rule.min_gy:g} to {rule.max_gy:g} Gy"
    numbers = [str(number) for number in rule.fractions]
    several = f"{', '.join(numbers[:-1])} or {numbers[-1]}" if len(numbers) > 1 else numbers[0]
    return _wrapped(f"{dose} in {several} fraction{'' if numbers == ['1'] else 's'} to {rule.target}", "  ")


def _dose(protocol: Protocol) -> list[str]:
    """Say which dose is judged, where it is not the usual one."""
    if (protocol.dose_kind, protocol.dose_summation) == ("PHYSICAL", "PLAN"):
        return []
    kind = "the physical dose" if protocol.dose_kind == "PHYSICAL" else "the biologically effective dose"
    of = "of one plan" if protocol.dose_summation == "PLAN" else "summed over several plans"
    return _wrapped(f"{kind} {of}; any other is refused", "  ")


def _structures(protocol: Protocol) -> list[str]:
    width = max(len(role_id) for role_id in protocol.roles)
    lines = []
    for role in protocol.roles.values():
        lines += _wrapped(f"{role.id:<{width}}  {_filled_by(role)}", "  ", " " * (width + 4))
    return lines


def _filled_by(role: Role) -> str:
    if role.derive is not None:
        return f"= {role.derive.shown}"
    words = ["every" if role.many else "", role.kind, ", ".join(role.names)]
    return " ".join(word for word in words if word)


def _constraints(protocol: Protocol) -> list[str]:
    judged = [row for row in protocol.constraints if not row.is_report]
    required = sum(row.required for row in judged)
    reported = len(protocol.constraints) - len(judged)
    count = f"{len(judged)} judged ({required} required, {len(judged) - required} where the structure is there)"
    lines = _wrapped(f"{count}, {reported} reported", "  ")
    for row in protocol.constraints:
        marks = [
            row.evidence,
            row.source,
            "" if row.required or row.is_report else "where the structure is there",
        ]
        said = ", ".join(mark for mark in marks if mark)
        lines += [f"  {row.id}{f' [{said}]' if said else ''}", *_wrapped(sentence(row, protocol), "      ")]
        if row.is_report and row.why:
            lines += _wrapped(row.why, "      ")
        if against_usual(row, protocol.roles) is not None:
            lines += _wrapped("Note: a limit on this metric usually points the other way.", "      ")
    return lines


def _checks(protocol: Protocol) -> list[str]:
    lines = []
    for check_id, rule in sorted(protocol.checks.items()):
        lines += _wrapped(f"{check_id}: {_ruled(rule)}", "  ")
    return lines


def _ruled(rule: CheckRule) -> str:
    words = [_one(rule.goal, _GOAL_WORDS)] if rule.goal is not None else []
    if rule.acceptable is not None:
        words.append(f"{_one(rule.acceptable, _ACCEPTABLE_WORDS)} is an acceptable variation")
    if rule.strict:
        words.append("a warning is undecided")
    return "; ".join(words) or "as the check itself decides"


def _sources(protocol: Protocol) -> list[str]:
    lines = []
    for key, citation in protocol.sources.items():
        lines += _wrapped(f"{key}: {citation}", "  ", "    ")
    return lines
