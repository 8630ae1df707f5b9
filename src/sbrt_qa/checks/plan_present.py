"""There is a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {"plan-missing": "The export holds no RTPLAN; every limit is undecided, numbers are shown."}


def run(subject: Subject) -> Outcome:
    """Ask for an RTPLAN."""
    if subject.case.plan is not None:
        return Outcome(f"The plan is {subject.case.plan.label or 'without a label'}.")
    text = "The export holds no RTPLAN, so the number of fractions is unknown and no limit can be judged; add the plan."
    return Outcome("", (Doubt(Effect.LIMITS, "plan-missing", text),))


CHECK = Check(
    id="plan-present",
    title="Plan in the export",
    why="Limits depend on the number of fractions, and only the plan states it.",
    mend="Export the RTPLAN together with dose and structure set.",
    source="AAPM TG-275 and MPPG 11.a: plan review needs the plan's prescription and fractionation.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
