"""The dose has the size that the prescription asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._prescriptions import expected_gy
from sbrt_qa.checks._rois import used
from sbrt_qa.checks._wording import listed
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "dose-all-zero": "Every value of the dose is zero; refused.",
    "dose-constant": "Every value of the dose is the same; refused.",
    "dose-implausible": "The maximum dose is below 0.9 or above 2.5 times the prescription; refused."
    " Where nobody prescribes, half to twice what the beams deliver stands in. Too low while most of every judged"
    " target lies outside the dose grid, the check is undecided.",
    "dose-size-unknown": "Neither plan nor protocol prescribes a dose and the beams state none; the check is"
    " undecided.",
}
LOWEST, HIGHEST = 0.9, 2.5


def run(subject: Subject) -> Outcome:
    """Look at the extremes of the dose, and hold the maximum against the prescription."""
    dose_gy = subject.case.dose.gy
    low, high = float(dose_gy.min()), float(dose_gy.max())
    if low == high:
        return Outcome("", (_constant(high),))
    expected = expected_gy(subject)
    good = f"The maximum dose is {show(high, Unit.GY)}"
    if expected is None:
        return _unknown(good, subject)
    least, most, who = expected
    if LOWEST * least <= high <= HIGHEST * most:
        return Outcome(f"{good}, which suits {who}.")
    if high < LOWEST * least and (names := _targets_outside(subject)):
        text = (
            f"{good}, and most of {listed(names)} lies outside the dose grid, so the size of the dose cannot be held"
            f" against {who}; export the dose on a grid that covers the target."
        )
        return Outcome("", (Doubt(Effect.CHECK, "dose-implausible", text),))
    text = (
        f"{good}, but {LOWEST * least:.2f} to {HIGHEST * most:.2f} Gy was expected of {who};"
        " look for cGy taken as Gy, a dose per fraction, or the dose of another plan."
    )
    return Outcome("", (Doubt(Effect.REFUSE, "dose-implausible", text),))


def _targets_outside(subject: Subject) -> list[str]:
    """Names of the judged targets, when less than half of each lies inside the dose grid; else none."""
    targets = [structure for structure in used(subject) if structure.number in subject.targets]
    if subject.curve is None:
        return []
    try:
        outside = all(subject.curve(target).covered < 1 / 2 for target in targets)
    except SbrtQaError:
        return []
    return [target.name for target in targets] if outside else []


def _unknown(good: str, subject: Subject) -> Outcome:
    if subject.case.plan is None:
        return Outcome(f"{good}; no prescription is known to hold it against.")
    text = (
        f"{good}, and nothing tells whether that is its right size: the plan prescribes no dose and its beams"
        " state none; complete the plan, or name a protocol with a dose."
    )
    return Outcome("", (Doubt(Effect.CHECK, "dose-size-unknown", text),))


def _constant(dose_gy: float) -> Doubt:
    if dose_gy == 0.0:
        text = "The dose is 0 Gy everywhere: a placeholder, not a calculated dose."
        return Doubt(Effect.REFUSE, "dose-all-zero", text)
    text = f"The dose is {show(dose_gy, Unit.GY)} everywhere, which no plan delivers."
    return Doubt(Effect.REFUSE, "dose-constant", text)


CHECK = Check(
    id="dose-plausible",
    title="Size of the dose",
    why="A wrong unit or scaling makes the dose ten or a hundred times too small, and every organ limit is met.",
    mend="Check the dose unit and the prescription in the planning system, then export again.",
    source="Measured experience with real exports; DICOM PS3.3 C.8.8.3 (3004,000E) and C.8.8.10 (300A,0026).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
