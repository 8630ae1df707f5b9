"""What plan and protocol say about the prescribed dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject


def stated_gy(subject: Subject) -> tuple[float, ...]:
    """Return the target prescriptions of the plan in Gy, in file order; empty where there are none."""
    if subject.case.plan is None:
        return ()
    return tuple(
        reference.prescription_gy
        for reference in subject.case.plan.dose_references
        if reference.kind == "TARGET" and reference.prescription_gy is not None
    )


def expected_gy(subject: Subject) -> tuple[float, float] | None:
    """Lowest and highest prescription that can stand behind the dose, in Gy.

    The judged target's own prescription is the lower end; the highest target of the plan is the upper
    end. Where the plan prescribes nothing the protocol's range counts. None when nobody says.
    """
    judged = subject.plan_prescription_gy
    stated = stated_gy(subject) if judged is None else (judged, *stated_gy(subject))
    if stated:
        return (min(stated) if judged is None else judged), max(stated)
    return subject.prescription_gy
