"""Evaluate: a case and a protocol into an evaluation. The verdict is the worst of what is required."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sbrt_qa.checks import Effect, Subject
from sbrt_qa.checks.embedded_dvh import reported
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.histogram import Sampling
from sbrt_qa.model import DoseWithoutPixels
from sbrt_qa.protocol.definition import CheckRule
from sbrt_qa.protocol.description import describe_case, describe_protocol, provenance
from sbrt_qa.protocol.exhibits import Exhibits
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding, Verdict, worst
from sbrt_qa.protocol.findings import findings_of
from sbrt_qa.protocol.judge import missing
from sbrt_qa.protocol.names import match
from sbrt_qa.protocol.prescription import prescription_of_case
from sbrt_qa.protocol.rulings import (
    check_finding,
    doubts_with,
    rulings_of,
    subject_of,
)
from sbrt_qa.protocol.scene import scene_of, scene_without_findings
from sbrt_qa.protocol.wording import as_sentence

if TYPE_CHECKING:
    from sbrt_qa.checks import Compared
    from sbrt_qa.errors import CaseError
    from sbrt_qa.histogram import DVH
    from sbrt_qa.model import Case, Structure
    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.judge import Doubts
    from sbrt_qa.protocol.names import SiteNames
    from sbrt_qa.protocol.rulings import Ruling

HARMLESS_IF_OPTIONAL = {"structure-missing", "derived-part-missing"}


def evaluate(
    case: Case,
    protocol: Protocol | None,
    *,
    sampling: Sampling | None = None,
    names: SiteNames | None = None,
    strict: bool = False,
) -> Evaluation:
    """Judge a case by a protocol.

    Parameters
    ----------
    case : Case
        From ``read_case``.
    protocol : Protocol or None
        From ``load_protocol``; without one only the checks run and the verdict is UNDECIDED (``no-protocol``).
    sampling : Sampling, optional
        Conventions of the curves.
    names : SiteNames, optional
        The site's own structure names.
    strict : bool
        True turns every VARIATION into FAIL, or UNDECIDED where a check doubts findings alone.

    Returns
    -------
    Evaluation
        Each constraint exactly once, or once per ROI of a ``many`` role; each check exactly once.
    """
    if any(isinstance(given, str) for given in (case, protocol)):
        raise UsageError("a path or an id is not judged", mend="give what read_case and load_protocol return")
    sampling = sampling or Sampling()
    if protocol is None:
        return _without_protocol(case, sampling, strict=strict)
    matching = match(case.structures, protocol.roles, names)
    exhibits = Exhibits(case, protocol, matching, sampling)
    rulings = rulings_of(subject_of(case, protocol, exhibits))
    refused = doubts_with(rulings, Effect.REFUSE)
    rules = protocol.checks
    check_findings = tuple(check_finding(c, o, rules.get(c.id, CheckRule()), strict=strict) for c, o in rulings)
    if refused:
        findings = refused_findings(protocol, tuple((d.code, d.sentence) for d in refused), _fractions(case))
    else:
        findings = findings_of(protocol, exhibits, rulings)
    if strict:
        findings = tuple(map(_strictly, findings))
    if all(f.verdict is None or is_harmless(f) for f in findings):
        check_findings = tuple(sorted((*check_findings, _NOTHING_JUDGED), key=lambda c: c.id))
    return Evaluation(
        verdict=_verdict(findings, check_findings),
        findings=findings,
        checks=check_findings,
        case=describe_case(case),
        protocol=describe_protocol(protocol),
        prescription=_prescription(case, protocol, exhibits),
        curves=() if refused else _curves(exhibits),
        stated_dvhs=_stated(rulings, refused=bool(refused)),
        colors={s.name: s.color for s in case.structures if s.color},
        provenance=provenance(sampling, case),
        load_scene=cache(
            partial(scene_without_findings, case, sampling, refused=True)
            if refused
            else partial(scene_of, exhibits, findings)
        ),
    )


def refuse(error: CaseError, protocol: Protocol | None, sampling: Sampling | None = None) -> Evaluation:
    """Make the evaluation of a case that could not be read: every constraint UNDECIDED, no number at all."""
    code = error.code or "case-unreadable"
    findings = refused_findings(protocol, ((code, error.what),), None) if protocol else ()
    reading = CheckFinding("case-readable", "The case can be read", Verdict.UNDECIDED, (code,), _sentence(error))
    return Evaluation(
        verdict=Verdict.UNDECIDED,
        findings=findings,
        checks=(reading,) if protocol else (reading, _NO_PROTOCOL),
        case=dict.fromkeys(("id", "patient_id", "plan_label", "plan_uid", "dose_uid", "structure_set_uid"), "")
        | {"files": []},
        protocol=describe_protocol(protocol) if protocol else None,
        prescription={"gy": None, "fractions": None, "source": ""},
        stated_dvhs=reported(error.stated_dvhs, error.names) if isinstance(error, DoseWithoutPixels) else (),
        provenance=provenance(sampling or Sampling(), None),
    )


_NO_PROTOCOL = CheckFinding(
    "protocol-given",
    "A protocol was given",
    Verdict.UNDECIDED,
    ("no-protocol",),
    "No protocol was given, so nothing was judged; name one with -p.",
)

_NOTHING_JUDGED = CheckFinding(
    "something-judged",
    "At least one limit was judged",
    Verdict.UNDECIDED,
    ("nothing-judged",),
    "No limit of the protocol was judged: its rows are only reported, or ask for optional structures not found here.",
)


def _sentence(error: SbrtQaError) -> str:
    mend = f" ({error.mend})" if error.mend else ""
    return as_sentence(f"{error.what}{mend}")


def _without_protocol(case: Case, sampling: Sampling, *, strict: bool) -> Evaluation:
    from sbrt_qa.histogram import compute

    def curve_under(structure: Structure, under: Sampling) -> DVH:
        return compute(structure, case.dose, under)

    rulings = rulings_of(Subject(case, curve=lambda s: curve_under(s, sampling), curve_under=curve_under))
    found = (*(check_finding(*ruling, CheckRule(), strict=strict) for ruling in rulings), _NO_PROTOCOL)
    return Evaluation(
        verdict=worst((Verdict.UNDECIDED, *(c.verdict for c in found))),
        findings=(),
        checks=tuple(sorted(found, key=lambda c: c.id)),
        case=describe_case(case),
        protocol=None,
        prescription={"gy": None, "fractions": _fractions(case), "source": ""},
        stated_dvhs=_stated(rulings),
        provenance=provenance(sampling, case),
        load_scene=cache(
            partial(scene_without_findings, case, sampling, refused=bool(doubts_with(rulings, Effect.REFUSE)))
        ),
    )


def _fractions(case: Case) -> int | None:
    return case.plan.fractions if case.plan else None


def refused_findings(protocol: Protocol, reasons: Doubts, fractions: int | None) -> tuple[Finding, ...]:
    """Make one UNDECIDED finding without any number for each constraint of a refused case."""
    codes = tuple(dict.fromkeys(code for code, _ in reasons))
    text = "; ".join(dict.fromkeys(sentence.rstrip(".") for _, sentence in reasons))
    made = []
    for constraint in protocol.constraints:
        one = missing(constraint, constraint.structure, (codes[0], text), fractions, protocol.sources)
        made.append(replace(one, reason=codes))
    return tuple(made)


def _verdict(findings: tuple[Finding, ...], found: tuple[CheckFinding, ...]) -> Verdict:
    judged = [f.verdict for f in findings if f.verdict is not None and not is_harmless(f)]
    return worst([*judged, *(c.verdict for c in found)])


def is_harmless(found: Finding) -> bool:
    """Tell whether a finding is an optional structure that is simply not there (``required: false``)."""
    return (
        not found.required
        and found.verdict is Verdict.UNDECIDED
        and bool(found.reason)
        and set(found.reason) <= HARMLESS_IF_OPTIONAL
    )


def _strictly(found: Finding) -> Finding:
    """Turn a VARIATION into FAIL."""
    return replace(found, verdict=Verdict.FAIL) if found.verdict is Verdict.VARIATION else found


# --- the record -----------------------------------------------------------------------------------


def _curves(exhibits: Exhibits) -> tuple[DVH, ...]:
    """Return the curves of all structures that have one, contoured ones in file order, then the derived ones."""
    case, protocol = exhibits.case, exhibits.protocol
    asked = {role for constraint in protocol.constraints for role, _ in constraint.looks_at}
    listed: list[Structure] = list(case.structures)
    for role in protocol.roles.values():
        if role.derive is not None and role.id in asked:
            try:
                derived = exhibits.derived(role, exhibits.sampling)
            except SbrtQaError:
                continue  # its findings say why
            if all(derived.number != structure.number for structure in listed):
                listed.append(derived)
    found = []
    for structure in listed:
        try:
            found.append(exhibits.curve(structure))
        except SbrtQaError:
            continue  # structures without a volume have no curve; a judged one says so in its finding
    return tuple(found)


def _stated(rulings: tuple[Ruling, ...], *, refused: bool = False) -> tuple[Compared, ...]:
    """Return what the planning system states beside our numbers; alone for a refused case, which has none of ours."""
    rows = tuple(row for _, outcome in rulings for row in outcome.compared)
    return tuple(row.alone() for row in rows) if refused else rows


def _prescription(case: Case, protocol: Protocol, exhibits: Exhibits) -> dict[str, Any]:
    rule = protocol.prescription
    found = prescription_of_case(exhibits.matching.filled.get(rule.target, ()), case.plan, rule)
    return {"gy": found.gy, "fractions": _fractions(case), "source": found.source}
