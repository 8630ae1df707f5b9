"""Real exports: every number agrees with pydicom's slow and separate reading of the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from sbrt_qa.dicom.inventory import inventory
from sbrt_qa.dicom.read_case import read_case

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason="the real exports are not beside the project"),
]
CASES = [("dicompyler-example", "rtdose.dcm", "rtss.dcm"), ("eclipse-prostate", "RD.dcm", "RS.dcm")]


@pytest.mark.parametrize(("folder", "dose_name", "_"), CASES)
def test_dose_agrees_with_pydicom(folder, dose_name, _):
    dose = read_case(DATA / folder).dose
    ds = pydicom.dcmread(DATA / folder / dose_name)
    expected = ds.pixel_array.astype(np.float64) * float(ds.DoseGridScaling)
    np.testing.assert_array_equal(dose.gy, expected.astype(np.float32))
    assert dose.grid.origin_mm == tuple(float(v) for v in ds.ImagePositionPatient)
    assert (dose.summation, dose.kind) == ("PLAN", "PHYSICAL")


@pytest.mark.parametrize(("folder", "_", "set_name"), CASES)
def test_contours_agree_with_pydicom(folder, _, set_name):
    case = read_case(DATA / folder)
    ds = pydicom.dcmread(DATA / folder / set_name)
    assert [(s.number, s.name) for s in case.structures] == [
        (int(item.ROINumber), item.ROIName) for item in ds.StructureSetROISequence
    ]
    theirs = {int(item.ReferencedROINumber): item.get("ContourSequence", []) for item in ds.ROIContourSequence}
    for structure in case.structures:
        assert structure.faults == ()
        for own, other in zip(structure.contours, theirs[structure.number], strict=True):
            np.testing.assert_array_equal(own.points_mm.ravel(), [float(v) for v in other.ContourData])
            assert own.geometry == other.ContourGeometricType


def test_links_resolve():
    found = inventory(DATA / "dicompyler-example")
    assert [item.role for item in found.objects] == ["RTPLAN", "RTDOSE", "RTSTRUCT"]
    assert all(link.resolved for item in found.objects for link in item.links)
    assert [series.slices for series in found.series] == [1]


def test_plan_says_what_it_says():
    plan = read_case(DATA / "dicompyler-example").plan
    assert plan.fractions == 7
    assert [r.prescription_gy for r in plan.dose_references] == [14.0, 11.3113869239676]
    assert [beam.dose_gy for beam in plan.fraction_groups[0].beams] == [0.5] * 4
    assert plan.approval == "UNAPPROVED"


def test_an_export_without_a_plan_is_named_by_its_dose():
    case = read_case(DATA / "eclipse-prostate")
    assert case.plan is None
    assert case.id == case.dose.identity.sop_uid
