import numpy as np
import pytest

from sbrt_qa.histogram import Sampling, compute
from sbrt_qa.histogram.where import coldest_and_hottest
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure


def dose_of(field, spacing_mm=2.5):
    x, y, z = (np.arange(-30.0, 30.1, spacing_mm) for _ in range(3))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return Dose(Grid(x, y, z), field(xx, yy, zz), Identity("1.2.3"))


def block(x=(-7.3, 8.1), y=(-4.2, 6.6), z=(-6.0, -3.0, 0.0, 3.0)):
    corners = np.array([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])])
    return Structure("Block", 1, tuple(Contour(np.column_stack([corners, np.full(4, at)])) for at in z))


def test_a_linear_dose_is_least_and_most_at_opposite_corners():
    found = coldest_and_hottest(block(), dose_of(lambda x, y, z: 40 + 0.3 * x - 0.2 * y + 0.5 * z))
    assert found is not None
    coldest, hottest = found
    assert (coldest.x_mm, coldest.y_mm, coldest.z_mm) == pytest.approx((-7.3, 6.6, -7.5))
    assert (hottest.x_mm, hottest.y_mm, hottest.z_mm) == pytest.approx((8.1, -4.2, 4.5))
    assert hottest.gy == pytest.approx(40 + 0.3 * 8.1 + 0.2 * 4.2 + 0.5 * 4.5, abs=1e-5)


def test_a_peak_inside_is_found_on_its_grid_point():
    found = coldest_and_hottest(block(), dose_of(lambda x, y, z: 50 - np.hypot(np.hypot(x - 2.5, y), z + 2.5)))
    assert found is not None
    assert (found[1].x_mm, found[1].y_mm, found[1].z_mm, found[1].gy) == pytest.approx((2.5, 0.0, -2.5, 50.0))


def test_the_points_agree_with_the_extremes_of_the_curve():
    rng = np.random.default_rng(3)
    dose = dose_of(lambda x, y, z: rng.uniform(0, 60, x.shape))
    for end_cap in ("half-slice", "none"):
        sampling = Sampling(end_cap=end_cap)
        found = coldest_and_hottest(block(), dose, sampling)
        curve = compute(block(), dose, sampling)
        assert found is not None
        assert found[0].gy == pytest.approx(curve.min_gy, abs=0.5)
        assert found[1].gy == pytest.approx(curve.max_gy, abs=0.5)
        assert curve.min_gy - 1e-4 <= found[0].gy
        assert found[1].gy <= curve.max_gy + 1e-4


def test_outside_the_dose_grid_there_is_no_point():
    assert coldest_and_hottest(block(x=(100, 110)), dose_of(lambda x, y, z: x * 0 + 1)) is None


def test_only_the_part_inside_the_grid_is_looked_at():
    found = coldest_and_hottest(block(x=(20.0, 50.0)), dose_of(lambda x, y, z: 40 + x))
    assert found is not None
    assert found[1].x_mm == pytest.approx(30.0)
    assert found[1].gy == pytest.approx(70.0)
