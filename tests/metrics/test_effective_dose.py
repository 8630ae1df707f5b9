"""gEUD, effective volume and complication probability against the worked examples and independent integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.metrics import Subject, parse
from sbrt_qa.metrics._ntcp_models import MODELS


def point_doses(gy, shares, volume_cc=100.0):
    """The curve of a structure whose parts have one dose each: it falls straight down at each of them."""
    gy, shares = np.asarray(gy, dtype=float), np.asarray(shares, dtype=float) * volume_cc
    order = np.argsort(gy)
    gy, shares = gy[order], shares[order]
    above = np.append(np.cumsum(shares[::-1])[::-1], 0.0)
    above[0] = volume_cc
    edges = np.concatenate([[0.0], np.repeat(gy, 2), [gy[-1] + 1.0]])
    cumulative = np.concatenate([[above[0]], np.column_stack([above[:-1], above[1:]]).ravel(), [0.0]])
    statistics = (gy[0], float(gy @ shares / shares.sum()), gy[-1])
    return DVH("Liver", edges, cumulative, volume_cc, statistics)


def ramp(low, high, volume_cc=100.0, bin_gy=0.01):
    """The curve of a structure in which the dose rises evenly from low to high."""
    edges = np.arange(0.0, high + 2 * bin_gy, bin_gy)
    cumulative = volume_cc * np.clip((high - edges) / (high - low), 0.0, 1.0)
    return DVH("Liver", edges, cumulative, volume_cc, (low, (low + high) / 2, high))


# shared/reference clinical guide, section 7: example B (five point doses, 5 fractions), D (duodenum), E (target)
B_GY, B_SHARES = (5.0, 12.0, 20.0, 30.0, 45.0), (0.20, 0.20, 0.25, 0.20, 0.15)
B = point_doses(B_GY, B_SHARES)
D = point_doses((5.0, 15.0, 25.0, 30.0), (0.50, 0.30, 0.15, 0.05))
E = point_doses((45.0, 50.0, 52.0, 55.0), (0.05, 0.25, 0.40, 0.30))
A_FOR_N_97 = "1.0309278350515463"  # 1 / 0.97


@pytest.mark.parametrize(
    ("curve", "text", "value"),
    [
        (B, "Mean[Gy]", 21.150000),
        (B, "gEUD(a=1)[Gy]", 21.150000),
        (B, f"gEUD(a={A_FOR_N_97})[Gy]", 21.276798),
        (B, "gEUD(a=8)[Gy]", 35.736309),
        (B, "gEUD(a=-10)[Gy]", 5.873001),
        (B, "EQD2(ab=2.5):Min[Gy]", 3.888889),
        (B, "EQD2(ab=2.5):D80%[Gy]", 13.066667),
        (B, "EQD2(ab=2.5):D60%[Gy]", 28.888889),
        (B, "EQD2(ab=2.5):D35%[Gy]", 56.666667),
        (B, "EQD2(ab=2.5):Max[Gy]", 115.000000),
        (B, "EQD2(ab=2.5):Mean[Gy]", 39.196667),
        (B, f"EQD2(ab=2.5):gEUD(a={A_FOR_N_97})[Gy]", 39.686483),
        (D, "EQD2(ab=2.5):gEUD(a=10)[Gy]", 42.546543),
        (E, "Mean[Gy]", 52.050000),
        (E, "gEUD(a=-10)[Gy]", 51.262555),
    ],
)
def test_the_worked_examples_of_effective_dose(curve, text, value):
    assert parse(text).measure(Subject(curve, 50.0, 5)) == pytest.approx(value, rel=1e-6, abs=5e-7)


@pytest.mark.parametrize(
    ("n", "rx_gy", "value"),
    [
        ("1", 50, 42.300000),
        ("1", 45, 47.000000),
        ("1", 40, 52.875000),
        ("0.97", 50, 41.443847),
        ("0.97", 45, 46.199017),
        ("0.97", 40, 52.163568),
    ],
)
def test_the_worked_examples_of_effective_volume(n, rx_gy, value):
    assert parse(f"Veff(n={n})[%]").measure(Subject(B, rx_gy)) == pytest.approx(value, abs=5e-7)


@pytest.mark.parametrize(
    ("curve", "model", "percent"),
    [
        (B, "michigan-liver", 84.3527),
        (B, "liver-primary-eqd2", 84.3527),
        (B, "liver-metastases-eqd2", 41.7803),
        (B, "liver-primary", 84.4930),
        (B, "liver-metastases", 41.6937),
        (D, "michigan-duodenum", 12.6312),
    ],
)
def test_the_worked_examples_of_complication_probability(curve, model, percent):
    assert parse(f"NTCP({model})[%]").measure(Subject(curve, None, 5)) == pytest.approx(percent, abs=5e-5)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_model_against_voxels_converted_one_by_one(model):
    gy, shares = np.array(B_GY), np.array(B_SHARES)
    ab, d_ref = model.basis.ab_gy, model.basis.fraction_gy
    converted = gy * (gy / 5 + ab) / (d_ref + ab)
    effective = (shares @ converted ** (1 / model.n)) ** model.n
    expected = 100 * norm.cdf((effective - model.td50_gy) / (model.m * model.td50_gy))
    measured = parse(f"NTCP({model.name})[%]").measure(Subject(B, None, 5))
    assert measured == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_uniform_dose_of_td50_is_a_probability_of_one_half(model):
    ab, d_ref, n = model.basis.ab_gy, model.basis.fraction_gy, 30
    bed = model.td50_gy * (1 + d_ref / ab)
    gy = n * ab / 2 * (math.sqrt(1 + 4 * bed / (n * ab)) - 1)
    curve = point_doses([gy], [1.0])
    assert parse(f"NTCP({model.name})[%]").measure(Subject(curve, None, n)) == pytest.approx(50.0, rel=1e-9)


# ---- independent integrals

EXPONENTS = ["1", "1.031", "2", "8", "20", "-1", "-10"]


@pytest.mark.parametrize("a", EXPONENTS)
@pytest.mark.parametrize(("low", "high"), [(10.0, 60.0), (20.003, 20.004), (3.333, 47.777)])
def test_a_dose_that_rises_evenly_has_the_closed_form(a, low, high):
    exponent = float(a)
    if exponent == -1:
        mean = math.log(high / low) / (high - low)
    else:
        powers = np.power(np.array([high, low], dtype=np.longdouble), exponent + 1)
        mean = float((powers[0] - powers[1]) / np.longdouble((exponent + 1) * (high - low)))
    measured = parse(f"gEUD(a={a})[Gy]").measure(Subject(ramp(low, high)))
    assert measured == pytest.approx(mean ** (1 / exponent), rel=1e-6)


@pytest.mark.parametrize("a", ["1.031", "8", "-10"])
@pytest.mark.parametrize("fractions", [1, 5, 30])
def test_converted_dose_that_rises_evenly_against_quadrature(a, fractions):
    low, high, ab, exponent = 5.0, 55.0, 2.5, float(a)
    mean, _ = quad(lambda d: (d * (d / fractions + ab) / (2 + ab)) ** exponent, low, high, epsabs=0, epsrel=1e-12)
    expected = (mean / (high - low)) ** (1 / exponent)
    measured = parse(f"EQD2(ab={ab}):gEUD(a={a})[Gy]").measure(Subject(ramp(low, high), None, fractions))
    assert measured == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("n", "exponent"), [("1", 1.0), ("0.97", 1 / 0.97), ("0.5", 2.0), ("0.1", 10.0)])
def test_effective_volume_against_quadrature(n, exponent):
    low, high, rx = 0.0, 50.0, 45.0
    expected = 100 * (high / rx) ** exponent / (exponent + 1)
    assert parse(f"Veff(n={n})[%]").measure(Subject(ramp(low, high), rx)) == pytest.approx(expected, rel=1e-6)


def test_wide_bins_down_to_no_dose_are_integrated_not_read_at_their_middle():
    edges, volumes = np.arange(0.0, 51.0, 10.0), np.array([1500.0, 900.0, 400.0, 150.0, 40.0, 0.0])
    curve = DVH("Liver", edges, volumes, 1500.0, (0.0, 22400.0 / 1500.0, 50.0))
    drop, exponent = -np.diff(volumes) / 1500.0, 1 / 0.97
    powers = edges ** (exponent + 1) / ((exponent + 1) * 10.0)
    expected = float(drop @ np.diff(powers)) ** (1 / exponent)
    assert parse(f"gEUD(a={A_FOR_N_97})[Gy]").measure(Subject(curve)) == pytest.approx(expected, rel=1e-6)
    assert parse("gEUD(a=1)[Gy]").measure(Subject(curve)) == pytest.approx(14.933333, abs=5e-7)


def test_bins_reach_no_further_than_minimum_and_maximum():
    edges = np.arange(0.0, 40.03, 0.01)
    cumulative = np.where(edges <= 20.005, 100.0, 0.0)
    curve = DVH("Liver", edges, cumulative, 100.0, (20.003, 20.003, 20.003))
    assert parse("gEUD(a=8)[Gy]").measure(Subject(curve)) == pytest.approx(20.003, rel=1e-12)


voxels = st.lists(st.floats(0.5, 80.0), min_size=1, max_size=12)


@given(voxels, st.sampled_from([1.0, 1.5, 6.0, 25.0, -1.0, -12.0]))
def test_straight_from_a_list_of_voxels(gy, a):
    curve = point_doses(gy, np.full(len(gy), 1 / len(gy)))
    expected = float(np.mean((np.array(gy) / max(gy)) ** a) ** (1 / a)) * max(gy)
    measured = parse(f"gEUD(a={a})[Gy]").measure(Subject(curve))
    assert measured == pytest.approx(expected, rel=1e-6)
    assert min(gy) * (1 - 1e-9) <= measured <= max(gy) * (1 + 1e-9)


@given(voxels, st.integers(1, 30), st.floats(1.0, 20.0))
def test_conversion_of_a_list_of_voxels(gy, fractions, ab):
    gy = np.array(gy)
    curve = point_doses(gy, np.full(gy.size, 1 / gy.size))
    converted = gy * (gy / fractions + round(ab, 3)) / (2 + round(ab, 3))
    subject = Subject(curve, None, fractions)
    prefix = f"EQD2(ab={round(ab, 3)})"
    assert parse(f"{prefix}:Mean[Gy]").measure(subject) == pytest.approx(converted.mean(), rel=1e-6)
    assert parse(f"{prefix}:Max[Gy]").measure(subject) == pytest.approx(converted.max(), rel=1e-9)
    level = float(np.median(converted)) * 1.0001
    above = 100 * np.mean(converted >= level)
    assert parse(f"{prefix}:V{level:.9f}Gy[%]").measure(subject) == pytest.approx(above, abs=1e-6)


# ---- no dose, unknown dose


def test_no_dose_at_all_is_zero_and_a_cold_spot_takes_all_of_a_negative_mean():
    nothing = point_doses([0.0], [1.0])
    assert parse("gEUD(a=8)[Gy]").measure(Subject(nothing)) == 0.0
    assert parse("gEUD(a=-10)[Gy]").measure(Subject(point_doses([0.0, 50.0], [0.01, 0.99]))) == 0.0


@pytest.mark.parametrize("text", ["gEUD(a=8)[Gy]", "gEUD(a=-10)[Gy]", "Veff(n=1)[%]", "NTCP(michigan-liver)[%]"])
def test_dose_outside_the_grid_bounds_them_from_both_sides(text):
    part = DVH("Liver", B.edges_gy, B.cumulative_cc * 0.9, 100.0, B.statistics_gy)
    subject = Subject(part, 50.0, 5)
    with pytest.raises(DoseOutsideGrid):
        parse(text).measure(subject)
    ends = parse(text).ends(subject)
    inside = parse(text).measure(Subject(B, 50.0, 5))
    assert min(ends) < inside < max(ends)
    assert (min(ends) == 0.0) == (text == "gEUD(a=-10)[Gy]")


@pytest.mark.parametrize("text", ["NTCP(michigan-liver)[%]", "EQD2(ab=3):Mean[Gy]", "BED(ab=10):D95%[Gy]"])
@pytest.mark.parametrize("fractions", [None, 0])
def test_without_fractions_there_is_no_dose_per_fraction(text, fractions):
    with pytest.raises(MetricUndefined, match="Liver: the number of fractions is unknown") as caught:
        parse(text).measure(Subject(B, 50.0, fractions))
    assert caught.value.code == "fractions-missing"


# ---- texts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gEUD(a=0)[Gy]", r"gEUD\(a=0\) asks for a = 0 \(write a = 1 or more for organs"),
        ("Veff(n=0)[%]", r"Veff\(n=0\) asks for n = 0 \(n lies between 0\.01 and 10"),
        ("NTCP(liver)[%]", r"unknown NTCP model 'liver' \(did you mean liver-.*known are liver-primary, "),
        ("NTCP(liver-metastasis)[%]", "did you mean liver-metastases"),
    ],
)
def test_what_has_no_meaning_is_told_how_to_mend(text, says):
    with pytest.raises(MetricUndefined, match=says):
        parse(text)


def test_a_model_says_its_numbers_and_whether_they_were_checked():
    phrase = parse("NTCP(michigan-duodenum)[%]").phrase
    assert "n 0.1, m 0.21, TD50 56 Gy, EQD2 with α/β 2.5 Gy" in phrase
    assert "not yet checked against their source" not in phrase
    assert "not yet checked against their source" in parse("NTCP(liver-metastases)[%]").phrase
