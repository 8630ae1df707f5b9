"""Metrics of the whole dose on cases with known isodoses: through ``measure`` and through a protocol."""

from __future__ import annotations

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
    Structure,
    StructureSet,
)
from sbrt_qa.protocol.finding import Verdict

FRAME, PLAN, SET, DOSE = "1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.3.4"
AXIS = np.arange(-60.0, 61.0, 2.0)
EAST = np.broadcast_to(np.clip(AXIS + 50, 0, None), (AXIS.size,) * 3)  # 1 Gy per mm along x, 50 Gy at x = 0
Z, Y, X = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
ROUND = np.clip(60 - np.sqrt(X**2 + Y**2 + Z**2), 0, None)  # falls by 1 Gy per mm from the middle

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
  all:   {derive: "ptv"}
  cord:  {names: [SpinalCord]}
"""


def stack(name, number, outline, z, kind="ORGAN"):
    """A structure of one outline per 2 mm, from half a slice below the first to half a slice above the last."""
    planes = np.arange(z[0] + 1, z[1], 2.0)
    contours = tuple(
        Contour(np.column_stack([xy, np.full(len(xy), plane)])) for plane in planes if len(xy := outline(plane))
    )
    return Structure(name, number, contours, kind, FRAME)


def box(name, number, x, y=(-10, 10), z=(-10, 10), kind="ORGAN"):
    corners = np.array([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], dtype=float)
    return stack(name, number, lambda _: corners, z, kind)


def ball(name, number, radius, kind="PTV"):
    angle = np.linspace(0, 2 * np.pi, 181)[:-1]
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return stack(name, number, lambda z: circle * math.sqrt(radius**2 - z**2), (-radius, radius), kind)


def case(*structures, gy=EAST, fractions=5):
    identity = {"patient_id": "P", "study_uid": "1.2.3", "frame_uid": FRAME}
    dose = Dose(
        Grid(AXIS, AXIS, AXIS),
        gy.astype(np.float32),
        Identity(DOSE, **identity),
        summation="PLAN",
        kind="PHYSICAL",
        plan_uids=(PLAN,),
        structure_set_uids=(SET,),
    )
    groups = (FractionGroup(1, fractions, (Beam(1, "B", "TREATMENT", 100.0, 10.0),)),)
    references = (DoseReference("TARGET", "SITE", None, 50.0),)
    plan = Plan(Identity(PLAN, label="plan", **identity), groups, references, (SET,))
    return Case(PLAN, plan, dose, StructureSet(Identity(SET, **identity), structures, (FRAME,)))


def body(x=(-50, 50), number=9, name="BODY"):
    return box(name, number, x, (-50, 50), (-50, 50), "EXTERNAL")


PTV = box("PTVsb", 1, (0, 10), kind="PTV")  # 4 cc, 50 to 60 Gy; in the body 500 cc from 50 Gy on, 750 cc from 25 Gy on


def row(metric, goal, structure="ptv", more=""):
    return f'  - {{id: ROW, structure: {structure}, metric: "{metric}", goal: "{goal}", source: paper{more}}}\n'


@pytest.fixture
def judged(tmp_path):
    def run(rows, one, head=HEAD, **options):
        path = tmp_path / "p.yaml"
        path.write_text(f"{head}constraints:\n{rows}", encoding="utf-8")
        return qa.evaluate(one, qa.load_protocol(path), **options)

    return run


def only(evaluation):
    (finding,) = evaluation.findings
    return finding


# ---- measure


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("CI[]", 500 / 4),
        ("PCI[]", 4**2 / (4 * 500)),
        ("GI[]", 750 / 500),
        ("R50[]", 750 / 4),
        ("D2cm[%]", 200.0),
        ("HI(RTOG)[]", 60 / 50),
        ("HI(ICRU83)[]", (59.8 - 50.2) / 55),
        ("NearMax[Gy]", 59.8),
        ("NearMin[%]", 2 * 50.2),
        ("EQD2(ab=3):D50%[Gy]", 55 * (11 + 3) / 5),
        ("gEUD(a=8)[Gy]", ((60**9 - 50**9) / 90) ** (1 / 8)),
        ("gEUD(a=-10)[Gy]", ((50**-9 - 60**-9) / 90) ** (-1 / 10)),
        ("Veff(n=0.5)[%]", 100 * (60**3 - 50**3) / (30 * 50**2)),
        ("EQD2(ab=3):Mean[Gy]", ((60**3 - 50**3) / 150 + 3 * (60**2 - 50**2) / 20) / 5),
    ],
)
def test_boxes_in_a_ramp_have_closed_forms(metric, value):
    measured = qa.measure(case(PTV, body()), "PTVsb", metric)
    assert measured.value == pytest.approx(value, rel=1e-6)
    assert measured.low <= value <= measured.high


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("CI[]", 1.0),
        ("PCI[]", 1.0),
        ("GI[]", 3.5**3),
        ("R50[]", 3.5**3),
        ("D2cm[%]", 60.0),
        ("EQD2(ab=3):D2cm[%]", 100 * (30 * 9) / (50 * 13)),
        ("HI(ICRU83)[]", (10 * (0.98 ** (1 / 3) - 0.02 ** (1 / 3))) / (60 - 10 * 0.5 ** (1 / 3))),
    ],
)
def test_a_ball_in_round_dose_lies_within_the_interval(metric, value):
    measured = qa.measure(case(ball("PTVsb", 1, 10.0), body(), gy=ROUND), "PTVsb", metric)
    assert measured.low <= value <= measured.high
    assert measured.high - measured.low < 0.2 * value


def test_measure_says_when_the_model_is_unreliable():
    hot = qa.measure(case(PTV), "PTVsb", "EQD2(ab=3):Mean[Gy]")
    assert hot.caution.startswith("Caution: PTVsb receives up to 12.0 Gy per fraction")
    assert qa.measure(case(PTV), "PTVsb", "Mean[Gy]").caution == ""
    assert qa.measure(case(PTV), "PTVsb", "EQD2(ab=3):Mean[Gy]", fractions=30).caution == ""


def test_no_outline_or_two_are_never_guessed():
    named = box("BODY", 9, (-50, 50), (-50, 50), (-50, 50), "ORGAN")
    with pytest.raises(
        qa.MetricUndefined, match=r"no structure is of type EXTERNAL.*give the body contour the type"
    ) as no:
        qa.measure(case(PTV, named), "PTVsb", "CI[]")
    assert no.value.code == "external-missing"
    two = case(PTV, body(), body(number=8, name="Skin"))
    with pytest.raises(
        qa.MetricUndefined, match=r"2 structures are of type EXTERNAL.*'BODY' \(ROI 9\) and 'Skin'"
    ) as several:
        qa.measure(two, "PTVsb", "CI[]")
    assert several.value.code == "external-ambiguous"


# ---- a protocol


def test_an_index_is_judged_with_its_words(judged):
    finding = only(judged(row("GI[]", "<= 4"), case(PTV, body())))
    assert (finding.verdict, finding.unit, finding.goal) == (Verdict.PASS, "", "<= 4")
    assert finding.value == pytest.approx(1.5, rel=1e-6)
    assert finding.interval[0] < 1.5 < finding.interval[1]
    assert finding.sentence == ("Gradient index of PTVsb is 1.500; the protocol asks for at most 4.")


@pytest.mark.parametrize("metric", ["CI[]", "PCI[]", "GI[]", "R50[]", "D2cm[%]"])
def test_without_an_outline_a_row_is_undecided_even_when_optional(judged, metric):
    goal = "<= 1.0 %" if "%" in metric else "<= 0.9"
    for more in ("", ", required: false"):
        evaluation = judged(row(metric, goal, more=more), case(PTV))
        finding = only(evaluation)
        assert (finding.verdict, finding.reason, finding.value) == (Verdict.UNDECIDED, ("external-missing",), None)
        assert "no structure is of type EXTERNAL" in finding.sentence
        assert evaluation.verdict is Verdict.UNDECIDED


def test_two_rows_of_the_dose_beyond_share_its_curve(judged):
    rows = row("D2cm[%]", "<= 210 %") + row("D2cm[%]", "<= 190 %").replace("id: ROW", "id: TWO")
    found = judged(rows, case(PTV, body())).findings
    assert [finding.verdict for finding in found] == [Verdict.PASS, Verdict.FAIL]
    assert [finding.value for finding in found] == pytest.approx([200.0, 200.0], rel=1e-6)


def test_a_role_of_type_external_names_the_outline(judged):
    skin = box("Skin", 8, (-50, 0), (-50, 50), (-50, 50), "ORGAN")
    head = f"{HEAD}  outline: {{type: external, names: [Skin]}}\n"
    target = box("PTVsb", 1, (-10, 0), kind="PTV")
    finding = only(judged(row("R50[]", "<= 100"), case(target, skin, body()), head=head))
    assert finding.value == pytest.approx(250 / 4, rel=1e-6)
    missing = only(judged(row("R50[]", "<= 100"), case(target, body()), head=head))
    assert (missing.verdict, missing.reason) == (Verdict.UNDECIDED, ("external-missing",))


def test_dose_outside_the_grid_decides_only_where_it_cannot_matter(judged):
    """The body reaches 10 mm beyond the grid: 100 cc whose dose nobody knows."""
    wide = case(PTV, body((-70, 50)))
    good = only(judged(row("CI[]", "<= 130"), wide))
    assert (good.verdict, good.reason, good.value) == (Verdict.UNDECIDED, ("dose-grid-too-small",), None)
    assert good.interval == pytest.approx((125.0, 150.0), rel=1e-6)
    bad = only(judged(row("CI[]", "<= 1.2"), wide))
    assert (bad.verdict, bad.reason) == (Verdict.FAIL, ("dose-grid-too-small",))
    fine = only(judged(row("CI[]", "<= 200"), wide))
    assert (fine.verdict, fine.reason) == (Verdict.PASS, ("dose-grid-too-small",))
    assert "the verdict is the same whatever that dose is" in fine.sentence


def test_several_targets_share_their_isodoses(judged):
    two = case(PTV, box("PTV", 2, (20, 30), kind="PTV"), body())
    evaluation = judged(row("R50[]", "<= 1000"), two)
    assert [(f.verdict, f.reason) for f in evaluation.findings] == [(Verdict.UNDECIDED, ("isodose-shared",))] * 2
    assert 'judge their union: a structure with derive: "ptv"' in evaluation.findings[0].sentence
    union = only(judged(row("R50[]", "<= 1000", structure="all"), two))
    assert (union.verdict, union.roi) == (Verdict.PASS, "PTVsb + PTV")
    assert union.value == pytest.approx(750 / 8, rel=1e-6)
    each = judged(row("V100%[%]", ">= 95 %"), two)
    assert [f.verdict for f in each.findings] == [Verdict.PASS] * 2


def test_doubts_about_the_outline_reach_the_rows_that_need_it(judged):
    crossing = body().contours + box("x", 1, (-20, 55), (-50, 50), (-50, 50)).contours
    doubtful = Structure("BODY", 9, crossing, "EXTERNAL", FRAME)
    # 50 cc from 50 Gy on where crossing contours cut out what they share, 550 cc where they do not
    finding = only(judged(row("CI[]", "<= 50"), case(PTV, doubtful)))
    assert finding.verdict is Verdict.UNDECIDED
    assert "holes-ambiguous" in finding.reason
    other = only(judged(row("V100%[%]", ">= 95 %"), case(PTV, doubtful)))
    assert other.verdict is Verdict.PASS


def test_above_ten_gray_a_fraction_a_row_carries_its_caution(judged):
    finding = only(judged(row("EQD2(ab=3):D0.5cc[Gy]", "<= 200 Gy"), case(PTV)))
    assert (finding.verdict, finding.reason) == (Verdict.PASS, ("lq-above-10gy",))
    assert finding.sentence.endswith(
        "at most 200 Gy. Caution: PTVsb receives up to 12.0 Gy per fraction, and above 10 Gy the linear-quadratic model"
        " is unreliable."
    )
    cool = only(judged(row("EQD2(ab=3):D0.5cc[Gy]", "<= 200 Gy"), case(box("PTVsb", 1, (-20, -10), kind="PTV"))))
    assert cool.reason == ()


@pytest.mark.parametrize("metric", ["EQD2(ab=3):Mean[Gy]", "NTCP(michigan-liver)[%]"])
def test_without_fractions_in_the_plan_a_biological_row_is_undecided(judged, metric):
    goal = "<= 5 %" if "%" in metric else "<= 5 Gy"
    finding = only(judged(row(metric, goal), case(PTV, fractions=None)))
    assert finding.verdict is Verdict.UNDECIDED
    assert "fractions-missing" in finding.reason
    assert finding.value is None


def test_a_probability_is_never_above_one_hundred_per_cent(judged):
    finding = only(judged(row("NTCP(michigan-liver)[%]", "<= 100 %").replace("<= 100 %", "<= 99.9 %"), case(PTV)))
    assert finding.verdict is Verdict.FAIL
    assert finding.value <= finding.interval[1] <= 100.0


# ---- faults of a file


@pytest.mark.parametrize(
    ("metric", "goal", "says"),
    [
        ("CI", "<= 1.2", r"p\.yaml:\d+:\d+: metric 'CI' has no unit \(write CI\[\]\)"),
        ("CI[%]", "<= 1.2", r"metric 'CI\[%\]' cannot be in % \(write CI\[\]\)"),
        ("CI[]", "<= 1.2 %", r"'<= 1\.2 %' has a unit, and this metric has none"),
        ("R50[]", "<= 4 cc", "has a unit, and this metric has none"),
        ("D2cm[%]", "<= 60", "has no unit"),
        ("D2cm[Gy]", "<= 60 Gy", r"metric 'D2cm\[Gy\]' cannot be in Gy \(write D2cm\[%\]\)"),
        ("PCI[]", ">= 1.2", r"'>= 1\.2': PCI\[\] is never above 1 \(check the number\)"),
        ("PCI[]", "<= 1", "is met by every plan"),
        ("NTCP(michigan-liver)[%]", "<= 101 %", r"is never above 100 %"),
        ("HI[]", "<= 1.2", r"unknown metric 'HI\[\]' \(did you mean HI\("),
        ("gEUD[Gy]", "<= 20 Gy", r"unknown metric 'gEUD\[Gy\]' \(did you mean gEUD\("),
        ("EQD2:D0.5cc[Gy]", "<= 20 Gy", r"unknown prefix 'EQD2:' \(write EQD2\(ab=3\):D0\.5cc\[Gy\]"),
        ("EQD2(ab=3):D700cc[Gy]", "<= 20 Gy", "has two readings"),
        ("NTCP(livr)[%]", "<= 5 %", "unknown NTCP model 'livr'"),
    ],
)
def test_a_wrong_metric_or_limit_is_found_with_its_place(tmp_path, metric, goal, says):
    path = tmp_path / "p.yaml"
    path.write_text(f"{HEAD}constraints:\n{row(metric, goal)}", encoding="utf-8")
    with pytest.raises(qa.ProtocolError, match=says):
        qa.load_protocol(path)


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (
            "  a: {type: external, names: [BODY]}\n  b: {type: external, names: [Skin]}\n",
            "'b' and 'a' are both of type ext",
        ),
        (
            "  a: {type: external, many: true, names: [BODY]}\n",
            "'a' is the outline of the patient, which is contoured and",
        ),
        ('  a: {type: external, derive: "ptv"}\n', "give it names, and neither many nor derive"),
    ],
)
def test_the_outline_of_the_patient_is_one_contoured_structure(tmp_path, roles, says):
    path = tmp_path / "p.yaml"
    path.write_text(f"{HEAD}{roles}constraints:\n{row('CI[]', '<= 1.2')}", encoding="utf-8")
    with pytest.raises(qa.ProtocolError, match=says):
        qa.load_protocol(path)


@pytest.mark.parametrize("metric", ["NTCP(michigan-liver)[%]", "EQD2 (ab=3):V20Gy[%]"])
def test_an_effective_dose_is_never_converted_again(tmp_path, metric):
    path = tmp_path / "p.yaml"
    path.write_text(f"{HEAD}constraints:\n{row(metric, '<= 5 %')}dose: {{type: EFFECTIVE}}\n", encoding="utf-8")
    with pytest.raises(qa.ProtocolError, match="the dose is an effective one already"):
        qa.load_protocol(path)
