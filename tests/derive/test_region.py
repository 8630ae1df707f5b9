from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.derive.region import fill_even_odd


def fill(*rings):
    """Fill rings on one plane."""
    xy = np.concatenate([np.array(ring, dtype=float) for ring in rings])
    sizes = np.array([len(ring) for ring in rings])
    return fill_even_odd(xy, sizes, np.zeros(len(rings), dtype=np.intp), 1)[0]


def area(*rings):
    region = fill(*rings)
    return 0.0 if region is None else region.area


def square(low, high, x=0.0):
    return [(x + low, low), (x + high, low), (x + high, high), (x + low, high)]


PENTAGRAM = [(math.cos(4 * math.pi * k / 5), math.sin(4 * math.pi * k / 5)) for k in range(5)]
INNER_PENTAGON = 5 / 2 * math.sin(math.radians(72)) * (math.cos(math.radians(72)) / math.cos(math.radians(36))) ** 2


@pytest.mark.parametrize(
    ("rings", "expected"),
    [
        pytest.param([square(0, 10)], 100, id="square"),
        pytest.param([square(0, 10)[::-1]], 100, id="clockwise"),
        pytest.param([[*square(0, 10), (0, 0)]], 100, id="first point repeated"),
        pytest.param([[p for p in square(0, 10) for _ in range(3)]], 100, id="every point repeated"),
        pytest.param([square(0, 10), square(3, 6)], 91, id="hole"),
        pytest.param([square(3, 6), square(0, 10)], 91, id="hole written first"),
        pytest.param([square(0, 10), square(2, 8), square(4, 6)], 68, id="island in a hole"),
        pytest.param([square(0, 10), square(0, 10, x=20)], 200, id="two islands"),
        pytest.param([square(0, 10), square(0, 10, x=10)], 200, id="two that share an edge"),
        pytest.param([square(0, 10), square(5, 15)], 150, id="two that overlap"),
        pytest.param([square(0, 10), square(0, 10)], 0, id="the same twice"),
        pytest.param([square(0, 10) * 2], 0, id="wound twice"),
        pytest.param([[(0, 0), (10, 10), (10, 0), (0, 10)]], 50, id="figure of eight"),
        pytest.param([[(0, 0), (10, 0), (10, 10), (15, 10), (10, 10), (0, 10)]], 100, id="spike"),
        pytest.param([[(0, 0), (5, 5), (10, 10)]], 0, id="on a line"),
        pytest.param([[(1, 1), (1, 1), (1, 1)]], 0, id="one point"),
        pytest.param([[(1, 1), (1, 1), (1, 1)], square(0, 10)], 100, id="one point and a square"),
        pytest.param([[(0, 0), (5, 5), (10, 10)], square(0, 10)], 100, id="a line and a square"),
    ],
)
def test_area_by_even_odd(rings, expected):
    assert area(*rings) == pytest.approx(expected, abs=1e-9)


def test_the_middle_of_a_pentagram_is_outside():
    whole = 10 / 2 * math.sin(math.radians(36)) * math.cos(math.radians(72)) / math.cos(math.radians(36))
    assert area(PENTAGRAM) == pytest.approx(whole - INNER_PENTAGON, abs=1e-12)


@given(
    centre=st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
    radius=st.floats(5, 40),
    share=st.floats(0.1, 0.9),
    points=st.integers(5, 60),
)
@settings(max_examples=50, deadline=None)
def test_keyhole_encloses_what_a_nested_hole_does(centre, radius, share, points):
    angle = np.arange(points) * 2 * np.pi / points
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    outer = np.array(centre) + radius * unit
    inner = np.array(centre) + share * radius * unit
    keyhole = np.concatenate([outer, outer[:1], inner[::-1][-1:], inner[::-1], outer[:1]])
    expected = points / 2 * math.sin(2 * math.pi / points) * radius**2 * (1 - share**2)
    assert area(outer, inner) == pytest.approx(expected, rel=1e-9)
    assert area(keyhole) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_point_is_inside_when_a_ray_crosses_an_odd_number_of_edges(ring):
    region = fill(ring)
    probes = np.stack(np.meshgrid(np.arange(0.037, 9, 0.71), np.arange(0.053, 9, 0.67)), axis=-1).reshape(-1, 2)
    inside = np.zeros(len(probes), dtype=bool)
    far = np.ones(len(probes), dtype=bool)
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        edge = shapely.LineString([(x0, y0), (x1, y1)])
        far &= shapely.distance(edge, shapely.points(probes)) > 1e-6
        if y0 != y1:
            spans = (y0 > probes[:, 1]) != (y1 > probes[:, 1])
            inside ^= spans & (x0 + (probes[:, 1] - y0) / (y1 - y0) * (x1 - x0) > probes[:, 0])
    filled = shapely.contains_xy(region, probes) if region is not None else np.zeros(len(probes), dtype=bool)
    assert (filled == inside)[far].all()


def test_planes_are_filled_apart():
    xy = np.array(square(0, 10) + square(0, 2) + square(3, 6))
    areas = fill_even_odd(xy, np.array([4, 4, 4]), np.array([2, 0, 2]), 4)
    assert [None if region is None else region.area for region in areas] == [4.0, None, 91.0, None]
