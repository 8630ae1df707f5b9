"""Stated curves whose every number is known on paper: a dose spread evenly from 10 to 20 Gy over 50 cc."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.checks._stated_curve import stated_curves
from sbrt_qa.model import StatedDVH

LOW, HIGH, CC = 10.0, 20.0, 50.0
MEAN = 15.0
BEND = 0.0126  # a quarter of the share in a bin of 0.5 Gy: where the true curve bends inside a bin


def share(dose_gy):
    """Share of the volume that receives at least this dose."""
    return np.clip((HIGH - np.asarray(dose_gy, dtype=float)) / (HIGH - LOW), 0.0, 1.0)


def even(bin_gy=0.5, shift=0.0, statistics=(LOW, MEAN, HIGH), **changes):
    """The cumulative curve with its volumes standing at a share of each bin."""
    edges = np.arange(0.0, HIGH + 2 * bin_gy, bin_gy)
    stated = {"widths": np.full(edges.size, bin_gy), "volumes": CC * share(edges + shift * bin_gy)}
    return StatedDVH(included=(1,), statistics=statistics, **(stated | changes))


def binned(bin_gy=0.5, **changes):
    """The volume of each bin."""
    edges = np.arange(0.0, HIGH + 2 * bin_gy, bin_gy)
    volumes = CC * (share(edges) - share(edges + bin_gy))
    return even(bin_gy, kind="DIFFERENTIAL", **({"volumes": volumes} | changes))


def made(item, gy=1.0, **references_gy):
    (curve,) = stated_curves([item], [gy], references_gy)
    return curve


def assert_even(curve, within=1e-9):
    at = np.linspace(0.5, 22.0, 87)
    np.testing.assert_allclose(np.interp(at, curve.doses_gy, curve.shares), share(at), atol=within)
    assert curve.dose_of(0.95) == pytest.approx(10.5, abs=10 * within)
    assert curve.dose_of(0.02) == pytest.approx(19.8, abs=10 * within)


@pytest.mark.parametrize(
    ("shift", "reading"), [(0.0, "lower bin edges"), (0.5, "bin centres"), (1.0, "upper bin edges")]
)
def test_the_stated_mean_tells_where_the_volumes_stand(shift, reading):
    curve = made(even(shift=shift))
    assert (curve.reading, curve.unit, curve.slack_gy, curve.is_odd) == (reading, "Gy", 0.0, False)
    assert curve.statistics_gy == (LOW, MEAN, HIGH)
    assert (curve.mean_gy, curve.max_gy, curve.volume_cc) == (MEAN, HIGH, CC)
    assert_even(curve, BEND)


def test_without_a_mean_a_bin_is_left_open():
    curve = made(even(shift=0.5, statistics=(LOW, None, HIGH)))
    assert (curve.reading, curve.unit, curve.slack_gy) == ("lower bin edges", "", 0.5)
    assert curve.statistics_gy is None
    assert curve.mean_gy == pytest.approx(MEAN - 0.25)
    assert curve.max_gy == HIGH


@pytest.mark.parametrize(("first", "last"), [(LOW, 0.0), (0.0, 30.0), (LOW, 30.0)])
def test_a_wide_bin_over_which_nothing_falls_leaves_nothing_open(first, last):
    edges = np.arange(first, HIGH, 0.5)
    widths = [*([first] if first else []), *np.full(edges.size, 0.5), *([last] if last else [])]
    volumes = [*([CC] if first else []), *(CC * share(edges)), *([0.0] if last else [])]
    curve = made(even(widths=np.array(widths), volumes=np.array(volumes), statistics=(None, None, None)))
    assert curve.slack_gy == 0.5
    assert_even(curve, 1e-9)


def test_a_mean_that_is_not_that_of_the_curve_is_not_believed():
    curve = made(even(statistics=(LOW, 12.0, HIGH)))
    assert (curve.unit, curve.statistics_gy) == ("", None)
    assert curve.mean_gy == pytest.approx(MEAN)


def test_a_mean_rounded_too_far_tells_the_unit_alone():
    curve = made(even(bin_gy=0.01, statistics=(LOW, 15.02, HIGH)))
    assert (curve.unit, curve.reading, curve.slack_gy) == ("Gy", "lower bin edges", 0.01)
    assert curve.mean_gy == 15.02


@pytest.mark.parametrize(("reference", "of"), [("the prescription", 16.0), ("the maximum dose", 20.5)])
def test_statistics_in_per_cent_are_recognised_by_the_curve(reference, of):
    per_cent = tuple(100 * gy / of for gy in (LOW, MEAN, HIGH))
    curve = made(even(shift=0.5, statistics=per_cent), **{reference: of, "another dose": 25.0})
    assert (curve.unit, curve.reading, curve.is_odd) == (f"per cent of {reference}", "bin centres", True)
    assert curve.statistics_gy == pytest.approx((LOW, MEAN, HIGH))


def test_a_mean_in_per_cent_with_a_maximum_that_contradicts_it_is_not_recognised():
    assert made(even(statistics=(None, 100 * MEAN / 16, 99.0)), prescription=16.0).unit == ""


def test_the_unit_that_holds_for_most_curves_wins():
    cold = even(bin_gy=0.5, statistics=(None, 100 * 15.0 / 16, None))
    both = {"prescription": 16.0, "maximum": 16.0 * 15.0 / 15.1}
    (first, *_) = stated_curves([cold, cold, even(statistics=(None, 100 * 15.0 / 16, None))], [1.0] * 3, both)
    assert first.unit == "per cent of prescription"
    hot = even(bin_gy=0.01, statistics=(None, 100 * MEAN / both["maximum"], None))
    curves = stated_curves([cold, hot, hot], [1.0] * 3, {"prescription": 16.0, "maximum": both["maximum"]})
    assert {curve.unit for curve in curves} == {"per cent of maximum"}


def test_statistics_in_cgy_beside_a_curve_in_gy():
    curve = made(even(statistics=(1000.0, 1500.0, 2000.0)))
    assert (curve.unit, curve.is_odd, curve.is_cgy) == ("cGy", True, False)
    assert curve.statistics_gy == pytest.approx((LOW, MEAN, HIGH))


def test_a_curve_in_cgy():
    curve = made(even(bin_gy=50.0, volumes=even().volumes, widths=even().widths * 100), gy=0.01)
    assert (curve.is_cgy, curve.unit) == (True, "Gy")
    assert_even(curve)


def test_a_curve_in_per_cent_of_a_dose():
    item = even(widths=even().widths * 100 / 16, dose_units="RELATIVE", statistics=(None, None, None))
    assert_even(made(item, gy=0.16))
    assert made(item, gy=0.0) is None


@pytest.mark.parametrize("volume_units", ["CM3", "PERCENT"])
def test_differential_curves_add_up(volume_units):
    scale = {"CM3": 1.0, "PERCENT": 100 / CC}[volume_units]
    curve = made(binned(volumes=binned().volumes * scale, volume_units=volume_units))
    assert curve.volume_cc == (pytest.approx(CC) if volume_units == "CM3" else None)
    assert curve.reading == "bins edge to edge"
    assert_even(curve)


def test_differential_bins_around_their_lower_edges():
    edges = np.arange(0.0, 21.0, 0.5)
    around = CC * (share(edges - 0.25) - share(edges + 0.25))
    curve = made(binned(volumes=around))
    assert curve.reading == "bins around their lower edges"
    assert_even(curve, BEND)


def test_natural_curves_are_volume_per_u():
    edges = np.arange(0.0, 21.5, 0.5)
    with np.errstate(divide="ignore"):
        u = edges**-1.5
    volumes = CC * (share(edges[:-1]) - share(edges[1:]))
    item = even(kind="NATURAL", volume_units="PER_U", widths=np.full(42, 0.5), volumes=volumes / (u[:-1] - u[1:]))
    curve = made(item)
    assert curve.volume_cc == pytest.approx(CC)
    assert_even(curve)


def test_a_natural_curve_with_volume_at_no_dose_is_none():
    assert made(even(kind="NATURAL", volume_units="PER_U", widths=np.ones(2), volumes=np.ones(2))) is None


@pytest.mark.parametrize(
    ("whole", "is_read"), [(100.0, True), (99.6, True), (98.0, False), (1.0, False), (120.0, False)]
)
def test_per_cent_must_make_a_whole(whole, is_read):
    item = even(volumes=even().volumes * whole / CC, volume_units="PERCENT")
    assert (made(item) is not None) is is_read


@pytest.mark.parametrize(
    "changes",
    [
        {"fault": "broken"},
        {"widths": np.zeros(0), "volumes": np.zeros(0)},
        {"widths": np.ones(2), "volumes": np.zeros(2)},
        {"widths": np.ones(2), "volumes": np.full(2, 1.7e308), "kind": "DIFFERENTIAL"},
    ],
)
def test_what_makes_no_curve(changes):
    assert made(even(**changes)) is None


def test_a_dose_axis_beyond_all_numbers():
    assert made(even(), gy=1.7e308) is None


def test_uneven_bins_and_a_first_one_without_width():
    doses = np.array([0.0, 0.0, 10.0, 12.0, 17.0, 20.0])
    item = even(widths=np.append(np.diff(doses), 1.0), volumes=CC * share(doses))
    assert_even(made(item))


def test_statistics_in_no_known_unit_are_contradicted():
    curve = made(even(statistics=(3 * LOW, 3 * MEAN, 3 * HIGH)))
    assert (curve.unit, curve.statistics_gy, curve.is_contradicted) == ("", None, True)


@pytest.mark.parametrize(
    "changes", [{"statistics": (None, None, None)}, {"bin_gy": 5.0, "statistics": (9.0, 30.0, 90.0)}]
)
def test_what_is_not_stated_or_cannot_be_told_contradicts_nothing(changes):
    curve = made(even(**changes))
    assert (curve.unit, curve.is_contradicted) == ("", False)


def test_coarse_bins_alone_make_no_unit():
    cool = {"widths": np.full(3, 10.0), "volumes": np.array([CC, 1.0, 0.0]), "statistics": (None, 30.0, None)}
    odd = even(**cool)
    assert made(odd, dose=50.0).unit == ""  # 15 Gy would do, and so would much else
    fine, coarse = stated_curves([even(statistics=(20.0, 30.0, 40.0)), odd], [1.0, 1.0], {"dose": 50.0})
    assert fine.unit == coarse.unit == "per cent of dose"
