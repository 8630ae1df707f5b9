"""Rulings: every integrity check run on a case, and what its doubts mean for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks import Check, Doubt, Effect, Outcome, Subject, checks
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.exhibits import UNFORESEEN
from sbrt_qa.protocol.finding import CheckFinding, Verdict, worst
from sbrt_qa.protocol.judge import verdict_of
from sbrt_qa.protocol.prescription import prescription_of_case
from sbrt_qa.protocol.wording import as_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.checks import Measured
    from sbrt_qa.model import Case
    from sbrt_qa.protocol.definition import CheckRule, Protocol, Role
    from sbrt_qa.protocol.exhibits import Exhibits

Ruling = tuple[Check, Outcome]
OUTLINE = "external contour"  # no role id: it has a blank


def subject_of(case: Case, protocol: Protocol, exhibits: Exhibits) -> Subject:
    """Gather what the checks may look at."""
    matching, roles = exhibits.matching, protocol.roles
    needed: dict[str, bool] = {}
    for constraint in protocol.constraints:
        is_required = constraint.required and not constraint.is_report
        for looked_at, _ in constraint.looks_at:
            for role in contoured_roles(looked_at, roles):
                needed[role] = needed.get(role, False) or is_required
    rule = protocol.prescription
    needed.setdefault(rule.target, True)
    open_roles = {role: matching.doubts[role] for role in needed if needed[role] and role in matching.doubts}
    limits = None if rule.min_gy is None or rule.max_gy is None else (rule.min_gy, rule.max_gy)
    targets = (s.number for r in roles.values() if r.kind == "target" for s in matching.filled.get(r.id, ()))
    used = {role: matching.filled[role] for role in needed if matching.filled.get(role)}
    if exhibits.outline:
        used[OUTLINE] = exhibits.outline
    planned = prescription_of_case(matching.filled.get(rule.target, ()), case.plan, rule)
    return Subject(
        case=case,
        fractions=rule.fractions,
        prescription_gy=limits,
        plan_prescription_gy=planned.gy if planned.source == "plan" else None,
        used=used,
        required=frozenset(role for role, required in needed.items() if required),
        targets=frozenset(targets),
        missing={role: as_sentence(text) for role, (_, text) in open_roles.items()},
        ambiguous=frozenset(role for role, (code, _) in open_roles.items() if code == "structure-ambiguous"),
        dose_kind=protocol.dose_kind,
        dose_summation=protocol.dose_summation,
        curve=exhibits.curve,
        curve_under=exhibits.curve,
    )


def contoured_roles(role: str, roles: Mapping[str, Role]) -> tuple[str, ...]:
    """Return the roles that ROIs must fill to make this role a structure: itself, or the parts it is derived from."""
    derive = roles[role].derive
    if derive is None:
        return (role,)
    return tuple(dict.fromkeys(one for part in derive.ordered_roles for one in contoured_roles(part, roles)))


def rulings_of(subject: Subject) -> tuple[Ruling, ...]:
    """Run every check, in alphabetical order; one that cannot run is doubtful, never absent."""
    return tuple((check, _run(check, subject)) for check in checks().values())


def _run(check: Check, subject: Subject) -> Outcome:
    try:
        return check.run(subject)
    except SbrtQaError as error:
        return Outcome("", (Doubt(Effect.CHECK, error.code or "check-not-run", f"{error.what}."),))
    except UNFORESEEN as error:
        text = f"The check itself went wrong ({type(error).__name__}); please report this."
        return Outcome("", (Doubt(Effect.CHECK, "internal-error", text),))


def doubts_with(rulings: tuple[Ruling, ...], effect: Effect) -> tuple[Doubt, ...]:
    """Return the doubts that reach this far."""
    return tuple(doubt for _, outcome in rulings for doubt in outcome.doubts if doubt.effect is effect)


def readings_of(rulings: tuple[Ruling, ...]) -> tuple[Doubt, ...]:
    """Return the doubts about how a ROI is to be read."""
    return tuple(doubt for _, outcome in rulings for doubt in outcome.doubts if doubt.reading is not None)


_VERDICT_OF_EFFECT = {
    Effect.NOTE: Verdict.PASS,
    Effect.WARN: Verdict.VARIATION,
    Effect.FINDING: Verdict.VARIATION,
    Effect.CHECK: Verdict.UNDECIDED,
    Effect.LIMITS: Verdict.UNDECIDED,
    Effect.REFUSE: Verdict.UNDECIDED,
}


def check_finding(check: Check, outcome: Outcome, rule: CheckRule, *, strict: bool = False) -> CheckFinding:
    """Turn what a check has to say into a verdict, with the limits that the protocol sets for it.

    ``strict`` leaves no VARIATION: a warning is a FAIL; a doubt that only reaches findings breaks nothing, so
    it is UNDECIDED, as they are.
    """
    of_effect = _VERDICT_OF_EFFECT | ({Effect.FINDING: Verdict.UNDECIDED} if strict else {})
    verdicts = [of_effect[doubt.effect] for doubt in outcome.doubts]
    reason = [doubt.code for doubt in outcome.doubts]
    sentences = [doubt.sentence for doubt in outcome.doubts]
    if outcome.measured is not None:
        verdict = _measured_verdict(outcome.measured, rule)
        verdicts.append(verdict)
        if verdict is not Verdict.PASS:
            reason.append(outcome.measured.code)
        sentences.append(outcome.measured.sentence)
        own = outcome.measured.unlimited
        if own is not None and rule.goal is None:
            verdicts.append(of_effect[own.effect])
            reason.insert(0, own.code)
            sentences.insert(0, own.sentence)
    if Verdict.VARIATION in verdicts and (rule.strict or strict):
        verdicts.append(Verdict.UNDECIDED if rule.strict else Verdict.FAIL)
    verdict = worst(verdicts or [Verdict.PASS])
    sentence = " ".join(dict.fromkeys(sentences)) or outcome.good
    return CheckFinding(check.id, check.title, verdict, tuple(dict.fromkeys(reason)), sentence)


def _measured_verdict(measured: Measured, rule: CheckRule) -> Verdict:
    if rule.goal is None:
        return Verdict.PASS
    return verdict_of(measured.value, rule.goal, rule.acceptable)
