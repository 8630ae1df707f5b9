"""Volumes of a sampled dose against cells worked out by hand, and against the ideal dose on a fine grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Dose, Grid
from sbrt_qa.phantom.fields import Gaussian, Linear, Stanley, grid_around, sample
from sbrt_qa.phantom.trilinear_truth import volume_above_cc
from sbrt_qa.phantom.writer import identity

UNIT = ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0))


def _cell(corners) -> Dose:
    axis = np.array([0.0, 1.0])
    return Dose(
        Grid(axis, axis, axis), np.array(corners, dtype=np.float32).reshape(2, 2, 2), identity("CELL", "RTDOSE")
    )


@pytest.mark.parametrize("axis", range(3))
def test_a_ramp_across_one_cell(axis):
    corners = np.moveaxis(np.array([[[0.0] * 2] * 2, [[1.0] * 2] * 2]), 0, axis)
    assert volume_above_cc(_cell(corners), 0.25, UNIT, 64) == pytest.approx(0.75e-3, abs=1e-5)


def test_one_hot_corner_is_a_product():
    # The dose is x y z; the part above c is 1 − c (1 − ln c + ln² c / 2).
    corner = np.zeros((2, 2, 2))
    corner[1, 1, 1] = 1.0
    c = 0.2
    part = 1 - c * (1 - math.log(c) + math.log(c) ** 2 / 2)
    assert volume_above_cc(_cell(corner), c, UNIT, 200) == pytest.approx(part / 1000, abs=2e-8)


def test_cells_all_above_and_all_below_are_exact():
    dose = sample(Linear((0.0, 0.0, 1.0), 10.0), grid_around(((-4.0, 4.0),) * 3, 1.0, 0.0))
    assert volume_above_cc(dose, 1.0, ((-2.0, 3.0), (-4.0, 4.0), (0.0, 2.0))) == pytest.approx(80e-3)
    assert volume_above_cc(dose, 99.0, ((-2.0, 3.0), (-4.0, 4.0), (0.0, 2.0))) == 0.0


def test_on_a_fine_grid_it_is_the_ideal_dose():
    field = Gaussian(5.0, 10.0)
    dose = sample(field, grid_around(((-9.0, 9.0),) * 3, 0.25, 0.0))
    radius = field.radius_mm(4.0)
    ideal = 4 / 3 * math.pi * radius**3 / 1000
    assert volume_above_cc(dose, 4.0, ((-9.0, 9.0),) * 3, 8) == pytest.approx(ideal, rel=1e-3)


def test_more_nodes_change_little():
    dose = sample(Stanley(5.0, 1.0, (0.31, 0.17, -0.4)), grid_around(((-6.0, 6.0),) * 3, 1.0, 0.0))
    usual, fine = (volume_above_cc(dose, 0.3755, ((-6.0, 6.0),) * 3, n) for n in (24, 96))
    assert usual == pytest.approx(fine, rel=2e-4)


def test_a_box_between_planes_is_refused():
    dose = sample(Linear((0.0, 0.0, 1.0), 10.0), grid_around(((-4.0, 4.0),) * 3, 1.0, 0.0))
    with pytest.raises(UsageError, match=r"from -2\.5 to 3\.0 mm does not end on grid planes"):
        volume_above_cc(dose, 1.0, ((-2.5, 3.0), (-4.0, 4.0), (0.0, 2.0)))
