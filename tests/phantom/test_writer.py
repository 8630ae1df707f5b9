"""The writer: what it writes is what was given, in every orientation, and the same bytes every time."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.model import (
    Beam,
    Contour,
    Dose,
    DoseReference,
    FractionGroup,
    Grid,
    Image,
    Plan,
    Structure,
    StructureSet,
)
from sbrt_qa.phantom.writer import Arc, ControlPoint, Export, identity, write_case

ORIENTATIONS = ("HFS", "HFP", "FFS", "FFP", "HFDL", "HFDR")
GRID = Grid(np.arange(7) * 2.0 - 5, np.arange(5) * 3.0 - 3, np.array([-1.0, 1.5, 4.0, 9.0]))
GY = np.random.default_rng(1).random(GRID.shape_zyx).astype(np.float32) * 50
IDS = {role: identity("T1", role) for role in ("CT", "RTDOSE", "RTSTRUCT", "RTPLAN")}
DOSE = Dose(
    GRID,
    GY,
    IDS["RTDOSE"],
    summation="PLAN",
    kind="PHYSICAL",
    plan_uids=(IDS["RTPLAN"].sop_uid,),
    structure_set_uids=(IDS["RTSTRUCT"].sop_uid,),
)
IMAGE = Image(GRID, np.rint(GY * 40 - 1000).astype(np.int16), IDS["CT"])
POINTS = [np.array([[0.1234567891234, 0, z], [5, -1 / 3, z], [5, 5 / 3, z]]) for z in GRID.z_mm]
SET = StructureSet(
    IDS["RTSTRUCT"],
    (Structure("PTVsb", 7, tuple(map(Contour, POINTS)), kind="PTV"), Structure("Leer – 空", 2, ())),
)
PLAN = Plan(
    IDS["RTPLAN"],
    (FractionGroup(1, 5, (Beam(1, "A1", "TREATMENT", 1200.5, 5.1), Beam(2, "S", "SETUP"))),),
    (DoseReference("TARGET", "VOLUME", 7, 50.0, "PTVsb"),),
    (IDS["RTSTRUCT"].sop_uid,),
    approval="APPROVED",
    intent="CURATIVE",
)


def values_by_position(frame_of, positions, cosines, spacing):
    """Value at each patient position, from the definition of Image Position (Patient) alone."""
    columns, rows = np.array(cosines[:3], dtype=float), np.array(cosines[3:], dtype=float)
    found = {}
    for pixels, corner in zip(frame_of, positions, strict=True):
        for (row, column), value in np.ndenumerate(pixels):
            place = corner + column * spacing[1] * columns + row * spacing[0] * rows
            found[tuple(np.round(place, 6) + 0.0)] = value
    return found


def canonical(values):
    return {
        tuple(np.round((GRID.x_mm[i], GRID.y_mm[j], GRID.z_mm[k]), 6) + 0.0): value
        for (k, j, i), value in np.ndenumerate(values)
    }


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_voxel_of_the_dose_lies_where_it_was(tmp_path, orientation, descending, bits):
    write_case(tmp_path, dose=DOSE, export=Export(orientation=orientation, descending=descending, bits=bits))
    read = pydicom.dcmread(tmp_path / "RD.dcm")
    cosines = [float(v) for v in read.ImageOrientationPatient]
    offsets = np.array([float(v) for v in read.GridFrameOffsetVector])
    assert offsets[0] == 0
    assert (np.diff(offsets) < 0).all() == descending
    normal = np.cross(cosines[:3], cosines[3:])
    positions = np.array([float(v) for v in read.ImagePositionPatient]) + offsets[:, None] * normal
    found = values_by_position(
        read.pixel_array * float(read.DoseGridScaling),
        positions,
        cosines,
        [float(v) for v in read.PixelSpacing],
    )
    expected = canonical(GY)
    assert found.keys() == expected.keys()
    worst = max(abs(found[place] - expected[place]) for place in expected)
    assert worst < (1e-5 if bits == 32 else 50 / 65535)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_voxel_of_the_image_lies_where_it_was(tmp_path, orientation):
    write_case(tmp_path, image=IMAGE, export=Export(orientation=orientation))
    slices = [pydicom.dcmread(path) for path in sorted(tmp_path.glob("CT.*.dcm"))]
    hu = [s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices]
    positions = [np.array([float(v) for v in s.ImagePositionPatient]) for s in slices]
    first = slices[0]
    cosines = [float(v) for v in first.ImageOrientationPatient]
    found = values_by_position(hu, positions, cosines, [float(v) for v in first.PixelSpacing])
    assert found == canonical(IMAGE.hu)
    assert first.SOPInstanceUID == IMAGE.identity.sop_uid
    assert len({s.SOPInstanceUID for s in slices}) == len(slices)


def test_absolute_offsets_are_the_z_of_the_frames(tmp_path):
    write_case(tmp_path, dose=DOSE, export=Export(offsets="absolute", descending=True))
    read = pydicom.dcmread(tmp_path / "RD.dcm")
    assert [float(v) for v in read.GridFrameOffsetVector] == list(GRID.z_mm[::-1])
    assert float(read.ImagePositionPatient[2]) == GRID.z_mm[-1]


@pytest.mark.parametrize("implicit_vr", [False, True])
def test_contours_come_back_and_name_their_slices(tmp_path, implicit_vr):
    write_case(tmp_path, structure_set=SET, image=IMAGE, export=Export(implicit_vr=implicit_vr))
    read = pydicom.dcmread(tmp_path / "RS.dcm")
    by_z = {}
    for path in tmp_path.glob("CT.*.dcm"):
        made = pydicom.dcmread(path, stop_before_pixels=True)
        by_z[float(made.ImagePositionPatient[2])] = made.SOPInstanceUID
    contours = read.ROIContourSequence[0].ContourSequence
    assert len(contours) == len(POINTS)
    for contour, points in zip(contours, POINTS, strict=True):
        np.testing.assert_allclose(np.array(contour.ContourData, dtype=float), points.ravel(), atol=1e-11)
        assert all(len(v.original_string) <= 16 for v in contour.ContourData)
        assert contour.ContourImageSequence[0].ReferencedSOPInstanceUID == by_z[points[0, 2]]
    assert [r.ROIName for r in read.StructureSetROISequence] == ["PTVsb", "Leer – 空"]
    assert [r.ReferencedROINumber for r in read.RTROIObservationsSequence] == [7, 2]
    assert "ContourSequence" not in read.ROIContourSequence[1]


def test_a_long_contour_makes_the_set_implicit(tmp_path):
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    points = np.stack([100 * np.cos(turn), 100 * np.sin(turn), np.zeros_like(turn)], axis=1)
    long = StructureSet(IDS["RTSTRUCT"], (Structure("Long", 1, (Contour(points),)),))
    write_case(tmp_path, structure_set=long)
    read = pydicom.dcmread(tmp_path / "RS.dcm")
    assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    data = np.array(read.ROIContourSequence[0].ContourSequence[0].ContourData, dtype=float)
    np.testing.assert_allclose(data, points.ravel(), atol=1e-9)


def test_the_plan_says_what_was_planned(tmp_path):
    arc = Arc((ControlPoint(181, 0), ControlPoint(30.5, 0.4), ControlPoint(179, 1)), isocenter_mm=(1, 2, 3))
    write_case(tmp_path, plan=PLAN, export=Export(arcs=(arc,)))
    read = pydicom.dcmread(tmp_path / "RP.dcm")
    group = read.FractionGroupSequence[0]
    assert group.NumberOfFractionsPlanned == 5
    assert [b.get("BeamMeterset") for b in group.ReferencedBeamSequence] == [1200.5, None]
    assert group.ReferencedBeamSequence[0].BeamDose == 5.1
    assert read.DoseReferenceSequence[0].TargetPrescriptionDose == 50
    assert read.DoseReferenceSequence[0].ReferencedROINumber == 7
    assert read.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == SET.identity.sop_uid
    points = read.BeamSequence[0].ControlPointSequence
    assert [p.GantryAngle for p in points] == [181, 30.5, 179]
    assert [p.CumulativeMetersetWeight for p in points] == [0, 0.4, 1]
    assert points[0].IsocenterPosition == [1, 2, 3]
    assert len(read.BeamSequence) == 2


def test_the_same_case_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_case(tmp_path / name, dose=DOSE, structure_set=SET, plan=PLAN, image=IMAGE)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert len(first) == 3 + GRID.z_mm.size


def test_objects_of_one_seed_belong_together():
    assert len({i.sop_uid for i in IDS.values()}) == 4
    assert len({(i.patient_id, i.study_uid, i.frame_uid) for i in IDS.values()}) == 1
    assert identity("T2", "CT").frame_uid != IDS["CT"].frame_uid
    assert all(len(i.sop_uid) <= 64 for i in IDS.values())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"orientation": "HFX"},
            r"unknown orientation 'HFX' \(choose one of: HFS, HFP, FFS, FFP, HFDL, HFDR\)",
        ),
        ({"bits": 8}, r"unknown bits 8 \(choose one of: 16, 32\)"),
        ({"offsets": "absolute", "orientation": "FFS"}, "absolute frame offsets are not legal with FFS"),
    ],
)
def test_a_wrong_choice_is_refused(wrong, says):
    with pytest.raises(UsageError, match=says):
        Export(**wrong)


def test_arcs_and_beams_must_agree(tmp_path):
    arc = Arc((ControlPoint(181, 0), ControlPoint(179, 1)))
    with pytest.raises(UsageError, match="2 arcs for 1 treatment beams"):
        write_case(tmp_path, plan=PLAN, export=Export(arcs=(arc, arc)))


def test_a_negative_dose_is_refused(tmp_path):
    with pytest.raises(UsageError, match="a negative dose cannot be written"):
        write_case(tmp_path, dose=Dose(GRID, GY - 20, IDS["RTDOSE"]))
