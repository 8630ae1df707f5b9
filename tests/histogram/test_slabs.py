"""Which height each contour plane stands for."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.histogram import Sampling
from sbrt_qa.histogram.slabs import on_slabs, planes, slabs
from sbrt_qa.model import Contour, Structure

CORNERS = np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)])


def contour(z, corners=CORNERS, geometry="CLOSED_PLANAR"):
    heights = np.broadcast_to(np.asarray(z, dtype=float), len(corners))
    return Contour(np.column_stack([corners, heights]), geometry)


def drawn(*heights, **facts):
    return Structure("Liver", 1, tuple(map(contour, heights)), **facts)


def test_contours_of_one_plane_are_grouped_whatever_their_order():
    z_mm, plane = planes(drawn(4.0, 0.0, 4.04, 2.0))
    assert z_mm.tolist() == [0.0, 2.0, 4.0]
    assert plane.tolist() == [2, 0, 2, 1]


@pytest.mark.parametrize(("apart_mm", "count"), [(0.046875, 1), (0.05, 1), (0.0625, 2)])
def test_planes_are_more_than_a_twentieth_of_a_millimetre_apart(apart_mm, count):
    assert planes(drawn(0.0, apart_mm))[0].size == count


def test_a_contour_that_is_a_little_tilted_lies_in_its_middle():
    made = Structure("Liver", 1, (contour([0.0, 1.0, 0.25]), contour([4.0, 4.0, 4.0])))
    assert planes(made)[0].tolist() == [0.5, 4.0]


def test_a_tilted_contour_lies_on_no_axial_plane():
    made = Structure("Liver", 1, (contour(-4.0), contour([0.0, 0.5, 1.25])))
    text = r"Liver: Liver has a contour that spans 1\.2 mm in z, so it does not lie on an axial plane \(export axial"
    with pytest.raises(MetricUndefined, match=text) as caught:
        planes(made)
    assert caught.value.code == "contour-not-axial"


def test_a_structure_without_closed_contours_has_no_planes():
    with pytest.raises(MetricUndefined) as caught:
        planes(Structure("Liver", 1, (contour(0.0, geometry="OPEN_PLANAR"),)))
    assert caught.value.code == "structure-empty"


def test_one_plane_has_no_thickness():
    with pytest.raises(MetricUndefined, match="Liver is drawn on one plane only, which has no thickness") as caught:
        slabs(drawn(3.0, 3.0), Sampling())
    assert caught.value.code == "structure-too-small"


@pytest.mark.parametrize(
    ("end_cap", "first", "last"), [("half-slice", -1.0, 8.0), ("none", 0.0, 6.0), ("max-1.5mm", -1.0, 7.5)]
)
def test_each_plane_owns_half_the_gap_to_its_neighbours(end_cap, first, last):
    made = slabs(drawn(0.0, 2.0, 6.0), Sampling(end_cap=end_cap))
    assert made == ((0.0, first, 1.0), (2.0, 1.0, 4.0), (6.0, 4.0, last))


def test_contours_are_sorted_by_slab_and_keep_their_order_within_one():
    made = drawn(4.0, 0.0, 4.0, 2.0)
    slab_mm, contours, slab = on_slabs(made, Sampling())
    assert slab_mm.tolist() == [[-1.0, 1.0], [1.0, 3.0], [3.0, 5.0]]
    assert slab.tolist() == [0, 1, 2, 2]
    assert [c.z_mm for c in contours] == [0.0, 2.0, 4.0, 4.0]
    assert (contours[2], contours[3]) == (made.contours[0], made.contours[2])


def test_slabs_that_are_given_hold_with_the_gaps_between_them():
    given = ((0.0, -0.5, 0.5), (10.0, 9.0, 14.0), (20.0, 19.5, 20.5))
    made = drawn(20.0, 0.0, 9.9, 10.1, slabs_mm=given)
    assert slabs(made, Sampling(end_cap="none")) == given
    slab_mm, contours, slab = on_slabs(made, Sampling())
    assert slab_mm.tolist() == [[-0.5, 0.5], [9.0, 14.0], [19.5, 20.5]]
    assert slab.tolist() == [0, 1, 1, 2]
    assert [c.z_mm for c in contours] == [0.0, 9.9, 10.1, 20.0]


def test_a_contour_belongs_to_the_slab_whose_plane_is_nearest():
    given = ((0.0, -0.5, 4.9), (10.0, 4.9, 14.0))
    assert on_slabs(drawn(4.95, 5.05, slabs_mm=given), Sampling())[2].tolist() == [0, 1]
