"""Laws of every curve, whatever the structure and the dose; Hypothesis looks for the exception."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.histogram import DVH, compute
from sbrt_qa.model import Contour, Dose, Grid, Structure
from sbrt_qa.phantom.fields import Gaussian, Linear, grid_around, sample
from sbrt_qa.phantom.shapes import Cone, Cylinder, Ellipsoid, NestedSpheres, Torus, box
from sbrt_qa.phantom.slices import Slicing, contours

quick = settings(max_examples=20, deadline=None, derandomize=True)
SAME = 1e-6  # relative: rounding, of single precision doses at the most


class Exam:
    """One structure in one dose, and how it was made."""

    def __init__(self, structure: Structure, dose: Dose, recipe: str) -> None:
        self.structure, self.dose, self.recipe = structure, dose, recipe

    def __repr__(self) -> str:
        return self.recipe

    def curve(self) -> DVH:
        return compute(self.structure, self.dose)

    def on(self, grid: Grid, gy) -> Exam:
        """Return this structure in another dose."""
        return Exam(self.structure, replace(self.dose, grid=grid, gy=gy), self.recipe)

    def drawn(self, drawn: tuple[Contour, ...]) -> Exam:
        """Return other contours in this dose."""
        return Exam(replace(self.structure, contours=drawn), self.dose, self.recipe)

    def each(self, change) -> Exam:
        """Return this exam with the points of every contour changed."""
        return self.drawn(tuple(Contour(change(c.points_mm), c.geometry) for c in self.structure.contours))


def lengths(low: float, high: float) -> st.SearchStrategy[float]:
    """Lengths as they occur: round numbers and awkward ones."""
    return st.one_of(st.integers(int(low), int(high)).map(float), st.floats(low, high)).map(lambda x: round(x, 6))


@st.composite
def solids(draw):
    a, b, c = (draw(lengths(4, 11)) for _ in range(3))
    centre = tuple(draw(lengths(-20, 20)) for _ in range(3))
    axis = draw(st.sampled_from("xyz"))
    return draw(
        st.sampled_from(
            [
                NestedSpheres((a,), centre),
                NestedSpheres((a, 0.6 * a, 0.3 * a), centre),
                Ellipsoid((a, b, c), centre),
                Cylinder(a, 2 * b, axis, centre),
                Cone(a, 2 * b, axis, centre),
                Torus(a, 0.4 * a, axis, centre),
                box((2 * a, 2 * b, 2 * c), centre),
            ]
        )
    )


@st.composite
def exams(draw):
    solid = draw(solids())
    low, high = solid.extent_mm[2]
    slice_mm = min(draw(lengths(1, 3)), (high - low) / 2.5)
    slicing = Slicing(slice_mm, draw(st.floats(-0.4, 0.4)) * slice_mm, 1.0, draw(st.sampled_from(["nested", "xor"])))
    drawn = Structure("Phantom", 1, contours(solid, slicing))
    gradient = tuple(draw(st.floats(0.1, 1.5)) * draw(st.sampled_from([-1.0, 1.0])) for _ in range(3))
    hot = tuple(c + draw(st.floats(-8.0, 8.0)) for c in solid.centre_mm)
    field = draw(st.sampled_from([Linear(gradient, 60.0, solid.centre_mm), Gaussian(draw(lengths(6, 20)), 55.0, hot)]))
    spacing = tuple(draw(lengths(1, 3)) for _ in range(3))
    shift = tuple(draw(st.floats(-0.5, 0.5)) for _ in range(3))
    dose = sample(field, grid_around(drawn, spacing, 5.0, shift))
    return Exam(drawn, dose, f"{solid} {slicing} {field} {spacing=} {shift=}")


def _expect_same(curve: DVH, other: DVH) -> None:
    """Every number of one curve is that of the other."""
    assert other.volume_cc == pytest.approx(curve.volume_cc, rel=SAME)
    assert other.covered == pytest.approx(curve.covered, rel=SAME)
    for name in ("min_gy", "mean_gy", "max_gy"):
        assert getattr(other, name) == pytest.approx(getattr(curve, name), rel=SAME), name
    off = np.abs(_volumes_cc(other, curve.max_gy) - _volumes_cc(curve, curve.max_gy))
    assert off.max() <= SAME * curve.volume_cc


def _volumes_cc(curve: DVH, up_to_gy: float):
    """The curve at many doses, none of which is likely to be one of its steps."""
    return np.interp(np.linspace(0.0, up_to_gy, 399) + 1e-4, curve.edges_gy, curve.cumulative_cc)


# ---- laws of one curve


@quick
@given(exams())
def test_volume_never_rises_with_dose(exam):
    curve = exam.curve()
    assert (np.diff(curve.cumulative_cc) <= 0.0).all()
    assert (np.diff(curve.edges_gy) > 0.0).all()
    assert curve.cumulative_cc[0] == pytest.approx(curve.covered_cc)
    assert curve.cumulative_cc[-1] == 0.0
    assert 0.0 < curve.covered <= 1.0


@quick
@given(exams())
def test_minimum_mean_and_maximum_stand_in_order_within_the_dose(exam):
    curve = exam.curve()
    assert exam.dose.gy.min() <= curve.min_gy <= curve.mean_gy <= curve.max_gy <= exam.dose.gy.max()


@quick
@given(exams(), st.floats(0.5, 99.5))
def test_dose_and_volume_are_inverse_where_the_curve_falls(exam, percent):
    curve = exam.curve()
    gy = curve.dose_at(percent=percent)
    assert curve.min_gy <= gy <= curve.max_gy
    assert curve.volume_at(gy=gy) == pytest.approx(percent / 100 * curve.volume_cc, rel=1e-9)


@quick
@given(exams(), st.floats(0.5, 99.5), st.floats(0.5, 99.5))
def test_a_larger_part_never_receives_more(exam, one, other):
    curve = exam.curve()
    small, large = sorted((one, other))
    assert curve.dose_at(percent=small) >= curve.dose_at(percent=large)


@quick
@given(exams())
def test_the_curve_integrates_to_the_exact_mean(exam):
    curve = exam.curve()
    below = curve.cumulative_cc[1:] + curve.cumulative_cc[:-1]
    mean = float(below @ np.diff(curve.edges_gy)) / 2 / curve.volume_cc
    # At most half a bin, where a step at the minimum or the maximum falls between two edges.
    assert mean == pytest.approx(curve.mean_gy, abs=0.005)


# ---- laws of two curves


@quick
@given(exams(), st.sampled_from([0.5, 2.0, 4.0]))
def test_dose_times_k_scales_every_dose_by_k(exam, k):
    curve, scaled = exam.curve(), exam.on(exam.dose.grid, exam.dose.gy * np.float32(k)).curve()
    assert scaled.volume_cc == curve.volume_cc
    for name in ("min_gy", "mean_gy", "max_gy"):
        assert getattr(scaled, name) == pytest.approx(k * getattr(curve, name), rel=SAME)
    for percent in (99.0, 95.0, 50.0, 5.0, 1.0):
        # The two are read from bins of different relative width.
        assert scaled.dose_at(percent=percent) == pytest.approx(
            k * curve.dose_at(percent=percent), abs=0.01 * max(k, 1.0)
        )


@quick
@given(exams(), st.tuples(*[st.one_of(st.integers(-50, 50).map(float), st.floats(-50.0, 50.0))] * 3))
def test_moving_structure_and_dose_together_changes_nothing(exam, by_mm):
    old = exam.dose.grid
    grid = Grid(old.x_mm + by_mm[0], old.y_mm + by_mm[1], old.z_mm + by_mm[2])
    _expect_same(exam.curve(), exam.on(grid, exam.dose.gy).each(lambda points: points + by_mm).curve())


def _split(points, places):
    """Insert points on edges, at shares of their length."""
    pieces = []
    for k, start in enumerate(points):
        end = points[(k + 1) % len(points)]
        share = places[k % len(places)]
        pieces += [start, start + share * (end - start)]
    return np.array(pieces)


@quick
@given(exams(), st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.6180339887]), min_size=1, max_size=5))
def test_splitting_the_edges_of_contours_changes_nothing(exam, places):
    _expect_same(exam.curve(), exam.each(lambda points: _split(points, places)).curve())


@quick
@given(exams())
def test_closing_a_contour_with_its_first_point_changes_nothing(exam):
    _expect_same(exam.curve(), exam.each(lambda points: np.vstack((points, points[:1]))).curve())


@quick
@given(exams(), st.integers(0, 30))
def test_order_and_direction_of_points_and_contours_change_nothing(exam, start):
    turned = exam.each(lambda points: np.roll(points, start, axis=0)[::-1])
    _expect_same(exam.curve(), turned.drawn(turned.structure.contours[::-1]).curve())


@quick
@given(exams(), st.sampled_from("xyz"))
def test_a_mirrored_case_has_the_same_curve(exam, axis):
    k, old = "xyz".index(axis), exam.dose.grid
    axes = {name: getattr(old, f"{name}_mm") for name in "xyz"}
    grid = Grid(**{f"{name}_mm": -mm[::-1] if name == axis else mm for name, mm in axes.items()})
    flip = np.where(np.arange(3) == k, -1.0, 1.0)
    mirrored = exam.on(grid, np.flip(exam.dose.gy, axis=2 - k)).each(lambda points: points * flip)
    _expect_same(exam.curve(), mirrored.curve())


@quick
@given(exams())
def test_a_second_copy_beside_it_in_the_same_dose_doubles_the_volume(exam):
    """The dose repeats itself along x, so both copies lie in the same dose."""
    old = exam.dose.grid
    step = old.x_mm[1] - old.x_mm[0]
    apart = step * old.x_mm.size
    grid = Grid(old.x_mm[0] + step * np.arange(2 * old.x_mm.size), old.y_mm, old.z_mm)
    twice = exam.on(grid, np.concatenate((exam.dose.gy, exam.dose.gy), axis=2))
    copies = tuple(Contour(c.points_mm + np.array([apart, 0.0, 0.0]), c.geometry) for c in exam.structure.contours)
    one, two = exam.curve(), twice.drawn(exam.structure.contours + copies).curve()
    assert (two.min_gy, two.max_gy) == pytest.approx((one.min_gy, one.max_gy), rel=SAME)
    # Rows follow the structure, so the two are cut differently.
    assert two.volume_cc == pytest.approx(2.0 * one.volume_cc, rel=1e-3)
    off = np.abs(_volumes_cc(two, one.max_gy) - 2.0 * _volumes_cc(one, one.max_gy))
    assert off.max() <= 1e-3 * two.volume_cc


@quick
@given(exams(), st.floats(1.0, 20.0))
def test_more_dose_everywhere_moves_the_curve_to_the_right(exam, extra):
    raised = exam.on(exam.dose.grid, exam.dose.gy + np.float32(extra))
    curve, higher = exam.curve(), raised.curve()
    for name in ("min_gy", "mean_gy", "max_gy"):
        assert getattr(higher, name) == pytest.approx(getattr(curve, name) + extra, abs=1e-4)
    for percent in (95.0, 50.0, 5.0):
        assert higher.dose_at(percent=percent) == pytest.approx(curve.dose_at(percent=percent) + extra, abs=0.01)


# ---- a grid that covers less


@quick
@given(exams(), st.floats(0.1, 0.9), st.sampled_from("xyz"))
def test_cutting_the_grid_never_changes_the_volume_nor_adds_to_the_curve(exam, share, axis):
    old = exam.dose.grid
    count = max(2, round(share * getattr(old, f"{axis}_mm").size))
    axes = {f"{n}_mm": getattr(old, f"{n}_mm")[: count if n == axis else None] for n in "xyz"}
    cut = [slice(None)] * 3
    cut[2 - "xyz".index(axis)] = slice(count)
    part = exam.on(Grid(**axes), exam.dose.gy[tuple(cut)]).curve()
    whole = exam.curve()
    assert part.volume_cc == pytest.approx(whole.volume_cc, rel=SAME)
    assert 0.0 <= part.covered <= 1.0
    for gy in np.linspace(0.0, whole.max_gy, 50):
        inside = np.interp(gy, part.edges_gy, part.cumulative_cc, right=0.0)
        assert inside <= np.interp(gy, whole.edges_gy, whole.cumulative_cc) + 1e-4 * whole.volume_cc
        if not part.is_covered:
            low, high = part.assuming(0.0).volume_at(gy=gy), part.assuming(np.inf).volume_at(gy=gy)
            assert low - 2e-3 * whole.volume_cc <= whole.volume_at(gy=gy) <= high + 2e-3 * whole.volume_cc
