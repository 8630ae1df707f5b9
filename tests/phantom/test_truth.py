"""The yardstick is checked against what can be worked out by hand, and its two halves against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Contour, Structure
from sbrt_qa.phantom.fields import Gaussian, Linear, Stanley, grid_around, sample, uniform
from sbrt_qa.phantom.quadrature import integrate
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
from sbrt_qa.phantom.slices import Slicing, structure
from sbrt_qa.phantom.solid_truth import truth_of_solid
from sbrt_qa.phantom.stack_truth import truth_of_stack

CENTRE = (3.0, -7.0, 11.0)
OBLIQUE = (0.3, -0.5, 0.7)
TRIANGLE = SlantedPrism(((0.0, 0.0), (10.0, 0.0), (0.0, 10.0)), 20.0, (0.3, -0.2), CENTRE)
SOLIDS = [
    sphere(12.0, CENTRE),
    NestedSpheres((20.0, 12.0, 5.0), CENTRE),
    Ellipsoid((10.0, 8.0, 6.0), CENTRE),
    *[Cylinder(12.0, 24.0, axis, CENTRE) for axis in "xyz"],
    *[Cone(12.0, 24.0, axis, CENTRE) for axis in "xyz"],
    *[Torus(15.0, 5.0, axis, CENTRE) for axis in "xyz"],
    box((10.0, 8.0, 6.0), CENTRE),
    TRIANGLE,
]
GRADIENTS = [(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), OBLIQUE, (1e-9, 0.0, 1.0), (0.6, 0.8, 1e-9)]


def _name(value):
    return f"{type(value).__name__}-{getattr(value, 'axis', '')}"


# ---- the ideal solid


@pytest.mark.parametrize(
    ("solid", "cc"),
    [
        (sphere(10.0), 4.0 / 3.0 * math.pi),
        (shell(10.0, 5.0), 4.0 / 3.0 * math.pi * (1.0 - 0.125)),
        (Ellipsoid((30.0, 20.0, 10.0)), 4.0 / 3.0 * math.pi * 6.0),
        (Cylinder(10.0, 20.0), 2.0 * math.pi),
        (Cone(10.0, 30.0), math.pi),
        (Torus(20.0, 10.0), 4.0 * math.pi**2),
        (box((10.0, 20.0, 30.0)), 6.0),
    ],
    ids=_name,
)
def test_volumes_are_those_of_the_school_book(solid, cc):
    assert truth_of_solid(solid, uniform(7.0)).volume_cc == pytest.approx(cc, rel=1e-14)


def test_a_cap_of_a_sphere():
    truth = truth_of_solid(sphere(12.0, CENTRE), Linear((0.0, 0.0, 1.0), 16.0, CENTRE))
    height = 5.0
    assert truth.volume_at(gy=16.0 + 7.0) == pytest.approx(math.pi * height**2 * (12.0 - height / 3) / 1000, rel=1e-14)
    assert (truth.min_gy, truth.mean_gy, truth.max_gy) == pytest.approx((4.0, 16.0, 28.0))
    assert truth.dose_at(percent=50) == pytest.approx(16.0, abs=1e-10)


def test_a_cylinder_along_the_gradient_is_straight():
    truth = truth_of_solid(Cylinder(12.0, 24.0, "z", CENTRE), Linear((0.0, 0.0, 1.0), 16.0, CENTRE))
    assert [truth.dose_at(percent=p) for p in (99, 95, 50, 5, 1)] == pytest.approx(
        [4.24, 5.2, 16.0, 26.8, 27.76], abs=1e-9
    )


@pytest.mark.parametrize("axis", "xyz")
def test_a_cylinder_across_the_gradient_is_a_segment(axis):
    gradient = {"x": (0.0, 1.0, 0.0), "y": (0.0, 0.0, 1.0), "z": (1.0, 0.0, 0.0)}[axis]
    truth = truth_of_solid(Cylinder(12.0, 24.0, axis, CENTRE), Linear(gradient, 16.0, CENTRE))
    segment = 144.0 * math.acos(5.0 / 12.0) - 5.0 * math.sqrt(144.0 - 25.0)
    assert truth.volume_at(gy=21.0) == pytest.approx(24.0 * segment / 1000, rel=1e-12)


def test_a_cone_along_its_axis_goes_as_the_third_power():
    truth = truth_of_solid(Cone(12.0, 24.0, "y", CENTRE), Linear((0.0, 1.0, 0.0), 16.0, CENTRE))
    assert truth.volume_at(gy=22.0) / truth.volume_cc == pytest.approx((6.0 / 24.0) ** 3, rel=1e-12)
    assert truth.mean_gy == pytest.approx(10.0)
    assert (truth.min_gy, truth.max_gy) == pytest.approx((4.0, 28.0))


def test_a_cone_across_its_axis_against_nested_quadrature():
    truth = truth_of_solid(Cone(12.0, 24.0, "x", CENTRE), Linear((0.0, 1.0, 0.0), 16.0, CENTRE))

    # At lateral distance y the cone is a hyperbola: its area follows in closed form.
    def area(y):
        q = y / 12.0
        return 12.0 * 24.0 * (np.sqrt(1 - q * q) - q * q * np.arccosh(1 / q))

    assert truth.volume_at(gy=19.0) == pytest.approx(integrate(area, [3.0, 6.0, 12.0]) / 1000, rel=1e-9)


@pytest.mark.parametrize("solid", [Cylinder(9.0, 20.0, "x"), Cone(9.0, 20.0, "y"), Torus(12.0, 4.0, "z")], ids=_name)
def test_the_curve_integrates_to_the_mean(solid):
    truth = truth_of_solid(solid, Linear(OBLIQUE, 30.0))
    fine = np.linspace(truth.min_gy, truth.max_gy, 801)
    volumes = np.array([truth.volume_at(gy=gy) for gy in fine])
    mean = truth.min_gy + np.trapezoid(volumes, fine) / truth.volume_cc
    assert mean == pytest.approx(truth.mean_gy, abs=3e-5)


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("solid", SOLIDS, ids=_name)
def test_turning_the_gradient_round_gives_the_rest(solid, gradient):
    here = truth_of_solid(solid, Linear(gradient, 30.0, CENTRE))
    there = truth_of_solid(solid, Linear(tuple(-g for g in gradient), -30.0, CENTRE))
    for share in (0.1, 0.37, 0.8):
        gy = here.min_gy + share * (here.max_gy - here.min_gy)
        assert here.volume_at(gy=gy) + there.volume_at(gy=-gy) == pytest.approx(here.volume_cc, rel=1e-8)


@pytest.mark.parametrize("solid", SOLIDS, ids=_name)
def test_dose_and_volume_are_inverse(solid):
    truth = truth_of_solid(solid, Linear(OBLIQUE, 30.0, CENTRE))
    for percent in (99.5, 95.0, 50.0, 2.0):
        gy = truth.dose_at(percent=percent)
        assert truth.volume_at(gy=gy) / truth.volume_cc == pytest.approx(percent / 100, abs=1e-9)
    assert truth.dose_at(percent=100) == truth.min_gy
    assert truth.dose_at(cc=truth.volume_cc / 4) == pytest.approx(truth.dose_at(percent=25))


# ---- radial doses


@pytest.mark.parametrize(
    ("diameter_mm", "cc"),
    [(3, "0.0279"), (5, "0.1002"), (7, "0.2449"), (10, "0.6526"), (15, "2.050"), (20, "4.686")],
)
def test_stanley_half_edge_volumes_are_the_published_ones(diameter_mm, cc):
    field = Stanley(diameter_mm)
    assert field.edge_gy == 0.751
    ball = 4 / 3 * math.pi * field.radius_mm(field.edge_gy / 2) ** 3 / 1000
    assert f"{ball:.{len(cc) - 2}f}" == cc


@pytest.mark.parametrize("field", [Gaussian(8.0, 50.0), Stanley(10.0, 50.0)], ids=_name)
def test_radius_and_dose_are_inverse(field):
    for radius in (4.0, 4.9, 5.0, 5.5):
        assert field.radius_mm(float(field.gy_at_radius(np.array(radius)))) == pytest.approx(radius, rel=1e-9)
    assert field.radius_mm(51.0) == 0.0
    assert field.radius_mm(0.0) == math.inf


def test_a_gaussian_centred_on_a_sphere():
    truth = truth_of_solid(sphere(12.0, CENTRE), Gaussian(12.0, 10.0, CENTRE))
    assert truth.max_gy == 10.0
    assert truth.min_gy == pytest.approx(10.0 * math.exp(-0.5))
    gy = 8.0
    ball = 4.0 / 3.0 * math.pi * (12.0 * math.sqrt(2.0 * math.log(10.0 / gy))) ** 3 / 1000
    assert truth.volume_at(gy=gy) == pytest.approx(ball, rel=1e-12)
    # mean of exp(-u²/2) over the unit ball, u in units of sigma
    inside = 3.0 * (math.sqrt(math.pi / 2) * math.erf(math.sqrt(0.5)) - math.exp(-0.5))
    assert truth.mean_gy == pytest.approx(10.0 * inside, rel=1e-12)


@pytest.mark.parametrize("apart", [0.0, 3.0, 9.0, 30.0])
@pytest.mark.parametrize(
    "solid", [sphere(12.0), shell(12.0, 6.0), NestedSpheres((12.0, 8.0, 4.0))], ids=lambda s: len(s.radii_mm)
)
def test_a_radial_dose_anywhere_integrates_to_its_mean(solid, apart):
    truth = truth_of_solid(solid, Gaussian(15.0, 60.0, (0.0, apart, 0.0)))
    fine = np.linspace(truth.min_gy, truth.max_gy, 4001)
    volumes = np.array([truth.volume_at(gy=gy) for gy in fine])
    assert (np.diff(volumes) <= 1e-12).all()
    mean = truth.min_gy + np.trapezoid(volumes, fine) / truth.volume_cc
    assert mean == pytest.approx(truth.mean_gy, rel=2e-6)
    assert volumes[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_radial_dose_is_refused_on_other_solids():
    with pytest.raises(UsageError, match="truth of a Cone in a radial dose"):
        truth_of_solid(Cone(5.0, 10.0), Gaussian(5.0, 10.0))


# ---- the stack of polygons


def _square(half, z, centre=0.0, turn=1):
    corners = np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])[::turn] * half + centre
    return Contour(np.column_stack((corners, np.full(4, z))))


def _stack(*loops_on_plane, planes=(0.0, 2.0, 4.0)):
    return Structure("stack", 1, tuple(loop(z) for z in planes for loop in loops_on_plane))


@pytest.mark.parametrize(("end_cap", "height"), [("half-slice", 6.0), ("none", 4.0), ("max-1.5mm", 6.0)])
def test_a_stack_of_squares_is_a_box(end_cap, height):
    truth = truth_of_stack(_stack(lambda z: _square(5.0, z)), Linear((0.0, 0.0, 1.0), 20.0), end_cap)
    assert truth.volume_cc == pytest.approx(0.1 * height)
    assert (truth.min_gy, truth.mean_gy, truth.max_gy) == pytest.approx((22.0 - height / 2, 22.0, 22.0 + height / 2))
    assert truth.dose_at(percent=25) == pytest.approx(22.0 + height / 4)


def test_thick_slices_are_capped_at_one_and_a_half_millimetres():
    stack = _stack(lambda z: _square(5.0, z), planes=(0.0, 5.0, 10.0))
    assert truth_of_stack(stack, uniform(1.0), "max-1.5mm").volume_cc == pytest.approx(1.3)


def test_uneven_planes_own_half_the_gap_to_each_side():
    stack = Structure("uneven", 1, (_square(5.0, 0.0), _square(3.0, 2.0), _square(1.0, 8.0)))
    truth = truth_of_stack(stack, uniform(1.0))
    assert truth.volume_cc == pytest.approx((100 * 2 + 36 * 4 + 4 * 6) / 1000)


@pytest.mark.parametrize("turn", [1, -1])
def test_holes_and_islands_by_nesting_whatever_the_direction(turn):
    stack = _stack(
        lambda z: _square(5.0, z),
        lambda z: _square(3.0, z, turn=turn),
        lambda z: _square(1.0, z),
        lambda z: _square(2.0, z, 20.0),
    )
    truth = truth_of_stack(stack, Linear((1.0, 0.0, 0.0), 20.0))
    assert truth.volume_cc == pytest.approx((100 - 36 + 4 + 16) * 6 / 1000)
    assert truth.volume_at(gy=20.0) == pytest.approx((34 + 16) * 6 / 1000)
    assert truth.volume_at(gy=24.0) == pytest.approx((10 + 16) * 6 / 1000)
    assert (truth.min_gy, truth.max_gy) == (15.0, 42.0)


def test_slabs_of_a_derived_structure_are_its_own():
    stack = Structure(
        "derived", -1, (_square(5.0, 0.0), _square(5.0, 9.0)), slabs_mm=((0.0, -1.0, 1.0), (9.0, 8.5, 9.5))
    )
    assert truth_of_stack(stack, uniform(1.0)).volume_cc == pytest.approx(0.3)


@pytest.mark.parametrize("solid", SOLIDS, ids=_name)
def test_fine_stacks_approach_the_solid(solid):
    """Two derivations that share no formula: solids by discs and caps, stacks by sums over edges."""
    field = Linear(OBLIQUE, 30.0, CENTRE)
    ideal = truth_of_solid(solid, field)
    stack = truth_of_stack(structure(solid, Slicing(0.2, point_mm=0.2)), field)
    assert stack.volume_cc == pytest.approx(ideal.volume_cc, rel=1e-3)
    assert stack.mean_gy == pytest.approx(ideal.mean_gy, abs=1e-3)
    for percent in (99.0, 95.0, 50.0, 5.0, 1.0):
        assert stack.dose_at(percent=percent) == pytest.approx(ideal.dose_at(percent=percent), abs=4e-3)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_the_stack_of_a_box_is_the_box(gradient):
    solid, field = box((10.0, 8.0, 6.0), CENTRE), Linear(gradient, 30.0, CENTRE)
    ideal, stack = truth_of_solid(solid, field), truth_of_stack(structure(solid, Slicing(1.0)), field)
    for share in (0.05, 0.3, 0.5, 0.93):
        gy = ideal.min_gy + share * (ideal.max_gy - ideal.min_gy)
        assert stack.volume_at(gy=gy) == pytest.approx(ideal.volume_at(gy=gy), rel=1e-7)


def test_a_tetrahedral_corner_of_a_cube():
    truth = truth_of_solid(box((10.0, 10.0, 10.0)), Linear((1.0, 1.0, 1.0), 15.0))
    assert truth.max_gy == 30.0
    assert truth.volume_at(gy=27.0) == pytest.approx(3.0**3 / 6 / 1000, rel=1e-12)


def test_a_stack_of_one_plane_has_no_truth():
    with pytest.raises(UsageError, match="the slab of a single plane has no thickness of its own"):
        truth_of_stack(_stack(lambda z: _square(5.0, z), planes=(0.0,)), uniform(1.0))


def test_unknown_questions_are_refused():
    truth = truth_of_solid(sphere(5.0), uniform(3.0))
    assert truth.dose_at(percent=40) == 3.0
    assert truth.volume_at(gy=3.0) == truth.volume_cc
    assert truth.volume_at(gy=3.1) == 0.0
    with pytest.raises(UsageError, match="dose_at takes either percent or cc"):
        truth.dose_at()
    with pytest.raises(UsageError, match="asked of"):
        truth.dose_at(cc=99.0)
    with pytest.raises(UsageError, match="unknown end cap 'half'"):
        truth_of_stack(_stack(lambda z: _square(5.0, z)), uniform(1.0), "half")


# ---- fields on grids


def test_a_sampled_field_has_its_values_at_the_voxel_centres():
    grid = grid_around(((0.0, 4.0), (0.0, 6.0), (0.0, 9.0)), (1.0, 2.0, 3.0), margin_mm=0.0)
    dose = sample(Linear((1.0, 10.0, 100.0), 5.0), grid)
    assert dose.gy.shape == (4, 4, 5)
    assert dose.gy[2, 3, 1] == 5.0 + 1.0 + 60.0 + 600.0
    assert (dose.summation, dose.kind) == ("PLAN", "PHYSICAL")
    gaussian = Gaussian(4.0, 30.0, (2.0, 2.0, 3.0))
    assert sample(gaussian, grid).gy[1, 1, 2] == 30.0


def test_stanley_in_centimetres_is_stanley_in_millimetres_ten_times_as_large():
    small, large = Stanley(3.0, 20.0), Stanley(30.0, 20.0, unit_mm=10.0)
    radii = np.linspace(0.0, 4.0, 41)
    assert large.gy_at_radius(10.0 * radii) == pytest.approx(small.gy_at_radius(radii))
    for gy in (0.5, 3.0, 7.51, 15.0, 18.0):
        assert large.radius_mm(gy) == pytest.approx(10.0 * small.radius_mm(gy))
    assert Stanley(3.0, unit_mm=10.0).radius_mm(0.3755) - 1.5 == pytest.approx(3.81, abs=0.01)
