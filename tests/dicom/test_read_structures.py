"""Structure sets: matched by number, faults kept to the ROI they belong to."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError


def read(made, change):
    made.write()
    return read_case(made.edit("RS.dcm", change))


def test_everything_written_is_read(made):
    case = read_case(made.write())
    assert [(s.name, s.number, s.kind) for s in case.structures] == [
        ("PTVsb", 7, "PTV"),
        ("Leer – 空", 2, ""),
        ("Liver", 3, "ORGAN"),
    ]
    ptv, empty, liver = case.structures
    assert empty.contours == ()
    assert [c.geometry for c in liver.contours] == ["CLOSEDPLANAR_XOR", "POINT"]
    assert ptv.stated_volume_cc == 12.5
    assert (
        ptv.frame_uid
        == case.dose.frame_uid
        == case.structure_set.frame_uids[0]
        == case.structure_set.identity.frame_uid
    )
    for found, expected in zip(ptv.contours, made.points, strict=True):
        np.testing.assert_array_equal(found.points_mm, expected)
    assert all(s.faults == () for s in case.structures)
    assert case.structure_set.identity == made.structure_set.identity


def test_the_three_sequences_are_matched_by_number(made):
    plain = read_case(made.write())

    def shuffle(ds):
        ds.ROIContourSequence = list(ds.ROIContourSequence)[::-1]
        ds.RTROIObservationsSequence = [*ds.RTROIObservationsSequence[1:], ds.RTROIObservationsSequence[0]]

    for one, other in zip(plain.structures, read_case(made.edit("RS.dcm", shuffle)).structures, strict=True):
        assert (one.name, one.number, one.kind, one.color) == (other.name, other.number, other.kind, other.color)
        assert len(one.contours) == len(other.contours)


def contour(ds, roi=0, number=1):
    return ds.ROIContourSequence[roi].ContourSequence[number]


FAULTS = [
    (
        "contour-data-invalid",
        "characters that no decimal number has: nan",
        "ContourData",
        b"1\\2\\3\\nan\\2\\3\\1\\1\\3\\4\\4\\3",
    ),
    ("contour-data-invalid", "no multiple of three", "ContourData", b"1\\2\\3\\4"),
    ("contour-data-invalid", "beyond 3 m", "ContourData", b"1\\2\\30000\\1\\2\\3\\1\\2\\3\\1\\2\\3"),
    ("contour-data-invalid", "1 numbers", "ContourData", b""),
    ("contour-data-invalid", "4 points are announced, 3 are there", "ContourData", b"1\\2\\3\\4\\2\\3\\1\\1\\3"),
    ("contour-data-invalid", "no whole number", "NumberOfContourPoints", b"four"),
    ("contour-data-invalid", "5 points are announced, 4 are there", "NumberOfContourPoints", b"5"),
    ("contour-data-invalid", "geometric type 'INTERPOLATED' is unknown", "ContourGeometricType", b"INTERPOLATED"),
    ("contour-data-invalid", "geometric type '' is unknown", "ContourGeometricType", b""),
    ("contour-offset", "moved by a contour offset vector", "ContourOffsetVector", b"0\\0\\2.5"),
    ("contour-data-invalid", "no decimal number", "ContourOffsetVector", b"0\\0\\nan"),
]


@pytest.mark.parametrize(("code", "text", "keyword", "raw"), FAULTS)
def test_a_fault_stays_with_its_structure(made, put, code, text, keyword, raw):
    ptv, _, liver = read(made, lambda ds: put(contour(ds), keyword, raw)).structures
    ((found, sentence),) = ptv.faults
    assert found == code
    assert text in sentence
    assert ptv.contours == ()
    assert liver.faults == ()
    assert len(liver.contours) == 2


def test_a_zero_offset_vector_is_harmless(made, put):
    ptv = read(made, lambda ds: put(contour(ds), "ContourOffsetVector", b"0\\0\\0.0")).structures[0]
    assert (len(ptv.contours), ptv.faults) == (4, ())


def test_a_contour_that_says_it_is_empty_is_left_out(made, put):
    def change(ds):
        put(contour(ds), "NumberOfContourPoints", b"0")
        put(contour(ds), "ContourData", b"")

    ptv = read(made, change).structures[0]
    assert (len(ptv.contours), ptv.faults) == (3, ())


def test_two_contour_items_for_one_roi_are_a_fault(made):
    ptv = read(made, lambda ds: ds.ROIContourSequence.append(ds.ROIContourSequence[0])).structures[0]
    assert ptv.faults == (("contour-data-invalid", "The contours are given in 2 separate items for one ROI."),)


def test_contours_without_a_definition_are_refused(made):
    def change(ds):
        orphan = Dataset()
        orphan.ReferencedROINumber = 99
        orphan.ContourSequence = [contour(ds)]
        ds.ROIContourSequence.append(orphan)

    with pytest.raises(CaseError, match=r"99 has contours, but no ROI of that number is defined") as caught:
        read(made, change)
    assert caught.value.code == "contour-orphan"


def test_an_item_without_contours_and_definition_is_harmless(made):
    def change(ds):
        orphan = Dataset()
        orphan.ReferencedROINumber = 99
        ds.ROIContourSequence.append(orphan)

    assert len(read(made, change).structures) == 3


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("7 is given to two ROIs", lambda ds: setattr(ds.StructureSetROISequence[1], "ROINumber", 7)),
        ("is missing", lambda ds: delattr(ds.StructureSetROISequence[1], "ROINumber")),
        ("is missing", lambda ds: setattr(ds.ROIContourSequence[1], "ReferencedROINumber", None)),
    ],
)
def test_numbers_that_cannot_be_matched_are_refused(made, text, change):
    with pytest.raises(CaseError, match=text) as caught:
        read(made, change)
    assert caught.value.code == "contour-orphan"


@pytest.mark.parametrize(
    ("raw", "expected"), [(b"255\\0\\16", (255, 0, 16)), (b"256\\0\\0", None), (b"red", None), (b"1\\2", None)]
)
def test_a_malformed_colour_is_no_colour(made, put, raw, expected):
    ptv = read(made, lambda ds: put(ds.ROIContourSequence[0], "ROIDisplayColor", raw)).structures[0]
    assert (ptv.color, ptv.faults) == (expected, ())


def test_a_malformed_volume_is_no_statement(made, put):
    ptv = read(made, lambda ds: put(ds.StructureSetROISequence[0], "ROIVolume", b"12,5")).structures[0]
    assert ptv.stated_volume_cc is None


def test_contradicting_observations_state_no_kind(made):
    def change(ds):
        other = Dataset()
        other.ReferencedROINumber = 7
        other.RTROIInterpretedType = "ORGAN"
        ds.RTROIObservationsSequence.append(other)

    assert read(made, change).structures[0].kind == ""
