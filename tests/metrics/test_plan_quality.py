"""Conformity, gradient, spill, homogeneity and near extremes against the worked examples and hand-made curves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.metrics import Subject, parse

RX = 50.0


def curve(name, volume_cc, points):
    """A curve through (Gy, cc) points; the first dose is 0, the last is the maximum."""
    gy, cc = np.array(points, dtype=float).T
    edges, cumulative = np.append(gy, gy[-1] + 1.0), np.append(cc, 0.0)
    middles = (edges[1:] + edges[:-1]) / 2
    mean = float((-np.diff(cumulative) @ middles) / cumulative[0])
    return DVH(name, edges, cumulative, volume_cc, (gy[0], mean, gy[-1]))


# clinical guide, section 7, example F: TV 30.0, PIV 33.0, TVPIV 28.8, PIV50 130.0 cc
TARGET = curve("PTV", 30.0, [(0, 30.0), (50, 28.8), (60, 0)])
BODY = curve("BODY", 10000.0, [(0, 10000.0), (25, 130.0), (50, 33.0), (60, 0)])
FAR = curve("BODY − grow(PTV, 20 mm)", 9000.0, [(0, 9000.0), (28, 0)])


def subject(target=TARGET, body=BODY, far=FAR, prescription_gy=RX, fractions=5):
    return Subject(target, prescription_gy, fractions, body=lambda: body, beyond=lambda mm: {20.0: far}[mm])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("V100%[%]", 96.0),
        ("CI[]", 1.100000),
        ("PCI[]", 0.837818),
        ("GI[]", 3.939394),
        ("R50[]", 4.333333),
        ("D2cm[%]", 56.0),
    ],
)
def test_the_worked_example_of_plan_quality(text, value):
    assert parse(text).measure(subject()) == pytest.approx(value, abs=5e-7)


def test_paddick_is_coverage_times_selectivity():
    coverage, selectivity = 28.8 / 30.0, 28.8 / 33.0
    assert parse("PCI[]").measure(subject()) == pytest.approx(coverage * selectivity, rel=1e-12)
    assert 1 / parse("PCI[]").measure(subject()) == pytest.approx(1.193576, abs=5e-7)


def test_the_worked_examples_of_homogeneity():
    """Dmax 62 Gy for 50 Gy; D2% 61.2, D98% 48.9, D50% 54.0 Gy."""
    target = curve("PTV", 100.0, [(0, 100.0), (48.9, 98.0), (54.0, 50.0), (61.2, 2.0), (62.0, 0.0)])
    assert parse("HI(RTOG)[]").measure(subject(target)) == pytest.approx(1.24, abs=5e-7)
    assert parse("HI(ICRU83)[]").measure(subject(target)) == pytest.approx(0.227778, abs=5e-7)


def test_a_target_in_no_dose_has_no_homogeneity():
    nothing = DVH("PTV", np.array([0.0, 1.0]), np.array([5.0, 0.0]), 5.0, (0.0, 0.0, 0.0))
    with pytest.raises(MetricUndefined, match="the median dose is 0 Gy"):
        parse("HI(ICRU83)[]").measure(subject(nothing))


# ---- near extremes after ICRU 91


def falling(volume_cc):
    """A target in which dose falls evenly from 60 to 40 Gy."""
    return curve("PTV", volume_cc, [(0, volume_cc), (40, volume_cc), (60, 0.0)])


@pytest.mark.parametrize(
    ("volume_cc", "near_max", "near_min"),
    [
        (100.0, 59.6, 40.4),
        (2.0, 59.6, 40.4),
        (1.999, 60 - 20 * 0.035 / 1.999, 40 + 20 * 0.035 / 1.999),
        (0.07, 50.0, 50.0),
        (0.5, 60 - 20 * 0.07, 40 + 20 * 0.07),
    ],
)
def test_near_extremes_turn_to_35_cubic_millimetres_below_2_cc(volume_cc, near_max, near_min):
    target = subject(falling(volume_cc))
    assert parse("NearMax[Gy]").measure(target) == pytest.approx(near_max, rel=1e-9)
    assert parse("NearMin[Gy]").measure(target) == pytest.approx(near_min, rel=1e-9)
    assert parse("NearMax[%]").measure(target) == pytest.approx(2 * near_max, rel=1e-9)


@pytest.mark.parametrize("text", ["NearMax[Gy]", "NearMin[Gy]"])
def test_a_target_below_35_cubic_millimetres_has_no_near_extremes(text):
    with pytest.raises(MetricUndefined, match=r"dose to 0\.035 cc asked of a 0\.030 cc structure") as caught:
        parse(text).measure(subject(falling(0.03)))
    assert caught.value.code == "volume-less-than-asked"


# ---- what is not known


@pytest.mark.parametrize("text", ["CI[]", "PCI[]", "GI[]", "R50[]", "D2cm[%]"])
def test_without_an_outline_of_the_patient_there_is_no_isodose(text):
    with pytest.raises(MetricUndefined, match="PTV: nothing says which structure is the outline") as caught:
        parse(text).measure(Subject(TARGET, RX))
    assert caught.value.code == "external-missing"


@pytest.mark.parametrize("text", ["CI[]", "PCI[]", "GI[]"])
def test_where_nothing_receives_the_prescription_a_small_index_is_no_good_plan(text):
    with pytest.raises(MetricUndefined, match=r"nothing receives 70 Gy \(100 % of the prescription\)") as caught:
        parse(text).measure(subject(prescription_gy=70.0))
    assert caught.value.code == "isodose-empty"


def test_a_target_outside_the_body_has_no_conformity():
    small = curve("BODY", 10000.0, [(0, 10000.0), (50, 20.0), (60, 0)])
    with pytest.raises(MetricUndefined, match=r"28\.80 cc of the target, but only 20\.00 cc of the body") as caught:
        parse("PCI[]").measure(subject(body=small))
    assert caught.value.code == "target-outside-external"


def test_paddick_never_exceeds_one_by_the_sampling_of_two_outlines():
    body = curve("BODY", 10000.0, [(0, 10000.0), (50, 29.9), (60, 0)])
    target = curve("PTV", 30.0, [(0, 30.0), (50, 30.0), (60, 0)])
    assert parse("PCI[]").measure(subject(target, body)) == 1.0
    assert parse("PCI[]").most == 1.0


PART = DVH("BODY", BODY.edges_gy, BODY.cumulative_cc, 10010.0, BODY.statistics_gy)  # 10 cc outside the grid


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("CI[]", 33.0 / 30, 43.0 / 30),
        ("R50[]", 130.0 / 30, 140.0 / 30),
        ("PCI[]", 28.8**2 / (30 * 43.0), 28.8**2 / (30 * 33.0)),
        ("GI[]", 130.0 / 43.0, 140.0 / 33.0),
    ],
)
def test_unknown_dose_bounds_an_index_from_both_sides(text, low, high):
    """The gradient index lies between, at 0 and at infinity alike: its extremes need different doses."""
    with pytest.raises(DoseOutsideGrid, match=r"0\.1% of BODY lies outside the dose grid"):
        parse(text).measure(subject(body=PART))
    ends = parse(text).ends(subject(body=PART))
    assert (min(ends), max(ends)) == pytest.approx((low, high), rel=1e-12)


def test_unknown_dose_two_centimetres_away_may_be_any():
    far = DVH("far", FAR.edges_gy, FAR.cumulative_cc, 9001.0, FAR.statistics_gy)
    assert parse("D2cm[%]").ends(subject(far=far)) == (56.0, math.inf)


def test_unknown_dose_in_a_target_bounds_its_homogeneity():
    part = DVH("PTV", TARGET.edges_gy, TARGET.cumulative_cc * 0.9, 30.0, TARGET.statistics_gy)
    ends = parse("HI(ICRU83)[]").ends(subject(part))
    assert max(ends) == math.inf
    assert min(ends) < parse("HI(ICRU83)[]").measure(subject()) < max(ends)


# ---- converted dose


def test_an_isodose_of_the_prescription_is_the_same_in_any_dose():
    assert parse("EQD2(ab=3):CI[]").measure(subject()) == pytest.approx(1.1, rel=1e-12)
    assert parse("EQD2(ab=3):PCI[]").measure(subject()) == pytest.approx(0.837818, abs=5e-7)
    assert parse("EQD2(ab=3):GI[]").measure(subject()) != pytest.approx(3.939394, abs=1e-3)


def test_two_centimetres_away_the_share_is_of_the_converted_prescription():
    def eqd2(gy):
        return gy * (gy / 5 + 3) / 5

    assert parse("EQD2(ab=3):D2cm[%]").measure(subject()) == pytest.approx(100 * eqd2(28) / eqd2(50), rel=1e-12)
