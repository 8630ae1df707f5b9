"""The sample: the same bytes as the files in the repository, linked, believable, and as the stories tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from sbrt_qa.phantom.liver_bed.cases import STORIES, dose_grid, write_story

KEPT = Path(__file__).parents[2] / "sample_dicom"
WALL = {"Skin", "Chestwall"}
FOLDERS = [story.folder for story in STORIES]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two cases that share one plan, written anew."""
    folder = tmp_path_factory.mktemp("sample")
    for story in STORIES:
        if story.folder in {"meets-all", "no-cord"}:
            write_story(folder, story)
    return folder


def objects(folder):
    return {name: pydicom.dcmread(KEPT / folder / f"{name}.dcm") for name in ("RP", "RD", "RS")}


def contours_of(structures, name):
    number = next(r.ROINumber for r in structures.StructureSetROISequence if r.ROIName == name)
    roi = next(r for r in structures.ROIContourSequence if r.ReferencedROINumber == number)
    return [np.array(c.ContourData, dtype=float).reshape(-1, 3) for c in roi.ContourSequence]


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["meets-all", "no-cord"])
def test_the_files_in_the_repository_are_made_again_byte_for_byte(made, folder):
    again = {path.name: path.read_bytes() for path in (made / folder).iterdir()}
    kept = {path.name: path.read_bytes() for path in (KEPT / folder).iterdir()}
    assert sorted(again) == sorted(kept)
    assert [name for name in again if again[name] != kept[name]] == []


def test_only_the_cord_tells_the_undecided_case_from_the_good_one():
    names = {}
    for folder in ("meets-all", "no-cord"):
        names[folder] = {r.ROIName for r in objects(folder)["RS"].StructureSetROISequence}
    assert names["meets-all"] - names["no-cord"] == {"SpinalCord"}
    assert names["no-cord"] < names["meets-all"]
    good, undecided = (objects(folder)["RD"].PixelData for folder in ("meets-all", "no-cord"))
    assert good == undecided


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_link_leads_to_an_object_of_the_case(folder):
    found = objects(folder)
    plan, dose, structures = found["RP"], found["RD"], found["RS"]
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    for keyword in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert len({str(made[keyword].value) for made in found.values()}) == 1
    target = plan.DoseReferenceSequence[0]
    names = {r.ROINumber: r.ROIName for r in structures.StructureSetROISequence}
    assert names[target.ReferencedROINumber] == "PTVsb"
    assert "SYNTHETIC" in str(plan.PatientName)


def test_every_contour_of_the_case_with_images_names_its_slice():
    slices = {}
    for path in (KEPT / "meets-all").glob("CT.*.dcm"):
        made = pydicom.dcmread(path, stop_before_pixels=True)
        slices[made.SOPInstanceUID] = float(made.ImagePositionPatient[2])
    structures = objects("meets-all")["RS"]
    for roi in structures.ROIContourSequence:
        for contour in roi.ContourSequence:
            if contour.ContourGeometricType == "CLOSED_PLANAR":
                uid = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
                assert slices[uid] == float(contour.ContourData[2])


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_plan_gives_its_prescription_in_turning_arcs(folder):
    plan = objects(folder)["RP"]
    group = plan.FractionGroupSequence[0]
    per_fraction = sum(float(b.BeamDose) for b in group.ReferencedBeamSequence)
    prescription = float(plan.DoseReferenceSequence[0].TargetPrescriptionDose)
    assert per_fraction * group.NumberOfFractionsPlanned == pytest.approx(prescription, rel=1e-5)
    assert len(plan.BeamSequence) in {2, 3}
    for beam in plan.BeamSequence:
        weights = [float(p.CumulativeMetersetWeight) for p in beam.ControlPointSequence]
        assert weights[0] == 0
        assert weights[-1] == 1
        assert (np.diff(weights) > 0).all()
        angles = np.array([float(p.GantryAngle) for p in beam.ControlPointSequence])
        turn = (
            np.diff(angles) % 360
            if beam.ControlPointSequence[0].GantryRotationDirection == "CW"
            else -np.diff(angles) % 360
        )
        assert (turn > 0).all()
        assert (turn < 10).all()
        for point in beam.ControlPointSequence:
            leaves = np.array(point.BeamLimitingDevicePositionSequence[-1].LeafJawPositions, dtype=float)
            assert (leaves[:60] <= leaves[60:]).all()
            assert (leaves[:60] < leaves[60:]).any()


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_dose_is_hot_inside_the_target_and_holds_what_is_judged(folder):
    found = objects(folder)
    gy = found["RD"].pixel_array * float(found["RD"].DoseGridScaling)
    assert 0.75 < 50 / gy.max() < 0.85
    grid = dose_grid()
    assert gy.shape == grid.shape_zyx
    hottest = np.unravel_index(int(gy.argmax()), gy.shape)
    place = np.array([grid.x_mm[hottest[2]], grid.y_mm[hottest[1]], grid.z_mm[hottest[0]]])
    target = np.concatenate(contours_of(found["RS"], "PTVsb"))
    assert (target.min(axis=0) < place).all()
    assert (place < target.max(axis=0)).all()
    low = np.array([grid.x_mm[0], grid.y_mm[0], grid.z_mm[0] + 1.25])
    high = np.array([grid.x_mm[-1], grid.y_mm[-1], grid.z_mm[-1] - 1.25])
    for roi in found["RS"].StructureSetROISequence:
        margin_mm = {"CouchSurface": -np.inf, "External": 0.0}.get(roi.ROIName, 0.0 if roi.ROIName in WALL else 5.0)
        points = np.concatenate(contours_of(found["RS"], roi.ROIName))
        assert (points.min(axis=0) >= low + margin_mm).all(), roi.ROIName
        assert (points.max(axis=0) <= high - margin_mm).all(), roi.ROIName


def test_there_are_holes_of_both_kinds_and_several_loops_on_a_slice():
    structures = objects("meets-all")["RS"]
    skin = contours_of(structures, "Skin")
    assert len({points[0, 2] for points in skin}) == len(skin)  # one keyholed contour a slice
    doubled = [len(points) - len(np.unique(points, axis=0)) for points in skin]
    assert min(doubled) >= 2  # the channel runs in and out along the same points
    couch = contours_of(structures, "CouchSurface")
    assert len(couch) == 2 * len({points[0, 2] for points in couch})
    bowel = [points[0, 2] for points in contours_of(structures, "Bowel_Small")]
    assert max(bowel.count(z) for z in set(bowel)) >= 3


def test_the_image_shows_air_lung_fat_organs_bone_and_clips():
    hu = np.stack(
        [
            made.pixel_array * float(made.RescaleSlope) + float(made.RescaleIntercept)
            for made in map(pydicom.dcmread, sorted((KEPT / "meets-all").glob("CT.*.dcm")))
        ]
    )
    share = np.histogram(hu, bins=[-1100, -930, -700, -150, -60, 20, 90, 200, 400, 1500, 3100])[0] / hu.size
    air, lung, _, fat, _, muscle, organs, _, bone, clips = share
    assert air > 0.2
    assert lung > 0.02
    assert fat > 0.08
    assert muscle > 0.05
    assert organs > 0.05
    assert bone > 0.002
    assert 0 < clips < 1e-4


def test_the_whole_sample_stays_small():
    sizes = [path.stat().st_size for path in KEPT.rglob("*.dcm")]
    assert sum(sizes) < 25e6
    assert max(sizes) < 4e6
