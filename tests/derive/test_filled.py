from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.derive.filled import filled, united
from sbrt_qa.derive.solid import solid_of
from sbrt_qa.model import Contour, Structure


def rectangle(x, y, z_mm=0.0):
    return Contour([(x[0], y[0], z_mm), (x[1], y[0], z_mm), (x[1], y[1], z_mm), (x[0], y[1], z_mm)])


def area_mm2(*contours, read=filled):
    """Area that the contours of the plane z = 0, once read, enclose by the even-odd rule."""
    import shapely

    (area,) = solid_of(read(Structure("A", 1, contours)), [(0.0, -1.0, 1.0)]).areas
    return shapely.area(area)


@pytest.mark.parametrize(
    ("contours", "expected_mm2"),
    [
        ((rectangle((0, 10), (0, 10)),), 100),
        ((rectangle((0, 10), (0, 10)), rectangle((2, 4), (2, 4))), 100),  # a hole
        ((rectangle((0, 10), (0, 10)), rectangle((0, 10), (0, 10))), 100),  # drawn twice
        ((rectangle((0, 10), (0, 10)), rectangle((5, 15), (0, 10))), 150),  # crossing
        ((rectangle((0, 10), (0, 10)), rectangle((20, 30), (0, 10))), 200),  # apart
        ((rectangle((0, 10), (0, 10)), rectangle((10, 20), (0, 10))), 200),  # side by side
    ],
)
def test_every_area_that_a_contour_encloses_is_inside(contours, expected_mm2):
    assert area_mm2(*contours) == pytest.approx(expected_mm2)


SQUARE, HOLE = rectangle((0, 10), (0, 10)), rectangle((2, 5), (2, 5))


@pytest.mark.parametrize(
    ("contours", "expected_mm2"),
    [
        ((SQUARE, HOLE), 91),
        ((SQUARE, HOLE, rectangle((3, 4.5), (3, 4.5))), 93.25),  # an island in the hole
        ((SQUARE, SQUARE, HOLE), 91),  # drawn twice
        ((SQUARE, rectangle((6, 16), (0, 10)), HOLE), 151),  # crossing
        ((SQUARE, rectangle((1, 12), (0, 10)), HOLE), 111),  # a hole in both
        ((SQUARE, rectangle((20, 30), (0, 10))), 200),  # apart
    ],
)
def test_what_crosses_is_united_and_what_lies_within_is_a_hole(contours, expected_mm2):
    assert area_mm2(*contours, read=united) == pytest.approx(expected_mm2)
    assert area_mm2(*reversed(contours), read=united) == pytest.approx(expected_mm2)


def test_a_contour_that_runs_around_twice_encloses_its_area_once():
    square = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0)]
    assert area_mm2(Contour([*square, *square])) == pytest.approx(100)


def test_a_loop_within_a_contour_is_inside():
    """The inner loop turns the same way as the outer one: the area is enclosed twice."""
    looped = [(0, 0), (10, 0), (10, 10), (4, 10), (4, 2), (8, 2), (8, 8), (0, 8)]
    assert area_mm2(Contour([(x, y, 0) for x, y in looped])) == pytest.approx(100 - 4 * 2)


def test_the_hole_behind_a_keyhole_stays_a_hole():
    outside = [(-30, -30), (30, -30), (30, 30), (-30, 30), (-30, 0)]
    inside = [(-10, 0), (-10, 10), (10, 10), (10, -10), (-10, -10), (-10, 0)]
    keyhole = Contour([(x, y, 0.0) for x, y in [*outside, *inside, (-30, 0)]])
    assert area_mm2(keyhole) == pytest.approx(3600 - 400)


def test_planes_stay_where_they_are_and_points_are_kept():
    point = Contour([(1.0, 2.0, 9.0)], "POINT")
    contours = [rectangle((0, 10), (0, 10), z) for z in (5.0, 0.0, 2.5, 2.52)]
    made = filled(Structure("A", 7, (*contours, point), kind="ORGAN"))
    assert (made.name, made.number, made.kind) == ("A", 7, "ORGAN")
    assert [contour.z_mm for contour in made.closed_contours] == pytest.approx([0.0, 2.5, 5.0])
    assert made.contours[-1] is point


def test_what_bounds_no_area_is_left_as_it_is():
    flat = Contour([(0, 0, 0), (9, 0, 0), (5, 0, 0)])
    assert filled(Structure("A", 1, (flat,))).contours == (flat,)


def test_the_even_odd_rule_gives_back_a_plain_structure():
    rng = np.random.default_rng(1)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
    radius = rng.uniform(5, 10, 40)
    star = Contour(np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(40)]))
    x, y = star.points_mm[:, :2].T
    assert area_mm2(star) == pytest.approx(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)
