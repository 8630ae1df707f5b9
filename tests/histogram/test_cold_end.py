"""A curve without its cold end: the hot end and everything read from it stay exactly as they are."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.histogram import Sampling, compute
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure

AXIS = np.arange(-30.0, 30.1, 3.0)


@pytest.fixture(scope="module")
def made():
    """A cylinder in a dose that falls to nothing on one side, as beside air."""
    angle = np.arange(40) * 2 * np.pi / 40
    outline = np.column_stack([17 * np.cos(angle), 15 * np.sin(angle)])
    planes = np.arange(-12.0, 12.1, 3.0)
    contours = tuple(Contour(np.column_stack([outline, np.full(len(outline), z)])) for z in planes)
    z, y, x = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
    gy = np.where(x < -10, 0.0, 20 + x + 0.1 * y * x + 0.3 * z).clip(0)
    return Structure(name="a", number=1, contours=contours), Dose(Grid(AXIS, AXIS, AXIS), gy, Identity("1.2"))


@pytest.mark.parametrize("sampling", [Sampling(), Sampling("rounded", "shape", "cubic", 0.5)])
def test_only_the_minimum_may_be_higher(made, sampling):
    whole, hot = (compute(*made, sampling, cold_end=cold) for cold in (True, False))
    assert (hot.max_gy, hot.volume_cc) == (whole.max_gy, whole.volume_cc)
    assert whole.min_gy <= hot.min_gy
    for part in (0.03, 0.5, 2.0):
        assert hot.dose_at(cc=part) == whole.dose_at(cc=part)
    for gy in (15.0, 25.0, 35.0):
        assert hot.volume_at(gy=gy) == pytest.approx(whole.volume_at(gy=gy), rel=1e-12)
