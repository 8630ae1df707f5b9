"""Islands against the sum of their parts, against the stack of polygons, and through the engine."""

from __future__ import annotations

import math

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.histogram import compute
from sbrt_qa.phantom.fields import Linear, grid_around, sample
from sbrt_qa.phantom.islands import Islands
from sbrt_qa.phantom.shapes import Cone, Cylinder, box, sphere
from sbrt_qa.phantom.slices import Slicing, structure
from sbrt_qa.phantom.solid_truth import truth_of_solid
from sbrt_qa.phantom.stack_truth import truth_of_stack

ISLANDS = Islands(
    (sphere(6.0, (-12.0, 3.0, 1.0)), Cone(5.0, 12.0, "z", (8.0, -4.0, 5.0)), box((4.0, 6.0, 8.0), (9.0, 9.0, 0.0)))
)
FIELD = Linear((0.3, -0.5, 0.7), 40.0, (1.0, 2.0, 3.0))


def test_the_whole_is_the_sum_of_its_parts():
    whole, parts = truth_of_solid(ISLANDS, FIELD), [truth_of_solid(part, FIELD) for part in ISLANDS.parts]
    assert whole.volume_cc == pytest.approx(sum(part.volume_cc for part in parts), rel=1e-14)
    assert whole.min_gy == pytest.approx(min(part.min_gy for part in parts))
    assert whole.max_gy == pytest.approx(max(part.max_gy for part in parts))
    mean = sum(part.mean_gy * part.volume_cc for part in parts) / whole.volume_cc
    assert whole.mean_gy == pytest.approx(mean)
    for gy in (33.0, 38.0, 40.0, 45.0):
        assert whole.volume_at(gy=gy) == pytest.approx(sum(part.volume_at(gy=gy) for part in parts), abs=1e-12)


def test_they_are_drawn_as_one_structure_and_computed_as_one():
    drawn = structure(ISLANDS, Slicing(1.0, 0.2))
    truth = truth_of_stack(drawn, FIELD)
    assert truth.volume_cc == pytest.approx(truth_of_solid(ISLANDS, FIELD).volume_cc, rel=0.02)
    curve = compute(drawn, sample(FIELD, grid_around(ISLANDS.extent_mm, 2.0, 8.0)))
    assert curve.volume_cc == pytest.approx(truth.volume_cc, rel=1e-3)
    for percent in (98, 50, 2):
        assert curve.dose_at(percent=percent) == pytest.approx(truth.dose_at(percent=percent), abs=0.03)


def test_one_plane_may_show_several_loops():
    assert len(ISLANDS.outlines(1.0, 0.5)) == 3
    assert len(ISLANDS.outlines(9.0, 0.5)) == 1


def test_islands_that_could_overlap_are_refused():
    with pytest.raises(UsageError, match="their bounding boxes touch"):
        Islands((sphere(5.0), Cylinder(3.0, 9.0, "z", (7.0, 0.0, 0.0))))
    with pytest.raises(UsageError, match="at least one solid"):
        Islands(())


def test_two_equal_spheres_have_twice_the_volume():
    pair = Islands((sphere(5.0), sphere(5.0, (20.0, 0.0, 0.0))))
    assert truth_of_solid(pair, FIELD).volume_cc == pytest.approx(8 / 3 * math.pi * 0.125)
