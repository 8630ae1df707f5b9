"""The judge on cases small enough to do by hand: boxes in a dose that rises by 1 Gy per mm along x."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import sbrt_qa as qa
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
    StatedDVH,
    Structure,
    StructureSet,
)
from sbrt_qa.protocol.evaluate import is_harmless, refused_findings
from sbrt_qa.protocol.finding import Verdict

FRAME, PLAN, SET, DOSE = "1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.3.4"

HEAD = """\
schema: sbrt-qa/protocol/1
id: boxes
title: Boxes
version: "1"
status: template
sources:
  paper: "Nobody, Nowhere 2020;1:1"
prescription:
  target: ptv
  fractions: 5
  dose: 50 Gy
structures:
  ptv:   {type: target, many: true, names: [PTVsb, PTV]}
  liver: {names: [Liver]}
  cord:  {names: [SpinalCord]}
  spared: {derive: "liver - ptv"}
constraints:
"""
COVER = '  - {id: COVER, structure: ptv, metric: "V50Gy[%]", goal: ">= 95 %", acceptable: ">= 80 %", source: paper}\n'
CORD = '  - {id: CORD, structure: cord, metric: "Max[Gy]", goal: "<= 25 Gy", source: paper}\n'


def box(name, number, x, y=(-20, 20), z=(-20, 20), kind="ORGAN"):
    planes = np.arange(z[0] + 1, z[1], 2.0)
    corners = np.array([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], dtype=float)
    contours = tuple(Contour(np.column_stack([corners, np.full(4, plane)])) for plane in planes)
    return Structure(name, number, contours, kind, FRAME)


def case(*structures, fractions=5, half=60.0, plan=True, references=None, **dose_facts):
    axis = np.arange(-half, half + 1, 2.0)
    gy = np.broadcast_to(np.clip(axis + 50, 0, None), (axis.size,) * 3).astype(np.float32)
    identity = {"patient_id": "P", "study_uid": "1.2.3", "frame_uid": FRAME}
    facts = {"summation": "PLAN", "kind": "PHYSICAL", "plan_uids": (PLAN,), "structure_set_uids": (SET,)} | dose_facts
    dose = Dose(Grid(axis, axis, axis), gy, Identity(DOSE, **identity), **facts)
    if references is None:
        references = (DoseReference("TARGET", "VOLUME", 1, 50.0),)
    groups = (FractionGroup(1, fractions, (Beam(1, "B", "TREATMENT", 100.0, 10.0),)),)
    rtplan = Plan(Identity(PLAN, label="plan", **identity), groups, references, (SET,))
    return Case(PLAN, rtplan if plan else None, dose, StructureSet(Identity(SET, **identity), structures, (FRAME,)))


PTV = box("PTVsb", 1, (0, 10), kind="PTV")  # 50..60 Gy
LIVER = box("Liver", 2, (-40, 10))  # 10..60 Gy
SPINE = box("SpinalCord", 3, (-50, -30))  # 0..20 Gy


@pytest.fixture
def judged(tmp_path):
    def run(rows, one, head=HEAD, **options):
        path = tmp_path / "p.yaml"
        path.write_text(head + rows, encoding="utf-8")
        return qa.evaluate(one, qa.load_protocol(path), **options)

    return run


def by_id(evaluation):
    return {(f.constraint, f.roi): f for f in evaluation.findings}


def test_a_plan_that_meets_everything_passes(judged):
    evaluation = judged(COVER + CORD, case(PTV, LIVER, SPINE))
    assert evaluation.verdict is Verdict.PASS, [(c.id, c.sentence) for c in evaluation.checks if c.verdict != "PASS"]
    cord = by_id(evaluation)["CORD", "SpinalCord"]
    assert cord.value == pytest.approx(20.0, abs=1e-5)
    assert cord.margin == pytest.approx(5.0, abs=1e-5)
    assert cord.sentence == ("Maximum dose of SpinalCord is 20.00 Gy; the protocol asks for at most 25 Gy.")
    assert cord.interval[0] <= cord.value <= cord.interval[1]
    assert cord.source == "Nobody, Nowhere 2020;1:1"
    assert evaluation.prescription == {"gy": 50.0, "fractions": 5, "source": "plan"}


def test_between_goal_and_acceptable_is_a_variation_and_strict_makes_it_fail(judged):
    cooler = box("PTVsb", 1, (-1.5, 8.5), kind="PTV")  # 85 % receives 50 Gy
    assert judged(COVER, case(cooler, LIVER)).verdict is Verdict.VARIATION
    assert judged(COVER, case(cooler, LIVER), strict=True).verdict is Verdict.FAIL


def test_each_target_is_judged_on_its_own(judged):
    cold = box("PTV", 4, (-30, -20), kind="PTV")
    evaluation = judged(COVER, case(PTV, cold, LIVER, references=(DoseReference("TARGET", "SITE", None, 50.0),)))
    assert [(f.roi, f.verdict) for f in evaluation.findings] == [("PTVsb", "PASS"), ("PTV", "FAIL")]
    assert evaluation.verdict is Verdict.FAIL


def test_a_missing_required_structure_is_undecided_and_a_fail_elsewhere_wins(judged):
    evaluation = judged(COVER + CORD, case(PTV, LIVER))
    assert evaluation.verdict is Verdict.UNDECIDED
    missing = by_id(evaluation)["CORD", None]
    assert (missing.verdict, missing.value, missing.reason) == ("UNDECIDED", None, ("structure-missing",))
    cold = box("PTVsb", 1, (-30, -20), kind="PTV")
    assert judged(COVER + CORD, case(cold, LIVER)).verdict is Verdict.FAIL


def test_an_optional_structure_may_be_missing_but_not_fail(judged):
    optional = CORD.replace("source", "required: false, source")
    evaluation = judged(COVER + optional, case(PTV, LIVER))
    assert evaluation.verdict is Verdict.PASS
    assert is_harmless(by_id(evaluation)["CORD", None])
    hot = box("SpinalCord", 3, (-40, 0))
    assert judged(COVER + optional, case(PTV, LIVER, hot)).verdict is Verdict.FAIL


def test_two_matches_for_a_single_role_are_undecided_and_both_named(judged):
    twin = dataclasses.replace(SPINE, name="Spinal_Cord", number=9)
    evaluation = judged(COVER + CORD, case(PTV, LIVER, SPINE, twin))
    finding = by_id(evaluation)["CORD", None]
    assert finding.reason == ("structure-ambiguous",)
    assert "SpinalCord" in finding.sentence
    assert "Spinal_Cord" in finding.sentence


def test_an_empty_structure_is_undecided(judged):
    evaluation = judged(COVER + CORD, case(PTV, LIVER, Structure("SpinalCord", 3, (), "ORGAN", FRAME)))
    finding = by_id(evaluation)["CORD", "SpinalCord"]
    assert finding.verdict is Verdict.UNDECIDED
    assert "structure-empty" in finding.reason
    assert finding.value is None


def test_dose_outside_the_grid_is_unknown_but_a_verdict_that_cannot_change_is_given(judged):
    stretched = box("SpinalCord", 3, (-50, -30), z=(-80, 20))
    evaluation = judged(COVER + CORD, case(PTV, LIVER, stretched))
    cord = by_id(evaluation)["CORD", "SpinalCord"]
    assert (cord.verdict, cord.value) == (Verdict.UNDECIDED, None)
    assert "dose-grid-too-small" in cord.reason
    assert cord.interval == (pytest.approx(20.0, abs=1e-5), None)
    hot = box("SpinalCord", 3, (-50, 0), z=(-80, 20))
    failed = by_id(judged(COVER + CORD, case(PTV, LIVER, hot)))["CORD", "SpinalCord"]
    assert failed.verdict is Verdict.FAIL
    assert "the verdict is the same whatever that dose is" in failed.sentence


def test_no_plan_means_curves_and_report_rows_but_no_judgement(judged):
    rows = COVER + '  - {id: MEAN, structure: liver, metric: "Mean[Gy]", report: true}\n'
    evaluation = judged(rows, case(PTV, LIVER, plan=False, plan_uids=()))
    assert evaluation.verdict is Verdict.UNDECIDED
    found = by_id(evaluation)
    assert found["COVER", "PTVsb"].verdict is Verdict.UNDECIDED
    assert "plan-missing" in found["COVER", "PTVsb"].reason
    assert found["MEAN", "Liver"].verdict is None
    assert found["MEAN", "Liver"].value == pytest.approx(35.0, abs=1e-3)
    assert evaluation.curves


@pytest.mark.parametrize(("fractions", "code"), [(None, "fractions-missing"), (3, "fractions-mismatch")])
def test_fractions_that_do_not_fit_judge_nothing(judged, fractions, code):
    evaluation = judged(COVER, case(PTV, LIVER, fractions=fractions))
    assert evaluation.verdict is Verdict.UNDECIDED
    assert code in by_id(evaluation)["COVER", "PTVsb"].reason


def test_a_limit_without_a_column_for_the_fractions_is_undecided(judged):
    head = HEAD.replace("fractions: 5", "fractions: [3, 5]")
    rows = '  - {id: C, structure: cord, metric: "Max[Gy]", goal: {3: "<= 20 Gy"}, source: paper}\n'
    evaluation = judged(rows, case(PTV, LIVER, SPINE), head)
    assert by_id(evaluation)["C", "SpinalCord"].reason == ("limit-for-fractions-missing",)
    assert evaluation.verdict is Verdict.UNDECIDED


def test_a_refused_case_shows_no_number(judged):
    evaluation = judged(COVER + CORD, case(PTV, LIVER, SPINE, kind="EFFECTIVE"))
    assert evaluation.verdict is Verdict.UNDECIDED
    assert evaluation.curves == ()
    for finding in evaluation.findings:
        assert (finding.verdict, finding.value, finding.interval) == (Verdict.UNDECIDED, None, None)
        assert "dose-type-effective" in finding.reason


def test_more_volume_than_the_structure_has_is_undecided_with_its_volume(judged):
    rows = '  - {id: S, structure: spared, metric: "CV15Gy[cc]", goal: ">= 700 cc", source: paper}\n'
    finding = judged(rows, case(PTV, LIVER)).findings[0]
    assert finding.reason == ("volume-less-than-asked",)
    assert "the rule asks for 700 cc, the structure has 64.00 cc" in finding.sentence
    assert finding.verdict is Verdict.UNDECIDED


def test_derived_structures_are_judged_and_their_missing_parts_named(judged):
    rows = '  - {id: S, structure: spared, metric: "Mean[Gy]", goal: "<= 31 Gy", source: paper}\n'
    found = judged(rows, case(PTV, LIVER)).findings[0]
    assert (found.roi, found.verdict) == ("Liver − PTVsb", Verdict.PASS)
    assert found.value == pytest.approx(30.0, abs=1e-2)
    absent = judged(rows, case(LIVER)).findings[0]
    assert absent.reason == ("derived-part-missing",)
    assert absent.verdict is Verdict.UNDECIDED


def test_a_structure_derived_from_a_derived_one(judged):
    head = HEAD.replace("constraints:\n", '  rest: {derive: "spared - cord"}\nconstraints:\n')
    row = '  - {id: REST, structure: rest, metric: "Volume[cc]", goal: ">= 40 cc", source: paper}\n'
    inside = box("SpinalCord", 3, (-30, -20))
    rest = by_id(judged(row, case(PTV, LIVER, inside), head))["REST", "Liver − PTVsb − SpinalCord"]
    assert rest.value == pytest.approx((50 - 10 - 10) * 40 * 40 / 1000, rel=1e-3)
    missing = judged(row, case(PTV, LIVER), head).findings[0]
    assert (missing.verdict, missing.reason) == (Verdict.UNDECIDED, ("derived-part-missing",))


def test_a_refused_case_says_every_reason_once_in_every_row(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + CORD, encoding="utf-8")
    reasons = (("a-b", "The plan is an appendix."), ("c-d", "It is gone."), ("a-b", "It is gone."))
    (found,) = refused_findings(qa.load_protocol(path), reasons, 5)
    assert (found.verdict, found.reason, found.value) == (Verdict.UNDECIDED, ("a-b", "c-d"), None)
    assert found.sentence.endswith("could not be judged: The plan is an appendix; It is gone.")


def test_curves_are_those_of_the_contours_and_of_the_derived_structures_that_rows_ask_for(judged):
    more = '  gone: {derive: "liver & cord"}\n  unasked: {derive: "liver & ptv"}\n  last: {derive: "liver + ptv"}\n'
    rows = "".join(
        f'  - {{id: {role}, structure: {role}, metric: "Mean[Gy]", report: true}}\n'
        for role in ("last", "gone", "spared")
    )
    empty = Structure("Empty", 9, (), "ORGAN", FRAME)
    evaluation = judged(rows, case(empty, PTV, LIVER), HEAD.replace("constraints:\n", f"{more}constraints:\n"))
    assert [curve.name for curve in evaluation.curves] == ["PTVsb", "Liver", "Liver − PTVsb", "Liver + PTVsb"]


def test_the_liver_without_two_targets_is_without_their_union(judged):
    second = box("PTV", 4, (-40, -30), kind="PTV")
    rows = '  - {id: S, structure: spared, metric: "Volume[cc]", goal: ">= 10 cc", source: paper}\n'
    found = judged(rows, case(PTV, second, LIVER, references=(DoseReference("TARGET", "SITE", None, 50.0),)))
    assert found.findings[0].value == pytest.approx(30 * 40 * 40 / 1000, rel=1e-6)


def test_the_prescription_bound_to_the_target_is_what_100_per_cent_means(judged):
    two = (DoseReference("TARGET", "VOLUME", 1, 50.0), DoseReference("TARGET", "VOLUME", 4, 25.0))
    second = box("PTV", 4, (-30, -20), kind="PTV")
    rows = '  - {id: D, structure: ptv, metric: "Mean[%]", goal: ">= 90 %", source: paper}\n'
    head = HEAD.replace("dose: 50 Gy", "dose: {min: 20 Gy, max: 60 Gy}")
    values = {f.roi: f.value for f in judged(rows, case(PTV, second, LIVER, references=two), head).findings}
    assert values["PTVsb"] == pytest.approx(110.0, abs=1e-3)
    assert values["PTV"] == pytest.approx(100.0, abs=1e-3)


def test_references_that_disagree_give_no_prescription(judged):
    two = (DoseReference("TARGET", "SITE", None, 50.0), DoseReference("TARGET", "SITE", None, 45.0))
    rows = '  - {id: D, structure: ptv, metric: "Mean[%]", goal: ">= 90 %", source: paper}\n'
    finding = judged(rows, case(PTV, LIVER, references=two)).findings[0]
    assert finding.verdict is Verdict.UNDECIDED
    assert "prescription-missing" in finding.reason


def test_only_report_rows_judge_nothing(judged):
    rows = '  - {id: M, structure: liver, metric: "Mean[Gy]", report: true}\n'
    evaluation = judged(rows, case(PTV, LIVER))
    assert evaluation.verdict is Verdict.UNDECIDED
    assert evaluation.findings[0].verdict is None
    assert_nothing_judged(evaluation)


def test_optional_structures_that_are_all_missing_judge_nothing(judged):
    optional = CORD.replace("source", "required: false, source")
    evaluation = judged(optional, case(PTV, LIVER))
    assert evaluation.verdict is Verdict.UNDECIDED
    assert_nothing_judged(evaluation)


def assert_nothing_judged(evaluation):
    assert [c.reason for c in evaluation.checks if c.id == "something-judged"] == [("nothing-judged",)]
    assert [c.id for c in evaluation.checks] == sorted(c.id for c in evaluation.checks)


def test_an_interval_that_straddles_the_limit_is_borderline(judged):
    rows = '  - {id: V, structure: cord, metric: "Volume[cc]", goal: ">= 31.5 cc", source: paper}\n'
    finding = judged(rows, case(PTV, LIVER, SPINE)).findings[0]
    assert finding.value == pytest.approx(32.0, rel=1e-6)
    bare = 20 * 40 * 38 / 1000
    assert bare - 3 < finding.interval[0] < bare  # without end caps, and wider for what else is open
    assert finding.interval[0] < 31.5 < finding.interval[1]
    assert finding.verdict is Verdict.PASS
    assert finding.borderline


def test_a_limit_is_compared_at_full_precision_and_the_deciding_digits_are_shown(judged):
    just = box("SpinalCord", 3, (-50, -24.9995))
    finding = by_id(judged(CORD, case(PTV, LIVER, just)))["CORD", "SpinalCord"]
    assert finding.verdict is Verdict.FAIL
    assert "is 25.001 Gy; the protocol asks for at most 25 Gy" in finding.sentence


def test_an_unforeseen_error_makes_that_finding_undecided_not_absent(judged, monkeypatch):
    from sbrt_qa.protocol import exhibits

    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(exhibits, "compute", broken)
    evaluation = judged(COVER + CORD, case(PTV, LIVER, SPINE))
    assert [f.constraint for f in evaluation.findings] == ["COVER", "CORD"]
    assert {f.reason for f in evaluation.findings} == {("internal-error",)}
    assert evaluation.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("given", [("folder", None), (None, "uw-abdomen-5fx")])
def test_a_path_or_an_id_is_not_judged(given):
    with pytest.raises(qa.UsageError, match="give what read_case and load_protocol return"):
        qa.evaluate(*given)


def test_without_a_protocol_only_the_checks_run(tmp_path):
    evaluation = qa.evaluate(case(PTV, LIVER), None)
    assert evaluation.verdict is Verdict.UNDECIDED
    assert ("no-protocol",) in [c.reason for c in evaluation.checks]
    assert len(evaluation.checks) > 5


def test_without_a_protocol_the_fractions_are_known_and_the_prescription_is_not():
    evaluation = qa.evaluate(case(PTV, LIVER), None)
    assert evaluation.prescription == {"gy": None, "fractions": 5, "source": ""}
    assert [check.id for check in evaluation.checks if check.reason == ("no-protocol",)] == ["protocol-given"]


def test_every_number_of_the_record_is_finite_or_null(judged):
    stretched = box("SpinalCord", 3, (-50, -30), z=(-80, 20))
    for finding in judged(COVER + CORD, case(PTV, LIVER, stretched)).findings:
        numbers = [finding.value, finding.margin, *(finding.interval or ())]
        assert all(number is None or math.isfinite(number) for number in numbers)


def test_a_part_that_is_drawn_badly_is_not_a_missing_part(judged):
    rows = COVER + (
        '  - {id: SPARED, structure: spared, metric: "CV15Gy[cc]", goal: ">= 1 cc", source: paper, required: false}\n'
    )
    unreadable = Structure("Liver", 2, (), faults=(("contour-data-invalid", "The contours cannot be read."),))
    for liver, code in ((unreadable, "contour-data-invalid"), (Structure("Liver", 2, ()), "structure-empty")):
        evaluation = judged(rows, case(PTV, liver))
        assert by_id(evaluation)["SPARED", None].reason == (code,)
        assert evaluation.verdict is Verdict.UNDECIDED


def test_a_structure_that_could_not_be_read_says_so(judged):
    unreadable = Structure("SpinalCord", 3, (), faults=(("contour-data-invalid", "The contours cannot be read."),))
    found = by_id(judged(CORD, case(PTV, unreadable)))["CORD", "SpinalCord"]
    assert (found.verdict, found.value, found.reason) == (Verdict.UNDECIDED, None, ("contour-data-invalid",))
    assert found.sentence.endswith("could not be judged: The contours cannot be read.")


def test_the_interval_of_a_share_ends_at_the_whole(judged):
    rows = COVER.replace("V50Gy[%]", "V49Gy[%]")
    assert by_id(judged(rows, case(PTV)))["COVER", "PTVsb"].interval[1] == pytest.approx(100.0, abs=1e-9)


def test_strict_holds_without_a_protocol_as_well():
    unlinked = case(PTV, LIVER, plan_uids=())
    assert qa.evaluate(unlinked, None).verdict is Verdict.UNDECIDED
    assert qa.evaluate(unlinked, None, strict=True).verdict is Verdict.FAIL


# --- the planning system's own curves --------------------------------------------------------------


def stated_ptv(factor=1.0):
    """The curve of PTVsb, evenly 50 to 60 Gy in 16 cc, as a planning system states it of a dose larger by a factor."""
    edges = np.arange(0.0, 60.0 * factor + 1.0, 0.1)
    volumes = 16.0 * np.clip((60.0 - edges / factor) / 10.0, 0.0, 1.0)
    return StatedDVH((1,), widths=np.full(edges.size, 0.1), volumes=volumes)


def of_check(evaluation):
    return next(c for c in evaluation.checks if c.id == "embedded-dvh")


def test_a_dose_that_the_planning_system_agrees_with_passes(judged):
    evaluation = judged(COVER, case(PTV, LIVER, stated_dvhs=(stated_ptv(),)))
    assert evaluation.verdict is Verdict.PASS
    (row,) = evaluation.stated_dvhs
    assert (row.roi, row.agreement) == ("PTVsb", "agrees")
    assert row.own.mean_gy == pytest.approx(55.0, abs=1e-4)
    assert "the largest difference is 0.0 % (PTVsb)" in of_check(evaluation).sentence


def test_a_dose_that_the_planning_system_did_not_evaluate_is_undecided(judged):
    one = case(PTV, LIVER, SPINE, stated_dvhs=(stated_ptv(1.1),))
    evaluation = judged(COVER, one)
    assert evaluation.verdict is Verdict.UNDECIDED
    assert of_check(evaluation).verdict is Verdict.UNDECIDED
    assert of_check(evaluation).reason == ("dose-disagrees-with-embedded-dvh",)
    assert of_check(evaluation).sentence.startswith("More than 3 % from the planning system's own curve")
    assert by_id(evaluation)["COVER", "PTVsb"].value == pytest.approx(100.0)  # the numbers are shown
    colder = CORD.replace("25 Gy", "15 Gy")
    assert judged(COVER + colder, one).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("goal", "acceptable", "verdict"), [(12, 13, "PASS"), (5, 12, "VARIATION"), (1, 2, "FAIL"), (5, 5, "FAIL")]
)
def test_the_protocol_sets_the_limit_of_the_difference(judged, goal, acceptable, verdict):
    rule = f'checks:\n  embedded-dvh: {{goal: "<= {goal} %", acceptable: "<= {acceptable} %"}}\n'
    evaluation = judged(COVER + rule, case(PTV, LIVER, stated_dvhs=(stated_ptv(1.1),)))
    assert evaluation.verdict == of_check(evaluation).verdict == verdict


def test_a_refused_case_shows_what_is_stated_and_nothing_of_ours(judged):
    evaluation = judged(COVER, case(PTV, LIVER, kind="EFFECTIVE", stated_dvhs=(stated_ptv(),)))
    assert evaluation.verdict is Verdict.UNDECIDED
    (row,) = evaluation.stated_dvhs
    assert (row.roi, row.agreement, row.own, row.difference) == ("PTVsb", "not compared", None, None)
    assert row.stated.volume_cc == 16.0


def test_without_a_protocol_every_curve_is_compared():
    evaluation = qa.evaluate(case(PTV, LIVER, stated_dvhs=(stated_ptv(1.1),)), None)
    assert of_check(evaluation).verdict is Verdict.UNDECIDED
    assert [row.agreement for row in evaluation.stated_dvhs] == ["differs"]


def test_a_target_whose_own_reference_states_no_dose_is_not_given_that_of_another(judged):
    row = '  - {id: COVER, structure: ptv, metric: "V100%[%]", goal: ">= 95 %", source: paper}\n'
    other = DoseReference("TARGET", "VOLUME", 2, 45.0)
    silent = case(PTV, LIVER, references=(DoseReference("TARGET", "VOLUME", 1), other))
    assert by_id(judged(row, silent))["COVER", "PTVsb"].reason == ("prescription-missing",)
    alone = case(PTV, LIVER, references=(other,))
    assert by_id(judged(row, alone))["COVER", "PTVsb"].value == pytest.approx(100.0)


def test_a_prescription_without_the_type_of_its_reference_still_counts(judged):
    row = '  - {id: COVER, structure: ptv, metric: "D95%[%]", goal: ">= 95 %", source: paper}\n'
    references = (DoseReference("", "VOLUME", 1, 40.0), DoseReference("TARGET", "VOLUME", 2, 50.0))
    found = by_id(judged(row, case(PTV, LIVER, references=references)))["COVER", "PTVsb"]
    assert found.value == pytest.approx(100 * 50.5 / 40.0)
