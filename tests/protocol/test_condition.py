"""Rows asked only where another number lies on one side of a limit: one kidney spared, the other may exceed."""

from __future__ import annotations

import json

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
from sbrt_qa.protocol.load import lint
from sbrt_qa.protocol.sentences import sentence
from sbrt_qa.report.terminal import render

HEAD = """\
schema: sbrt-qa/protocol/1
id: kidneys
title: Kidneys
version: "1"
status: template
sources: {paper: "Nobody, Nowhere 2020;1:1"}
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv:      {type: target, many: true, names: [PTV]}
  left:     {names: [Kidney_L]}
  right:    {names: [Kidney_R]}
constraints:
  - {id: PTV, structure: ptv, metric: "V100%[%]", goal: ">= 90 %", source: paper}
"""
LEFT = '  - {id: LEFT, structure: left, metric: "V10Gy[%]", goal: "< 10 %", source: paper, when: WHEN}\n'
WHEN = '{structure: right, metric: "Mean[Gy]", is: "> 10 Gy"}'


def box(name, number, x, kind="ORGAN"):
    corners = np.array([(x[0], -10), (x[1], -10), (x[1], 10), (x[0], 10)], dtype=float)
    contours = tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in np.arange(-9, 10, 2.0))
    return Structure(name, number, contours, kind, "1.2.3.1")


def case(*structures, half=60.0):
    """1 Gy per mm along x, 50 Gy at x = 0."""
    axis = np.arange(-half, half + 1, 4.0)
    east = np.broadcast_to(np.clip(axis + 50, 0, None), (axis.size,) * 3).astype(np.float32)
    identity = {"patient_id": "P", "study_uid": "1.2.3", "frame_uid": "1.2.3.1"}
    links = {"plan_uids": ("1.2.3.2",), "structure_set_uids": ("1.2.3.3",)}
    grid = Grid(axis, axis, axis)
    dose = Dose(grid, east, Identity("1.2.3.4", **identity), summation="PLAN", kind="PHYSICAL", **links)
    references = (DoseReference("TARGET", "SITE", None, 50.0),)
    plan = Plan(Identity("1.2.3.2", label="plan", **identity), (FractionGroup(1, 5),), references, ("1.2.3.3",))
    target = box("PTV", 1, (0, 10), "PTV")
    structures = StructureSet(Identity("1.2.3.3", **identity), (target, *structures), ("1.2.3.1",))
    return Case("1.2.3.2", plan, dose, structures)


SPARED = (-48, -40)  # 2 to 10 Gy
HOT = (-40, -20)  # 10 to 30 Gy


@pytest.fixture
def judged(tmp_path):
    def run(one, rows=LEFT, when=WHEN):
        path = tmp_path / "p.yaml"
        path.write_text(HEAD + rows.replace("WHEN", when), encoding="utf-8")
        evaluation = qa.evaluate(one, qa.load_protocol(path))
        (found,) = [f for f in evaluation.findings if f.constraint == "LEFT"]
        return evaluation, found

    return run


def kidneys(left, right):
    return case(box("Kidney_L", 2, left), box("Kidney_R", 3, right))


def test_the_other_kidney_may_exceed_where_this_one_is_spared(judged):
    evaluation, found = judged(kidneys(left=HOT, right=SPARED))
    assert (found.verdict, found.reason, found.margin) == (None, ("condition-not-met",), None)
    assert found.value == pytest.approx(100.0)
    assert found.sentence == (
        "Not asked: mean dose of Kidney_R is 6.00 Gy, and the row is asked only where that is more than 10 Gy."
    )
    assert evaluation.verdict is Verdict.PASS


def test_where_this_one_is_not_spared_the_other_must_be(judged):
    evaluation, found = judged(kidneys(left=HOT, right=HOT))
    assert (found.verdict, evaluation.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert found.sentence.endswith(
        "at most 10 %. Asked because mean dose of Kidney_R is 20.00 Gy.".replace("at most", "less than")
    )
    _, spared = judged(kidneys(left=SPARED, right=HOT))
    assert spared.verdict is Verdict.PASS


def test_nobody_knows_whether_it_is_asked_without_the_other_kidney(judged):
    for more in ("", ", required: false"):
        rows = LEFT.replace("source: paper", f"source: paper{more}")
        evaluation, found = judged(case(box("Kidney_L", 2, SPARED)), rows)
        assert (found.verdict, evaluation.verdict) == (Verdict.UNDECIDED, Verdict.UNDECIDED)
        assert found.reason == ("structure-missing", "condition-undecided")
        assert found.sentence.startswith("Whether this is asked could not be judged. Mean dose of right could not be")


def test_dose_outside_the_grid_leaves_a_condition_open(judged):
    beyond = kidneys(left=SPARED, right=(-70, -50))
    _, found = judged(beyond)
    assert (found.verdict, found.reason) == (Verdict.UNDECIDED, ("dose-grid-too-small", "condition-undecided"))
    _, known = judged(beyond, when='{structure: right, metric: "V10Gy[%]", is: ">= 51 %"}')
    assert known.verdict is None or known.verdict is Verdict.UNDECIDED


def test_a_condition_close_to_its_limit_makes_the_row_borderline(judged):
    for limit in ("> 19.99 Gy", "> 20.01 Gy"):
        _, found = judged(kidneys(left=HOT, right=HOT), when=WHEN.replace("> 10 Gy", limit))
        assert found.borderline


def test_a_file_in_which_nothing_is_asked_judges_nothing(judged, tmp_path):
    path = tmp_path / "q.yaml"
    head = "".join(line for line in HEAD.splitlines(keepends=True) if "id: PTV" not in line)
    path.write_text(head + LEFT.replace("WHEN", WHEN), encoding="utf-8")
    evaluation = qa.evaluate(kidneys(left=HOT, right=SPARED), qa.load_protocol(path))
    assert evaluation.verdict is Verdict.UNDECIDED
    assert any("nothing-judged" in check.reason for check in evaluation.checks)


def test_a_row_not_asked_stands_in_every_record_once(judged, tmp_path):
    evaluation, _ = judged(kidneys(left=HOT, right=SPARED))
    qa.write_report(evaluation, tmp_path / "r.json")
    record = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    (found,) = [f for f in record["findings"] if f["constraint"] == "LEFT"]
    assert (found["verdict"], found["reason"], found["goal"]) == (None, ["condition-not-met"], "< 10 %")
    assert "not asked" in render(evaluation)
    for suffix in ("csv", "html"):
        qa.write_report(evaluation, tmp_path / f"r.{suffix}")
        assert "condition-not-met" in (tmp_path / f"r.{suffix}").read_text(encoding="utf-8")


def test_a_condition_reads_as_words_and_is_part_of_the_content(tmp_path):
    path = tmp_path / "p.yaml"
    hashes = set()
    for when in (WHEN, WHEN.replace("10", "11"), WHEN.replace("right", "left")):
        path.write_text(HEAD + LEFT.replace("WHEN", when), encoding="utf-8")
        protocol = qa.load_protocol(path)
        hashes.add(protocol.sha256)
    assert len(hashes) == 3
    path.write_text(HEAD + LEFT.replace("WHEN", WHEN), encoding="utf-8")
    protocol = qa.load_protocol(path)
    assert sentence(protocol.constraints[1], protocol) == (
        "Where mean dose of right is more than 10 Gy: share of left receiving at least 10 Gy must be less than 10 %."
    )


@pytest.mark.parametrize(
    ("when", "code", "says"),
    [
        ('{structure: rigth, metric: "Mean[Gy]", is: "> 10 Gy"}', "structure-unknown", "did you mean 'right'?"),
        ('{structure: right, metric: "Mean", is: "> 10 Gy"}', "limit-unit", "metric 'Mean' has no unit"),
        ('{structure: right, metric: "Mean[Gy]", is: "> 10"}', "limit-unit", "'> 10' has no unit (write '> 10 Gy')"),
        (
            '{structure: right, metric: "Mean[Gy]", is: "10 Gy"}',
            "limit-comparison",
            "does not begin with <=, <, >= or >",
        ),
        ('{structure: right, metric: "Mean[Gy]"}', "yaml-missing-key", "key 'is' is missing"),
        (
            '{structure: right, metric: "Mean[Gy]", is: "> 10 Gy", or: 1}',
            "yaml-unknown-key",
            "unknown key 'or' (known here",
        ),
        ('{structure: ptv, metric: "Mean[Gy]", is: "> 10 Gy"}', "condition-many", "'ptv' may be several structures"),
        ("always", "yaml-type", "'when' must be a mapping"),
    ],
)
def test_faults_of_a_condition_are_found_once_at_their_place(tmp_path, when, code, says):
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + LEFT.replace("WHEN", when), encoding="utf-8")
    faults = lint(path)
    assert [fault.code for fault in faults] == [code], [str(fault) for fault in faults]
    assert says in str(faults[0])
    assert "p.yaml:14:" in faults[0].where


def test_a_reported_row_has_no_condition(tmp_path):
    path = tmp_path / "p.yaml"
    row = LEFT.replace('goal: "< 10 %"', "report: true").replace("WHEN", WHEN)
    path.write_text(HEAD + row, encoding="utf-8")
    (fault,) = lint(path)
    assert "a report row is always reported, so 'when' has no effect" in str(fault)
