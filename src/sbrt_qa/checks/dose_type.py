"""The dose is the whole planned physical dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Dose, Plan

CODES = {
    "dose-type-effective": "The dose is a biologically effective one; refused, since limits are physical; a note where"
    " the protocol asks for it by name.",
    "dose-type-physical": "The dose is physical and the protocol asks for an effective one; refused.",
    "dose-type-error": "The values are differences or uncertainties, not dose; refused.",
    "dose-type-unknown": "DoseType is absent or not defined by DICOM; refused.",
    "dose-not-whole-plan": "The dose is of single beams, applicators or control points; refused. Called the dose of the"
    " plan, but naming only some of its beams: the check is undecided.",
    "beam-doses-summed": "The doses of all beams, each there once, were added up to the dose of the plan; a note.",
    "dose-single-session": "The dose is of one treatment session; refused.",
    "dose-fraction-group": "The dose is of one fraction group: a note when the plan has exactly one, else refused.",
    "dose-multi-plan": "The dose is a sum over several plans; refused; a note where the protocol asks for it by name.",
    "dose-single-plan": "The dose is of one plan and the protocol asks for a sum over several; refused.",
    "dose-record": "The dose was reconstructed from treatment records, not planned; refused.",
    "dose-summation-unknown": "DoseSummationType is absent or not defined by DICOM; refused.",
    "dose-deformed": "The dose was mapped by a deformation; refused.",
    "dose-rigidly-mapped": "The dose was moved from another image set; the check is undecided.",
    "dose-in-water": "The dose was calculated as in water; the check is undecided.",
    "dose-roi-override": "Densities of some structures were overridden for the calculation; a note.",
}
SUMMATIONS = {
    "MULTI_PLAN": ("dose-multi-plan", "a sum over several plans"),
    "BEAM": ("dose-not-whole-plan", "the dose of single beams"),
    "BRACHY": ("dose-not-whole-plan", "the dose of single applicator setups"),
    "CONTROL_POINT": ("dose-not-whole-plan", "the dose of a part of a beam"),
    "FRACTION_SESSION": ("dose-single-session", "the dose of one treatment session"),
    "BEAM_SESSION": ("dose-single-session", "the dose of beams in one treatment session"),
    "BRACHY_SESSION": ("dose-single-session", "the dose of applicator setups in one treatment session"),
    "RECORD": ("dose-record", "the delivered dose from treatment records"),
}
WHOLE = "export the dose of the whole plan (DoseSummationType PLAN)"


def run(subject: Subject) -> Outcome:
    """Read DoseType, DoseSummationType, SpatialTransformOfDose and TissueHeterogeneityCorrection."""
    dose, plan = subject.case.dose, subject.case.plan
    summation = _sum_of_plans(dose) if subject.dose_summation == "MULTI_PLAN" else _summation(dose, plan)
    doubts = (
        *_kind(dose, subject.dose_kind),
        *summation,
        *_some_beams(dose, plan),
        *_transform(dose),
        *_heterogeneity(dose),
    )
    return Outcome("The dose is the physical dose of the whole plan.", doubts)


def _kind(dose: Dose, asked: str) -> Iterator[Doubt]:
    if dose.kind == asked == "PHYSICAL":
        return
    if dose.kind == asked:
        text = "DoseType is EFFECTIVE: a biologically weighted dose, which the protocol asks for."
        yield Doubt(Effect.NOTE, "dose-type-effective", text)
    elif dose.kind == "PHYSICAL":
        text = "DoseType is PHYSICAL, and the limits of the protocol are of biologically effective dose (EFFECTIVE)."
        yield Doubt(Effect.REFUSE, "dose-type-physical", text)
    elif dose.kind == "EFFECTIVE":
        text = "DoseType is EFFECTIVE: a biologically weighted dose cannot be held against physical limits."
        yield Doubt(Effect.REFUSE, "dose-type-effective", text)
    elif dose.kind == "ERROR":
        text = "DoseType is ERROR: the values are differences or uncertainties, not a dose."
        yield Doubt(Effect.REFUSE, "dose-type-error", text)
    else:
        text = f"DoseType {_seen(dose.kind)}; only PHYSICAL is judged."
        yield Doubt(Effect.REFUSE, "dose-type-unknown", text)


def _summation(dose: Dose, plan: Plan | None) -> Iterator[Doubt]:
    plans = len(set(dose.plan_uids))
    if dose.summation == "BEAM" and dose.summed_beams:
        beams = ", ".join(map(str, dose.summed_beams))
        text = f"The doses of all beams of the plan ({beams}), each there once, were added up."
        yield Doubt(Effect.NOTE, "beam-doses-summed", text)
    elif dose.summation in SUMMATIONS:
        code, words = SUMMATIONS[dose.summation]
        yield Doubt(Effect.REFUSE, code, f"DoseSummationType is {dose.summation}: {words}; {WHOLE}.")
    elif dose.summation == "FRACTION":
        yield _fraction(plan)
    elif dose.summation != "PLAN":
        text = f"DoseSummationType {_seen(dose.summation)}; {WHOLE}."
        yield Doubt(Effect.REFUSE, "dose-summation-unknown", text)
    if plans > 1 and dose.summation != "MULTI_PLAN":
        text = f"The dose refers to {plans} plans, so it is a sum; {WHOLE}."
        yield Doubt(Effect.REFUSE, "dose-multi-plan", text)


def _some_beams(dose: Dose, plan: Plan | None) -> Iterator[Doubt]:
    """Doubt a dose that is called the plan's and names only some of the beams that treat."""
    if plan is None or not dose.named_beams or dose.summation not in {"PLAN", "FRACTION"}:
        return
    treating = {beam.number for group in plan.fraction_groups for beam in group.beams if beam.treats and beam.meterset}
    if absent := sorted(treating.difference(dose.named_beams)):
        words = f"beam{'s' * (len(absent) > 1)} {', '.join(map(str, absent))}"
        text = f"DoseSummationType is {dose.summation}, but the dose names beams without {words} of the plan; {WHOLE}."
        yield Doubt(Effect.CHECK, "dose-not-whole-plan", text)


def _sum_of_plans(dose: Dose) -> Iterator[Doubt]:
    """Judge a dose under a protocol that asks for a sum over plans."""
    plans = len(set(dose.plan_uids))
    if dose.summation == "MULTI_PLAN" and plans > 1:
        text = f"DoseSummationType is MULTI_PLAN: a sum over {plans} plans, which the protocol asks for."
        yield Doubt(Effect.NOTE, "dose-multi-plan", text)
    elif dose.summation == "MULTI_PLAN":
        named = "1 plan" if plans else "no plans"
        text = f"DoseSummationType is MULTI_PLAN, but the dose names {named} that it sums."
        yield Doubt(Effect.REFUSE, "dose-multi-plan", text)
    else:
        text = f"The protocol judges a sum over plans (MULTI_PLAN); DoseSummationType is {dose.summation or 'absent'}."
        yield Doubt(Effect.REFUSE, "dose-single-plan", text)


def _fraction(plan: Plan | None) -> Doubt:
    """Judge FRACTION: all fractions of one fraction group, so the whole plan when it has only one."""
    groups = None if plan is None else len(plan.fraction_groups)
    if groups == 1:
        text = "DoseSummationType is FRACTION: all fractions of one fraction group, and the plan has only one."
        return Doubt(Effect.NOTE, "dose-fraction-group", text)
    seen = "there is no plan to say how many there are" if groups is None else f"the plan has {groups}"
    text = f"DoseSummationType is FRACTION: the dose of one fraction group, and {seen}; {WHOLE}."
    return Doubt(Effect.REFUSE, "dose-fraction-group", text)


def _transform(dose: Dose) -> Iterator[Doubt]:
    if dose.spatial_transform in {"", "NONE"}:
        return
    if dose.spatial_transform == "RIGID":
        text = "The dose was moved here by a rigid registration, whose error nothing here can see."
        yield Doubt(Effect.CHECK, "dose-rigidly-mapped", text)
    else:
        text = f"The dose was mapped by a spatial transform ({dose.spatial_transform}), not calculated on this image."
        yield Doubt(Effect.REFUSE, "dose-deformed", text)


def _heterogeneity(dose: Dose) -> Iterator[Doubt]:
    others = [value for value in dose.heterogeneity if value and value not in {"IMAGE", "ROI_OVERRIDE"}]
    if others:
        text = (
            f"TissueHeterogeneityCorrection is {', '.join(others)}: the dose does not follow the"
            " densities of the image,"
            " which matters at the dome of the liver beside lung; calculate with heterogeneity correction."
        )
        yield Doubt(Effect.CHECK, "dose-in-water", text)
    if "ROI_OVERRIDE" in dose.heterogeneity:
        text = "Some structures were calculated with an assigned density (TissueHeterogeneityCorrection ROI_OVERRIDE)."
        yield Doubt(Effect.NOTE, "dose-roi-override", text)


def _seen(value: str) -> str:
    return f"is {value!r}, which DICOM does not define" if value else "is absent"


CHECK = Check(
    id="dose-type",
    title="Whole, planned, physical dose",
    why="A part of the dose, a sum with other plans, a delivered or a biologically weighted dose"
    " looks like a plan dose and is not one.",
    mend="Export the physical dose of the whole plan, calculated on the planning image with heterogeneity correction.",
    source="DICOM PS3.3 C.8.8.3 RT Dose Module: DoseType (3004,0004), DoseSummationType (3004,000A),"
    " SpatialTransformOfDose (3004,0005), TissueHeterogeneityCorrection (3004,0014).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
