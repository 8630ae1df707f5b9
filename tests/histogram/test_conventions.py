"""The numerical interval, and cubic dose against the parabola it must reproduce."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.histogram import Sampling, compute, interval, neighbours
from sbrt_qa.histogram.cubic import refined
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure
from sbrt_qa.phantom.fields import Gaussian, sample
from sbrt_qa.phantom.shapes import sphere
from sbrt_qa.phantom.slices import Slicing, structure
from sbrt_qa.phantom.solid_truth import truth_of_solid

UNEVEN = np.array([-9.0, -7.5, -5.0, -4.0, -1.0, 0.5, 3.0, 5.0, 6.0, 8.5, 9.0])
EVEN = np.arange(-9.0, 10.0, 1.5)


def parabola(x, y, z):
    return 60 - 0.05 * (x - 0.3) ** 2 - 0.04 * (y + 0.7) ** 2 - 0.06 * (z - 0.2) ** 2 + 0.3 * x - 0.2 * y


@pytest.mark.parametrize("parts", [2, 3])
def test_cubic_reproduces_a_parabola_on_an_uneven_grid(parts):
    z, y, x = np.meshgrid(UNEVEN, EVEN, EVEN, indexing="ij")
    finer = refined(
        Dose(Grid(EVEN, EVEN, UNEVEN), parabola(x, y, z), Identity("1")), ((-5, 5), (-4, 4), (-6, 6)), parts
    )
    fz, fy, fx = np.meshgrid(finer.grid.z_mm, finer.grid.y_mm, finer.grid.x_mm, indexing="ij")
    assert finer.gy == pytest.approx(parabola(fx, fy, fz), abs=5e-5)  # single precision
    assert finer.grid.x_mm[0] <= -5
    assert finer.grid.x_mm[-1] >= 5
    assert np.diff(finer.grid.x_mm) == pytest.approx(np.full(finer.grid.x_mm.size - 1, 1.5 / parts))


def test_cubic_passes_through_the_grid_points_and_never_below_zero():
    gy = np.zeros((6, 6, 6), dtype=np.float32)
    gy[3, 3, 3] = 50.0
    axis = np.arange(6.0)
    finer = refined(Dose(Grid(axis, axis, axis), gy, Identity("1")), ((0, 5), (0, 5), (0, 5)), 3)
    assert np.array_equal(finer.gy[::3, ::3, ::3], gy)
    assert finer.gy.min() == 0.0


def test_two_points_along_an_axis_are_joined_by_a_line():
    gy = np.array([[[0.0, 10.0], [0.0, 10.0]], [[0.0, 10.0], [0.0, 10.0]]])
    axis = np.array([0.0, 3.0])
    finer = refined(Dose(Grid(axis, axis, axis), gy, Identity("1")), ((0, 3), (0, 3), (0, 3)), 3)
    assert finer.gy[0, 0] == pytest.approx([0, 10 / 3, 20 / 3, 10])


def test_cubic_dose_is_nearer_to_a_gaussian_than_trilinear():
    field = Gaussian(8.0, 60.0)
    axis = np.arange(-30.4, 31, 2.0)
    dose = sample(field, Grid(axis, axis, axis))
    ball = structure(sphere(8.0), Slicing(1.0, 0.0, 0.3))
    truth = truth_of_solid(sphere(8.0), field).dose_at(percent=50)
    errors = [
        abs(compute(ball, dose, Sampling(between="shape", end_cap="rounded", dose=kind)).dose_at(percent=50) - truth)
        for kind in ("trilinear", "cubic")
    ]
    assert errors[1] < 0.15 * errors[0]


def test_a_large_structure_is_refined_piece_by_piece_with_the_same_result(monkeypatch):
    from sbrt_qa.histogram import engine

    field = Gaussian(12.0, 60.0)
    axis = np.arange(-30.4, 31, 2.0)
    dose = sample(field, Grid(axis, axis, axis))
    ball = structure(sphere(15.0), Slicing(2.0, 0.3, 0.5))
    whole = compute(ball, dose, Sampling(dose="cubic"))
    monkeypatch.setattr(engine, "REFINED_VOXELS", 20_000)
    pieces = compute(ball, dose, Sampling(dose="cubic"))
    assert pieces.volume_cc == pytest.approx(whole.volume_cc, rel=1e-4)
    assert pieces.dose_at(percent=50) == pytest.approx(whole.dose_at(percent=50), abs=5e-3)
    assert pieces.max_gy == pytest.approx(whole.max_gy, abs=1e-3)


def test_the_neighbours_of_the_default():
    near = neighbours(Sampling())
    assert (near.bare.end_cap, near.bare.between, near.bare.dose) == ("none", "slab", "trilinear")
    assert (near.best.end_cap, near.best.between, near.best.dose) == ("rounded", "shape", "cubic")
    assert neighbours(Sampling(end_cap="none")).bare.end_cap == "half-slice"


def test_the_interval_spans_all_and_is_widened_by_their_differences():
    assert interval(50.0, None, None) == pytest.approx((50 - 0.075, 50 + 0.075))
    assert interval(50.0, 50.4, 49.0) == pytest.approx((49 - 1.5 - 0.2 - 0.075, 50.4 + 1.5 + 0.2 + 0.075))
    assert interval(0.0, 0.0, 0.1)[0] == 0.0


@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("radius", [4.0, 7.0, 15.0])
def test_the_truth_of_a_ball_in_a_gaussian_lies_inside(radius, slice_mm):
    field = Gaussian(max(radius, 4.0), 60.0)
    axis = np.arange(-40.7, 41, 2.0)
    dose = sample(field, Grid(axis, axis, axis))
    ball = structure(sphere(radius), Slicing(slice_mm, 0.2, 0.3))
    truth = truth_of_solid(sphere(radius), field)
    near = neighbours(Sampling())
    for ask in (lambda c: c.dose_at(percent=95), lambda c: c.dose_at(cc=0.03), lambda c: c.dose_at(percent=50)):
        low, high = interval(*(ask(compute(ball, dose, s)) for s in (Sampling(), near.bare, near.best)))
        assert low <= ask(truth) <= high


@pytest.mark.parametrize("flat", [[(0, 0), (1, 0), (2, 0)], [(0, 0), (9, 0), (9, 9), (9, 0)]])
@pytest.mark.parametrize("z_mm", [0.0, 5.0, 12.0])
@pytest.mark.parametrize("between", ["slab", "shape"])
def test_a_contour_without_area_changes_nothing(flat, z_mm, between):
    """It stands for no plane: neither for a missing one nor beyond the end, and its points count for no extreme."""
    axis = np.arange(-30.0, 31.0, 3.0)
    gy = np.broadcast_to(axis[:, None, None] + 40, (axis.size,) * 3)
    dose = Dose(Grid(axis, axis, axis), gy, Identity("1"))
    squares = [Contour([(-5, -5, z), (5, -5, z), (5, 5, z), (-5, 5, z)]) for z in (-10, -5, 5, 10)]
    plain = compute(Structure("A", 1, tuple(squares)), dose, Sampling(between=between))
    line = Contour([(x, y, z_mm) for x, y in flat])
    curve = compute(Structure("A", 1, (*squares, line)), dose, Sampling(between=between))
    assert curve.volume_cc == plain.volume_cc
    assert curve.statistics_gy == plain.statistics_gy
