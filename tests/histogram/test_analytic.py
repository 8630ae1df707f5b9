"""The engine against paper: solids in linear doses, holes, and grids that end too early."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from sbrt_qa.errors import CaseError, DoseOutsideGrid, MetricUndefined
from sbrt_qa.histogram import DVH, Sampling, compute
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure
from sbrt_qa.phantom.fields import Linear, grid_around, sample, uniform
from sbrt_qa.phantom.shapes import Cone, Cylinder, NestedSpheres, Torus, box, shell, sphere
from sbrt_qa.phantom.slices import Slicing, structure
from sbrt_qa.phantom.solid_truth import truth_of_solid
from sbrt_qa.phantom.stack_truth import truth_of_stack

PERCENTS = (99.0, 95.0, 50.0, 5.0, 1.0)
VOLUME_SHARE, DOSE_GY, STATISTIC_GY = 5e-4, 0.02, 1e-3
CENTRE = (3.1, -7.3, 11.7)
ALONG = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0), "xyz": (0.6, 0.48, -0.64)}
MAKERS = {
    "sphere": lambda d: sphere(d / 2, CENTRE),
    **{f"cylinder-{a}": lambda d, a=a: Cylinder(d / 2, d, a, CENTRE) for a in "xyz"},
    **{f"cone-{a}": lambda d, a=a: Cone(d / 2, d, a, CENTRE) for a in "xyz"},
}


@dataclass(frozen=True)
class Setup:
    """Diameter, slices and grid of one phantom."""

    diameter_mm: float
    slicing: Slicing
    grid_mm: float | tuple[float, float, float]
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def grid_for(self, solid) -> Grid:
        return grid_around(solid.extent_mm, self.grid_mm, 8.0, self.shift_mm)


def _field(direction: str) -> Linear:
    return Linear(ALONG[direction], 60.0, CENTRE)


def _expect_stack(contoured: Structure, field: Linear, grid: Grid, end_cap: str = "half-slice") -> DVH:
    truth = truth_of_stack(contoured, field, end_cap)
    curve = compute(contoured, sample(field, grid), Sampling(end_cap=end_cap))
    assert curve.covered == 1.0
    assert curve.volume_cc == pytest.approx(truth.volume_cc, rel=VOLUME_SHARE)
    doses = {p: curve.dose_at(percent=p) - truth.dose_at(percent=p) for p in PERCENTS}
    if truth.volume_cc > 0.1:
        doses["0.03 cc"] = curve.dose_at(cc=0.03) - truth.dose_at(cc=0.03)
    assert max(map(abs, doses.values())) <= DOSE_GY, doses
    assert curve.min_gy == pytest.approx(truth.min_gy, abs=STATISTIC_GY)
    assert curve.max_gy == pytest.approx(truth.max_gy, abs=STATISTIC_GY)
    assert curve.mean_gy == pytest.approx(truth.mean_gy, abs=STATISTIC_GY)
    return curve


# ---- solids on 1 mm contours


@pytest.mark.parametrize("direction", ALONG)
@pytest.mark.parametrize("name", MAKERS)
def test_millimetre_contours_in_a_linear_dose_against_the_stack(name, direction):
    setup = Setup(24.0, Slicing(1.0), 2.0, (0.3, -0.45, 0.7))
    solid = MAKERS[name](setup.diameter_mm)
    _expect_stack(structure(solid, setup.slicing), _field(direction), setup.grid_for(solid))


@pytest.mark.parametrize("direction", ["x", "y", "z"])
@pytest.mark.parametrize("name", MAKERS)
def test_millimetre_contours_in_a_linear_dose_against_the_solid(name, direction):
    solid, field = MAKERS[name](24.0), _field(direction)
    truth = truth_of_solid(solid, field)
    curve = compute(structure(solid, Slicing(1.0)), sample(field, grid_around(solid.extent_mm, 2.0, 8.0)))
    assert curve.volume_cc == pytest.approx(truth.volume_cc, rel=3e-3)
    for percent in (95.0, 5.0):
        assert curve.dose_at(percent=percent) == pytest.approx(truth.dose_at(percent=percent), abs=0.1)


# ---- other sizes, slices, grids and positions

SETUPS = {
    "3 mm on a fine grid": Setup(3.0, Slicing(1.0, 0.2, 0.2), 1.0, (0.11, 0.37, -0.21)),
    "3 mm on a coarse grid": Setup(3.0, Slicing(1.0, -0.3, 0.2), 3.0, (0.7, -1.1, 1.3)),
    "5 mm on thick slices": Setup(5.0, Slicing(2.0, 0.0, 0.2), 2.0, (0.9, -0.33, 0.5)),
    "12 mm off centre": Setup(12.0, Slicing(3.0, 0.7), 2.5, (-1.2, 0.6, 1.1)),
    "24 mm on 3 mm everything": Setup(24.0, Slicing(3.0, -0.9), 3.0, (1.4, 1.3, -1.2)),
    "24 mm on a grid of three spacings": Setup(24.0, Slicing(2.0, 0.4), (1.0, 2.5, 3.0), (0.2, -1.0, 0.8)),
    "80 mm": Setup(80.0, Slicing(3.0, 0.8, 1.0), 2.5, (0.6, -0.8, 0.3)),
}


@pytest.mark.parametrize("direction", ["y", "xyz"])
@pytest.mark.parametrize("name", ["sphere", "cylinder-x", "cylinder-y", "cone-y"])
@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS.keys())
def test_every_size_slice_and_grid_against_the_stack(setup, name, direction):
    solid = MAKERS[name](setup.diameter_mm)
    _expect_stack(structure(solid, setup.slicing), _field(direction), setup.grid_for(solid))


@pytest.mark.parametrize("end_cap", ["half-slice", "none", "max-1.5mm"])
def test_every_end_cap_against_the_stack(end_cap):
    solid = sphere(15.0, CENTRE)
    grid = grid_around(solid.extent_mm, 2.0, 8.0, (0.1, 0.2, 0.3))
    _expect_stack(structure(solid, Slicing(4.0, 0.7)), _field("z"), grid, end_cap)


def test_missing_slices_are_bridged_by_the_neighbours():
    whole = structure(Cylinder(10.0, 30.0, "z", CENTRE), Slicing(2.0))
    gap = Structure("gap", 1, tuple(c for k, c in enumerate(whole.contours) if k not in {3, 4, 9}))
    curve = _expect_stack(gap, _field("z"), grid_around(whole, 2.0, 8.0))
    assert curve.volume_cc == pytest.approx(
        compute(whole, sample(uniform(1.0), grid_around(whole, 2.0, 8.0))).volume_cc
    )


def test_slabs_of_a_derived_structure_are_taken_as_they_are():
    whole = structure(box((20.0, 16.0, 12.0), CENTRE), Slicing(4.0))
    slabs = tuple((c.z_mm, c.z_mm - 1.0, c.z_mm + 0.5) for c in whole.contours)
    derived = Structure("derived", -1, whole.contours, slabs_mm=slabs)
    curve = _expect_stack(derived, _field("xyz"), grid_around(whole, 2.0, 8.0, (0.3, 0.4, 0.5)))
    assert curve.volume_cc == pytest.approx(20.0 * 16.0 * 1.5 * 3 / 1000, rel=1e-9)


def test_a_box_across_grid_lines_is_exact():
    solid = box((21.3, 17.9, 12.0), CENTRE)
    curve = _expect_stack(
        structure(solid, Slicing(2.0)), _field("y"), grid_around(solid.extent_mm, 2.5, 8.0, (0.7, 0.3, 0.1))
    )
    assert curve.volume_cc == pytest.approx(21.3 * 17.9 * 12.0 / 1000, rel=1e-9)


def test_a_uniform_dose_is_one_step():
    solid = sphere(10.0, CENTRE)
    curve = compute(structure(solid, Slicing(1.0)), sample(uniform(12.5), grid_around(solid.extent_mm, 2.0)))
    assert (curve.min_gy, curve.mean_gy, curve.max_gy) == pytest.approx((12.5, 12.5, 12.5), rel=1e-9)
    assert curve.volume_at(gy=12.5) == curve.volume_cc
    assert curve.volume_at(gy=12.51) == 0.0
    assert [curve.dose_at(percent=p) for p in (100, 50, 0.01)] == pytest.approx([12.5] * 3)


# ---- holes and islands


@pytest.mark.parametrize(
    "solid",
    [shell(12.0, 6.0, CENTRE), NestedSpheres((15.0, 10.0, 5.0), CENTRE), Torus(12.0, 5.0, "z", CENTRE)],
    ids=["hole", "island in hole", "torus"],
)
def test_holes_by_nesting_xor_and_keyhole_are_one_structure(solid):
    field = _field("xyz")
    grid = grid_around(solid.extent_mm, 2.0, 8.0, (0.3, -0.45, 0.7))
    nested = _expect_stack(structure(solid, Slicing(1.0)), field, grid)
    for holes in ("xor", "keyhole"):
        other = compute(structure(solid, Slicing(1.0, holes=holes)), sample(field, grid))
        assert other.volume_cc == pytest.approx(nested.volume_cc, rel=1e-9)
        assert other.cumulative_cc == pytest.approx(nested.cumulative_cc, rel=1e-9, abs=1e-9 * nested.volume_cc)
        assert (other.min_gy, other.max_gy) == pytest.approx((nested.min_gy, nested.max_gy), rel=1e-9)


def test_a_lying_torus_with_two_lobes_on_a_slice():
    solid = Torus(12.0, 5.0, "x", CENTRE)
    _expect_stack(structure(solid, Slicing(1.0)), _field("xyz"), grid_around(solid.extent_mm, 2.0, 8.0))


# ---- a grid that ends too early


def _cropped(share: float) -> tuple[DVH, DVH]:
    """Curve of a sphere in 1 Gy/mm along x on a whole grid, and on one that ends at a share of its width."""
    solid = sphere(12.0, CENTRE)
    contoured, field = structure(solid, Slicing(1.0)), _field("x")
    whole = grid_around(solid.extent_mm, 2.0, 8.0)
    end = solid.extent_mm[0][0] + share * 24.0
    cut = Grid(np.linspace(whole.x_mm[0], end, 9), whole.y_mm, whole.z_mm)
    return compute(contoured, sample(field, whole)), compute(contoured, sample(field, cut))


def test_a_cropped_grid_keeps_the_whole_volume_and_the_covered_curve():
    whole, cut = _cropped(0.75)
    outside = math.pi * 6.0**2 * (12.0 - 2.0) / 1000  # a cap of 6 mm
    assert cut.volume_cc == pytest.approx(whole.volume_cc, rel=1e-12)
    assert cut.covered == pytest.approx(1 - outside / whole.volume_cc, abs=5e-4)
    assert cut.max_gy == pytest.approx(66.0, abs=STATISTIC_GY)
    assert cut.min_gy == pytest.approx(whole.min_gy, abs=STATISTIC_GY)
    assert cut.cumulative_cc[0] == pytest.approx(cut.covered * cut.volume_cc)
    for gy in (50.0, 55.0, 60.0, 65.0):
        cold = cut.volume_cc - whole.volume_at(gy=gy)
        # The two grids have other cells, so their ramps differ, though not by more than their stated error.
        assert cut.covered_cc - cut.assuming(0.0).volume_at(gy=gy) == pytest.approx(cold, abs=1e-4 * whole.volume_cc)


def test_questions_that_unknown_dose_could_change_raise():
    _, cut = _cropped(0.75)
    text = r"^Phantom: 15\.\d% of Phantom lies outside the dose grid, where the dose is unknown"
    for ask in (
        cut.minimum,
        cut.mean,
        cut.maximum,
        lambda: cut.dose_at(percent=50),
        lambda: cut.dose_at(cc=0.03),
        lambda: cut.volume_at(gy=20),
    ):
        with pytest.raises(DoseOutsideGrid, match=text) as caught:
            ask()
        assert caught.value.code == "dose-grid-too-small"
    assert cut.volume_at(gy=0.0) == cut.volume_cc


def test_unknown_dose_is_assumed_nothing_or_endless():
    whole, cut = _cropped(0.75)
    cold, hot = cut.assuming(0.0), cut.assuming(math.inf)
    outside = cut.volume_cc - cut.covered_cc
    assert (cold.minimum(), hot.maximum()) == (0.0, math.inf)
    assert (hot.minimum(), cold.maximum()) == pytest.approx((whole.min_gy, 66.0), abs=STATISTIC_GY)
    assert hot.mean() == math.inf
    assert cold.mean() == pytest.approx(cut.mean_gy * cut.covered)
    assert hot.volume_at(gy=62.0) - cold.volume_at(gy=62.0) == pytest.approx(outside)
    # Along x the uncovered cap is the hottest part, so assuming it endless leaves the rest as it is.
    assert hot.dose_at(percent=50) == pytest.approx(whole.dose_at(percent=50), abs=2e-3)
    assert cold.dose_at(percent=95) == 0.0


def test_a_structure_wholly_outside_the_grid_has_no_dose():
    contoured = structure(sphere(5.0, (100.0, 0.0, 0.0)), Slicing(1.0))
    curve = compute(contoured, sample(uniform(5.0), grid_around(((-9.0, 9.0),) * 3, 2.0)))
    assert (curve.covered, curve.covered_cc) == (0.0, 0.0)
    assert curve.volume_cc == pytest.approx(4 / 3 * math.pi * 0.125, rel=6e-3)
    for ask in (lambda: curve.mean_gy, curve.maximum, lambda: curve.dose_at(cc=0.03)):
        with pytest.raises(DoseOutsideGrid, match="outside the dose grid, where the dose is unknown"):
            ask()
    assert curve.assuming(0.0).dose_at(cc=0.03) == 0.0
    assert curve.assuming(math.inf).dose_at(cc=0.03) == math.inf


def test_a_structure_on_the_last_voxel_centres_is_covered():
    solid = box((20.0, 20.0, 20.0))
    curve = compute(structure(solid, Slicing(2.0)), sample(_field("y"), grid_around(solid.extent_mm, 2.5, 0.0)))
    assert curve.covered == 1.0
    assert curve.volume_at(gy=1.0) == curve.volume_cc


# ---- what cannot be computed


def test_one_plane_has_no_thickness():
    plane = structure(Cylinder(5.0, 2.0), Slicing(2.0))
    with pytest.raises(MetricUndefined, match="Phantom is drawn on one plane only, which has no thickness"):
        compute(plane, sample(uniform(1.0), grid_around(plane, 2.0)))


def test_no_contours_bound_no_volume():
    points = Contour(np.array([[0.0, 0.0, 0.0]]), "POINT")
    for contours in ((), (points,)):
        with pytest.raises(MetricUndefined, match="Isocentre bounds no volume") as caught:
            compute(
                Structure("Isocentre", 1, contours),
                sample(uniform(1.0), grid_around(((-9.0, 9.0),) * 3, 2.0)),
            )
        assert caught.value.code == "structure-empty"


def test_contours_without_area_bound_no_volume():
    line = tuple(Contour(np.array([[0.0, 0.0, z], [5.0, 0.0, z], [9.0, 0.0, z]])) for z in (0.0, 2.0, 4.0))
    with pytest.raises(MetricUndefined, match="Line bounds no volume"):
        compute(Structure("Line", 1, line), sample(uniform(1.0), grid_around(((-9.0, 9.0),) * 3, 2.0)))


def test_a_single_plane_or_oblique_dose_is_refused():
    contoured = structure(sphere(5.0), Slicing(1.0))
    flat = Grid(np.arange(-9.0, 10.0), np.arange(-9.0, 10.0), np.array([0.0]))
    with pytest.raises(CaseError, match="the dose is a single plane"):
        compute(contoured, sample(uniform(1.0), flat))


def test_finer_sampling_changes_little():
    solid, field = sphere(12.0, CENTRE), _field("xyz")
    dose = sample(field, grid_around(solid.extent_mm, 2.0, 8.0))
    coarse, fine = (compute(structure(solid, Slicing(1.0)), dose, Sampling(fineness=n)) for n in (1, 2))
    assert fine.volume_cc == pytest.approx(coarse.volume_cc, rel=1e-3)
    assert fine.dose_at(percent=95) == pytest.approx(coarse.dose_at(percent=95), abs=0.02)


def test_contours_of_one_slice_whose_heights_differ_by_rounding_lie_on_one_plane():
    halves = [
        Contour([(x, -9, z), (x + 9, -9, z), (x + 9, 9, z), (x, 9, z)])
        for z in np.arange(-8.0, 8.1, 2.0)
        for x, z in ((-9.0, z), (0.0, z + 0.04))
    ]
    made = Structure("Phantom", 1, tuple(halves))
    assert compute(made, sample(uniform(1.0), grid_around(made, 2.0))).volume_cc == pytest.approx(18**3 / 1000)


# ---- extremes


def test_the_dose_may_turn_round_on_a_slanted_edge():
    """In f = x + y - 2xy along x - y = c the dose has its top half way, and it rises towards that edge from within."""
    x, y, z = np.array([0.0, 10.0]), np.array([0.0, 10.0]), np.arange(-4.0, 5.0, 2.0)
    gy = np.broadcast_to(np.array([[0.0, 10.0], [10.0, 0.0]]), (z.size, 2, 2))
    corners = np.array([(2.0, 2.0), (3.5, 0.5), (9.5, 6.5), (8.0, 8.0)])
    contours = tuple(Contour(np.column_stack([corners, np.full(4, at)])) for at in (-1.0, 1.0))
    curve = compute(Structure("S", 1, contours), Dose(Grid(x, y, z), gy.astype(np.float32), Identity("1")))
    assert curve.max_gy == pytest.approx(10 * (1 - 2 * 0.65 * 0.35), abs=1e-5)
    assert curve.min_gy == pytest.approx(10 * (0.4 - 2 * 0.04), abs=1e-5)
