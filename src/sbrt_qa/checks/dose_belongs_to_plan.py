"""The dose is the dose of this plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._wording import listed, short

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "dose-other-plan": "The dose names another plan; the case is refused.",
    "dose-plan-link-missing": "The dose names no plan; a warning, since the case holds one of each.",
}


def run(subject: Subject) -> Outcome:
    """Follow the dose's reference to its plan."""
    plan, dose = subject.case.plan, subject.case.dose
    if plan is None:
        return Outcome("There is no plan for the dose to belong to.")
    uid = plan.identity.sop_uid
    if uid and uid in dose.plan_uids:
        return Outcome(f"The dose refers to this plan ({short(uid)}).")
    if not dose.plan_uids:
        text = "The dose does not say which plan it belongs to; it is taken for the dose of the only plan here."
        return Outcome("", (Doubt(Effect.WARN, "dose-plan-link-missing", text),))
    others = listed(short(other) for other in dose.plan_uids)
    text = f"The dose belongs to plan {others}, the plan here is {short(uid)}; export this plan's own dose."
    return Outcome("", (Doubt(Effect.REFUSE, "dose-other-plan", text),))


CHECK = Check(
    id="dose-belongs-to-plan",
    title="Dose of this plan",
    why="The dose of another or an earlier plan may meet every limit that this plan breaks.",
    mend="Export the plan together with its own dose, calculated after the last change.",
    source="DICOM PS3.3 C.8.8.3 RT Dose Module, Referenced RT Plan Sequence (300C,0002).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
