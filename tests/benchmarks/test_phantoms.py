"""The truths that are not in ``sbrt_qa.phantom``: Gaussian doses, hollow solids, and cut grids."""

from __future__ import annotations

import math

import numpy as np
import pytest

from beside.gaussian_truth import half_width_mm, truth_in_gaussian
from beside.make_phantoms import structures
from beside.phantoms import CUTS, FIELDS, SOLIDS, Layout, cut, dose, layouts, numbers, truth
from sbrt_qa.phantom.capped_truth import Ends
from sbrt_qa.phantom.shapes import Cone, Cylinder, shell, sphere
from sbrt_qa.phantom.solid_truth import truth_of_solid

FIELD = FIELDS["Gaussian"]
BARE = Ends(-12.0, 12.0, 0.0)


@pytest.mark.parametrize("solid", [sphere(12.0), shell(12.0, 7.0)])
def test_a_bare_ball_in_a_gaussian_is_the_closed_form(solid):
    assert numbers(truth_in_gaussian(solid, FIELD, BARE)) == pytest.approx(
        numbers(truth_of_solid(solid, FIELD)), rel=3e-4
    )


@pytest.mark.parametrize(
    ("solid", "corner_square_mm2"),
    [
        (Cylinder(12.0, 24.0, "x"), 12.0**2 + (12.0**2 - 11.0**2) + 13.0**2),
        (Cone(12.0, 24.0, "x"), 12.0**2 + (12.0**2 - 11.0**2) + 13.0**2),
        (Cone(12.0, 24.0), 11.5**2 + 13.0**2),
    ],
)
def test_others_in_a_gaussian_are_what_counting_points_gives(solid, corner_square_mm2):
    side = np.arange(-11.9, 12.0, 0.2)
    z, y, x = np.meshgrid(np.arange(-13.9, 14.0, 0.2), side, side, indexing="ij")
    inside = np.abs(y) <= half_width_mm(solid, x, np.clip(z, -11.0, 11.0))
    inside &= np.abs(z) <= 13.0
    gy = np.sort(FIELD.gy(x[inside], y[inside], z[inside]))
    true = truth_in_gaussian(solid, FIELD, Ends(-11.0, 11.0, 2.0))
    assert true.volume_cc == pytest.approx(gy.size * 0.2**3 / 1000, rel=5e-3)
    assert true.mean_gy == pytest.approx(gy.mean(), rel=1e-3)
    assert true.dose_at(percent=50) == pytest.approx(np.median(gy), rel=1e-3)
    assert true.dose_at(percent=95) == pytest.approx(np.quantile(gy, 0.05), rel=3e-3)
    assert true.min_gy == pytest.approx(60.0 * math.exp(-corner_square_mm2 / (2 * 15.0**2)), rel=2e-3)
    assert true.min_gy < gy[0]


def test_the_farthest_corner_of_a_capped_cylinder():
    true = truth_in_gaussian(Cylinder(12.0, 24.0), FIELD, Ends(-12.0, 12.0, 1.0))
    assert true.min_gy == pytest.approx(60.0 * math.exp(-(12.0**2 + 13.0**2) / (2 * 15.0**2)), rel=1e-6)
    assert true.max_gy == 60.0


@pytest.mark.parametrize("name", ["AP", "SI"])
def test_a_hollow_ball_in_a_linear_dose_is_the_outer_without_the_inner(name):
    aligned = Layout(1e-9 + 1.0, shifted=False)
    found, ideal = truth(aligned, shell(12.0, 7.0), FIELDS[name]), truth_of_solid(shell(12.0, 7.0), FIELDS[name])
    assert found.volume_cc == pytest.approx(ideal.volume_cc, rel=1e-6)
    assert found.mean_gy == pytest.approx(ideal.mean_gy)
    assert found.dose_at(percent=95) == pytest.approx(ideal.dose_at(percent=95), rel=1e-6)


def test_planes_lie_on_both_ends_or_all_within():
    aligned, shifted = layouts((2.0,))
    assert (aligned.planes_mm[0], aligned.planes_mm[-1], len(aligned.planes_mm)) == (-12.0, 12.0, 13)
    assert len(shifted.planes_mm) == 12
    assert -12.0 < shifted.planes_mm[0] < shifted.planes_mm[-1] < 12.0


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_grid_ends_inside_the_solid_and_loses_the_low_dose(name):
    whole = dose(Layout(2.0, shifted=False), FIELDS[name], 2.0)
    part = cut(whole, *CUTS[name])
    axis, side = CUTS[name]
    ends = (part.grid.x_mm, part.grid.y_mm, part.grid.z_mm)[axis]
    assert (ends[-1] if side > 0 else ends[0]) == side * 4.0
    assert part.gy.shape == part.grid.shape_zyx
    assert part.gy.max() == whole.gy.max()
    assert part.gy.min() > whole.gy.min()


def test_the_hollow_ball_is_one_keyhole_contour_a_plane():
    layout = Layout(2.0, shifted=True)
    drawn = {one.name: one for one in structures(layout).structures}
    assert list(drawn) == list(SOLIDS)
    assert len(drawn["hollow_sphere"].contours) == len(layout.planes_mm)
