from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.derive.boolean import combined
from sbrt_qa.derive.margin import grown, shrunk
from sbrt_qa.derive.solid import Solid, stack

NOTHING = Solid(np.empty(0), np.empty(0), np.empty(0, dtype=object))


def solid(*layers):
    low_mm, high_mm, areas = zip(*layers, strict=True)
    own = np.empty(len(areas), dtype=object)
    own[:] = areas
    return stack(np.array(low_mm, dtype=float), np.array(high_mm, dtype=float), own)


def prism(area, slices, spacing_mm):
    """The same cross-section on many slices, as separate layers."""
    spans = [(index * spacing_mm, (index + 1) * spacing_mm) for index in range(slices)]
    return solid(*((low, high, shapely.transform(area, np.copy)) for low, high in spans))


def volume(made):
    return float(np.sum(shapely.area(made.areas) * (made.high_mm - made.low_mm)))


def holds(made, points_mm):
    layer = made.layer_at(points_mm[:, 2])
    inside = np.zeros(len(points_mm), dtype=bool)
    held = layer >= 0
    inside[held] = shapely.contains_xy(made.areas[layer[held]], points_mm[held, :2])
    return inside


def steiner(area, height_mm, margin_mm):
    """Volume of a convex prism widened by a ball: V + S m + M m² + 4/3 π m³, M its integral of mean curvature."""
    surface = 2 * area.area + area.length * height_mm
    curvature = math.pi * height_mm + math.pi / 2 * area.length
    return area.area * height_mm + surface * margin_mm + curvature * margin_mm**2 + 4 / 3 * math.pi * margin_mm**3


def circle(radius_mm, points=200):
    angle = np.arange(points) * 2 * np.pi / points
    return shapely.Polygon(radius_mm * np.column_stack([np.cos(angle), np.sin(angle)]))


CONVEX = [
    pytest.param(shapely.box(0, 0, 40, 30), 20, 2.5, id="box"),
    pytest.param(shapely.box(0, 0, 4, 4), 2, 2.0, id="small box"),
    pytest.param(shapely.box(0, 0, 30, 6), 3, 3.0, id="flat box"),
    pytest.param(circle(20), 12, 2.0, id="cylinder"),
    pytest.param(circle(6), 40, 1.25, id="rod"),
]


@pytest.mark.parametrize("margin_mm", [0.7, 1, 3, 5, 8.5, 20])
@pytest.mark.parametrize(("area", "slices", "spacing_mm"), CONVEX)
def test_a_convex_solid_grows_by_the_steiner_formula(area, slices, spacing_mm, margin_mm):
    made = grown(prism(area, slices, spacing_mm), margin_mm)
    assert volume(made) == pytest.approx(steiner(area, slices * spacing_mm, margin_mm), rel=3e-3)


@pytest.mark.parametrize("margin_mm", [0.7, 3, 5, 20])
@pytest.mark.parametrize(("area", "slices", "spacing_mm"), CONVEX)
def test_growth_is_the_margin_in_every_direction(area, slices, spacing_mm, margin_mm):
    made = grown(prism(area, slices, spacing_mm), margin_mm)
    assert made.low_mm[0] == pytest.approx(-margin_mm, abs=1e-9)
    assert made.high_mm[-1] == pytest.approx(slices * spacing_mm + margin_mm, abs=1e-9)
    left, low, right, high = shapely.total_bounds(made.areas)
    expected = np.array(area.bounds) + margin_mm * np.array([-1, -1, 1, 1])
    np.testing.assert_allclose([left, low, right, high], expected, atol=1e-3 * margin_mm)


@pytest.mark.parametrize("margin_mm", [0.7, 1, 3, 5])
@pytest.mark.parametrize(("slices", "spacing_mm"), [(20, 2.5), (9, 3.0), (13, 1.0)])
def test_a_box_shrinks_to_a_box(slices, spacing_mm, margin_mm):
    made = shrunk(prism(shapely.box(0, 0, 40, 30), slices, spacing_mm), margin_mm)
    height_mm = slices * spacing_mm - 2 * margin_mm
    assert volume(made) == pytest.approx((40 - 2 * margin_mm) * (30 - 2 * margin_mm) * height_mm, rel=1e-9)
    assert made.low_mm[0] == pytest.approx(margin_mm, abs=1e-9)
    assert made.high_mm[-1] == pytest.approx(slices * spacing_mm - margin_mm, abs=1e-9)


def test_a_cylinder_shrinks_to_a_cylinder():
    area = circle(20, points=200)
    apothem_mm = 20 * math.cos(math.pi / 200)
    expected = area.area * ((apothem_mm - 5) / apothem_mm) ** 2 * 14
    assert volume(shrunk(prism(area, 12, 2.0), 5.0)) == pytest.approx(expected, rel=1e-6)


def test_shrinking_further_than_the_middle_leaves_nothing():
    box = prism(shapely.box(0, 0, 40, 30), 4, 2.5)
    assert shrunk(box, 5.0).is_empty
    assert not shrunk(box, 4.9).is_empty
    assert shrunk(prism(shapely.box(0, 0, 9.9, 30), 20, 2.5), 5.0).is_empty


def test_nothing_stays_nothing():
    assert grown(NOTHING, 5.0).is_empty
    assert shrunk(NOTHING, 5.0).is_empty


def test_a_margin_closes_a_gap_narrower_than_twice_itself_and_no_wider_one():
    box = shapely.box(0, 0, 20, 20)
    with_gap = solid((0, 5, box), (11, 16, box))
    assert grown(with_gap, 3.5).layer_at(np.array([8.0])) >= 0
    assert grown(with_gap, 2.9).layer_at(np.array([8.0])) == -1


def test_a_gap_counts_as_outside_when_shrinking():
    box = shapely.box(0, 0, 40, 40)
    made = shrunk(solid((0, 12, box), (12.5, 24.5, box)), 5.0)
    np.testing.assert_allclose([made.low_mm[0], made.high_mm[0], made.low_mm[-1], made.high_mm[-1]], [5, 7, 17.5, 19.5])
    assert volume(made) == pytest.approx(30 * 30 * 4, rel=1e-9)


def test_a_hole_narrows_and_closes():
    tube = prism(circle(30) - circle(8), 10, 2.5)
    assert not holds(grown(tube, 5.0), np.array([[0.0, 0.0, 12.0]]))[0]
    assert holds(grown(tube, 8.1), np.array([[0.0, 0.0, 12.0]]))[0]


def test_a_step_is_rounded_like_a_ball():
    """Above a wide layer with a narrow one on top, the grown rim follows the circle around the wide one's edge."""
    wide, narrow = shapely.box(-30, -30, 30, 30), shapely.box(-5, -5, 5, 5)
    made = grown(solid((0, 10, wide), (10, 40, narrow)), 8.0)
    for z_mm in np.linspace(10.5, 17, 14):
        layer = made.layer_at(np.array([z_mm]))[0]
        low, high = made.low_mm[layer] - 10, made.high_mm[layer] - 10
        reach_mm = made.areas[layer].bounds[2] - 30
        assert math.sqrt(64 - high**2) <= reach_mm + 1e-9
        assert reach_mm <= math.sqrt(64 - low**2) + 1e-9


@st.composite
def solids(draw):
    """Stacks of shifting discs and rectangles, sometimes with a gap."""
    spacing = draw(st.sampled_from([1.0, 2.0, 2.5, 3.0]))
    layers = []
    for index in range(draw(st.integers(1, 5))):
        x, y = draw(st.floats(-6, 6)), draw(st.floats(-6, 6))
        width, height = draw(st.floats(2, 15)), draw(st.floats(2, 15))
        is_round = draw(st.booleans())
        area = shapely.Point(x, y).buffer(width, quad_segs=6) if is_round else shapely.box(x, y, x + width, y + height)
        if not (index and draw(st.integers(0, 5)) == 0):
            layers.append((index * spacing, (index + 1) * spacing, area))
    return solid(*layers)


def distance_mm(made, points_mm):
    """Distance of points to the nearest layer of a solid."""
    flat = shapely.distance(made.areas[:, None], shapely.points(points_mm[:, :2])[None, :])
    z_mm = points_mm[:, 2]
    apart = np.maximum(made.low_mm[:, None] - z_mm, z_mm - made.high_mm[:, None]).clip(0)
    return np.hypot(flat, apart).min(axis=0)


@given(solids(), st.floats(1.5, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_points_clearly_within_the_margin_are_in_and_clearly_beyond_are_out(made, margin_mm, seed):
    points_mm = np.random.default_rng(seed).uniform([-20, -20, -10], [30, 30, 25], (300, 3))
    distance = distance_mm(made, points_mm)
    inside = holds(grown(made, margin_mm), points_mm)
    # A step is at most margin/4 thick: beyond that height a point's own circle is certainly reached or not.
    assert not inside[distance > math.hypot(margin_mm, margin_mm / 4) + margin_mm / 4].any()
    assert inside[distance < margin_mm / 2].all()


@given(solids(), st.floats(0.5, 4), st.floats(0.5, 4))
@settings(max_examples=25, deadline=None)
def test_a_larger_margin_holds_a_smaller_one(made, first_mm, more_mm):
    small, large = grown(made, first_mm), grown(made, first_mm + more_mm)
    assert volume(combined("-", made, small)) == pytest.approx(0, abs=1e-6)
    assert volume(large) > volume(small) > volume(made)
    assert volume(combined("-", small, large)) <= 1e-3 * volume(small)


@pytest.mark.parametrize(("first_mm", "second_mm"), [(1, 1), (3, 5), (5, 3)])
def test_two_margins_add_up(first_mm, second_mm):
    box = shapely.box(0, 0, 40, 30)
    twice = grown(grown(prism(box, 20, 2.5), first_mm), second_mm)
    assert volume(twice) == pytest.approx(steiner(box, 50, first_mm + second_mm), rel=5e-3)
    assert twice.high_mm[-1] == pytest.approx(50 + first_mm + second_mm, abs=1e-9)


@given(solids(), st.floats(1, 4), st.floats(1, 4))
@settings(max_examples=20, deadline=None)
def test_two_margins_add_up_for_any_solid(made, first_mm, second_mm):
    """The steps that the first leaves on a solid of a few millimetres widen the second's a little."""
    once, twice = volume(grown(made, first_mm + second_mm)), volume(grown(grown(made, first_mm), second_mm))
    assert 0.995 * once <= twice <= 1.05 * once


@given(solids(), st.floats(0.5, 4), st.tuples(st.floats(-200, 200), st.floats(-200, 200), st.floats(-200, 200)))
@settings(max_examples=25, deadline=None)
def test_moving_a_solid_moves_its_margin(made, margin_mm, shift_mm):
    x, y, z = shift_mm
    moved = Solid(made.low_mm + z, made.high_mm + z, shapely.transform(made.areas, lambda xy: xy + np.array([x, y])))
    for move in (grown, shrunk):
        assert volume(move(moved, margin_mm)) == pytest.approx(volume(move(made, margin_mm)), rel=1e-4, abs=1e-3)


@given(solids(), st.floats(0.5, 3))
@settings(max_examples=25, deadline=None)
def test_what_is_shrunk_lies_inside_and_grows_back_inside(made, margin_mm):
    inner = shrunk(made, margin_mm)
    assert volume(combined("-", inner, made)) == pytest.approx(0, abs=1e-6)
    back = grown(inner, margin_mm)
    assert volume(combined("-", back, made)) <= 0.02 * volume(made)


@given(st.floats(0.1, 100), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_any_margin_has_a_radius_in_every_step(margin_mm, slices):
    """Rounding at the very end of the reach must not make a step vanish."""
    made = grown(prism(shapely.box(0, 0, 10, 10), slices, 2.5), margin_mm)
    assert made.low_mm[0] == pytest.approx(-margin_mm, abs=1e-9)
    assert made.high_mm[-1] == pytest.approx(slices * 2.5 + margin_mm, abs=1e-9)
    np.testing.assert_array_equal(made.high_mm[:-1], made.low_mm[1:])
