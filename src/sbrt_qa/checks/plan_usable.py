"""The plan is a photon or electron plan for treating this patient, on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._wording import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Plan

CODES = {
    "plan-rejected": "The plan is marked REJECTED; the check is undecided.",
    "plan-unapproved": "The plan is not approved yet; a note, since a check before approval is the main use.",
    "plan-not-for-treatment": "The plan is for verification, research or machine tests; the check is undecided.",
    "plan-concurrent": "Another plan is treated at the same time; the check is undecided.",
    "plan-prior": "The plan follows an earlier one; a warning.",
    "plan-ion": "The plan is for protons or ions; refused.",
    "plan-brachy": "The plan is for brachytherapy; refused.",
}
NOT_TREATMENT = {"VERIFICATION", "MACHINE_QA", "RESEARCH", "SERVICE"}


def run(subject: Subject) -> Outcome:
    """Read modality, approval, intent, geometry and relations of the plan."""
    plan = subject.case.plan
    if plan is None:
        return Outcome("There is no plan to look at.")
    doubts = (*_modality(plan), *_approval(plan), *_purpose(plan), *_relations(plan))
    return Outcome("The plan is for treatment with external beams, and stands on its own.", doubts)


def _modality(plan: Plan) -> Iterator[Doubt]:
    if plan.is_ion:
        text = "This is an ion plan: its dose is weighted by biological effect, and the limits here are not for it."
        yield Doubt(Effect.REFUSE, "plan-ion", text)
    if plan.is_brachy:
        yield Doubt(
            Effect.REFUSE,
            "plan-brachy",
            "This is a brachytherapy plan; the limits here are for external beams.",
        )


def _approval(plan: Plan) -> Iterator[Doubt]:
    if plan.approval == "REJECTED":
        yield Doubt(Effect.CHECK, "plan-rejected", "The plan is marked as REJECTED.")
    elif plan.approval != "APPROVED":
        seen = f"is {plan.approval}" if plan.approval else "is not stated"
        yield Doubt(Effect.NOTE, "plan-unapproved", f"The plan is not approved yet: its approval status {seen}.")


def _purpose(plan: Plan) -> Iterator[Doubt]:
    seen = [f"its intent is {plan.intent}"] * (plan.intent in NOT_TREATMENT)
    seen += ["its geometry is TREATMENT_DEVICE, not a patient"] * (plan.geometry == "TREATMENT_DEVICE")
    seen += [f"it verifies plan {short(uid)}" for relation, uid in plan.related_plans if relation == "VERIFIED_PLAN"]
    if seen:
        text = f"The plan is not for treatment: {'; '.join(seen)}."
        yield Doubt(Effect.CHECK, "plan-not-for-treatment", text)


def _relations(plan: Plan) -> Iterator[Doubt]:
    for relation, uid in plan.related_plans:
        if relation in {"PRIOR", "PREDECESSOR"}:
            text = f"The plan follows plan {short(uid)} ({relation}): dose given before is not in this judgement."
            yield Doubt(Effect.WARN, "plan-prior", text)
        elif relation not in {"ALTERNATIVE", "VERIFIED_PLAN"}:
            seen = relation or "relationship not stated"
            text = f"The plan is related to plan {short(uid)} ({seen}): dose given beside it is not in this judgement."
            yield Doubt(Effect.CHECK, "plan-concurrent", text)


CHECK = Check(
    id="plan-usable",
    title="Plan for treatment",
    why="A rejected or verification plan may pass every limit, and dose from related plans is not in this judgement.",
    mend="Export the plan that is to be treated; judge related plans together with it.",
    source="DICOM PS3.3 C.8.8.9 RT General Plan Module (300A,000A, 300A,000C, 300A,0055),"
    " C.8.8.16 Approval Module (300E,0002); AAPM TG-275 and MPPG 11.a: plan status, earlier treatment.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
