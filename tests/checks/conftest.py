"""A tiny case that every check passes, and the tools to spoil it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.checks import Effect, Subject, checks
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.model import (
    Beam,
    Case,
    Contour,
    Dose,
    DoseReference,
    FractionGroup,
    Grid,
    Identity,
    Plan,
    Structure,
    StructureSet,
)

PATIENT_ID, PATIENT_NAME = "PID-778899", "Tester^Theodora"
FRAME = "1.2.3.4.5.6.7.8.9.300001"
PLAN_UID, DOSE_UID, SET_UID = (f"1.2.3.4.5.6.7.8.9.10000{n}" for n in (1, 2, 3))


def make_identity(sop_uid, **changes):
    stated = {
        "patient_id": PATIENT_ID,
        "patient_name": PATIENT_NAME,
        "study_uid": "1.2.3.4.5.6.7.8.9.200001",
        "frame_uid": FRAME,
        "date": "20250310",
    }
    return Identity(sop_uid, **{**stated, **changes})


def square(z_mm, half_mm=10.0, x_mm=0.0, geometry="CLOSED_PLANAR"):
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return Contour([(x_mm + half_mm * i, half_mm * j, z_mm) for i, j in corners], geometry)


def make_box(name, number, *, half_mm=10.0, x_mm=0.0, z_mm=None, kind="", frame_uid=FRAME, **changes):
    """A box of square contours, by default every 2.5 mm from -10 to +10 mm."""
    planes = np.arange(-10.0, 10.1, 2.5) if z_mm is None else z_mm
    contours = tuple(square(z, half_mm, x_mm) for z in planes)
    return replace(Structure(name, number, contours, kind, frame_uid), **changes)


def make_plan():
    beams = tuple(Beam(n, f"Arc {n}", "TREATMENT", 900.0, 5.0) for n in (1, 2))
    return Plan(
        make_identity(PLAN_UID, label="Bed 5x10"),
        fraction_groups=(FractionGroup(1, 5, beams),),
        dose_references=(DoseReference("TARGET", "VOLUME", 1, 50.0), DoseReference("ORGAN_AT_RISK", "SITE")),
        structure_set_uids=(SET_UID,),
        approval="APPROVED",
        intent="CURATIVE",
        geometry="PATIENT",
    )


def make_dose():
    x = y = np.arange(-60.0, 60.1, 2.0)
    z = np.arange(-20.0, 20.1, 2.5)
    radius = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    return Dose(
        Grid(x, y, z),
        60.0 * np.exp(-((radius / 30.0) ** 2)),
        make_identity(DOSE_UID),
        summation="PLAN",
        kind="PHYSICAL",
        plan_uids=(PLAN_UID,),
        structure_set_uids=(SET_UID,),
    )


def make_curve(volume_cc, covered=1.0, name="any"):
    return DVH(
        name,
        [0.0, 20.0, 60.0],
        [volume_cc * covered, volume_cc * covered / 2, 0.0],
        volume_cc,
        (0.0, 20.0, 59.0),
    )


def box_curve(structure):
    """The curve of a box: area of its first square times the number of planes times 2.5 mm."""
    first = structure.contours[0].points_mm
    area = np.ptp(first[:, 0]) * np.ptp(first[:, 1])
    return make_curve(float(area) * len(structure.contours) * 2.5 / 1000, name=structure.name)


@pytest.fixture
def subject():
    """A case and a protocol in which no check finds anything."""
    ptv = make_box("PTVsb", 1, kind="PTV", stated_volume_cc=9.0)
    liver = make_box("Liver", 2, half_mm=30.0, kind="ORGAN", stated_volume_cc=81.0)
    kidney = make_box("Kidney_L", 3, half_mm=8.0, x_mm=40.0)
    body = make_box("External", 4, half_mm=55.0, kind="EXTERNAL")
    structures = StructureSet(make_identity(SET_UID), (ptv, liver, kidney, body), (FRAME,))
    return Subject(
        case=Case(PLAN_UID, make_plan(), make_dose(), structures),
        fractions=(5,),
        prescription_gy=(50.0, 50.0),
        plan_prescription_gy=50.0,
        used={"ptv": (ptv,), "liver": (liver,), "kidney_l": (kidney,)},
        required=frozenset({"ptv", "liver"}),
        targets=frozenset({1}),
        curve=box_curve,
    )


@pytest.fixture
def box():
    return make_box


@pytest.fixture
def curve():
    return make_curve


@pytest.fixture
def alter():
    """Change parts of a subject: ``alter(subject, plan={...}, dose_identity={...}, fractions=(3,))``."""

    def change(subject, **changes):
        case = subject.case
        parts = {"plan": case.plan, "dose": case.dose, "structure_set": case.structure_set}
        for name, part in parts.items():
            fields = dict(changes.pop(name, {}))
            identity = changes.pop(f"{name}_identity", {})
            if identity:
                fields["identity"] = replace(part.identity, **identity)
            parts[name] = replace(part, **fields) if fields else part
        if changes.pop("no_plan", False):
            parts["plan"] = None
        return replace(subject, case=replace(case, **parts), **changes)

    return change


@pytest.fixture
def swap(alter):
    """Put a structure in the place of the one with its number, in the case and in every role."""

    def change(subject, structure):
        structures = tuple(structure if s.number == structure.number else s for s in subject.case.structures)
        used = {
            role: tuple(structure if s.number == structure.number else s for s in group)
            for role, group in subject.used.items()
        }
        return alter(subject, structure_set={"structures": structures}, used=used)

    return change


@pytest.fixture
def run():
    """Run a check, and hold every outcome to what all checks promise."""

    def go(check_id, subject):
        check = checks()[check_id]
        outcome = check.run(subject)
        for doubt in outcome.doubts:
            assert doubt.code in check.codes
            assert doubt.effect is not Effect.FINDING or doubt.rois or not subject.used
            assert_worded(doubt.sentence)
        if outcome.measured is not None:
            assert outcome.measured.code in check.codes
            assert outcome.measured.unit == check.unit
        if not outcome.doubts:
            assert_worded(outcome.good)
        return outcome

    return go


def assert_worded(sentence):
    assert sentence.strip() == sentence
    assert sentence.endswith(".")
    assert PATIENT_ID not in sentence
    assert "Theodora" not in sentence


@pytest.fixture
def doubts(run):
    """Effect and code of every doubt of a check, in order."""
    return lambda check_id, subject: [(str(d.effect), d.code) for d in run(check_id, subject).doubts]


@pytest.fixture
def only(run):
    """The single doubt that a check must raise here."""

    def single(check_id, subject, effect, code):
        (doubt,) = run(check_id, subject).doubts
        assert (str(doubt.effect), doubt.code) == (effect, code)
        return doubt

    return single
