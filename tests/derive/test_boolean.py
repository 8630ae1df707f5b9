from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.derive.boolean import combined
from sbrt_qa.derive.solid import Solid, stack

NOTHING = Solid(np.empty(0), np.empty(0), np.empty(0, dtype=object))


def solid(*layers):
    low_mm, high_mm, areas = zip(*layers, strict=True)
    own = np.empty(len(areas), dtype=object)
    own[:] = areas
    return stack(np.array(low_mm, dtype=float), np.array(high_mm, dtype=float), own)


def volume(made):
    return float(np.sum(shapely.area(made.areas) * (made.high_mm - made.low_mm)))


def faces(made):
    return list(zip(made.low_mm.tolist(), made.high_mm.tolist(), strict=True))


def column(x, side, *spans):
    return solid(*((low, high, shapely.box(x, 0, x + side, side)) for low, high in spans))


@st.composite
def solids(draw):
    """Stacks of circles and rectangles with their own slice spacing, sometimes with a gap."""
    z, spacing = draw(st.integers(-200, 200)) * 0.05, draw(st.sampled_from([1.0, 2.0, 2.5, 3.0]))
    layers = []
    for index in range(draw(st.integers(1, 5))):
        x, y = draw(st.floats(-8, 8)), draw(st.floats(-8, 8))
        width, height = draw(st.floats(2, 15)), draw(st.floats(2, 15))
        is_round = draw(st.booleans())
        area = shapely.Point(x, y).buffer(width, quad_segs=6) if is_round else shapely.box(x, y, x + width, y + height)
        if not (index and draw(st.integers(0, 4)) == 0):
            layers.append((z + index * spacing, z + (index + 1) * spacing, area))
    return solid(*layers)


def test_cuts_z_at_the_faces_of_both():
    left, right = column(0, 10, (0, 3), (3, 6)), column(5, 10, (2, 4))
    assert faces(combined("-", left, right)) == [(0, 2), (2, 3), (3, 4), (4, 6)]
    assert volume(combined("-", left, right)) == pytest.approx(500)
    assert volume(combined("&", left, right)) == pytest.approx(100)
    assert volume(combined("+", left, right)) == pytest.approx(700)
    assert faces(combined("+", right, left)) == faces(combined("+", left, right))


def test_nothing_in_common():
    left, aside, above = column(0, 10, (0, 3)), column(20, 5, (0, 3)), column(0, 5, (7, 9))
    for other in (aside, above, NOTHING):
        assert combined("&", left, other).is_empty
        assert combined("&", other, left).is_empty
        assert faces(combined("-", left, other)) == [(0, 3)]
        assert volume(combined("+", left, other)) == volume(left) + volume(other)
    assert combined("-", left, left).is_empty
    for sign in "-+&":
        assert combined(sign, NOTHING, NOTHING).is_empty


def test_a_common_edge_is_no_common_volume():
    left, right = column(0, 10, (0, 3)), column(10, 10, (0, 3))
    assert combined("&", left, right).is_empty
    assert volume(combined("-", left, right)) == 300


def test_a_layer_that_is_not_touched_stays_whole():
    liver = column(0, 10, (0, 5))
    aside = column(50, 3, (1, 2), (2, 3))
    assert faces(combined("-", liver, aside)) == [(0, 5)]


def test_z_between_two_layers_belongs_to_neither():
    with_gap = column(0, 10, (0, 2), (4, 6))
    whole = column(0, 10, (0, 6))
    assert faces(combined("-", whole, with_gap)) == [(2, 4)]
    assert faces(combined("&", whole, with_gap)) == [(0, 2), (4, 6)]


def test_faces_within_rounding_are_one():
    left, right = column(0, 10, (0, 3), (3, 6)), column(0, 5, (3.004, 6.009))
    assert faces(combined("-", left, right)) == [(0, 3), (3, 6)]
    assert volume(combined("&", left, right)) == 75
    assert faces(combined("&", left, column(0, 5, (3.02, 5)))) == [(3.02, 5)]


def test_an_organ_inside_leaves_a_hole():
    made = combined("-", column(0, 10, (0, 3)), solid((0, 3, shapely.box(4, 4, 6, 6))))
    assert shapely.get_num_interior_rings(made.areas).tolist() == [1]


@given(solids(), solids())
@settings(max_examples=60, deadline=None)
def test_a_solid_is_what_another_leaves_and_what_it_takes(left, right):
    without, common = combined("-", left, right), combined("&", left, right)
    assert volume(without) + volume(common) == pytest.approx(volume(left), rel=1e-9)
    assert volume(combined("+", left, right)) == pytest.approx(volume(without) + volume(right), rel=1e-9)
    assert volume(combined("&", without, right)) == pytest.approx(0, abs=1e-6)


@given(solids(), solids())
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter_to_a_union_or_intersection(left, right):
    for sign in "+&":
        assert volume(combined(sign, left, right)) == pytest.approx(volume(combined(sign, right, left)), rel=1e-9)


@given(solids(), solids())
@settings(max_examples=40, deadline=None)
def test_results_are_stacks_of_valid_polygons(left, right):
    for sign in "-+&":
        made = combined(sign, left, right)
        assert (made.low_mm < made.high_mm).all()
        assert (made.high_mm[:-1] <= made.low_mm[1:]).all()
        assert shapely.is_valid(made.areas).all()
        assert (shapely.area(made.areas) > 0).all()
