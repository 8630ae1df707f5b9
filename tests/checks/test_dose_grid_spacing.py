from __future__ import annotations

import pytest


def test_the_largest_spacing_is_measured(subject, run):
    measured = run("dose-grid-spacing", subject).measured
    assert (measured.value, measured.unit, measured.code) == (2.5, "mm", "dose-grid-coarse")
    assert measured.sentence == "The dose grid spacing is 2.00 x 2.00 x 2.50 mm (x, y, z)."


@pytest.mark.parametrize("axis", ["x_mm", "y_mm", "z_mm"])
def test_every_axis_counts(subject, alter, run, axis):
    from dataclasses import replace

    grid = subject.case.dose.grid
    coarse = alter(subject, dose={"grid": replace(grid, **{axis: getattr(grid, axis) * 3})})
    assert run("dose-grid-spacing", coarse).measured.value == pytest.approx(7.5 if axis == "z_mm" else 6.0)
