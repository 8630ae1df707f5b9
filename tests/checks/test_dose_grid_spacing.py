from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest


def test_the_largest_spacing_is_measured(subject, run):
    measured = run("dose-grid-spacing", subject).measured
    assert (measured.value, measured.unit, measured.code) == (2.5, "mm", "dose-grid-coarse")
    assert measured.sentence == "The dose grid spacing is 2.00 x 2.00 x 2.50 mm (x, y, z)."


@pytest.mark.parametrize("axis", ["x_mm", "y_mm", "z_mm"])
def test_every_axis_counts(subject, alter, run, axis):
    grid = subject.case.dose.grid
    coarse = alter(subject, dose={"grid": replace(grid, **{axis: getattr(grid, axis) * 3})})
    assert run("dose-grid-spacing", coarse).measured.value == pytest.approx(7.5 if axis == "z_mm" else 6.0)


def test_noise_in_the_positions_does_not_break_a_limit(subject, alter, run):
    grid = subject.case.dose.grid
    noisy = grid.z_mm * 1.2 + 1e-13 * np.arange(grid.z_mm.size)
    assert run("dose-grid-spacing", alter(subject, dose={"grid": replace(grid, z_mm=noisy)})).measured.value == 3.0
