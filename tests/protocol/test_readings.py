"""A verdict that depends on how a ROI is to be read is none; where every reading agrees it stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sbrt_qa as qa
from sbrt_qa.model import (
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
from sbrt_qa.protocol.finding import Verdict

FRAME = "1.2.3.1"
PROTOCOL = """\
schema: sbrt-qa/protocol/1
id: boxes
title: Boxes
version: "1"
status: template
sources:
  paper: "Nobody, Nowhere 2020;1:1"
prescription: {{target: ptv, fractions: 5, dose: 50 Gy}}
structures:
  ptv:   {{type: target, names: [PTVsb]}}
  liver: {{names: [Liver]}}
  cord:  {{names: [SpinalCord]}}
  both:  {{derive: "liver - ptv"}}
constraints:
  - {{id: ROW, structure: {role}, metric: "{metric}", goal: "{goal}", source: paper}}
  - {{id: OTHER, structure: cord, metric: "Volume[cc]", goal: ">= 1 cc", source: paper}}
"""


def rectangle(x, y, z_mm):
    return Contour([(x[0], y[0], z_mm), (x[1], y[0], z_mm), (x[1], y[1], z_mm), (x[0], y[1], z_mm)])


PLANES = np.arange(-19.0, 20.0, 2.0)


def box(name, number, x, y=(-20, 20), planes=PLANES):
    return Structure(name, number, tuple(rectangle(x, y, z) for z in planes), "ORGAN", FRAME)


PTV = replace(box("PTVsb", 1, (0, 10), (-10, 10)), kind="PTV")
LIVER = box("Liver", 2, (-40, 10))
CORD = box("SpinalCord", 3, (-50, -30))
HOLE = tuple(rectangle((-10, 10), (-15, 15), z) for z in PLANES)


@pytest.fixture
def judged(tmp_path):
    """Judge one row on the boxes, some of them replaced; the dose is 50 Gy + x in mm."""

    def run(role, metric, goal, *structures, strict=False):
        path = tmp_path / "p.yaml"
        path.write_text(PROTOCOL.format(role=role, metric=metric, goal=goal), encoding="utf-8")
        boxes = {s.name: s for s in (PTV, LIVER, CORD, *structures)}
        return qa.evaluate(case(*boxes.values()), qa.load_protocol(path), strict=strict)

    return run


def case(*structures):
    axis = np.arange(-60.0, 61.0, 2.0)
    gy = np.broadcast_to(axis + 60, (axis.size,) * 3).astype(np.float32) - np.float32(10)
    identity = {"patient_id": "P", "study_uid": "1.2.3", "frame_uid": FRAME}
    facts = {"summation": "PLAN", "kind": "PHYSICAL", "plan_uids": ("1.2",), "structure_set_uids": ("1.4",)}
    dose = Dose(Grid(axis, axis, axis), np.maximum(gy, 0), Identity("1.3", **identity), **facts)
    plan = Plan(
        Identity("1.2", **identity),
        (FractionGroup(1, 5),),
        (DoseReference("TARGET", "VOLUME", 1, 50.0),),
        ("1.4",),
    )
    return Case("1.2", plan, dose, StructureSet(Identity("1.4", **identity), structures, (FRAME,)))


def row(evaluation):
    return next(f for f in evaluation.findings if f.constraint == "ROW")


HOLLOW = replace(LIVER, contours=LIVER.contours + HOLE)  # 40 x 50 less 30 x 20 mm² on each plane: 56 of 80 cc


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [("<= 50 cc", Verdict.FAIL), ("<= 60 cc", Verdict.UNDECIDED), ("<= 90 cc", Verdict.PASS)],
)
def test_a_hole_that_decides_leaves_the_row_undecided(judged, goal, verdict):
    evaluation = judged("liver", "Volume[cc]", goal, HOLLOW)
    found = row(evaluation)
    assert found.verdict is verdict
    assert found.value == pytest.approx(56.0)
    assert found.reason == (("holes-ambiguous",) if verdict is Verdict.UNDECIDED else ())
    assert evaluation.verdict is verdict
    overlaps = next(c for c in evaluation.checks if c.id == "contour-overlaps")
    assert (overlaps.verdict, overlaps.reason) == (Verdict.PASS, ("holes-nested",))


def test_the_doubt_reaches_what_is_derived_from_the_structure(judged):
    """Liver less target: 2400 - 2000 + ... the hole of the liver takes in the target's place as well."""
    filled = row(judged("both", "Volume[cc]", ">= 70 cc", LIVER))
    assert filled.verdict is Verdict.PASS
    hollow = row(judged("both", "Volume[cc]", ">= 70 cc", HOLLOW))
    assert (hollow.verdict, hollow.reason) == (Verdict.UNDECIDED, ("holes-ambiguous",))


LOBES = tuple(rectangle(x, (-20, 20), z) for z in PLANES for x in ((-40, 20), (0, 40)))
VESSEL = tuple(rectangle((-38, -20), (-15, 15), z) for z in PLANES)


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [("<= 56 Gy", Verdict.PASS), ("<= 55 Gy", Verdict.UNDECIDED), (">= 55 Gy", Verdict.UNDECIDED)],
)
def test_what_crosses_may_be_one_although_what_is_nested_is_a_hole(judged, goal, verdict):
    """Even-odd without the hole and what both lobes share 54.1 Gy; filled 50 Gy; united without the hole 55.9 Gy."""
    found = row(judged("liver", "Mean[Gy]", goal, replace(LIVER, contours=LOBES + VESSEL)))
    assert found.value == pytest.approx(54.118, abs=0.01)
    assert found.verdict is verdict


def test_a_structure_drawn_twice_has_no_volume_to_judge(judged):
    found = row(judged("liver", "Mean[Gy]", "<= 90 Gy", replace(LIVER, contours=LIVER.contours * 2)))
    assert found.verdict is Verdict.UNDECIDED
    assert "holes-ambiguous" in found.reason
    assert found.value is None


def test_a_report_row_shows_the_number_as_read(tmp_path, judged):
    path = tmp_path / "report.yaml"
    text = PROTOCOL.format(role="liver", metric="Volume[cc]", goal=">= 1 cc")
    path.write_text(text.replace('goal: ">= 1 cc", source: paper}', "report: true}", 1), encoding="utf-8")
    found = row(qa.evaluate(case(PTV, HOLLOW, CORD), qa.load_protocol(path)))
    assert (found.verdict, found.reason) == (None, ())
    assert found.value == pytest.approx(56.0)


PARTED = box("Liver", 2, (-40, 10), planes=[*np.arange(-19.0, -8.0, 2.0), *np.arange(9.0, 20.0, 2.0)])


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [(">= 40 cc", Verdict.PASS), (">= 60 cc", Verdict.UNDECIDED), (">= 90 cc", Verdict.FAIL)],
)
def test_a_gap_decides_only_where_bridging_it_does(judged, goal, verdict):
    """Eight planes are missing: bridged there are 80 cc, as two parts 48 cc."""
    evaluation = judged("liver", "Volume[cc]", goal, PARTED)
    assert row(evaluation).verdict is verdict
    assert row(evaluation).value == pytest.approx(80.0)
    assert ("contour-gap" in row(evaluation).reason) is (verdict is Verdict.UNDECIDED)
    gaps = next(c for c in evaluation.checks if c.id == "contour-gaps")
    assert (gaps.verdict, gaps.reason) == (Verdict.VARIATION, ("contour-gap",))


def test_both_doubts_of_one_structure_are_tried_alone_and_together(judged):
    """Even-odd and bridged 56 cc, filled 80 cc, parted 33.6 cc, filled and parted 48 cc."""
    both = replace(PARTED, contours=PARTED.contours + tuple(c for c in HOLE if abs(c.z_mm) > 8))
    assert row(judged("liver", "Volume[cc]", "<= 81 cc", both)).verdict is Verdict.PASS
    assert row(judged("liver", "Volume[cc]", ">= 33 cc", both)).verdict is Verdict.PASS
    for goal in ("<= 79 cc", ">= 34 cc"):
        found = row(judged("liver", "Volume[cc]", goal, both))
        assert (found.verdict, found.reason) == (Verdict.UNDECIDED, ("contour-gap", "holes-ambiguous"))


def test_strict_leaves_a_doubt_about_findings_undecided(judged):
    """A gap breaks nothing: with --strict its check is undecided, as the finding is."""
    evaluation = judged("liver", "Volume[cc]", ">= 60 cc", PARTED, strict=True)
    gaps = next(c for c in evaluation.checks if c.id == "contour-gaps")
    assert (gaps.verdict, evaluation.verdict) == (Verdict.UNDECIDED, Verdict.UNDECIDED)


def test_one_gap_may_be_real_and_another_forgotten(judged):
    """A cold part and a hot one, each with a gap: alike they leave the mean at 50 Gy, one bridged alone does not."""
    planes = {(-40, 0): (-19, -17, -15, -7, -5, -3), (-10, 10): (-1, 1), (0, 40): (3, 5, 7, 15, 17, 19)}
    parts = tuple(rectangle(x, (-20, 20), float(z)) for x, heights in planes.items() for z in heights)
    liver = replace(LIVER, contours=parts)
    assert row(judged("liver", "Mean[Gy]", "<= 54 Gy", liver)).verdict is Verdict.PASS
    for goal in ("<= 51 Gy", ">= 49 Gy"):
        found = row(judged("liver", "Mean[Gy]", goal, liver))
        assert (found.value, found.verdict) == (pytest.approx(50.0, abs=0.1), Verdict.UNDECIDED)
        assert found.reason == ("contour-gap",)
        assert found.sentence.count("6 contour planes missing") == 1


def test_a_part_drawn_twice_is_not_simply_missing(judged):
    """What cannot be made of it says why, so that an optional row does not pass for one that nobody drew."""
    twice = replace(LIVER, contours=LIVER.contours * 2)
    found = row(judged("both", "Mean[Gy]", "<= 90 Gy", twice))
    assert (found.value, found.verdict, found.reason) == (
        None,
        Verdict.UNDECIDED,
        ("structure-empty", "holes-ambiguous"),
    )
    assert "'liver' (Liver) encloses no volume. Liver: contours lie on each other" in found.sentence
