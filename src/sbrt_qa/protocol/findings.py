"""Findings: every row of a protocol judged on the structures that fill its role, or missing with the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.checks import Effect
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.body import shared_isodose
from sbrt_qa.protocol.condition import condition_as_row, under_condition
from sbrt_qa.protocol.exhibits import UNFORESEEN
from sbrt_qa.protocol.judge import missing
from sbrt_qa.protocol.readings import Readings
from sbrt_qa.protocol.rulings import contoured_roles, doubts_with, readings_of

if TYPE_CHECKING:
    from sbrt_qa.protocol.definition import Constraint, Protocol, Role
    from sbrt_qa.protocol.exhibits import Exhibits
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.protocol.judge import Doubts
    from sbrt_qa.protocol.names import Matching
    from sbrt_qa.protocol.rulings import Ruling


def findings_of(protocol: Protocol, exhibits: Exhibits, rulings: tuple[Ruling, ...]) -> tuple[Finding, ...]:
    """Judge every constraint, in the order of the file.

    Parameters
    ----------
    protocol : Protocol
        What is asked.
    exhibits : Exhibits
        The structures that its roles bring.
    rulings : tuple of Ruling
        What the checks doubt.

    Returns
    -------
    tuple of Finding
        One per constraint, or one per ROI of a ``many`` role.
    """
    general = tuple((d.code, d.sentence) for d in doubts_with(rulings, Effect.LIMITS))
    by_roi: dict[int, list[tuple[str, str]]] = {}
    for doubt in doubts_with(rulings, Effect.FINDING):
        for number in () if doubt.reading else doubt.rois:
            by_roi.setdefault(number, []).append((doubt.code, doubt.sentence))
    readings = Readings(exhibits, readings_of(rulings))
    found: list[Finding] = []
    for constraint in protocol.constraints:
        try:
            found.extend(_of_row(constraint, readings, (general, by_roi)))
        except UNFORESEEN as error:
            text = f"the evaluation itself went wrong ({type(error).__name__}); please report this"
            found.append(_missing(constraint, constraint.structure, ("internal-error", text), exhibits))
    return tuple(found)


def _of_row(
    constraint: Constraint, readings: Readings, doubts: tuple[Doubts, dict[int, list[tuple[str, str]]]]
) -> list[Finding]:
    """Judge a row where it is asked; whether it is asked is judged like a row of its own."""
    findings = _of_constraint(constraint, readings, doubts)
    if constraint.when is None:
        return findings
    (condition,) = _of_constraint(condition_as_row(constraint.when), readings, doubts)
    return [under_condition(one, condition, constraint.when) for one in findings]


def _of_constraint(
    constraint: Constraint, readings: Readings, doubts: tuple[Doubts, dict[int, list[tuple[str, str]]]]
) -> list[Finding]:
    exhibits = readings.exhibits
    protocol, matching = exhibits.protocol, exhibits.matching
    role = protocol.roles[constraint.structure]
    if role.id in matching.doubts:
        return [_missing(constraint, role.id, matching.doubts[role.id], exhibits)]
    try:
        brought = exhibits.for_role(role)
    except SbrtQaError as error:
        shown = role.derive.shown if role.derive else role.id
        reason = (error.code or "derivation-failed", error.what)
        known = readings.unclear(_rois_behind(role, None, protocol, matching))
        return [_with_doubts(_missing(constraint, shown, reason, exhibits), known)]
    general, by_roi = doubts
    if constraint.metric.needs_body and len(brought) > 1:
        general = (*general, shared_isodose(constraint.structure, [exhibit.shown for exhibit in brought]))
    made = []
    for exhibit in brought:
        numbers = _rois_behind(role, exhibit.number, protocol, matching)
        if constraint.metric.needs_body:
            numbers = tuple(dict.fromkeys((*numbers, *(s.number for s in exhibits.outline))))
        own = tuple(doubt for number in numbers for doubt in by_roi.get(number, ()))
        made.append(readings.judged(constraint, exhibit, (*general, *own), numbers))
    return made


def _missing(constraint: Constraint, shown: str, reason: tuple[str, str], exhibits: Exhibits) -> Finding:
    plan = exhibits.case.plan
    return missing(constraint, shown, reason, plan.fractions if plan else None, exhibits.protocol.sources)


def _with_doubts(found: Finding, known: Doubts) -> Finding:
    """Add why the ROIs behind a structure that cannot be made are doubtful: what is badly drawn is not missing."""
    codes = dict.fromkeys((*found.reason, *(code for code, _ in known)))
    return replace(found, reason=tuple(codes), sentence=" ".join((found.sentence, *(text for _, text in known))))


def _rois_behind(role: Role, number: int | None, protocol: Protocol, matching: Matching) -> tuple[int, ...]:
    """ROI numbers whose doubts reach this structure: its own, or those of all parts it is derived from."""
    if role.derive is None:
        return () if number is None else (number,)
    parts = sorted(contoured_roles(role.id, protocol.roles))
    return tuple(dict.fromkeys(s.number for part in parts for s in matching.filled.get(part, ())))
