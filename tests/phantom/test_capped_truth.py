"""Solids between two planes with a prism on each end: by hand, against the whole solid, against stacks of polygons."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.model import Structure
from sbrt_qa.phantom.capped_truth import Ends, truth_of_capped
from sbrt_qa.phantom.fields import Linear
from sbrt_qa.phantom.shapes import Cone, Cylinder, Ellipsoid, NestedSpheres, sphere
from sbrt_qa.phantom.slices import Slicing, contours_on
from sbrt_qa.phantom.solid_truth import truth_of_solid
from sbrt_qa.phantom.stack_truth import truth_of_stack

CENTRE = (3.1, -7.3, 11.7)
SOLIDS = {
    "sphere": sphere(12.0, CENTRE),
    **{f"cylinder-{a}": Cylinder(12.0, 24.0, a, CENTRE) for a in "xz"},
    **{f"cone-{a}": Cone(12.0, 24.0, a, CENTRE) for a in "xz"},
}
GRADIENTS = [(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -0.7)]


def _same(truth, other, gy: float, cc: float) -> None:
    assert (truth.min_gy, truth.mean_gy, truth.max_gy) == pytest.approx(
        (other.min_gy, other.mean_gy, other.max_gy), abs=gy
    )
    assert truth.volume_cc == pytest.approx(other.volume_cc, abs=cc)
    for dose in np.linspace(truth.min_gy, truth.max_gy, 13):
        assert truth.volume_at(gy=dose) == pytest.approx(other.volume_at(gy=dose), abs=cc)


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("solid", SOLIDS.values(), ids=SOLIDS.keys())
def test_between_its_ends_and_without_caps_it_is_the_solid(solid, gradient):
    field = Linear(gradient, 16.0, CENTRE)
    capped = truth_of_capped(solid, field, Ends(CENTRE[2] - 12.0, CENTRE[2] + 12.0, 0.0))
    _same(capped, truth_of_solid(solid, field), 1e-10, 1e-8)


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("solid", SOLIDS.values(), ids=SOLIDS.keys())
def test_it_is_what_a_fine_stack_of_polygons_tends_to(solid, gradient):
    step, first, last = 0.1, CENTRE[2] - 10.3, CENTRE[2] + 9.1
    planes = np.linspace(first, last, round((last - first) / step) + 1)
    field = Linear(gradient, 16.0, CENTRE)
    stack = Structure("stack", 1, contours_on(solid, planes, Slicing(step, point_mm=0.1)))
    capped = truth_of_capped(solid, field, Ends(first, last, step / 2))
    _same(capped, truth_of_stack(stack, field), 0.04, 2e-4 * capped.volume_cc + 2e-4)


def test_a_cylinder_grows_by_its_caps():
    truth = truth_of_capped(SOLIDS["cylinder-z"], Linear((0.0, 0.0, 1.0), 16.0, CENTRE), Ends(-0.3, 23.7, 1.5))
    assert truth.volume_cc == pytest.approx(math.pi * 144 * 27 / 1000, rel=1e-12)
    assert (truth.min_gy, truth.mean_gy, truth.max_gy) == pytest.approx((2.5, 16.0, 29.5))
    assert truth.dose_at(percent=50) == pytest.approx(16.0)
    assert truth.dose_at(percent=99) == pytest.approx(2.77)


def test_a_cap_on_a_pole_moves_the_extremes_and_adds_nothing():
    truth = truth_of_capped(SOLIDS["sphere"], Linear((0.0, 0.0, 1.0), 16.0, CENTRE), Ends(-0.3, 23.7, 1.5))
    assert truth.volume_cc == pytest.approx(4 / 3 * math.pi * 1.728, rel=1e-12)
    assert (truth.min_gy, truth.max_gy) == pytest.approx((2.5, 29.5))


def test_a_cone_in_a_dose_that_falls_towards_its_tip_is_hot_at_its_base():
    truth = truth_of_capped(SOLIDS["cone-z"], Linear((0.0, 0.0, -1.0), 16.0, CENTRE), Ends(-0.3, 23.7, 0.0))
    assert truth.mean_gy == pytest.approx(22.0)
    assert truth.volume_at(gy=16.0) == pytest.approx(truth.volume_cc * 7 / 8)


@pytest.mark.parametrize(
    ("solid", "gradient", "text"),
    [
        (sphere(5.0), (1.0, 0.0, 0.0), r"known along \+y and ±z, not along"),
        (sphere(5.0), (0.0, 0.6, 0.8), r"known along \+y and ±z, not along"),
        (Ellipsoid((5.0, 5.0, 5.0)), (0.0, 0.0, 1.0), "capped Ellipsoid is not known in closed form"),
        (NestedSpheres((5.0, 3.0)), (0.0, 0.0, 1.0), "capped NestedSpheres is not known in closed form"),
        (Cylinder(5.0, 9.0, "y"), (0.0, 0.0, 1.0), "capped Cylinder along y is not known"),
        (Cone(5.0, 9.0, "y"), (0.0, 0.0, 1.0), "capped Cone along y is not known"),
    ],
)
def test_what_is_not_known_is_refused(solid, gradient, text):
    with pytest.raises(UsageError, match=text):
        truth_of_capped(solid, Linear(gradient, 16.0), Ends(-3.0, 3.0, 0.0))
