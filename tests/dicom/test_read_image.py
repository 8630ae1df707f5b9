"""CT: read on demand, in patient axes, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.phantom.writer import Export


@pytest.mark.parametrize("orientation", ["HFS", "HFP", "FFS", "FFP", "HFDL"])
def test_the_image_lies_where_it_was_written(made, orientation):
    case = read_case(made.write(images=True, export=Export(orientation=orientation)))
    np.testing.assert_array_equal(case.image.hu, made.image.hu)
    np.testing.assert_allclose(case.image.grid.z_mm, made.grid.z_mm)
    np.testing.assert_allclose(case.image.grid.y_mm, made.grid.y_mm)
    np.testing.assert_allclose(case.image.grid.x_mm, made.grid.x_mm)
    assert case.image.identity.frame_uid == case.dose.frame_uid
    assert [f.role for f in case.source.files].count("CT") == 4


def test_without_slices_there_is_no_image(made):
    case = read_case(made.write())
    assert case.image is None
    assert [code for code, _ in case.source.notes] == ["no-images"]


def damage(keyword, value):
    return lambda ds: setattr(ds, keyword, value)


@pytest.mark.parametrize(
    "change",
    [
        damage("PixelSpacing", [1, 1]),
        damage("ImagePositionPatient", [0, 0, 1.5]),
        damage("ImageOrientationPatient", [0.8, 0.6, 0, -0.6, 0.8, 0]),
        damage("Rows", 4),
        damage("RescaleSlope", None),
        damage("RescaleSlope", "1e308"),
        damage("RescaleIntercept", "-1e308"),
        damage("BitsAllocated", 32),
        lambda ds: delattr(ds, "PixelData"),
    ],
)
def test_slices_that_make_no_stack_make_no_image(made, change):
    made.write(images=True)
    assert read_case(made.edit("CT.002.dcm", change)).image is None


def test_a_repeated_slice_makes_no_image(made):
    made.write(images=True)
    folder = made.edit("CT.002.dcm", damage("SOPInstanceUID", "1.2.3"), to="CT.005.dcm")
    assert read_case(folder).image is None


def test_a_file_that_vanished_makes_no_image(made):
    case = read_case(made.write(images=True))
    (made.folder / "CT.003.dcm").unlink()
    assert case.image is None


def test_unused_high_bits_are_ignored(made):
    made.write(images=True)

    def change(ds):
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
        ds.RescaleSlope, ds.RescaleIntercept = 2, -1000
        ds.PixelData = (np.full(35, 100, "<u2") | 0xF000).tobytes()

    for number in range(1, 5):
        made.edit(f"CT.{number:03d}.dcm", change)
    assert set(read_case(made.folder).image.hu.ravel()) == {-800}


def test_another_frame_of_reference_is_not_used(made):
    made.write(images=True)
    for number in range(1, 5):
        made.edit(f"CT.{number:03d}.dcm", damage("FrameOfReferenceUID", "1.2.3.4"))
    case = read_case(made.folder)
    assert case.image is None
    assert dict(case.source.notes)["extra-objects"] == "4 further DICOM objects are not part of this case."


def test_the_series_the_structures_were_drawn_on_is_taken(made):
    made.write(images=True)
    for number in range(1, 5):

        def other_series(ds, number=number):
            ds.SeriesInstanceUID, ds.SOPInstanceUID = "1.2.9", f"1.2.9.{number}"
            ds.PixelData = bytes(70)

        made.edit(f"CT.{number:03d}.dcm", other_series, to=f"other{number}.dcm")
    np.testing.assert_array_equal(read_case(made.folder).image.hu, made.image.hu)


def test_two_series_of_which_none_was_drawn_on_are_a_choice_not_taken(made):
    made.write(images=True)
    made.edit("RS.dcm", lambda ds: delattr(ds.ReferencedFrameOfReferenceSequence[0], "RTReferencedStudySequence"))
    assert read_case(made.folder).image is not None
    made.edit("CT.001.dcm", damage("SeriesInstanceUID", "1.2.9"))
    assert read_case(made.folder).image is None


def test_a_truncated_slice_is_left_out_and_the_case_is_read(made):
    made.write(images=True)
    path = made.folder / "CT.002.dcm"
    path.write_bytes(path.read_bytes()[:-10])
    case = read_case(made.folder)
    assert case.image.hu.shape[0] == 3


def test_compressed_slices_make_no_image(made):
    made.write(images=True)
    syntax = b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0"
    for path in made.folder.glob("CT*"):
        data = path.read_bytes()
        assert syntax in data
        path.write_bytes(data.replace(syntax, b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.5\0"))
    assert read_case(made.folder).image is None


def test_images_of_another_patient_are_left_aside(made):
    folder = made.write(images=True)
    for path in folder.glob("CT*.dcm"):
        made.edit(path.name, damage("PatientID", "SOMEBODY-ELSE"))
    case = read_case(folder)
    assert case.image is None
    assert "no-images" in [code for code, _ in case.source.notes]
