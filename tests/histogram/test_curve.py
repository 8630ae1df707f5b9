"""The curve by itself, on the worked example of a tiny DVH: 1500 cc, linear between six points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined, UsageError
from sbrt_qa.histogram.curve import DVH, empty
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.model import Structure

EDGES_GY = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
VOLUMES_CC = (1500.0, 900.0, 400.0, 150.0, 40.0, 0.0)
MEAN_GY = 22400.0 / 1500.0


def _curve(volume_cc: float = 1500.0, **changes) -> DVH:
    """The example; a volume above 1500 cc adds a part outside the dose grid."""
    known = {"name": "Liver", "statistics_gy": (0.0, MEAN_GY, 50.0)} | changes
    return DVH(edges_gy=np.array(EDGES_GY), cumulative_cc=np.array(VOLUMES_CC), volume_cc=volume_cc, **known)


# ---- the worked example


@pytest.mark.parametrize(
    ("percent", "gy"),
    [(2, 42.5), (98, 0.5), (95, 1.25), (50, 13.0), (60, 10.0), (100, 0.0), (1e-6, 49.99999625)],
)
def test_dose_to_a_share(percent, gy):
    assert _curve().dose_at(percent=percent) == pytest.approx(gy, abs=1e-9)


@pytest.mark.parametrize(
    ("cc", "gy"),
    [(0.035, 49.99125), (0.5, 49.875), (1, 49.75), (5, 48.75), (700, 14.0), (800, 12.0), (1500, 0.0)],
)
def test_dose_to_a_volume(cc, gy):
    assert _curve().dose_at(cc=cc) == pytest.approx(gy, abs=1e-9)


@pytest.mark.parametrize(
    ("gy", "cc"), [(0, 1500), (5, 1200), (15, 650), (25, 275), (30, 150), (49.99, 0.04), (50, 0), (60, 0)]
)
def test_volume_at_a_dose(gy, cc):
    assert _curve().volume_at(gy=gy) == pytest.approx(cc, abs=1e-9)


def test_statistics_are_the_exact_ones():
    curve = _curve()
    assert (curve.min_gy, curve.mean_gy, curve.max_gy) == (0.0, MEAN_GY, 50.0)
    assert (curve.minimum(), curve.mean(), curve.maximum()) == (0.0, MEAN_GY, 50.0)
    assert curve.mean_gy == pytest.approx(14.933333, abs=5e-7)
    assert (curve.covered, curve.covered_cc, curve.uncovered_cc, curve.is_covered) == (1.0, 1500.0, 0.0, True)


def test_answers_stay_within_the_exact_extremes():
    curve = _curve(statistics_gy=(4.0, MEAN_GY, 46.0))
    assert curve.dose_at(percent=100) == 4.0
    assert curve.dose_at(percent=99.9) == 4.0
    assert curve.dose_at(cc=1e-6) == 46.0
    assert curve.volume_at(gy=4.0) == 1500.0
    assert curve.volume_at(gy=46.1) == 0.0


def test_a_flat_stretch_of_the_curve_gives_the_highest_dose_that_still_has_the_part():
    curve = DVH("Two", np.array([0.0, 10.0, 20.0, 30.0]), np.array([10.0, 5.0, 5.0, 0.0]), 10.0, (0.0, 12.5, 30.0))
    assert curve.dose_at(percent=50) == 20.0
    assert curve.dose_at(cc=5.0 + 1e-9) == pytest.approx(10.0)


# ---- questions without a meaning


@pytest.mark.parametrize(
    ("ask", "text", "code"),
    [
        (
            lambda c: c.dose_at(cc=1500.1),
            "Liver: dose to 1500.1 cc asked of a 1500.00 cc structure",
            "volume-less-than-asked",
        ),
        (lambda c: c.dose_at(percent=100.1), "asked of a 1500.00 cc structure", "volume-less-than-asked"),
        (lambda c: c.dose_at(cc=0.0), r"dose asked of 0.0 cc of Liver \(ask for more than nothing\)", ""),
        (lambda c: c.dose_at(percent=-1.0), "dose asked of -1.0 % of Liver", ""),
        (lambda c: c.dose_at(percent=math.nan), "dose asked of nan % of Liver", ""),
        (lambda c: c.dose_at(cc=math.inf), "dose asked of inf cc of Liver", ""),
        (lambda c: c.volume_at(gy=-0.1), r"volume asked at -0.1 Gy \(give a dose of 0 Gy or more\)", ""),
        (lambda c: c.volume_at(gy=math.nan), "volume asked at nan Gy", ""),
        (lambda c: c.volume_at(gy=math.inf), "volume asked at inf Gy", ""),
    ],
)
def test_a_question_without_a_meaning_raises(ask, text, code):
    for curve in (_curve(), _curve(2000.0).assuming(0.0)):
        if curve.volume_cc == 1500.0 or "1500" not in text:
            with pytest.raises(MetricUndefined, match=text) as caught:
                ask(curve)
            assert caught.value.code == code


@pytest.mark.parametrize("parts", [{}, {"percent": 5.0, "cc": 1.0}])
def test_dose_takes_either_percent_or_cc(parts):
    with pytest.raises(UsageError, match="dose_at takes either percent or cc"):
        _curve().dose_at(**parts)


def test_only_nothing_or_endless_dose_can_be_assumed():
    with pytest.raises(UsageError, match=r"only 0 or infinity can be assumed outside the grid, got 5\.0"):
        _curve().assuming(5.0)


def test_a_structure_without_volume_has_its_own_error():
    error = empty(Structure("Isocentre", 3, ()))
    assert str(error) == "Isocentre: Isocentre bounds no volume (contour it, or leave it out of the protocol)"
    assert error.code == "structure-empty"


# ---- partly outside the dose grid: 1500 of 2000 cc are covered


def test_what_unknown_dose_could_change_raises():
    curve = _curve(2000.0)
    assert curve.covered == 0.75
    assert not curve.is_covered
    questions = (
        lambda: curve.dose_at(percent=50),
        lambda: curve.dose_at(cc=0.03),
        lambda: _curve(2000.0, statistics_gy=(1.0, MEAN_GY, 50.0)).dose_at(cc=2000),
        lambda: _curve(2000.0, statistics_gy=(1.0, MEAN_GY, 50.0)).minimum(),
        lambda: curve.volume_at(gy=0.5),
        lambda: curve.volume_at(gy=60),
        curve.mean,
        curve.maximum,
    )
    for ask in questions:
        with pytest.raises(DoseOutsideGrid) as caught:
            ask()
        assert str(caught.value) == (
            "Liver: 25.0% of Liver lies outside the dose grid, where the dose is unknown "
            "(export the dose on a grid that covers the structure)"
        )
        assert caught.value.code == "dose-grid-too-small"


def test_what_unknown_dose_cannot_change_is_answered():
    curve = _curve(2000.0)
    assert curve.volume_at(gy=0.0) == 2000.0
    # The covered part already reaches 0 Gy, and no dose lies below that.
    assert curve.minimum() == 0.0
    assert curve.dose_at(cc=2000.0) == 0.0
    assert (curve.min_gy, curve.mean_gy, curve.max_gy) == (0.0, MEAN_GY, 50.0)


def test_the_uncovered_part_assumed_cold():
    cold = _curve(2000.0).assuming(0.0)
    assert cold.is_covered
    assert cold.volume_at(gy=15.0) == 650.0
    assert cold.volume_at(gy=0.0) == 2000.0
    assert cold.dose_at(cc=700) == pytest.approx(14.0)
    assert cold.dose_at(cc=1500.1) == 0.0
    assert cold.dose_at(percent=75.1) == 0.0
    assert (cold.minimum(), cold.maximum()) == (0.0, 50.0)
    assert cold.mean() == pytest.approx(22400.0 / 2000.0)


def test_the_uncovered_part_assumed_endless():
    hot = _curve(2000.0, statistics_gy=(1.0, MEAN_GY, 50.0)).assuming(math.inf)
    assert hot.volume_at(gy=15.0) == 1150.0
    assert hot.volume_at(gy=1000.0) == 500.0
    assert hot.dose_at(cc=500) == math.inf
    assert hot.dose_at(cc=1200) == pytest.approx(14.0)
    assert hot.dose_at(cc=2000) == 1.0
    assert (hot.minimum(), hot.mean(), hot.maximum()) == (1.0, math.inf, math.inf)


def test_a_curve_without_any_covered_part():
    curve = DVH("Spleen", np.array([0.0, 1.0]), np.zeros(2), 180.0, None)
    assert curve.covered == 0.0
    for ask in (lambda: curve.min_gy, lambda: curve.mean_gy, lambda: curve.max_gy):
        with pytest.raises(DoseOutsideGrid, match="Spleen lies outside the dose grid, where the dose is unknown"):
            ask()
    cold, hot = curve.assuming(0.0), curve.assuming(math.inf)
    assert (cold.dose_at(percent=5), cold.volume_at(gy=1.0), cold.mean(), cold.maximum()) == (
        0.0,
        0.0,
        0.0,
        0.0,
    )
    assert (hot.dose_at(percent=5), hot.volume_at(gy=1.0), hot.mean(), hot.minimum()) == (
        math.inf,
        180.0,
        math.inf,
        math.inf,
    )


# ---- facts stay facts


def test_arrays_are_read_only_copies():
    edges = np.array(EDGES_GY)
    curve = DVH("Liver", edges, np.array(VOLUMES_CC), 1500.0, (0.0, MEAN_GY, 50.0))
    edges[0] = 99.0
    assert curve.edges_gy[0] == 0.0
    for array in (curve.edges_gy, curve.cumulative_cc):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_assuming_leaves_the_curve_as_it_was():
    curve = _curve(2000.0)
    curve.assuming(0.0)
    assert curve.uncovered_gy is None


# ---- the conventions


def test_sampling_names_its_choices():
    assert str(Sampling(end_cap="none")) == "end caps: none; between contours: slab; dose: trilinear"
    assert Sampling().as_dict() == {
        "end_cap": "half-slice",
        "between": "slab",
        "dose": "trilinear",
        "fineness": 1.0,
    }


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"end_cap": "half"}, r"unknown end_cap 'half' \(choose one of: half-slice, none, max-1.5mm"),
        ({"between": "loft"}, r"unknown between 'loft' \(choose one of: slab"),
        ({"dose": "nearest"}, r"unknown dose 'nearest' \(choose one of: trilinear"),
        ({"fineness": 0}, "fineness must lie between 0.1 and 16, got 0"),
        ({"fineness": 17.0}, "fineness must lie between 0.1 and 16, got 17.0"),
    ],
)
def test_unknown_conventions_are_refused(choice, text):
    with pytest.raises(UsageError, match=text):
        Sampling(**choice)
