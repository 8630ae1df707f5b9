"""Every orientation along the patient axes: the voxels lie where the affine of the standard puts them."""

from __future__ import annotations

from itertools import permutations, product
from types import SimpleNamespace

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from sbrt_qa.dicom.folder import DicomObject, scan
from sbrt_qa.dicom.orientation import (
    Axis,
    Orientation,
    aligned,
    read_axes,
    read_orientation,
    read_position,
    read_spacing,
    to_patient,
)
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError

FRAMES, ROWS, COLUMNS = 4, 3, 5
PER_ROW, PER_COLUMN = 2.0, 3.0
ORIGIN = np.array([10.0, -20.0, 30.0])
SCALING = 1e-6
ALIGNED = [
    (first * np.eye(3)[row], second * np.eye(3)[column])
    for row, column in permutations(range(3), 2)
    for first, second in product((1, -1), repeat=2)
]


def field(points):
    return 100 + points @ np.array([0.3, -0.5, 0.7])


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize(("along_row", "along_column"), ALIGNED, ids=lambda axis: "".join(f"{v:+.0f}" for v in axis))
def test_a_voxel_lies_where_the_affine_puts_it(made, along_row, along_column, sense):
    normal = np.cross(along_row, along_column)
    is_axial = abs(normal[2]) == 1
    offsets = sense * np.array([0.0, 1.5, 3.0, 7.5 if is_axial else 4.5])
    points = (
        ORIGIN
        + np.arange(COLUMNS)[:, None] * PER_COLUMN * along_row
        + np.arange(ROWS)[:, None, None] * PER_ROW * along_column
        + offsets[:, None, None, None] * normal
    )

    def change(ds):
        ds.NumberOfFrames, ds.Rows, ds.Columns = FRAMES, ROWS, COLUMNS
        ds.ImageOrientationPatient = [*along_row, *along_column]
        ds.ImagePositionPatient = list(ORIGIN)
        ds.PixelSpacing = [PER_ROW, PER_COLUMN]
        ds.GridFrameOffsetVector = list(offsets)
        ds.DoseGridScaling = SCALING
        ds.PixelData = np.rint(field(points) / SCALING).astype("<u4").tobytes()

    made.write()
    dose = read_case(made.edit("RD.dcm", change)).dose
    z_mm, y_mm, x_mm = np.meshgrid(dose.grid.z_mm, dose.grid.y_mm, dose.grid.x_mm, indexing="ij")
    assert dose.gy.size == FRAMES * ROWS * COLUMNS
    assert dose.resampling == ""
    np.testing.assert_allclose(dose.gy, field(np.stack([x_mm, y_mm, z_mm], axis=-1)), rtol=0, atol=2e-5)
    for axis, positions in enumerate((dose.grid.x_mm, dose.grid.y_mm, dose.grid.z_mm)):
        assert {round(v, 9) for v in positions} == {round(v, 9) for v in points[..., axis].ravel()}


@pytest.mark.parametrize(
    ("cosines", "is_fine"),
    [
        (b"1\\0\\0\\0\\1\\0", True),
        (b"1.0004\\0\\0\\0\\1\\0", True),
        (b"1\\0.00009\\0\\-0.00009\\1\\0", True),
        (b"1.0006\\0\\0\\0\\1\\0", False),
        (b"0.9994\\0\\0\\0\\1\\0", False),
        (b"1\\0\\0\\0.0011\\1\\0", False),
    ],
)
def test_unit_vectors_are_so_within_a_thousandth(made, cosines, is_fine):
    made.write()
    tag = Tag(0x00200037)

    def change(ds):
        value = cosines + b" " * (len(cosines) % 2)
        ds[tag] = RawDataElement(tag, "DS", len(value), value, 0, is_implicit_VR=False, is_little_endian=True)

    folder = made.edit("RD.dcm", change)
    if is_fine:
        assert read_case(folder).dose.resampling == ""
        return
    with pytest.raises(CaseError, match="two orthogonal unit vectors") as caught:
        read_case(folder)
    assert caught.value.code == "dose-orientation-invalid"


def test_what_is_tilted_a_little_more_is_tilted():
    angle = 2e-4
    axes = np.array([[0, 0, 1], [-np.sin(angle), np.cos(angle), 0], [np.cos(angle), np.sin(angle), 0]])
    assert aligned(axes) is None
    assert aligned(np.eye(3)[[2, 1, 0]]) == Orientation(Axis(2, 1), Axis(1, 1), Axis(0, 1))


@pytest.mark.parametrize(("lean", "is_aligned"), [(0.0, True), (1e-4, True), (1.1e-4, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_axis_may_lean_a_ten_thousandth(lean, is_aligned, sign):
    axes = np.array([[0, 0, 1], [-sign * lean, 1, 0], [1, sign * lean, 0]])
    assert (aligned(axes) is not None) == is_aligned


def test_head_first_supine_is_one_orientation_of_all():
    assert aligned(np.eye(3)[[2, 1, 0]]).is_supine_head_first
    assert not aligned(-np.eye(3)[[2, 1, 0]]).is_supine_head_first


def test_a_tilted_plane_of_an_image_has_no_orientation(made):
    made.write()
    angle = np.radians(10)
    vectors = [1, 0, 0, 0, np.cos(angle), np.sin(angle)]
    folder = made.edit("RD.dcm", lambda ds: setattr(ds, "ImageOrientationPatient", [f"{v:.6f}" for v in vectors]))
    (dose,) = [f.elements for f in scan(folder) if isinstance(f, DicomObject) and f.role == "RTDOSE"]
    with pytest.raises(CaseError, match="tilted against the patient axes") as caught:
        read_orientation(dose)
    assert caught.value.code == "dose-oblique"


def test_one_turn_about_each_axis_puts_values_where_they_belong():
    values = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    positions = (np.array([5.0, 1.0]), np.array([0.0, 1.0, 2.0]), np.array([7.0, 6.0, 5.0, 4.0]))
    grid, turned = to_patient(values, positions, Orientation(Axis(2, -1), Axis(1, 1), Axis(0, -1)))
    assert (grid.z_mm.tolist(), grid.y_mm.tolist(), grid.x_mm.tolist()) == ([1, 5], [0, 1, 2], [4, 5, 6, 7])
    assert turned[0, 0].tolist() == values[1, 0, ::-1].tolist()


def test_a_single_plane_lies_where_it_lies():
    positions = (np.array([5.0]), np.array([2.0, 1.0]), np.array([7.0, 8.0]))
    grid, turned = to_patient(np.array([[[1, 2], [3, 4]]]), positions, Orientation(Axis(2, 1), Axis(1, -1), Axis(0, 1)))
    assert (grid.z_mm.tolist(), grid.y_mm.tolist(), grid.x_mm.tolist()) == ([5], [1, 2], [7, 8])
    assert turned.tolist() == [[[3, 4], [1, 2]]]


def stating(raw):
    """A data set whose every element has this value."""
    return SimpleNamespace(raw=lambda _tag: raw, where="RD.dcm")


def test_two_vectors_may_deviate_by_exactly_a_thousandth():
    axes = read_axes(stating(b"1\\0\\0\\0.001\\1\\0"))
    assert axes.tolist() == [[0, 0, 1], [0.001, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("read", "raw", "text", "code"),
    [
        (read_axes, b"1\\0\\0\\0\\nan\\0", "no decimal number", "dose-orientation-invalid"),
        (read_axes, b"1\\0\\0\\0\\1", "holds 5 numbers, six are expected", "dose-orientation-invalid"),
        (read_axes, b"0\\0\\0\\0\\0\\0", "two orthogonal unit vectors", "dose-orientation-invalid"),
        (read_position, b"0\\nan\\0", "no decimal number", "dose-orientation-invalid"),
        (read_position, b"0\\0", "holds 2 numbers, three are expected", "dose-orientation-invalid"),
        (read_position, b"0\\0\\1000001", "1e\\+06 mm, which is no length in a patient", "dose-orientation-invalid"),
        (read_spacing, b"1\\nan", "no decimal number", "dose-spacing-invalid"),
        (read_spacing, b"2", "two positive numbers", "dose-spacing-invalid"),
        (read_spacing, b"2\\2\\2", "two positive numbers", "dose-spacing-invalid"),
        (read_spacing, b"2\\0", "two positive numbers", "dose-spacing-invalid"),
        (read_spacing, b"-2\\2", "two positive numbers", "dose-spacing-invalid"),
        (read_spacing, b"2\\1e7", "no length in a patient", "dose-spacing-invalid"),
    ],
)
def test_what_is_no_place_is_refused_by_its_element(read, raw, text, code):
    with pytest.raises(CaseError, match=text) as caught:
        read(stating(raw))
    assert caught.value.code == code


def test_places_as_they_are_stated():
    assert read_spacing(stating(b"0.5\\2 ")) == (0.5, 2.0)
    assert read_position(stating(b"-1000000\\0\\2.5")) == (-1e6, 0.0, 2.5)
