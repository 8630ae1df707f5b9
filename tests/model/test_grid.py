"""Where the values of a dose lie."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.model import Grid

X, Y, Z = np.array([-1.0, 1.0, 3.0]), np.array([5.0, 8.0]), np.array([0.0, 2.0, 7.0, 8.0])


def test_a_grid_knows_its_shape_spacing_and_origin():
    grid = Grid(X, Y, Z)
    assert grid.shape_zyx == (4, 2, 3)
    assert grid.spacing_mm == (2.0, 3.0, 5.0)
    assert grid.origin_mm == (-1.0, 5.0, 0.0)
    assert grid.is_axis_aligned


def test_a_single_voxel_has_no_spacing():
    assert Grid([1.0], [2.0], [3.0]).spacing_mm == (0.0, 0.0, 0.0)


def test_another_axis_makes_a_grid_oblique():
    tilted = ((0.8, 0.6, 0.0), (-0.6, 0.8, 0.0), (0.0, 0.0, 1.0))
    assert not Grid(X, Y, Z, tilted).is_axis_aligned


def test_positions_are_a_copy_that_cannot_be_written():
    given = X.copy()
    grid = Grid(given, Y, Z)
    given[0] = 100.0
    assert grid.x_mm[0] == -1.0
    with pytest.raises(ValueError, match="read-only"):
        grid.x_mm[0] = 0.0


def test_voxels_may_lie_closer_than_a_millimetre():
    assert Grid(X / 10, Y, Z).spacing_mm[0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    "axis", [[], [[0.0, 1.0]], [0.0, np.nan], [0.0, np.inf], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0, 1.0], 3.0]
)
@pytest.mark.parametrize("name", ["x_mm", "y_mm", "z_mm"])
def test_an_axis_is_finite_and_rises(name, axis):
    with pytest.raises(SbrtQaError, match=f"grid {name} must be finite and strictly rising") as caught:
        Grid(**({"x_mm": X, "y_mm": Y, "z_mm": Z} | {name: axis}))
    assert caught.value.code == "dose-offsets-invalid"
