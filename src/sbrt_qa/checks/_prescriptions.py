"""What plan, protocol and beams say about the size of the dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Plan

FACTOR = 2.0  # the beams' dose points need not lie where the prescription counts


def stated_gy(subject: Subject) -> tuple[float, ...]:
    """Return the target prescriptions of the plan in Gy, in file order; empty where there are none."""
    if subject.case.plan is None:
        return ()
    return tuple(
        reference.prescription_gy
        for reference in subject.case.plan.dose_references
        if reference.is_target and reference.prescription_gy is not None
    )


def expected_gy(subject: Subject) -> tuple[float, float, str] | None:
    """Lowest and highest prescription that can stand behind the dose, in Gy, and in words who says so.

    The judged target's own prescription is the lower end; the highest target of the plan is the upper
    end. Where the plan prescribes nothing, or no positive dose, the protocol's range counts, and without one
    half to twice what the beams deliver. None when nobody says.
    """
    judged = subject.plan_prescription_gy
    stated = [gy for gy in (judged, *stated_gy(subject)) if gy is not None and gy > 0]
    if stated:
        return _prescribed(min(stated) if judged is None or not judged > 0 else judged, max(stated))
    if subject.prescription_gy is not None:
        return _prescribed(*subject.prescription_gy)
    delivered = None if subject.case.plan is None else delivered_gy(subject.case.plan)
    if not delivered:
        return None
    words = f"beams that together give {show(delivered, Unit.GY)} at their dose points"
    return delivered / FACTOR, delivered * FACTOR, words


def delivered_gy(plan: Plan) -> float | None:
    """Dose of all treatment beams over all fractions in Gy; None unless every beam states its dose."""
    if plan.fractions is None:
        return None
    beams = [b for b in plan.fraction_groups[0].beams if b.delivery in {"", "TREATMENT"} and b.treats]
    doses = [beam.dose_gy for beam in beams if beam.dose_gy is not None]
    return plan.fractions * sum(doses) if beams and len(doses) == len(beams) else None


def _prescribed(low: float, high: float) -> tuple[float, float, str]:
    words = show(high, Unit.GY) if low == high else f"{show(low, Unit.GY)} to {show(high, Unit.GY)}"
    return low, high, f"a prescription of {words}"
