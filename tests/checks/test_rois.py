from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.checks._rois import area_mm2, centre_x_mm, planes_mm, usual_step_mm
from sbrt_qa.model import Contour, Structure

FAR = st.floats(-500.0, 500.0)


def polygon(sides, radius_mm=10.0, centre=(0.0, 0.0), z_mm=0.0):
    turn = 2 * np.pi * np.arange(sides) / sides
    x, y = centre[0] + radius_mm * np.cos(turn), centre[1] + radius_mm * np.sin(turn)
    return Contour(np.column_stack([x, y, np.full(sides, z_mm)]))


@given(sides=st.integers(3, 40), x=FAR, y=FAR)
def test_area_and_centre_of_a_regular_polygon(sides, x, y):
    contour = polygon(sides, centre=(x, y))
    assert area_mm2(contour) == pytest.approx(0.5 * sides * 100 * np.sin(2 * np.pi / sides), rel=1e-9)
    assert area_mm2(Contour(contour.points_mm[::-1])) == pytest.approx(-area_mm2(contour))
    assert centre_x_mm(Structure("any", 1, (contour,))) == pytest.approx(x, abs=1e-6)


@given(shift=st.integers(0, 6))
def test_it_does_not_matter_where_a_contour_starts(shift):
    contour = polygon(7, centre=(30.0, -20.0))
    assert area_mm2(Contour(np.roll(contour.points_mm, shift, axis=0))) == pytest.approx(area_mm2(contour))


def test_the_centre_is_weighed_by_area():
    pair = (polygon(40, 10.0, (0.0, 0.0)), polygon(40, 20.0, (50.0, 0.0), 2.5))
    assert centre_x_mm(Structure("any", 1, pair)) == pytest.approx(40.0)
    assert centre_x_mm(Structure("any", 1, ())) is None


@pytest.mark.parametrize(
    ("points", "degenerate"),
    [
        ([(0, 0), (1, 0)], True),
        ([(0, 0), (1, 0), (0, 0), (1, 0)], True),
        ([(100, 100), (101, 101), (105, 105)], True),
        ([(0, 0), (1, 0), (1, 1), (1, 0)], True),  # there and back
        ([(0, 0), (3, 1), (5, 9), (7, 2), (5, 9), (3, 1)], True),
        ([(0, 0), (1, 0), (0, 1)], False),
        ([(-1, -1), (1, 1), (1, -1), (-1, 1)], False),
        ([(0, 0), (0.1, 0), (0, 0.1)], False),
    ],
)
def test_a_contour_needs_three_points_that_are_not_on_a_line(points, degenerate):
    assert Contour([(*point, 5.0) for point in points]).bounds_area is not degenerate


def test_a_contour_that_stands_upright_is_no_line():
    """It lies on no axial plane, which its own check says."""
    assert Contour([(1.0, 0.0, 0.0), (1.0, 5.0, 0.0), (1.0, 5.0, 5.0)]).bounds_area
    assert not Contour([(1.0, 0.0, 0.0), (1.0, 5.0, 5.0), (1.0, 10.0, 10.0)]).bounds_area


def test_planes_are_grouped_and_sorted():
    heights = [5.0, 0.0, 2.5, 2.52, 5.0]
    planes = planes_mm(Structure("any", 1, tuple(polygon(5, z_mm=z) for z in heights)))
    assert planes.tolist() == [0.0, 2.5, 5.0]


@pytest.mark.parametrize(
    ("planes", "step"),
    [([], 0.0), ([1.0], 0.0), ([0.0, 3.0], 3.0), ([0.0, 3.0, 8.0], 3.0), ([0.0, 3.0, 8.0, 13.0], 5.0)],
)
def test_the_usual_step_is_the_lower_median(planes, step):
    assert usual_step_mm(np.array(planes)) == step
