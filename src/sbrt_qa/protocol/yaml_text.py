"""YAML text: a protocol written out again. What is read back from it is the same protocol, with the same hash."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sbrt_qa.protocol.limit_table import UNITS, LimitTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sbrt_qa.protocol.definition import CheckRule, Condition, Constraint, PrescriptionRule, Protocol, Role
    from sbrt_qa.protocol.limit_table import Limits

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_YAML_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def as_yaml(protocol: Protocol, comments: tuple[str, ...] = ()) -> str:
    """Write a protocol as YAML.

    Parameters
    ----------
    protocol : Protocol
        A protocol without faults.
    comments : tuple of str
        Lines that stand above it, without their ``#``.

    Returns
    -------
    str
        A file that lints without fault; ends with a line break.
    """
    lines = [f"# {line}".rstrip() for line in comments]
    lines += ["schema: sbrt-qa/protocol/1", f"id: {_word(protocol.id)}", f"title: {_quoted(protocol.title)}"]
    lines += [f"version: {_quoted(protocol.version)}", f"status: {protocol.status}"]
    if protocol.sources:
        lines += ["", "sources:", *(f"  {_word(key)}: {_quoted(text)}" for key, text in protocol.sources.items())]
    lines += ["", "prescription:", *_prescription(protocol.prescription)]
    if (protocol.dose_kind, protocol.dose_summation) != ("PHYSICAL", "PLAN"):
        lines += ["", f"dose: {{type: {protocol.dose_kind}, summation: {protocol.dose_summation}}}"]
    lines += ["", "structures:", *(f"  {_word(role.id)}: {_role(role)}" for role in protocol.roles.values())]
    lines += ["", "constraints:"]
    for row in protocol.constraints:
        first, *rest = (f"{key}: {value}" for key, value in _row(row))
        lines += [f"  - {first}", *(f"    {entry}" for entry in rest)]
    if protocol.checks:
        lines += ["", "checks:", *(f"  {check}: {_check(rule)}" for check, rule in protocol.checks.items())]
    return "\n".join(lines) + "\n"


def column_key(limits: Limits, at: float) -> str:
    """Return the key of a column as a protocol writes it: ``5``, ``45 Gy`` or ``30 cc``."""
    return f"{number_text(at)} {UNITS[limits.by]}" if isinstance(limits, LimitTable) else number_text(at)


def number_text(value: float) -> str:
    """Return a number in full and without an exponent or a needless fraction."""
    if value == int(value):
        return str(int(value))
    return f"{value:.17f}".rstrip("0") if "e" in repr(float(value)) else repr(float(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _word(text: str) -> str:
    """Return a word as it is where every reader of YAML takes it for text, else in quotes."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS else _quoted(text)


def _flow(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in entries.items())}}}"


def _prescription(rule: PrescriptionRule) -> Iterator[str]:
    yield f"  target: {_word(rule.target)}"
    numbers = ", ".join(map(str, rule.fractions))
    yield f"  fractions: {f'[{numbers}]' if len(rule.fractions) > 1 else numbers}"
    if rule.min_gy is not None and rule.max_gy is not None:
        low, high = f"{number_text(rule.min_gy)} Gy", f"{number_text(rule.max_gy)} Gy"
        yield f"  dose: {low if low == high else _flow({'min': low, 'max': high})}"


def _role(role: Role) -> str:
    entries = {"type": role.kind} if role.kind else {}
    if role.many:
        entries["many"] = "true"
    if role.derive is not None:
        entries["derive"] = _quoted(role.derive.text)
    else:
        entries["names"] = f"[{', '.join(map(_word, role.names))}]"
    return _flow(entries)


def _row(row: Constraint) -> Iterator[tuple[str, str]]:
    yield "id", _word(row.id)
    yield "structure", _word(row.structure)
    yield "metric", _quoted(row.metric.text)
    for key, limits in (("goal", row.goal), ("acceptable", row.acceptable)):
        if limits is not None:
            yield key, _limits(limits)
    if row.goal is None:
        yield "report", "true"
    if not row.required:
        yield "required", "false"
    if row.when is not None:
        yield "when", _when(row.when)
    yield from _said(row)


def _when(asked: Condition) -> str:
    metric, limit = _quoted(asked.metric.text), _quoted(asked.limit.text)
    return _flow({"structure": _word(asked.structure), "metric": metric, "is": limit})


def _said(row: Constraint) -> Iterator[tuple[str, str]]:
    """Write what is said of a row beside its limits."""
    marks = {"source": _word(row.source), "evidence": row.evidence, "verify": "true", "suggested": "true"}
    yield from ((key, text) for key, text in marks.items() if getattr(row, key))
    yield from ((key, _quoted(text)) for key, text in (("why", row.why), ("mend", row.mend)) if text)


def _limits(limits: Limits) -> str:
    if limits.always is not None:
        return _quoted(limits.always.text)
    return _flow({column_key(limits, at): _quoted(limit.text) for at, limit in limits.columns.items()})


def _check(rule: CheckRule) -> str:
    entries = {
        key: _quoted(limit.text) for key, limit in (("goal", rule.goal), ("acceptable", rule.acceptable)) if limit
    }
    if rule.strict:
        entries["strict"] = "true"
    return _flow(entries)
