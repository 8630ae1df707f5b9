"""Limits by prescription and by volume: read, chosen, said in words, judged."""

from __future__ import annotations

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
from sbrt_qa.protocol.definition import Limit, LimitByFractions
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.limit_table import LimitTable, Situation
from sbrt_qa.protocol.load import lint
from sbrt_qa.protocol.sentences import sentence
from sbrt_qa.units import Unit

# RTOG 0813/0915 by volume of the PTV: cc, R50 goal and acceptable, D2cm goal and acceptable
SPILL = """\
1.8 5.9 7.5 50 57
3.8 5.5 6.5 50 57
7.4 5.1 6.0 50 58
13.2 4.7 5.8 50 58
22 4.5 5.5 54 63
34 4.3 5.3 58 68
50 4.0 5.0 62 77
70 3.5 4.8 66 86
95 3.3 4.4 70 89
126 3.1 4.0 73 91
163 2.9 3.7 77 94
"""
ROWS = np.array([line.split() for line in SPILL.splitlines()], dtype=float)


def table(column, unit=Unit.NONE):
    limits = {cc: Limit("<", value, unit, f"< {value:g} {unit}".rstrip()) for cc, value in ROWS[:, [0, column]]}
    return LimitTable("volume", limits)


@pytest.mark.parametrize(
    ("cc", "column", "value"),
    [
        (30, 1, 4.366667),
        (30, 2, 5.366667),
        (30, 3, 56.666667),
        (30, 4, 66.333333),
        (60, 1, 3.750000),
        (60, 2, 4.900000),
        (60, 3, 64.000000),
        (60, 4, 81.500000),
        (10, 1, 4.920690),
        (10, 2, 5.910345),
        (10, 3, 50.0),
        (10, 4, 58.0),
        (1.8, 1, 5.9),
        (163, 1, 2.9),
        (22, 1, 4.5),
        (1.0, 1, 5.9),
        (500, 1, 2.9),
    ],
)
def test_between_two_volumes_a_limit_is_linear(cc, column, value):
    """Clinical guide, section 7, example F; beyond the ends the nearest row."""
    limit = table(column).at(cc)
    assert limit.value == pytest.approx(value, abs=5e-7)
    assert limit.comparison == "<"
    assert np.interp(cc, ROWS[:, 0], ROWS[:, column]) == pytest.approx(limit.value, rel=1e-12)


def test_beyond_its_ends_a_table_carries_a_caution():
    assert Situation(5, 50.0, 30.0).caution(table(1)) is None
    caution = Situation(5, 50.0, 200.0).caution(table(1))
    assert caution.code == "limit-beyond-table"
    assert "200.00 cc lies beyond the table of limits (1.8 to 163 cc); its end was used" in caution.sentence


def test_a_prescription_has_its_column_or_none():
    limits = LimitTable("prescription", {50.0: Limit("<", 25, Unit.PERCENT, "< 25 %")})
    assert limits.at(50.0 + 1e-9).value == 25
    assert limits.at(49.9) is None
    assert Situation(5, 45.0).why_none(limits) == (
        "limit-for-prescription-missing",
        "the protocol has no limit for a prescription of 45 Gy, only for 50 Gy",
    )
    assert Situation(5, None).why_none(limits)[0] == "prescription-missing"
    assert Situation(4).why_none(LimitByFractions(columns={3: limits.at(50.0)}))[0] == "limit-for-fractions-missing"


# ---- files

HEAD = """\
schema: sbrt-qa/protocol/1
id: tables
title: Tables
version: "1"
status: template
sources: {paper: "Nobody, Nowhere 2020;1:1"}
prescription:
  target: ptv
  fractions: 5
  dose: {min: 25 Gy, max: 50 Gy}
structures:
  ptv:   {type: target, names: [PTV]}
  liver: {names: [Liver]}
constraints:
"""
VEFF = '{27.5 Gy: "<= 64 %", 45 Gy: "<= 29 %", 50 Gy: "< 25 %"}'
VOLUMES = '{100 cc: "<= 20 Gy", 200 cc: "<= 10 Gy"}'


def row(metric, goal, acceptable=None):
    second = f", acceptable: {acceptable}" if acceptable else ""
    return f'  - {{id: ROW, structure: liver, metric: "{metric}", goal: {goal}{second}, source: paper}}\n'


@pytest.fixture
def file(tmp_path):
    def write(rows):
        path = tmp_path / "p.yaml"
        path.write_text(HEAD + rows, encoding="utf-8")
        return path

    return write


def test_tables_read_as_sentences(file):
    protocol = qa.load_protocol(file(row("Veff(n=1)[%]", VEFF)))
    assert sentence(protocol.constraints[0], protocol) == (
        "Effective volume (n = 1, reference the prescription) of liver must be at most 64 % for 27.5 Gy prescribed,"
        " 29 % for 45 Gy, less than 25 % for 50 Gy."
    )
    protocol = qa.load_protocol(file(row("Mean[Gy]", VOLUMES)))
    assert sentence(protocol.constraints[0], protocol) == (
        "Mean dose of liver must be at most 20 Gy at 100 cc, 10 Gy at 200 cc, linear in between."
    )


def test_order_and_spelling_of_columns_do_not_change_a_protocol(file):
    one = qa.load_protocol(file(row("Mean[Gy]", '{40 Gy: "<= 20 Gy", 50 Gy: "<= 10 Gy"}')))
    other = qa.load_protocol(file(row("Mean[Gy]", '{50.0 Gy: "<= 10 Gy", 40Gy: "<= 20 Gy"}')))
    volumes = qa.load_protocol(file(row("Mean[Gy]", '{40 cc: "<= 20 Gy", 50 cc: "<= 10 Gy"}')))
    assert one.sha256 == other.sha256 != volumes.sha256


@pytest.mark.parametrize(
    ("goal", "acceptable", "code", "says"),
    [
        ('{50 Gy: "<= 20 Gy", 5: "<= 10 Gy"}', None, "columns-mixed", "column '5' is a number of fractions, the first"),
        (
            '{50 Gy: "<= 20 Gy", 30 cc: "<= 10 Gy"}',
            None,
            "columns-mixed",
            "column '30 cc' is a volume, the first column",
        ),
        (
            '{50 Gy: "<= 20 Gy", 50.0 Gy: "<= 9 Gy"}',
            None,
            "yaml-duplicate-key",
            "column '50.0 Gy' stands here a second",
        ),
        ('{50 mm: "<= 20 Gy"}', None, "yaml-type", "key '50 mm' cannot stand here (write a whole number of fractions"),
        ('{50: "<= 20 Gy", five: "<= 20 Gy"}', None, "yaml-type", "key 'five' cannot stand here"),
        ('{0 Gy: "<= 20 Gy"}', None, "limit-number", "'0 Gy' is nothing"),
        ('{-5 Gy: "<= 20 Gy"}', None, "limit-negative", "'-5 Gy' is negative"),
        ('{x Gy: "<= 20 Gy"}', None, "limit-number", "'x Gy' holds no plain number"),
        ('{50 Gy: "<= 20"}', None, "limit-unit", "has no unit"),
        ('{10 cc: "<= 20 Gy", 20 cc: "< 10 Gy"}', None, "columns-mixed", "compared in different ways"),
        ('{50 Gy: "<= 20 Gy"}', '{50 Gy: "<= 19 Gy"}', "acceptable-stricter", "is stricter than goal"),
        (
            '{50 Gy: "<= 20 Gy"}',
            '{45 Gy: "<= 29 Gy"}',
            "acceptable-without-goal",
            "acceptable for 45 Gy, where there is no",
        ),
        (
            '{50 Gy: "<= 20 Gy"}',
            '{5: "<= 29 Gy"}',
            "columns-mixed",
            "depends on the number of fractions, goal on the pres",
        ),
        (
            '{10 cc: "<= 20 Gy", 20 cc: "<= 10 Gy"}',
            '{15 cc: "<= 14 Gy"}',
            "acceptable-stricter",
            "stricter than goal '<= 15",
        ),
        ('{10 cc: "<= 20 Gy"}', '">= 30 Gy"', "acceptable-direction", "point in opposite directions"),
    ],
)
def test_faults_of_tables_are_found_once_at_their_place(file, goal, acceptable, code, says):
    faults = lint(file(row("Mean[Gy]", goal, acceptable)))
    assert [fault.code for fault in faults] == [code], [str(fault) for fault in faults]
    assert says in str(faults[0])
    assert "p.yaml:15:" in faults[0].where


# ---- judged


def _case(rx_gy):
    axis = np.arange(-60.0, 61.0, 4.0)
    east = np.broadcast_to(np.clip(axis + 50, 0, None), (axis.size,) * 3).astype(np.float32)
    identity = {"patient_id": "P", "study_uid": "1.2.3", "frame_uid": "1.2.3.1"}
    dose = Dose(
        Grid(axis, axis, axis),
        east,
        Identity("1.2.3.4", **identity),
        summation="PLAN",
        kind="PHYSICAL",
        plan_uids=("1.2.3.2",),
        structure_set_uids=("1.2.3.3",),
    )

    def box(name, number, x, half, kind):
        corners = np.array([(x[0], -half), (x[1], -half), (x[1], half), (x[0], half)], dtype=float)
        planes = np.arange(1 - half, half, 2.0)
        contours = tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in planes)
        return Structure(name, number, contours, kind, "1.2.3.1")

    structures = (box("PTV", 1, (0, 10), 10, "PTV"), box("Liver", 2, (-40, 0), 30, "ORGAN"))  # 144 cc, mean 30 Gy
    references = (DoseReference("TARGET", "SITE", None, rx_gy),) if rx_gy else ()
    plan = Plan(Identity("1.2.3.2", label="plan", **identity), (FractionGroup(1, 5),), references, ("1.2.3.3",))
    return Case("1.2.3.2", plan, dose, StructureSet(Identity("1.2.3.3", **identity), structures, ("1.2.3.1",)))


def finding(path, rx_gy=50.0):
    (found,) = qa.evaluate(_case(rx_gy), qa.load_protocol(path)).findings
    return found


MLD = '{45 Gy: "<= 35 Gy", 50 Gy: "<= 25 Gy"}'


@pytest.mark.parametrize(
    ("rx_gy", "verdict", "goal"), [(45.0, Verdict.PASS, "<= 35 Gy"), (50.0, Verdict.FAIL, "<= 25 Gy")]
)
def test_the_prescription_of_the_plan_chooses_the_limit(file, rx_gy, verdict, goal):
    found = finding(file(row("Mean[Gy]", MLD)), rx_gy)
    assert (found.verdict, found.goal) == (verdict, goal)
    assert found.value == pytest.approx(30.0, rel=1e-5)


def test_without_its_column_a_row_is_undecided_and_its_value_shown(file):
    found = finding(file(row("Mean[Gy]", MLD)), 47.5)
    assert (found.verdict, found.reason) == (Verdict.UNDECIDED, ("limit-for-prescription-missing",))
    assert found.value == pytest.approx(30.0, rel=1e-5)
    assert "no limit for a prescription of 47.5 Gy, only for 45, 50 Gy" in found.sentence
    unknown = finding(file(row("Mean[Gy]", MLD)), None)
    assert (unknown.verdict, unknown.reason) == (Verdict.UNDECIDED, ("prescription-missing",))


def test_the_volume_of_the_structure_chooses_the_limit(file):
    found = finding(file(row("Mean[Gy]", '{100 cc: "<= 40 Gy", 200 cc: "<= 20 Gy"}')))
    assert found.goal_value == pytest.approx(31.2, rel=1e-6)
    assert (found.verdict, found.goal, found.reason) == (Verdict.PASS, "<= 31.2 Gy", ())
    assert "the protocol asks for at most 31.2 Gy" in found.sentence
    beyond = finding(file(row("Mean[Gy]", '{50 cc: "<= 40 Gy", 100 cc: "<= 31 Gy"}')))
    assert (beyond.verdict, beyond.goal, beyond.reason) == (Verdict.PASS, "<= 31 Gy", ("limit-beyond-table",))
    assert "Caution: the volume of 144.00 cc lies beyond the table of limits (50 to 100 cc)" in beyond.sentence


@pytest.mark.parametrize(("volume_cc", "reached"), [(1.0, False), (2.0, True), (3.0, True), (4.0, True), (5.0, False)])
def test_a_table_reaches_from_its_first_to_its_last_column(volume_cc, reached):
    made = LimitTable("volume", {v: Limit("<=", v, Unit.NONE, f"<= {v}") for v in (2.0, 4.0)})
    assert made.reaches(volume_cc) is reached
    assert (Situation(volume_cc=volume_cc).caution(made) is None) is reached
