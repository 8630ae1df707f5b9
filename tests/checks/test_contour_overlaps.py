from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.model import Contour

CHECK = "contour-overlaps"
Z_MM = np.arange(-10.0, 10.1, 2.5)


def rectangle(x_mm, y_mm, z_mm, geometry="CLOSED_PLANAR"):
    (x0, x1), (y0, y1) = x_mm, y_mm
    return Contour([(x0, y0, z_mm), (x1, y0, z_mm), (x1, y1, z_mm), (x0, y1, z_mm)], geometry)


def circle(radius_mm, z_mm, points=90, turns=1):
    angle = np.arange(points) / points * 2 * np.pi * turns
    return Contour(np.column_stack([radius_mm * np.cos(angle), radius_mm * np.sin(angle), np.full(points, z_mm)]))


@pytest.fixture
def with_contours(subject, swap, box):
    """The subject whose liver has these contours besides its own squares of 60 mm, or instead of them."""

    def make(*contours, instead=False):
        liver = box("Liver", 2, half_mm=30.0)
        return swap(subject, replace(liver, contours=contours if instead else liver.contours + contours))

    return make


def test_a_contour_exported_twice_would_vanish(with_contours, only):
    doubt = only(CHECK, with_contours(rectangle((-30, 30), (-30, 30), 2.5)), "note", "holes-ambiguous")
    assert doubt.rois == (2,)
    assert doubt.sentence == (
        "Liver: contours lie on each other, as if drawn or exported twice (z 2.5 mm), so it is not clear what they"
        " enclose; draw each area once, then export again."
    )


def reversed_from_another_start(z_mm):
    return Contour(np.roll(rectangle((-30, 30), (-30, 30), z_mm).points_mm[::-1], 1, axis=0))


def shifted(z_mm):
    return rectangle((-30.1, 29.9), (-29.9, 30.1), z_mm)


def on_the_plane_within_noise(z_mm):
    return rectangle((-30, 30), (-30, 30), z_mm + 0.04)


def with_more_points(z_mm):
    corners = rectangle((-30, 30), (-30, 30), z_mm).points_mm
    return Contour(np.repeat(corners, 2, axis=0) * 0.5 + np.roll(np.repeat(corners, 2, axis=0), -1, axis=0) * 0.5)


@pytest.mark.parametrize(
    "twin",
    [reversed_from_another_start, shifted, on_the_plane_within_noise, with_more_points],
    ids=lambda f: f.__name__,
)
def test_twins_are_seen_however_they_are_written(with_contours, only, twin):
    only(CHECK, with_contours(twin(2.5)), "note", "holes-ambiguous")


def test_twins_of_exclusive_or_vanish_by_definition_and_are_no_less_doubtful(with_contours, only):
    twins = [rectangle((0, 9), (0, 9), z, "CLOSEDPLANAR_XOR") for z in np.repeat(Z_MM, 2)]
    only(CHECK, with_contours(*twins, instead=True), "note", "holes-ambiguous")


@pytest.mark.parametrize(
    ("x_mm", "y_mm"),
    [((20, 50), (-10, 10)), ((-40, 40), (-5, 5)), ((-5, 5), (-40, 40)), ((25, 35), (25, 35)), ((-80, 0), (-80, 80))],
)
def test_crossing_contours(with_contours, only, x_mm, y_mm):
    crossing = [rectangle(x_mm, y_mm, z) for z in (0.0, 2.5)]
    doubt = only(CHECK, with_contours(*crossing), "note", "holes-ambiguous")
    assert "Liver: contours cross each other (z 0.0 and 2.5 mm)" in doubt.sentence


def test_crossing_is_defined_for_exclusive_or(with_contours, doubts):
    contours = [rectangle(x, (0, 20), z, "CLOSEDPLANAR_XOR") for z in Z_MM for x in ((0, 20), (10, 30))]
    assert doubts(CHECK, with_contours(*contours, instead=True)) == [("note", "holes-nested")]


def test_a_contour_that_runs_around_twice(with_contours, only):
    doubt = only(CHECK, with_contours(*(circle(20, z, turns=2) for z in Z_MM), instead=True), "note", "holes-ambiguous")
    assert "a contour runs around the same area twice" in doubt.sentence


def test_a_loop_of_a_contour_within_itself(with_contours, only):
    outside = [(-20, -20), (20, -20), (20, 20), (0, 20), (0, -10), (10, -10), (10, 10), (-20, 10)]
    looped = [Contour([(x, y, z) for x, y in outside]) for z in Z_MM]
    only(CHECK, with_contours(*looped, instead=True), "note", "holes-ambiguous")


def test_nested_contours_of_two_types(with_contours, only):
    doubt = only(CHECK, with_contours(rectangle((-5, 5), (-5, 5), 0.0, "CLOSEDPLANAR_XOR")), "note", "holes-ambiguous")
    assert "nested contours are of two types" in doubt.sentence


@pytest.mark.parametrize(
    "hole",
    [
        rectangle((-5, 5), (-5, 5), 0.0),
        rectangle((10, 30), (-30, 30), 0.0),  # it shares three of the outline's sides
        rectangle((-29.6, 29.6), (-29.6, 29.6), 0.0),  # a wall of 0.4 mm
    ],
)
def test_a_hole_is_a_note(with_contours, only, hole):
    doubt = only(CHECK, with_contours(hole), "note", "holes-nested")
    assert doubt.sentence == "Liver: nested contours on 1 plane are read as holes."


def keyhole():
    outside = [(-30, -30), (30, -30), (30, 30), (-30, 30), (-30, 0)]
    inside = [(-10, 0), (-10, 10), (10, 10), (10, -10), (-10, -10), (-10, 0)]
    return Contour([(x, y, 0.0) for x, y in [*outside, *inside, (-30, 0)]])


def figure_of_eight():
    return Contour([(x, y, 0.0) for x, y in [(-30, -30), (30, 30), (30, -30), (-30, 30)]])


@pytest.mark.parametrize(
    "contours",
    [
        (rectangle((-30, 0), (-30, 30), 0.0), rectangle((0, 30), (-30, 30), 0.0)),  # side by side
        (rectangle((-30, 0), (-30, 30), 0.0), rectangle((0, 30), (30, 40), 0.0)),  # a common corner
        (rectangle((-30, 0), (-30, 30), 0.0), rectangle((-30, 0), (-30, 30), 2.5)),  # on two planes
        (rectangle((0, 10), (0, 10), 0.0), rectangle((9.9, 20), (0, 10), 0.0)),  # overlapping by the noise of drawing
        (keyhole(),),
        (figure_of_eight(),),
        (circle(20, 0.0),),
        (Contour([(0, 0, 0), (9, 0, 0), (0, 0, 0), (5, 0, 0)]), Contour([(0, 0, 0), (9, 0, 0), (5, 0, 0)])),  # flat
        (Contour([(1, 1, 0)] * 4), circle(20, 0.0)),
    ],
)
def test_contours_that_enclose_each_area_once(with_contours, doubts, contours):
    assert doubts(CHECK, with_contours(*contours, instead=True)) == []


def test_several_doubts_of_one_structure_are_said_one_by_one(with_contours, run):
    twin, crossing, hole = rectangle((-30, 30), (-30, 30), 0.0), rectangle((20, 50), (0, 9), 2.5), circle(5, 5.0)
    outcome = run(CHECK, with_contours(twin, crossing, hole))
    assert [(str(d.effect), "(z" in d.sentence) for d in outcome.doubts] == [
        ("note", True),
        ("note", True),
        ("note", False),
    ]


def test_unused_structures_may_overlap(subject, swap, doubts, box):
    ring = box("External", 4)
    assert doubts(CHECK, swap(subject, replace(ring, contours=ring.contours * 2))) == []


def test_open_contours_and_none_at_all_are_for_another_check(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Liver", 2, contours=()))) == []
    open_ones = tuple(rectangle((0, 9), (0, 9), 0.0, "OPEN_PLANAR") for _ in range(2))
    assert doubts(CHECK, swap(subject, box("Liver", 2, contours=open_ones))) == []
