"""Solids, their outlines and the contours drawn from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.fields import grid_around
from sbrt_qa.phantom.loops import keyhole
from sbrt_qa.phantom.shapes import (
    Cone,
    Cylinder,
    Ellipsoid,
    NestedSpheres,
    SlantedPrism,
    Torus,
    box,
    shell,
    sphere,
)
from sbrt_qa.phantom.slices import Slicing, contours, contours_on, planes_mm, structure

CENTRE = (3.0, -7.0, 11.0)


def _axial(points, axis):
    """Coordinate along the axis and distance from it, relative to the centre."""
    local = points - CENTRE
    k = "xyz".index(axis)
    return local[:, k], np.hypot(*np.delete(local, k, axis=1).T)


def _cylinder_gap(points, axis):
    along, across = _axial(points, axis)
    return np.minimum(np.abs(across - 12.0), np.abs(np.abs(along) - 10.0))


def _cone_gap(points, axis):
    along, across = _axial(points, axis)
    return np.minimum(np.abs(across - 12.0 * (0.5 - along / 20.0)), np.abs(along + 10.0))


def _torus_gap(points, axis):
    along, across = _axial(points, axis)
    return np.abs(np.hypot(across - 15.0, along) - 5.0)


GAPS = [
    (sphere(12.0, CENTRE), lambda p: np.abs(np.linalg.norm(p - CENTRE, axis=1) - 12.0)),
    (
        Ellipsoid((9.0, 7.0, 5.0), CENTRE),
        lambda p: np.abs(np.linalg.norm((p - CENTRE) / (9.0, 7.0, 5.0), axis=1) - 1.0),
    ),
    *[(Cylinder(12.0, 20.0, axis, CENTRE), lambda p, axis=axis: _cylinder_gap(p, axis)) for axis in "xyz"],
    *[(Cone(12.0, 20.0, axis, CENTRE), lambda p, axis=axis: _cone_gap(p, axis)) for axis in "xyz"],
    *[(Torus(15.0, 5.0, axis, CENTRE), lambda p, axis=axis: _torus_gap(p, axis)) for axis in "xyz"],
]


@pytest.mark.parametrize(("solid", "gap"), GAPS, ids=lambda v: f"{type(v).__name__}{getattr(v, 'axis', '')}")
def test_every_vertex_lies_on_the_surface(solid, gap):
    points = np.vstack([c.points_mm for c in contours(solid, Slicing(0.7, 0.13))])
    assert gap(points).max() < 1e-6


@pytest.mark.parametrize(
    "solid", [solid for solid, _ in GAPS], ids=lambda v: f"{type(v).__name__}{getattr(v, 'axis', '')}"
)
def test_vertices_reach_the_extent_that_is_stated(solid):
    points = np.vstack([c.points_mm for c in contours(solid, Slicing(0.05, point_mm=0.1))])
    for k, (low, high) in enumerate(solid.extent_mm):
        assert low - 1e-9 <= points[:, k].min() < low + 0.1
        assert high - 0.1 < points[:, k].max() <= high + 1e-9


def test_half_slices_cover_a_height_that_is_a_multiple_of_the_slice():
    assert planes_mm(sphere(12.0), Slicing(2.0)) == pytest.approx(np.arange(-11.0, 12.0, 2.0))


@pytest.mark.parametrize("offset_mm", [-0.9, -0.3, 0.0, 0.4, 1.0, 7.3])
def test_planes_fill_the_inside_and_no_more(offset_mm):
    z = planes_mm(sphere(12.0), Slicing(2.0, offset_mm))
    assert np.diff(z) == pytest.approx(2.0)
    assert -12.0 < z[0] <= -10.0
    assert 10.0 <= z[-1] < 12.0
    assert (z[0] - offset_mm) % 2.0 == pytest.approx(1.0)


def test_planes_on_the_poles_are_left_out():
    assert planes_mm(sphere(12.0), Slicing(2.0, 1.0)) == pytest.approx(np.arange(-10.0, 12.0, 2.0))


@pytest.mark.parametrize(
    ("solid", "area_mm2"),
    [
        (sphere(12.0, CENTRE), 1e-5),
        (Cylinder(12.0, 24.0, "z", CENTRE), math.pi * 144.0),
        (Cylinder(12.0, 24.0, "x", CENTRE), 0.03),
        (Cone(12.0, 24.0, "z", CENTRE), 1e-5),
        (Cone(12.0, 24.0, "x", CENTRE), 1e-5),
    ],
)
def test_a_plane_on_an_end_shows_the_end_or_a_speck(solid, area_mm2):
    top = CENTRE[2] + 12.0
    (end,) = contours_on(solid, [top], Slicing(3.0, point_mm=0.2))
    x, y, z = end.points_mm.T
    area = abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2
    assert set(z) == {top}
    assert 0.0 < area <= area_mm2
    assert area == pytest.approx(area_mm2, rel=2e-4) or area_mm2 < 1.0
    assert np.ptp(end.points_mm[:, :2], axis=0).max() >= 4e-4


def test_planes_of_ones_choice_are_drawn_in_their_order():
    found = contours_on(sphere(12.0, CENTRE), [13.0, 99.0, 5.0], Slicing(1.0))
    assert [contour.z_mm for contour in found] == [13.0, 5.0]


def test_outside_nothing_is_cut():
    for solid, _ in GAPS:
        low, high = solid.extent_mm[2]
        assert solid.outlines(low - 1e-3, 0.5) == ()
        assert solid.outlines(high + 1e-3, 0.5) == ()


def test_nested_spheres_give_hole_and_island():
    assert [len(NestedSpheres((20.0, 12.0, 5.0)).outlines(z, 1.0)) for z in (0.0, 8.0, 15.0, 21.0)] == [
        3,
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(("z", "loops"), [(0.0, 2), (9.9, 2), (10.1, 1), (19.9, 1)])
def test_a_lying_torus_has_two_lobes_then_one_waisted_loop(z, loops):
    assert len(Torus(15.0, 5.0, "x").outlines(z, 0.5)) == loops


def test_contours_of_holes_are_nested_xor_or_keyhole():
    solid = shell(12.0, 6.0)
    nested, xor, channel = (contours(solid, Slicing(1.0, holes=holes)) for holes in ("nested", "xor", "keyhole"))
    assert len(nested) == len(xor) == 24 + 12
    assert len(channel) == 24
    assert {c.geometry for c in nested} == {"CLOSED_PLANAR"}
    assert sum(c.geometry == "CLOSEDPLANAR_XOR" for c in xor) == 24
    assert max(len(c.points_mm) for c in channel) > max(len(c.points_mm) for c in nested)


def test_a_keyhole_runs_every_second_loop_the_other_way():
    squares = tuple(half * np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)]) for half in (3.0, 2.0, 1.0))
    x, y = keyhole(squares).T
    area = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2
    assert area == pytest.approx(36.0 - 16.0 + 4.0)


def test_a_slanted_prism_moves_with_height():
    prism = SlantedPrism(((0.0, 0.0), (4.0, 0.0), (0.0, 4.0)), 10.0, lean=(0.5, -0.25), centre_mm=(1.0, 2.0, 3.0))
    (loop,) = prism.outlines(7.0, 1.0)
    assert loop[0] == pytest.approx([1.0 + 2.0, 2.0 - 1.0])
    assert prism.extent_mm == ((-1.5, 7.5), (0.75, 7.25), (-2.0, 8.0))


def test_a_box_is_what_its_sides_say():
    assert box((10.0, 8.0, 6.0), CENTRE).extent_mm == ((-2.0, 8.0), (-11.0, -3.0), (8.0, 14.0))


def test_neighbouring_vertices_are_about_as_near_as_asked():
    (loop,) = sphere(12.0).outlines(0.0, 0.5)
    assert np.linalg.norm(np.diff(loop, axis=0), axis=1).max() <= 0.5
    assert len(loop) <= 2 * math.pi * 12.0 / 0.5 + 8


def test_structure_carries_name_and_kind():
    ptv = structure(sphere(5.0), Slicing(1.0), name="PTVsb", kind="PTV")
    assert (ptv.name, ptv.kind, len(ptv.contours)) == ("PTVsb", "PTV", 10)


def test_a_grid_covers_its_box_wherever_it_is_shifted():
    solid = sphere(12.0, CENTRE)
    for shift in ((0.0, 0.0, 0.0), (1.1, -0.7, 0.4)):
        grid = grid_around(solid.extent_mm, (1.0, 2.0, 3.0), margin_mm=4.0, shift_mm=shift)
        for axis, (low, high), step in zip(
            (grid.x_mm, grid.y_mm, grid.z_mm), solid.extent_mm, (1.0, 2.0, 3.0), strict=True
        ):
            assert axis[0] <= low - 2.9
            assert axis[-1] >= high + 2.9
            assert np.diff(axis) == pytest.approx(step)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: sphere(0.0), "radii of a solid must be above 0 mm, got 0.0"),
        (lambda: sphere(math.nan), "radii of a solid must be above 0 mm, got nan"),
        (lambda: NestedSpheres((3.0, 4.0)), r"radii of nested spheres must fall, got \(3.0, 4.0\)"),
        (lambda: Torus(4.0, 5.0), "a torus needs tube < ring, got 5.0 and 4.0 mm"),
        (lambda: SlantedPrism(((0.0, 0.0), (1.0, 0.0)), 3.0), "a prism needs at least three corners, got 2"),
        (lambda: Slicing(0.0), "slice and point distance must be above 0 mm"),
    ],
)
def test_impossible_solids_are_refused(make, text):
    with pytest.raises(UsageError, match=text):
        make()
