"""The parts of the sample's generator against what is known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.model import Grid
from sbrt_qa.phantom.liver_bed.beams import (
    ATTENUATION_PER_MM,
    BIN_MM,
    Patient,
    Rays,
    Sweep,
    nearness,
    transmitted,
)
from sbrt_qa.phantom.liver_bed.contours import WIDEST_MM, contours, signed_area_mm2
from sbrt_qa.phantom.liver_bed.levels import both, either, ellipsoid, oval, tube
from sbrt_qa.phantom.liver_bed.painting import NOISE_HU, noise
from sbrt_qa.phantom.liver_bed.planning import Aim, planned_dose
from sbrt_qa.phantom.liver_bed.space import Region, Space
from sbrt_qa.phantom.liver_bed.target import distance

SPACE = Space(np.arange(-70.0, 71.0, 1.75), np.arange(-70.0, 71.0, 1.75), np.arange(-40.0, 41.0, 2.5))


def ball(radius_mm):
    return SPACE.plain(ellipsoid((0, 0, 0), (radius_mm,) * 3), 0.0)


def area_mm2(found, z_mm):
    return sum(abs(signed_area_mm2(c.points_mm[:, :2])) for c in found if c.z_mm == z_mm)


@pytest.mark.parametrize("z_mm", [0.0, 10.0, -15.0])
def test_contours_of_a_ball_are_its_circles(z_mm):
    found = contours(SPACE, ball(25), (-40, 40))
    radius_mm = np.sqrt(area_mm2(found, z_mm) / np.pi)
    assert radius_mm == pytest.approx(np.sqrt(25**2 - z_mm**2), abs=0.1)  # the pixels are 1.75 mm


def test_contour_points_are_hundredths_of_a_millimetre_and_close_together():
    for contour in contours(SPACE, ball(25), (-10, 10)):
        points = contour.points_mm
        assert (np.abs(points * 100 - np.rint(points * 100)) < 1e-6).all()
        assert np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).max() < WIDEST_MM + 0.5


def test_only_the_slices_asked_for_are_drawn():
    assert {c.z_mm for c in contours(SPACE, ball(25), (-5.0, 2.5))} == {-5.0, -2.5, 0.0, 2.5}


def test_a_keyhole_leaves_the_area_of_outline_less_hole():
    shell = Region(SPACE.whole, np.maximum(ball(25).level, -ball(15).level), SPACE.shape_zyx)
    nested = contours(SPACE, shell, (0, 0))
    joined = contours(SPACE, shell, (0, 0), keyhole=True)
    assert (len(nested), len(joined)) == (2, 1)
    outer, hole = sorted((abs(signed_area_mm2(c.points_mm[:, :2])) for c in nested), reverse=True)
    assert abs(signed_area_mm2(joined[0].points_mm[:, :2])) == pytest.approx(outer - hole, rel=1e-12)


@pytest.mark.parametrize(
    ("shape", "half_mm"),
    [
        (ellipsoid((0, 0, 0), (30, 20, 10)), (30, 20, 10)),
        (tube([(-20, 0, 0, 8), (0, 0, 0, 8), (20, 0, 0, 8)]), (28, 8, 8)),
    ],
)
def test_shapes_reach_as_far_as_they_say(shape, half_mm):
    for axis, reach in enumerate(half_mm):
        for off, sign in ((-0.5, -1), (0.5, 1)):
            place = [np.zeros(1)] * 3
            place[axis] = np.array([reach + off])
            assert np.sign(shape(*place)[0]) == sign


def test_an_oval_measures_distance_near_its_surface():
    level = oval((0, 0), (50, 30))
    assert level(np.array([53.0]), np.zeros(1), np.zeros(1))[0] == pytest.approx(3, abs=0.05)
    assert level(np.zeros(1), np.array([28.0]), np.zeros(1))[0] == pytest.approx(-2, abs=0.05)


def test_rounded_joins_are_sharp_far_from_the_edge():
    a, b = np.array([10.0, 0.0]), np.array([-10.0, 0.0])
    np.testing.assert_allclose(both(a, b), [10, 1])
    np.testing.assert_allclose(either(a, b), [-10, -1])


def test_a_margin_is_a_distance_in_three_dimensions():
    grown = distance(SPACE, ball(20)).grown(5)
    z, y, x = np.nonzero(grown.level < 0)
    for axis, found in ((SPACE.z_mm, z), (SPACE.y_mm, y), (SPACE.x_mm, x)):
        assert axis[found].max() == pytest.approx(25, abs=2.5)
    volume = np.count_nonzero(grown.level < 0) * 1.75**2 * 2.5
    assert volume == pytest.approx(4 / 3 * np.pi * 25**3, rel=0.03)


def test_an_arc_turns_the_way_it_says_in_small_steps():
    there, back = Sweep(160, 340, clockwise=True), Sweep(340, 160, clockwise=False)
    np.testing.assert_allclose(there.angles_deg(), back.angles_deg()[::-1])
    assert there.angles_deg()[[0, -1]].tolist() == [160, 340]
    through_zero = Sweep(300, 60, clockwise=True).angles_deg()
    assert 0.0 in through_zero
    assert (through_zero < 360).all()


@pytest.fixture(scope="module")
def rays():
    """A target ball in the middle of a water cylinder of 60 mm radius."""
    density = (SPACE.plain(oval((0, 0), (60, 60)), 0.0).level < 0).astype(float)
    grid = Grid(np.arange(-65.0, 66.0, 2.5), np.arange(-65.0, 66.0, 2.5), np.arange(-40.0, 41.0, 2.5))
    return Rays(Patient(SPACE, density, ball(16), (0.0, 0.0, 0.0)), grid)


@pytest.mark.parametrize("gantry_deg", [0, 37, 90, 181, 275])
def test_depth_in_water_is_the_distance_to_the_surface(rays, gantry_deg):
    depth = rays.depths_mm(gantry_deg)
    middle = rays.side_mm.size // 2
    assert depth[depth.shape[0] // 2, middle, middle] == pytest.approx(60, abs=2.5)
    assert depth[depth.shape[0] // 2, middle - 5, middle] == pytest.approx(90, abs=2.5)


@pytest.mark.parametrize(("gantry_deg", "source"), [(0, (0, -1)), (90, (1, 0)), (180, (0, 1)), (270, (-1, 0))])
def test_the_beam_comes_from_where_the_gantry_stands(rays, gantry_deg, source):
    _, towards = rays.across_and_towards(gantry_deg, np.array([10.0 * source[0]]), np.array([10.0 * source[1]]))
    assert towards[0] == pytest.approx(10)


def test_beyond_the_build_up_the_beam_is_attenuated_exponentially():
    deep, deeper = transmitted(np.array([100.0, 150.0]))
    assert deeper / deep == pytest.approx(np.exp(-ATTENUATION_PER_MM * 50), rel=1e-5)
    assert transmitted(np.zeros(1))[0] < 0.5
    assert nearness(np.array([0.0, 100.0])).tolist() == pytest.approx([1, 10 / 9])


def test_the_penumbra_is_a_few_millimetres_wide(rays):
    half = np.zeros((61, 81))
    half[:, 40:] = 1
    profile = rays.blurred(half)[30, 30:50]
    at = np.arange(30, 50) * BIN_MM
    width = np.interp(0.8, profile, at) - np.interp(0.2, profile, at)
    assert 4 < width < 8


def test_a_plan_covers_its_target_and_falls_off(rays):
    aim = Aim((Sweep(181, 179, clockwise=True),))
    dose, fluence = planned_dose(rays, aim)
    z, y, x = np.meshgrid(rays.grid.z_mm, rays.grid.y_mm, rays.grid.x_mm, indexing="ij")
    far = np.sqrt(x**2 + y**2 + z**2)
    assert (dose[far < 15] >= 0.99).mean() > 0.97
    assert 1.15 < dose.max() < 1.35
    assert far.flat[dose.argmax()] < 12
    assert dose[(far > 45) & (np.abs(z) < 5)].max() < 0.5
    assert (dose >= 0).all()
    assert (fluence >= 0).all()


def test_noise_has_its_strength_and_no_preference():
    grain = noise((4, 128, 128))
    assert grain.mean() == pytest.approx(0, abs=0.3)
    assert grain.std() == pytest.approx(NOISE_HU, rel=0.1)
