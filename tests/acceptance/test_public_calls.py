"""The Python front door, call by call, on a case in order: boxes in a dose of 50 Gy + x."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from dicom_maker import Roi, box

import sbrt_qa as qa


@pytest.fixture(scope="module")
def case(good):
    return qa.read_case(good)


def test_a_folder_becomes_a_case(case):
    assert case.plan is not None
    assert case.dose.gy.shape == (41, 41, 41)
    assert [structure.name for structure in case.structures] == ["PTVsb", "CTVsb", "Liver", "SpinalCord"]
    assert isinstance(case.structures, tuple)
    assert case.structure("Liver").name == "Liver"


def test_the_facts_of_a_case_cannot_be_changed(case):
    with pytest.raises(FrozenInstanceError):
        case.plan = None
    with pytest.raises(ValueError, match="read-only"):
        case.dose.gy[0, 0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        qa.dvh(case, "Liver").cumulative_cc[0] = 1.0


def test_a_path_may_be_text_an_archive_or_nested(good, tmp_path):
    assert len(qa.read_case(str(good)).structures) == 4
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in good.iterdir():
            packed.write(file, f"deep/inside/{file.name}")
    assert len(qa.read_case(archive).structures) == 4
    shutil.copytree(good, tmp_path / "outer" / "inner")
    (tmp_path / "outer" / "notes.txt").write_text("no DICOM")
    assert len(qa.read_case(tmp_path / "outer").structures) == 4


def test_a_wrong_name_lists_near_ones(case):
    with pytest.raises(KeyError) as error:
        case.structure("Spinal_Cord")
    assert isinstance(error.value, qa.SbrtQaError)
    assert str(error.value) == "no structure named 'Spinal_Cord' (near names: SpinalCord)"
    with pytest.raises(qa.SbrtQaError, match="near names: Liver"):
        qa.dvh(case, "liver")  # exact names only, here


def test_a_curve_has_what_the_contract_says(case):
    curve = qa.dvh(case, "Liver")
    assert curve.volume_cc == pytest.approx(80.0, rel=1e-6)
    assert (curve.min_gy, curve.mean_gy, curve.max_gy) == pytest.approx((10.0, 35.0, 60.0), abs=2e-3)
    assert curve.covered == 1.0
    assert curve.dose_at(percent=95) == pytest.approx(12.5, abs=5e-3)
    assert curve.dose_at(cc=0.03) == pytest.approx(60 - 0.03 / 1.6, abs=5e-3)
    assert curve.volume_at(gy=20) == pytest.approx(64.0, abs=5e-3)
    assert curve.edges_gy.ndim == curve.cumulative_cc.ndim == 1
    assert curve.edges_gy.shape == curve.cumulative_cc.shape
    assert np.all(np.diff(curve.edges_gy) > 0)
    assert np.all(np.diff(curve.cumulative_cc) <= 0)
    assert curve.cumulative_cc[0] == pytest.approx(curve.volume_cc)
    assert curve.cumulative_cc[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_structure_stands_for_its_name(case):
    by_name, by_structure = qa.dvh(case, "Liver"), qa.dvh(case, case.structure("Liver"))
    assert np.array_equal(by_name.cumulative_cc, by_structure.cumulative_cc)


@pytest.mark.parametrize(
    ("metric", "value", "unit"),
    [
        ("D95%[Gy]", 50.5, "Gy"),
        ("D95%[%]", 101.0, "%"),
        ("D0.03cc[Gy]", 60 - 0.03 / 0.4, "Gy"),
        ("D0.03cc[%]", 120 - 0.15, "%"),
        ("V52Gy[cc]", 3.2, "cc"),
        ("V52Gy[%]", 80.0, "%"),
        ("V110%[%]", 50.0, "%"),
        ("V110%[cc]", 2.0, "cc"),
        ("CV52Gy[cc]", 0.8, "cc"),
        ("DC1cc[Gy]", 52.5, "Gy"),
        ("Mean[Gy]", 55.0, "Gy"),
        ("Min[Gy]", 50.0, "Gy"),
        ("Max[Gy]", 60.0, "Gy"),
        ("Median[Gy]", 55.0, "Gy"),
        ("Volume[cc]", 4.0, "cc"),
    ],
)
def test_every_metric_of_the_grammar(case, metric, value, unit):
    found = qa.measure(case, "PTVsb", metric)
    assert isinstance(found, qa.Quantity)
    assert found.value == pytest.approx(value, abs=0.02)
    assert found.unit == unit == found.unit.value
    assert found.low <= found.value <= found.high
    assert str(found).endswith(unit)


@pytest.mark.parametrize("metric", ["D95", "D95%[cc]", "D0%[Gy]", "V20[cc]", "Dose[Gy]", ""])
def test_what_is_no_metric_raises(case, metric):
    with pytest.raises(qa.SbrtQaError):
        qa.measure(case, "PTVsb", metric)


@pytest.mark.parametrize("metric", ["D5cc[Gy]", "DC5cc[Gy]", "D101%[Gy]"])
def test_a_metric_without_a_meaning_raises(case, metric):
    with pytest.raises(qa.SbrtQaError):
        qa.measure(case, "PTVsb", metric)


def test_per_cent_of_no_prescription_raises(case_of):
    case = qa.read_case(case_of(prescription_gy=None))
    with pytest.raises(qa.SbrtQaError, match="prescription"):
        qa.measure(case, "PTVsb", "V100%[%]")


def test_sampling_spells_its_choices():
    assert (qa.Sampling().end_cap, qa.Sampling().between, qa.Sampling().dose) == ("half-slice", "slab", "trilinear")
    for end_cap in ("half-slice", "none", "max-1.5mm", "rounded"):
        assert qa.Sampling(end_cap=end_cap).end_cap == end_cap
    assert qa.Sampling(end_cap="none", between="shape", dose="trilinear").between == "shape"
    assert qa.Sampling(dose="cubic").dose == "cubic"
    known = "half-slice, none, max-1.5mm, rounded"
    with pytest.raises(qa.SbrtQaError, match=rf"unknown end_cap 'half' \(choose one of: {known}\)"):
        qa.Sampling(end_cap="half")
    with pytest.raises(qa.SbrtQaError, match=r"unknown between 'loft' \(choose one of: slab, shape\)"):
        qa.Sampling(between="loft")
    with pytest.raises(qa.SbrtQaError, match=r"unknown dose 'nearest' \(choose one of: trilinear, cubic\)"):
        qa.Sampling(dose="nearest")


def test_every_convention_gives_a_curve(case):
    curves = {
        (end_cap, between, dose): qa.dvh(case, "Liver", qa.Sampling(end_cap=end_cap, between=between, dose=dose))
        for end_cap in ("half-slice", "none", "max-1.5mm", "rounded")
        for between in ("slab", "shape")
        for dose in ("trilinear", "cubic")
    }
    for (end_cap, _, _), curve in curves.items():
        assert curve.volume_cc == pytest.approx(2.0 * (38 if end_cap == "none" else 40), rel=2e-3), end_cap
        assert (curve.min_gy, curve.mean_gy, curve.max_gy) == pytest.approx((10.0, 35.0, 60.0), abs=0.02)


def test_verdicts_are_four_words_in_order():
    assert [verdict.name for verdict in qa.Verdict] == ["PASS", "VARIATION", "UNDECIDED", "FAIL"]
    assert qa.Verdict.PASS == "PASS"
    assert str(qa.Verdict.FAIL) == "FAIL"


def test_a_case_is_judged(case, protocol, tmp_path):
    evaluation = qa.evaluate(case, qa.load_protocol(protocol))
    assert evaluation.verdict is qa.Verdict.VARIATION
    assert [finding.constraint for finding in evaluation.findings] == [
        "PTV-COVERAGE",
        "LIVER-SPARED",
        "CORD-MAX",
        "CORD-COLD",
        "LIVER-MEAN",
    ]
    cold = evaluation.findings[3]
    assert (cold.verdict, cold.goal, cold.acceptable) == (qa.Verdict.VARIATION, "<= 0.5 cc", "<= 10 cc")
    assert cold.value == pytest.approx(6.0, rel=1e-6)
    assert cold.margin == pytest.approx(-5.5, rel=1e-6)
    assert evaluation.findings[4].verdict is None
    assert len({check.id for check in evaluation.checks}) == len(evaluation.checks) > 10
    for suffix in ("json", "csv", "html", "png", "svg"):
        path = tmp_path / f"report.{suffix}"
        qa.write_report(evaluation, path)
        assert path.stat().st_size > 500
    with pytest.raises(qa.SbrtQaError, match=r"cannot tell the format of 'report.docx'.*\.json"):
        qa.write_report(evaluation, tmp_path / "report.docx")


def test_shipped_protocols_load_by_id():
    for name in ("crlm-liver-bed-5fx", "crlm-liver-bed-3fx", "tg101-abdomen"):
        assert qa.load_protocol(name).id == name
    with pytest.raises(qa.SbrtQaError, match="crlm-liver-bed-5fx"):
        qa.load_protocol("crlm-liver-bed-5")


def test_the_contracts_own_example_is_a_protocol(tmp_path):
    text = EXAMPLE_OF_THE_CONTRACT
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    assert qa.load_protocol(path).id == "example-5fx"
    path.write_text(text.replace("fractions: 5 ", "fractions: [3, 5] "), encoding="utf-8")
    assert qa.load_protocol(str(path)).prescription.fractions == (3, 5)
    path.write_text(text.replace("dose: 50 Gy ", "dose: {min: 30 Gy, max: 60 Gy} "), encoding="utf-8")
    assert qa.load_protocol(path).prescription.min_gy == 30.0


def test_the_curve_is_the_covered_part_and_the_volume_is_whole(case_of, export):
    rois = [*export.rois, Roi("Long", box((-10, 10), (-10, 10), (20, 80)))]
    case = qa.read_case(case_of(rois=rois))
    curve = qa.dvh(case, "Long")
    assert curve.volume_cc == pytest.approx(24.0, rel=1e-6)
    assert curve.covered == pytest.approx(0.5, abs=1e-6)
    assert curve.cumulative_cc[0] == pytest.approx(12.0, rel=1e-6)
    assert curve.mean_gy == pytest.approx(50.0, abs=2e-3)
    for question in ({"percent": 95}, {"percent": 20}, {"cc": 0.03}):
        with pytest.raises(qa.SbrtQaError, match=r"50.0% of Long lies outside the dose grid.*export the dose") as error:
            curve.dose_at(**question)
        assert error.value.code == "dose-grid-too-small"
    with pytest.raises(qa.SbrtQaError, match="outside the dose grid"):
        curve.volume_at(gy=20)
    assert curve.volume_at(gy=0) == pytest.approx(24.0, rel=1e-6)


def test_no_plan_is_allowed_and_curves_need_none(case_of):
    case = qa.read_case(case_of(files={"dose": "b", "set": "c"}))
    assert case.plan is None
    assert qa.dvh(case, "Liver").volume_cc == pytest.approx(80.0, rel=1e-6)


@pytest.mark.parametrize(
    ("files", "code"), [(("plan", "set"), "dose-missing"), (("plan", "dose"), "structures-missing")]
)
def test_no_dose_or_no_structures_is_a_clear_error(case_of, files, code):
    with pytest.raises(qa.SbrtQaError) as error:
        qa.read_case(case_of(files={name: f"{name}.dcm" for name in files}))
    assert error.value.code == code
    assert error.value.mend


def test_no_such_path(tmp_path):
    with pytest.raises(qa.SbrtQaError, match="there is no such file or folder"):
        qa.read_case(tmp_path / "absent")


def test_several_plans_need_a_choice(case_of, export, tmp_path):
    folder = case_of()
    other = replace(export, seed="other")
    for file in case_of(seed=other.seed, edit={"plan": lambda plan: setattr(plan, "RTPlanLabel", "Second")}).iterdir():
        shutil.copy(file, folder / f"other-{file.name}")
    with pytest.raises(qa.SbrtQaError, match=r"LiverBed.*Second|Second.*LiverBed") as error:
        qa.read_case(folder)
    assert error.value.code == "plan-ambiguous"
    assert qa.read_case(folder, plan="Second").plan.identity.sop_uid == other.uid("plan")
    assert qa.read_case(folder, plan=export.uid("plan")).plan.identity.label == "LiverBed"


EXAMPLE_OF_THE_CONTRACT = """\
schema: sbrt-qa/protocol/1
id: example-5fx
title: Example, 5 fractions
version: "1.0"
status: template              # template | published
sources:
  example: "Author, Journal Year;Vol:page, table"
prescription:
  target: ptv
  fractions: 5                # or [3, 5]
  dose: 50 Gy                 # or {min: 30 Gy, max: 60 Gy}
structures:
  ptv:    {type: target, many: true, names: [PTVsb, PTV, PTV_5000]}
  ctv:    {type: target, names: [CTVsb, CTV]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  heart:  {names: [Heart]}
  liver_spared: {derive: "liver - ctv"}          # also: a + b, a & b, (…)
  cord_prv:     {derive: "grow(cord, 5 mm)"}     # also shrink(a, …), ring(a, inner, outer)
constraints:
  - id: PTV-COVERAGE
    structure: ptv
    metric: V100%[%]
    goal: ">= 95 %"
    acceptable: ">= 90 %"      # optional; between goal and this: VARIATION
    source: example
    why: Enough of the target receives the prescription.
    mend: Lower the normalisation isodose or enlarge the aperture margin.
  - id: LIVER-SPARED
    structure: liver_spared
    metric: CV15Gy[cc]         # volume receiving LESS than 15 Gy
    goal: ">= 700 cc"
    source: example
  - id: CORD-MAX
    structure: cord
    metric: D0.035cc[Gy]
    goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}     # by number of fractions; no interpolation
    source: example
  - id: HEART-MEAN
    structure: heart
    metric: Mean[Gy]
    report: true               # reported, never judged
checks:                        # optional: limits of the integrity checks
  dose-grid-spacing: {goal: "<= 2.5 mm", acceptable: "<= 3 mm"}
"""
