"""The plan has a number of fractions that the protocol is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "fractions-missing": "The plan does not state its number of fractions; every limit is undecided.",
    "fractions-mismatch": "The protocol is for another number of fractions; every limit is undecided.",
    "fraction-groups-many": "The plan has several fraction groups; every limit is undecided.",
}


def run(subject: Subject) -> Outcome:
    """Compare the planned fractions with those of the protocol; never convert."""
    plan = subject.case.plan
    if plan is None:
        return Outcome("There is no plan to state a number of fractions.")
    doubt = _unstated(len(plan.fraction_groups), plan.fractions) or _mismatch(plan.fractions, subject.fractions)
    good = f"The plan has {plan.fractions} fraction{'s' * (plan.fractions != 1)}"
    good += ", as the protocol asks." if subject.fractions else "."
    return Outcome(good, () if doubt is None else (doubt,))


def _unstated(groups: int, fractions: int | None) -> Doubt | None:
    if groups > 1:
        text = f"The plan has {groups} fraction groups, so its total number of fractions is not clear."
        return Doubt(Effect.LIMITS, "fraction-groups-many", text)
    if fractions is None or fractions < 1:
        seen = "states no number of fractions" if fractions is None else f"states {fractions} fractions"
        return Doubt(Effect.LIMITS, "fractions-missing", f"The plan {seen}; complete it in the planning system.")
    return None


def _mismatch(fractions: int | None, allowed: tuple[int, ...]) -> Doubt | None:
    if not allowed or fractions in allowed:
        return None
    asked = " or ".join(str(number) for number in sorted(allowed))
    text = (
        f"The plan has {fractions} fractions, the protocol is for {asked}; choose the protocol for this fractionation."
    )
    return Doubt(Effect.LIMITS, "fractions-mismatch", text)


CHECK = Check(
    id="fractions",
    title="Number of fractions",
    why="A limit holds for its own fractionation only: 3-fraction limits say nothing about a 5-fraction plan.",
    mend="Choose the protocol that is written for the plan's number of fractions.",
    source="AAPM TG-275 and MPPG 11.a: prescription and fractionation agree with the plan;"
    " DICOM PS3.3 C.8.8.13 RT Fraction Scheme Module (300A,0078).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
