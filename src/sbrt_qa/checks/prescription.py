"""The plan prescribes what the protocol is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._prescriptions import FACTOR, delivered_gy, stated_gy
from sbrt_qa.checks._wording import listed
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "prescription-missing": "Nobody states one prescription for the judged target; a note here,"
    " and every finding in per cent of it is undecided.",
    "prescription-from-protocol": "The plan states no prescription and the protocol's single dose is used; a note.",
    "prescription-outside-protocol": "The plan prescribes a dose outside the protocol's; the check is undecided.",
    "prescription-implausible": "The prescription is not a positive dose, or is more than twice or less"
    " than half of"
    " what the beams deliver; the check is undecided.",
    "beam-dose-sum-differs": "The doses of the beams over all fractions add up to more than 5 % more or less than any"
    " prescription of the plan; a warning.",
}
BEAM_SHARE = 0.05
ROUNDING_GY = 1e-3  # doses are written as decimal text: 3 x 15 Gy may arrive as 44.9999


def run(subject: Subject) -> Outcome:
    """Compare the plan's prescription with the protocol and with what its beams deliver."""
    doubts = (*_protocol_doubts(subject), *_size_doubts(subject))
    gy = subject.plan_prescription_gy
    dose = "no dose of its own" if gy is None else show(gy, Unit.GY)
    return Outcome(f"The plan prescribes {dose} to the judged target.", doubts)


def _protocol_doubts(subject: Subject) -> Iterator[Doubt]:
    asked, judged, stated = subject.prescription_gy, subject.plan_prescription_gy, stated_gy(subject)
    if judged is None and all(gy > 0 for gy in stated):
        who = "There is no plan to prescribe" if subject.case.plan is None else "The plan states no prescription"
        yield _unstated(asked, stated, who)
    prescribed = stated if judged is None else (judged,)
    wrong = _outside(subject, asked, prescribed) if asked is not None else ()
    if asked is not None and wrong:
        low, high = (show(gy, Unit.GY) for gy in asked)
        allowed = low if low == high else f"{low} to {high}"
        text = f"The plan prescribes {_doses(wrong)}, the protocol is for {allowed}."
        yield Doubt(Effect.CHECK, "prescription-outside-protocol", text)


def _outside(subject: Subject, asked: tuple[float, float], prescribed: tuple[float, ...]) -> tuple[float, ...]:
    """Prescriptions the protocol is not for: all candidates when none fits, else what any judged target is given."""
    if prescribed and not any(_within(gy, asked) for gy in prescribed):
        return prescribed
    references = () if subject.case.plan is None else subject.case.plan.dose_references
    return tuple(
        r.prescription_gy
        for r in references
        if r.is_target
        and r.roi_number in subject.targets
        and r.prescription_gy is not None
        and not _within(r.prescription_gy, asked)
    )


def _unstated(asked: tuple[float, float] | None, stated: tuple[float, ...], who: str) -> Doubt:
    if stated:
        text = f"The plan prescribes {_doses(stated)}, but does not say which is for the judged target."
        return Doubt(Effect.NOTE, "prescription-missing", text)
    if asked is not None and asked[0] == asked[1]:
        text = f"{who}; 100 % is the protocol's {show(asked[0], Unit.GY)}."
        return Doubt(Effect.NOTE, "prescription-from-protocol", text)
    text = f"{who}, and no protocol one single dose, so nothing can be judged in per cent of it."
    return Doubt(Effect.NOTE, "prescription-missing", text)


def _size_doubts(subject: Subject) -> Iterator[Doubt]:
    stated = stated_gy(subject)
    if not stated:
        return
    highest = max(stated)
    delivered = None if subject.case.plan is None else delivered_gy(subject.case.plan)
    if not min(stated) > 0:
        text = f"The plan prescribes {_doses(stated)}, which is no dose."
        yield Doubt(Effect.CHECK, "prescription-implausible", text)
    elif delivered and not delivered / FACTOR <= highest <= delivered * FACTOR:
        text = (
            f"The plan prescribes {show(highest, Unit.GY)}, but its beams together give"
            f" {show(delivered, Unit.GY)} at their dose points; look for a prescription in cGy or per fraction, or for"
            " doses of beams that are not per fraction."
        )
        yield Doubt(Effect.CHECK, "prescription-implausible", text)
    elif delivered and not (1 - BEAM_SHARE) * min(stated) <= delivered <= (1 + BEAM_SHARE) * highest:
        text = (
            f"The beams together give {show(delivered, Unit.GY)} at their dose points, the plan prescribes"
            f" {_doses(stated)}; look for a dose that was normalised or calculated again after the prescription."
        )
        yield Doubt(Effect.WARN, "beam-dose-sum-differs", text)


def _within(gy: float, asked: tuple[float, float]) -> bool:
    return asked[0] - ROUNDING_GY <= gy <= asked[1] + ROUNDING_GY


def _doses(doses_gy: tuple[float, ...]) -> str:
    return listed(show(gy, Unit.GY) for gy in doses_gy)


CHECK = Check(
    id="prescription",
    title="Prescription",
    why="Limits in per cent of a wrong prescription, or a protocol for another dose, judge a plan that nobody made.",
    mend="Correct the prescription in the planning system (total dose of the course in Gy), or choose"
    " the right protocol.",
    source="DICOM PS3.3 C.8.8.10 RT Prescription Module (300A,0026): total dose in Gy;"
    " AAPM TG-275 and MPPG 11.a: prescription agrees with the plan.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
