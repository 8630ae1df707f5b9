"""What cannot be evaluated is UNDECIDED with its reason, never PASS; derived structures come through a protocol."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from dicom_maker import Roi, box
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

import sbrt_qa as qa

ORDER = ["PASS", "VARIATION", "UNDECIDED", "FAIL"]
CORD_ROWS = ("CORD-MAX", "CORD-COLD")
ALL_ROWS = ("PTV-COVERAGE", "LIVER-SPARED", *CORD_ROWS)


@pytest.fixture
def judged(case_of, protocol):
    """Write a case, read it and judge it."""

    def call(**changes):
        return qa.judge(case_of(**changes), protocol)

    return call


def put(**elements):
    return lambda dataset: [setattr(dataset, name, value) for name, value in elements.items()]


def drop(*names):
    return lambda dataset: [delattr(dataset, name) for name in names]


def raw(tag: int, text: str):
    """Write a text that pydicom itself would refuse."""
    content = (text + " " * (len(text) % 2)).encode()
    return lambda dataset: dataset._dict.update(
        {Tag(tag): RawDataElement(Tag(tag), "DS", len(content), content, 0, False, True)}
    )


def first_contour(change):
    """Spoil the first contour of the cord."""
    return lambda dataset: change(dataset.ROIContourSequence[3].ContourSequence[0])


def sequence_item(sequence: str, **elements):
    return lambda dataset: put(**elements)(getattr(dataset, sequence)[0])


def undecided(evaluation, rows, code):
    found = {finding.constraint: finding for finding in evaluation.findings}
    assert len(found) == len(evaluation.findings)
    for row in rows:
        assert found[row].verdict is qa.Verdict.UNDECIDED, row
        assert code in found[row].reason, row
        assert found[row].sentence.endswith(".")
        assert not found[row].borderline
    assert evaluation.verdict in {qa.Verdict.UNDECIDED, qa.Verdict.FAIL}
    return found


# --- the case is judged in part -------------------------------------------------------------------


def with_cord(export, *rois):
    return [roi for roi in export.rois if roi.name != "SpinalCord"] + list(rois)


CORD_BOX = ((-45, -35), (25, 35))
DOUBTFUL_CORDS = {
    "missing": ([], "structure-missing"),
    "empty": ([Roi("SpinalCord", [])], "structure-empty"),
    "points only": ([Roi("SpinalCord", box(*CORD_BOX, (-30, 30)), contour_type="POINT")], "structure-not-closed"),
    "two of one name": ([Roi("SpinalCord", box(*CORD_BOX, (-30, 30)))] * 2, "structure-ambiguous"),
    "two spellings": (
        [Roi("SpinalCord", box(*CORD_BOX, (-30, 30))), Roi("spinal_cord", box(*CORD_BOX, (-30, 30)))],
        "structure-ambiguous",
    ),
    "near name": ([Roi("SpinalCort", box(*CORD_BOX, (-30, 30)))], "structure-missing"),
    "optimiser's copy": ([Roi("z_SpinalCord", box(*CORD_BOX, (-30, 30)))], "structure-missing"),
    "support": ([Roi("SpinalCord", box(*CORD_BOX, (-30, 30)), "SUPPORT")], "structure-missing"),
    "outside the grid": ([Roi("SpinalCord", box(*CORD_BOX, (60, 80)))], "dose-grid-too-small"),
}


def test_a_gap_that_decides_nothing_is_judged_and_warned_of(judged, export):
    parted = Roi("SpinalCord", box(*CORD_BOX, (-30, -10)) + box(*CORD_BOX, (10, 30)))
    evaluation = judged(rois=with_cord(export, parted))
    assert evaluation.verdict is qa.Verdict.VARIATION
    check = next(check for check in evaluation.checks if check.id == "contour-gaps")
    assert (check.verdict, check.reason) == (qa.Verdict.VARIATION, ("contour-gap",))
    assert {f.constraint: f.verdict.name for f in evaluation.findings if f.constraint in CORD_ROWS} == {
        "CORD-MAX": "PASS",
        "CORD-COLD": "VARIATION",
    }


@pytest.mark.parametrize("fault", DOUBTFUL_CORDS)
def test_a_doubtful_structure_leaves_its_own_rows_undecided(judged, export, fault):
    rois, code = DOUBTFUL_CORDS[fault]
    found = undecided(judged(rois=with_cord(export, *rois)), CORD_ROWS, code)
    assert found["PTV-COVERAGE"].verdict is qa.Verdict.PASS
    assert found["LIVER-SPARED"].verdict is qa.Verdict.PASS


@pytest.mark.parametrize("fault", ["missing", "near name"])
def test_near_names_are_suggested_and_nothing_is_shown_as_a_value(judged, export, fault):
    rois, code = DOUBTFUL_CORDS[fault]
    found = undecided(judged(rois=with_cord(export, *rois)), CORD_ROWS, code)
    assert found["CORD-MAX"].value is found["CORD-MAX"].interval is found["CORD-MAX"].margin is None
    assert ("SpinalCort" in found["CORD-MAX"].sentence) == (fault == "near name")


def test_names_match_without_case_blanks_and_underscores(judged, export):
    spelled = [
        replace(roi, name={"SpinalCord": "spinal CORD", "Liver": "LIVER_"}.get(roi.name, roi.name))
        for roi in export.rois
    ]
    evaluation = judged(rois=spelled)
    assert evaluation.verdict is qa.Verdict.VARIATION
    assert {finding.roi for finding in evaluation.findings} >= {"spinal CORD", "LIVER_"}


def test_a_hyphen_is_no_blank(judged, export):
    found = undecided(
        judged(rois=[replace(roi, name=roi.name.replace("Liver", "Liver-GTV")) for roi in export.rois]),
        ["LIVER-SPARED"],
        "derived-part-missing",
    )
    assert found["CORD-MAX"].verdict is qa.Verdict.PASS


def test_a_partly_covered_structure_is_judged_only_where_its_unknown_dose_does_not_matter(judged, export):
    cord = Roi("SpinalCord", box(*CORD_BOX, (-30, 60)))  # 1 of 9 cc outside
    found = {f.constraint: f for f in judged(rois=with_cord(export, cord)).findings}
    assert (found["CORD-MAX"].verdict, found["CORD-MAX"].value) == (qa.Verdict.UNDECIDED, None)
    assert found["CORD-COLD"].verdict is qa.Verdict.VARIATION  # 8 to 9 cc: more than 0.5, less than 10
    assert found["CORD-COLD"].interval == pytest.approx((8.0, 9.0), rel=1e-3)
    longer = Roi("SpinalCord", box(*CORD_BOX, (-50, 60)))  # 10 cc inside alone
    longer_found = {f.constraint: f for f in judged(rois=with_cord(export, longer)).findings}
    assert longer_found["CORD-COLD"].verdict is not qa.Verdict.PASS
    assert found["CORD-COLD"].reason == ("dose-grid-too-small",)


def test_a_fail_that_holds_whatever_the_unknown_dose_is_stays_a_fail(judged, export):
    wide = Roi("SpinalCord", box((-45, -25), (20, 35), (-50, 60)))  # 30 cc inside, more than 10 cc above 5 Gy
    evaluation = judged(rois=with_cord(export, wide))
    found = {f.constraint: f for f in evaluation.findings}
    assert found["CORD-COLD"].verdict is qa.Verdict.FAIL
    assert evaluation.verdict is qa.Verdict.FAIL


BAD_CONTOURS = {
    "nan": raw(0x30060050, "nan\\" + "0\\0\\" * 3 + "0\\0"),
    "infinity": raw(0x30060050, "1e999\\" + "0\\0\\" * 3 + "0\\0"),
    "underscores": raw(0x30060050, "1_0\\" + "0\\0\\" * 3 + "0\\0"),
    "decimal comma": raw(0x30060050, "1,5\\" + "0\\0\\" * 3 + "0\\0"),
    "no triplets": raw(0x30060050, "1\\2\\3\\4"),
    "beyond 3 m": raw(0x30060050, "-4500\\0\\0\\10\\0\\0\\10\\10\\0\\0\\10\\0"),
}


@pytest.mark.parametrize("fault", BAD_CONTOURS)
def test_contours_that_are_no_numbers_leave_their_structure_undecided(judged, fault):
    found = undecided(judged(edit={"set": first_contour(BAD_CONTOURS[fault])}), CORD_ROWS, "contour-data-invalid")
    assert found["PTV-COVERAGE"].verdict is qa.Verdict.PASS
    assert found["CORD-MAX"].value is None


# --- no limit is judged ---------------------------------------------------------------------------

UNJUDGED = {
    "no plan": ({"files": {"dose": "b.dcm", "set": "c.dcm"}}, "plan-missing"),
    "other fractions": ({"fractions": 3}, "fractions-mismatch"),
    "fractions left empty": ({"fractions": None}, "fractions-missing"),
}


@pytest.mark.parametrize("fault", UNJUDGED)
def test_without_the_number_of_fractions_no_limit_is_judged_and_report_rows_stand(judged, fault):
    changes, code = UNJUDGED[fault]
    evaluation = judged(**changes)
    found = undecided(evaluation, ALL_ROWS, code)
    assert evaluation.verdict is qa.Verdict.UNDECIDED
    assert found["LIVER-MEAN"].value == pytest.approx(35.0, abs=5e-3)
    assert {curve.name for curve in evaluation.curves} >= {"PTVsb", "Liver", "SpinalCord"}


def test_a_missing_column_of_fractions_is_undecided(case_of, protocol_text, tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text(protocol_text.replace("fractions: 5", "fractions: [4, 5]"), encoding="utf-8")
    found = undecided(qa.judge(case_of(fractions=4), path), ["CORD-MAX"], "limit-for-fractions-missing")
    assert found["CORD-COLD"].verdict is qa.Verdict.VARIATION


# --- the case is refused --------------------------------------------------------------------------

REFUSED = {
    "relative dose": ({"dose": put(DoseUnits="RELATIVE")}, "dose-units-relative"),
    "unknown unit": ({"dose": put(DoseUnits="CGY")}, "dose-units-unknown"),
    "no unit": ({"dose": drop("DoseUnits")}, "dose-units-unknown"),
    "scaling nan": ({"dose": raw(0x3004000E, "nan")}, "dose-scaling-invalid"),
    "scaling zero": ({"dose": raw(0x3004000E, "0")}, "dose-scaling-invalid"),
    "scaling negative": ({"dose": raw(0x3004000E, "-1e-3")}, "dose-scaling-invalid"),
    "scaling twice": ({"dose": raw(0x3004000E, "1e-3\\1e-3")}, "dose-scaling-invalid"),
    "scaling missing": ({"dose": drop("DoseGridScaling")}, "dose-scaling-invalid"),
    "effective dose": ({"dose": put(DoseType="EFFECTIVE")}, "dose-type-effective"),
    "a difference": ({"dose": put(DoseType="ERROR")}, "dose-type-error"),
    "one beam": ({"dose": put(DoseSummationType="BEAM")}, "dose-not-whole-plan"),
    "one session": ({"dose": put(DoseSummationType="FRACTION_SESSION")}, "dose-single-session"),
    "several plans": ({"dose": put(DoseSummationType="MULTI_PLAN")}, "dose-multi-plan"),
    "signed pixels": ({"dose": put(PixelRepresentation=1)}, "dose-pixels-signed"),
    "one frame too many": ({"dose": put(NumberOfFrames=42)}, "dose-frame-count"),
    "offsets repeated": (
        {"dose": put(GridFrameOffsetVector=["0", "2.5", "2.5", *(f"{2.5 * k}" for k in range(3, 41))])},
        "dose-offsets-invalid",
    ),
    "no dose at all": ({"dose": lambda dose: put(PixelData=bytes(len(dose.PixelData)))(dose)}, "dose-all-zero"),
    "no pixels": ({"dose": drop("PixelData")}, "dose-without-pixels"),
    "dose of another plan": (
        {"dose": sequence_item("ReferencedRTPlanSequence", ReferencedSOPInstanceUID="1.2.3")},
        "dose-other-plan",
    ),
    "other structure set": (
        {"plan": sequence_item("ReferencedStructureSetSequence", ReferencedSOPInstanceUID="1.2.3")},
        "structure-set-other",
    ),
    "other frame of reference": ({"dose": put(FrameOfReferenceUID="1.2.3")}, "frame-of-reference-differs"),
    "other patient": ({"set": put(PatientID="SOMEBODY-ELSE")}, "patient-differs"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_refused_case_has_every_row_once_undecided_and_no_number(judged, fault):
    edit, code = REFUSED[fault]
    evaluation = judged(edit=edit)
    undecided(evaluation, ALL_ROWS, code)
    assert evaluation.verdict is qa.Verdict.UNDECIDED
    assert len(evaluation.findings) == 5
    assert all(finding.value is None and finding.interval is None for finding in evaluation.findings)
    assert evaluation.curves == ()
    assert any(code in check.reason and check.verdict is qa.Verdict.UNDECIDED for check in evaluation.checks)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_a_dose_off_by_a_power_of_ten_is_refused(judged, scale):
    evaluation = judged(gy=lambda x, y, z: (50 + x + 0 * (y + z)) * scale)
    undecided(evaluation, ALL_ROWS, "dose-implausible")
    assert evaluation.verdict is qa.Verdict.UNDECIDED


# --- what is ordinary changes nothing -------------------------------------------------------------

ORDINARY = {
    "no references in the dose": {"dose": drop("ReferencedStructureSetSequence")},
    "orientation": None,
    "empty optional tags": {"set": put(StructureSetLabel="", Manufacturer=""), "plan": drop("ApprovalStatus")},
    "wrong modality text": {"set": put(Modality="RTDOSE")},
}


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_oddities_change_no_verdict(judged, what):
    evaluation = judged(patient_position="FFP") if ORDINARY[what] is None else judged(edit=ORDINARY[what])
    assert evaluation.verdict is qa.Verdict.VARIATION
    assert all(check.verdict is qa.Verdict.PASS for check in evaluation.checks)


def test_the_verdict_is_the_worst_of_what_is_required(judged, export):
    for changes in ({}, {"rois": with_cord(export)}, {"prescription_gy": 60.0}, {"fractions": 3}):
        evaluation = judged(**changes)
        verdicts = [f.verdict for f in (*evaluation.findings, *evaluation.checks) if f.verdict is not None]
        assert evaluation.verdict == max(verdicts, key=ORDER.index)


# --- derived structures ---------------------------------------------------------------------------

DERIVING = """\
schema: sbrt-qa/protocol/1
id: deriving
title: Derived structures
version: "1"
status: template
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv:    {type: target, names: [PTVsb]}
  ctv:    {type: target, names: [CTVsb]}
  liver:  {names: [Liver]}
  made:   {derive: "EXPRESSION"}
constraints:
  - {id: VOLUME, structure: made, metric: "Volume[cc]", report: true}
  - {id: MEAN, structure: made, metric: "Mean[Gy]", report: true}
  - {id: MIN, structure: made, metric: "Min[Gy]", report: true}
  - {id: MAX, structure: made, metric: "Max[Gy]", report: true}
"""
LIVER = ((-20, 20), (-16, 16), (-12, 12))  # mm; 30.72 cc
CTVS = {
    "inside": ((-5, 5), (-5, 5), (-6, 6)),
    "partly outside": ((10, 30), (-5, 5), (-6, 6)),
    "touching": ((20, 30), (-5, 5), (-6, 6)),
    "apart": ((25, 30), (-5, 5), (-6, 6)),
}


@pytest.fixture
def derived(case_of, tmp_path):
    """Values of the structure that an expression makes, in a dose of 50 Gy + z."""

    def call(expression: str, ctv=CTVS["inside"]) -> dict:
        rois = [Roi("PTVsb", box((-5, 5), (-5, 5), (-6, 6)), "PTV"), Roi("Liver", box(*LIVER))]
        if ctv is not None:
            rois.append(Roi("CTVsb", box(*ctv), "CTV"))
        path = tmp_path / "deriving.yaml"
        path.write_text(DERIVING.replace("EXPRESSION", expression), encoding="utf-8")
        evaluation = qa.judge(case_of(rois=rois, gy=lambda x, y, z: 50 + z + 0 * (x + y)), path)
        assert evaluation.verdict is qa.Verdict.UNDECIDED  # rows that are only reported judge nothing
        return {finding.constraint: finding for finding in evaluation.findings}

    return call


def cc(*sides: tuple[float, float]) -> float:
    return math.prod(high - low for low, high in sides) / 1000


def overlap(one, other) -> float:
    return math.prod(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in zip(one, other, strict=True)) / 1000


@pytest.mark.parametrize("where", CTVS)
def test_booleans_are_exact_wherever_the_ctv_lies(derived, where):
    ctv = CTVS[where]
    common = overlap(LIVER, ctv)
    assert derived("liver - ctv", ctv)["VOLUME"].value == pytest.approx(cc(*LIVER) - common, rel=1e-5)
    assert derived("liver + ctv", ctv)["VOLUME"].value == pytest.approx(cc(*LIVER) + cc(*ctv) - common, rel=1e-5)
    both = derived("liver & ctv", ctv)["VOLUME"]
    if common:
        assert both.value == pytest.approx(common, rel=1e-5)
    else:
        assert (both.value, both.reason) == (None, ("structure-empty",))


def test_a_part_that_is_absent_is_never_taken_for_nothing(derived):
    found = derived("liver - ctv", None)["VOLUME"]
    assert (found.value, found.verdict, found.reason) == (None, None, ("derived-part-missing",))
    assert "'ctv'" in found.sentence


def test_a_margin_grows_along_z_as_well(derived):
    found = derived("grow(liver, 5 mm)")
    a, b, c = (high - low for low, high in LIVER)
    grown = a * b * c + 2 * 5 * (a * b + b * c + c * a) + math.pi * 25 * (a + b + c) + 4 / 3 * math.pi * 125
    assert found["VOLUME"].value == pytest.approx(grown / 1000, rel=3e-3)
    assert found["MIN"].value == pytest.approx(50 - 17, abs=0.02)
    assert found["MAX"].value == pytest.approx(50 + 17, abs=0.02)
    assert found["MEAN"].value == pytest.approx(50, abs=0.02)


def test_a_margin_inwards_shrinks_along_z_as_well(derived):
    found = derived("shrink(liver, 5 mm)")
    assert found["VOLUME"].value == pytest.approx(30 * 22 * 14 / 1000, rel=2e-3)
    assert found["MIN"].value == pytest.approx(50 - 7, abs=0.02)
    assert found["MAX"].value == pytest.approx(50 + 7, abs=0.02)


def test_a_ring_is_what_lies_between_two_margins(derived):
    ring, inner, outer = (
        derived(text)["VOLUME"].value for text in ("ring(liver, 2 mm, 6 mm)", "grow(liver, 2 mm)", "grow(liver, 6 mm)")
    )
    assert ring == pytest.approx(outer - inner, rel=2e-3)
    assert derived("ring(liver, 2 mm, 6 mm)")["MAX"].value == pytest.approx(50 + 18, abs=0.02)


def test_expressions_nest(derived):
    found = derived("(liver - grow(ctv, 3 mm)) + (ptv & ctv)")["VOLUME"]
    a, b, c = (high - low for low, high in CTVS["inside"])
    grown = a * b * c + 2 * 3 * (a * b + b * c + c * a) + math.pi * 9 * (a + b + c) + 4 / 3 * math.pi * 27
    assert found.value == pytest.approx(cc(*LIVER) - grown / 1000 + 1.2, rel=2e-3)


def test_liver_is_liver_without_ctv_and_liver_with_ctv_at_every_dose(case_of, tmp_path):
    rois = [
        Roi("PTVsb", box((-5, 5), (-5, 5), (-6, 6)), "PTV"),
        Roi("Liver", box(*LIVER)),
        Roi("CTVsb", box(*CTVS["partly outside"]), "CTV"),
    ]
    text = DERIVING.replace("EXPRESSION", "liver - ctv").replace(
        "constraints:", '  rest: {derive: "liver & ctv"}\nconstraints:'
    )
    rows = [
        f'  - {{id: {name}-{gy}, structure: {role}, metric: "V{gy}Gy[cc]", report: true}}\n'
        for name, role in (("WHOLE", "liver"), ("WITHOUT", "made"), ("WITHIN", "rest"))
        for gy in (20, 40, 47, 55, 61)
    ]
    path = tmp_path / "whole.yaml"
    path.write_text(text + "".join(rows), encoding="utf-8")
    evaluation = qa.judge(case_of(rois=rois, gy=lambda x, y, z: 50 + 0.3 * z + 0.2 * y + 0.4 * x), path)
    value = {finding.constraint: finding.value for finding in evaluation.findings}
    for gy in (20, 40, 47, 55, 61):
        assert value[f"WHOLE-{gy}"] == pytest.approx(value[f"WITHOUT-{gy}"] + value[f"WITHIN-{gy}"], abs=2e-3)
    assert np.isfinite(list(value.values())).all()
