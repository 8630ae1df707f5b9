"""The image planes of a case: from the CT in hand and from the structure set's own references alike."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

import sbrt_qa as qa
from sbrt_qa.dicom.folder import scan
from sbrt_qa.dicom.image_planes import image_planes

SAMPLE = Path(__file__).resolve().parents[2] / "sample_dicom"


@pytest.fixture(scope="module")
def of_images():
    return qa.read_case(SAMPLE / "meets-all").load_planes()


def changed(tmp_path, change):
    """The planes of the sample case without a CT, its structure set changed."""
    for name in ("RP.dcm", "RD.dcm"):
        (tmp_path / name).write_bytes((SAMPLE / "meets-all" / name).read_bytes())
    made = pydicom.dcmread(SAMPLE / "meets-all" / "RS.dcm")
    change(made)
    made.save_as(tmp_path / "RS.dcm")
    return qa.read_case(tmp_path).load_planes()


def test_they_are_the_slices_of_the_ct_rising(of_images):
    z_mm = [plane.z_mm for plane in of_images]
    assert len(of_images) == 83
    assert (np.diff(z_mm) > 0).all()
    for file in (SAMPLE / "meets-all").glob("CT.*.dcm"):
        own = pydicom.dcmread(file, stop_before_pixels=True)
        (plane,) = (plane for plane in of_images if plane.sop_uid == own.SOPInstanceUID)
        assert plane.z_mm == own.ImagePositionPatient[2]
        assert (plane.series_uid, plane.study_uid) == (own.SeriesInstanceUID, own.StudyInstanceUID)
        assert plane.sop_class_uid == own.SOPClassUID


def test_without_a_ct_the_structure_set_refers_to_the_same_images(tmp_path, of_images):
    found = changed(tmp_path, lambda _: None)
    assert found
    assert set(found) <= set(of_images)


def test_images_that_nobody_lists_or_that_disagree_are_not_named(tmp_path, of_images):
    def change(made):
        series = made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
        lost = made.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0].ReferencedSOPInstanceUID
        kept = [image for image in series.ContourImageSequence if image.ReferencedSOPInstanceUID != lost]
        series.ContourImageSequence = kept
        contour = made.ROIContourSequence[0].ContourSequence[5]
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID = kept[0].ReferencedSOPInstanceUID

    found = changed(tmp_path, change)
    known = {plane.z_mm: plane for plane in of_images}
    differing = [plane for plane in found if plane != known[plane.z_mm]]
    assert len(differing) == 2
    assert all(plane.sop_uid == plane.series_uid == "" for plane in differing)


def test_a_contour_on_two_images_names_none(tmp_path, of_images):
    def change(made):
        every = [contour for roi in made.ROIContourSequence for contour in roi.ContourSequence]
        for contour in (one for one in every if one.ContourData[2] == every[0].ContourData[2]):
            contour.ContourImageSequence.append(contour.ContourImageSequence[0])

    (differing,) = set(changed(tmp_path, change)) - set(of_images)
    assert (differing.sop_uid, differing.series_uid) == ("", "")


def test_slices_that_are_not_axial_give_no_plane(tmp_path):
    first = next((SAMPLE / "meets-all").glob("CT.*.dcm"))
    made = pydicom.dcmread(first)
    made.save_as(tmp_path / "CT.dcm")
    (plane,) = image_planes([*scan(tmp_path)], None, "")
    assert plane.sop_uid == made.SOPInstanceUID
    made.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    made.save_as(tmp_path / "CT.dcm")
    assert image_planes([*scan(tmp_path)], None, "") == ()


def test_contours_in_another_frame_give_no_plane(tmp_path):
    def change(made):
        for roi in made.StructureSetROISequence:
            roi.ReferencedFrameOfReferenceUID = "1.2.3"

    assert changed(tmp_path, change) == ()
