"""Every orientation along the patient axes: the voxels lie where the affine of the standard puts them."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from sbrt_qa.dicom.read_case import read_case

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
