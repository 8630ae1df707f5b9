"""The derived structures as an RTSTRUCT: read back by the package's own reader, and looked at by a validator."""

import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

import sbrt_qa as qa
from sbrt_qa.dicom.folder import scan
from sbrt_qa.dicom.read_structures import read_structures
from sbrt_qa.errors import UsageError
from sbrt_qa.histogram import Sampling, compute
from sbrt_qa.model import Contour, Dose, Grid, Identity, ImagePlane, Structure
from sbrt_qa.protocol.scene import Outlined, Scene
from sbrt_qa.report import structures as room
from sbrt_qa.report.deidentified import deidentified

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = """
schema: sbrt-qa/protocol/1
id: derived
title: Derived
version: "1.0"
status: template
sources: {own: "made for this test"}
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv: {type: target, many: true, names: [PTVsb, CTVsb]}
  liver: {names: [Liver]}
  cord: {names: [SpinalCord]}
  all: {derive: ptv}
  spared: {derive: "liver - ptv"}
  prv: {derive: "grow(cord, 5 mm)"}
constraints:
"""
ROWS = {"all": "CTVsb + PTVsb", "spared": "Liver - CTVsb + PTVsb", "prv": "grow(SpinalCord, 5 mm)"}


def protocol_of(folder, roles):
    rows = "".join(
        f"  - {{id: R{k}, structure: {role}, metric: 'Mean[Gy]', goal: '<= 90 Gy', source: own}}\n"
        for k, role in enumerate(roles)
    )
    path = folder / "derived.yaml"
    path.write_text(PROTOCOL + rows, encoding="utf-8")
    return qa.load_protocol(path)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    case = qa.read_case(ROOT / "sample_dicom" / "meets-all")
    return case, qa.evaluate(case, protocol_of(tmp_path_factory.mktemp("derived"), ROWS))


@pytest.fixture(scope="module")
def written(judged, tmp_path_factory):
    path = tmp_path_factory.mktemp("structures") / "a.RTSTRUCT.dcm"
    qa.write_report(judged[1], path)
    return path


def read_back(path):
    (found,) = scan(path)
    return read_structures(found.elements, found.identity)


def errors_in(path) -> list[str]:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (dicom3tools) is not here")
    done = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    assert "RTStructureSet" in said
    return [line for line in said if line.startswith("Error")]


def test_what_is_read_back_is_what_was_judged(judged, written):
    case, evaluation = judged
    found = read_back(written)
    own = {curve.name.replace("−", "-"): curve for curve in evaluation.curves}
    assert [structure.name for structure in found.structures] == list(ROWS.values())
    for structure in found.structures:
        curve, again = own[structure.name], compute(structure, case.dose, Sampling())
        assert structure.faults == ()
        assert structure.stated_volume_cc == pytest.approx(curve.volume_cc, rel=1e-6)
        exact = not structure.name.startswith("grow")  # a margin has faces between the images
        assert again.volume_cc == pytest.approx(curve.volume_cc, rel=2e-5 if exact else 5e-3)
        assert again.mean_gy == pytest.approx(curve.mean_gy, rel=1e-4 if exact else 5e-3)
        for gy in (0.5, 2.0, 10.0, 40.0, 50.0, 55.0):
            apart_cc = abs(again.volume_at(gy=gy) - curve.volume_at(gy=gy))
            assert apart_cc <= (2e-5 if exact else 5e-3) * curve.volume_cc


def test_it_belongs_to_the_images_of_the_case(judged, written):
    case, _ = judged
    made = pydicom.dcmread(written)
    source = pydicom.dcmread(ROOT / "sample_dicom" / "meets-all" / "RS.dcm")
    assert made.SOPClassUID == pydicom.uid.RTStructureSetStorage
    assert (made.PatientID, made.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
    assert made.SeriesInstanceUID != source.SeriesInstanceUID
    assert made.PredecessorStructureSetSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    (frame,) = made.ReferencedFrameOfReferenceSequence
    assert frame.FrameOfReferenceUID == made.FrameOfReferenceUID == case.dose.frame_uid
    listed = {i.ReferencedSOPInstanceUID for i in frame[0x30060012][0][0x30060014][0].ContourImageSequence}
    numbers = {roi.ROIName: roi.ROINumber for roi in source.StructureSetROISequence}
    (cord,) = (i for i in source.ROIContourSequence if i.ReferencedROINumber == numbers["SpinalCord"])
    drawn = {c.ContourData[2]: c.ContourImageSequence[0].ReferencedSOPInstanceUID for c in cord.ContourSequence}
    contours = made.ROIContourSequence[2].ContourSequence
    assert {c.ContourImageSequence[0].ReferencedSOPInstanceUID for c in contours} <= listed
    both = [contour for contour in contours if contour.ContourData[2] in drawn]
    assert len(both) == len(drawn)
    for contour in both:
        assert contour.ContourImageSequence[0].ReferencedSOPInstanceUID == drawn[contour.ContourData[2]]


def test_a_validator_finds_no_error_and_the_bytes_are_always_the_same(judged, written):
    assert errors_in(written) == []
    assert room.FORMAT.write(judged[1]) == written.read_bytes()


def drawn_by_hand(evaluation, name="A − B", *, planes=(-3.0, 0.0, 3.0), frame="1.2.3"):
    """A square of 20 mm from z = -6 to 6 mm with a hole of 4 mm in it, and a dose to put it in."""
    rings = [[(-10, -10), (10, -10), (10, 10), (-10, 10)], [(-2, -2), (2, -2), (2, 2), (-2, 2)]]
    contours = tuple(Contour(np.array([(*point, 0.0) for point in ring])) for ring in rings)
    derived = Structure(name, -1, contours, frame_uid=frame, slabs_mm=((0.0, -6.0, 6.0),))
    grid = Grid(*(np.arange(-20.0, 21.0, 5.0),) * 3)
    dose = Dose(grid, np.ones(grid.shape_zyx, dtype=np.float32), Identity("1.2", frame_uid=frame))
    scene = Scene(dose, None, (Outlined(derived, derived.slabs_mm),), (), None, lambda: tuple(map(ImagePlane, planes)))
    return replace(evaluation, load_scene=lambda: scene)


@pytest.mark.parametrize("name", ["<script>\\=HYPERLINK(1)", "\u202e\x1b[31m\0" + "x" * 10_000, "", "肝 − 腫瘍"])
def test_hostile_names_and_planes_without_images_make_a_sound_object(mixed, tmp_path, name):
    path = tmp_path / "a.rtstruct.dcm"
    hostile = dict.fromkeys(("patient_id", "patient_name", "plan_label", "study_uid"), name)
    qa.write_report(drawn_by_hand(replace(mixed, case=hostile), name), path)
    assert errors_in(path) == []
    made = pydicom.dcmread(path)
    (roi,) = made.StructureSetROISequence
    assert not any(ord(character) < 32 or character in "\\\u202e" for character in roi.ROIName)
    assert len(roi.ROIName) <= 64
    assert "RTReferencedStudySequence" not in made.ReferencedFrameOfReferenceSequence[0]


def test_a_hole_stays_a_hole_and_planes_beyond_stay_empty(mixed, tmp_path):
    path = tmp_path / "a.rtstruct.dcm"
    qa.write_report(drawn_by_hand(mixed, planes=(-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0)), path)
    (structure,) = read_back(path).structures
    assert sorted({contour.z_mm for contour in structure.contours}) == [-6.0, -3.0, 0.0, 3.0]
    dose = drawn_by_hand(mixed).load_scene().dose
    assert compute(structure, dose, Sampling()).volume_cc == pytest.approx((400 - 16) * 12 / 1000, rel=1e-9)


def test_what_no_two_images_cut_is_left_out_by_name(mixed):
    evaluation = drawn_by_hand(mixed)
    scene = evaluation.load_scene()
    flat = replace(scene.outlined[0].structure, name="flat", number=-2, slabs_mm=((0.0, -1.0, 1.0),))
    both = replace(scene, outlined=(*scene.outlined, Outlined(flat, flat.slabs_mm)))
    made = pydicom.dcmread(BytesIO(room.FORMAT.write(replace(evaluation, load_scene=lambda: both))))
    assert [roi.ROIName for roi in made.StructureSetROISequence] == ["A - B"]
    assert "fewer than two images cut them: flat" in made.StructureSetDescription


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda e: e, "the case was not judged"),
        (lambda e: replace(e, protocol=None), "without a protocol none is asked for"),
        (lambda e: deidentified(drawn_by_hand(e)), "contours cannot be given to any image"),
        (lambda e: drawn_by_hand(e, planes=()), "planes of the images they belong on are not known"),
        (lambda e: drawn_by_hand(e, planes=(0.0,)), "thinner than the distance of two images"),
        (lambda e: drawn_by_hand(e, frame=""), "states no frame of reference"),
        (lambda e: _without_structures(drawn_by_hand(e)), "asks for a derived structure"),
    ],
)
def test_it_is_refused_where_there_is_nothing_to_write(mixed, tmp_path, change, why):
    with pytest.raises(UsageError, match="there are no derived structures to write") as told:
        qa.write_report(change(mixed), tmp_path / "a.rtstruct.dcm")
    assert why in str(told.value)
    assert not list(tmp_path.iterdir())


def _without_structures(evaluation):
    scene = replace(evaluation.load_scene(), outlined=())
    return replace(evaluation, load_scene=lambda: scene)
