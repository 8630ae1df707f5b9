"""EQD2 and BED against the table of the clinical guide, section 6, and the laws of a conversion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.errors import MetricUndefined, UsageError
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.metrics import Subject, parse
from sbrt_qa.metrics._linear_quadratic import LinearQuadratic, convert
from sbrt_qa.metrics._prefix import PREFIXES

# total dose and fractions, then the columns
TABLE = """\
30 5 48.000000 40.000000 90.000000 54.000000 56.666667
35 5 59.500000 49.583333 116.666667 70.000000 73.888889
40 5 72.000000 60.000000 146.666667 88.000000 93.333333
45 5 85.500000 71.250000 180.000000 108.000000 115.000000
50 5 100.000000 83.333333 216.666667 130.000000 138.888889
60 5 132.000000 110.000000 300.000000 180.000000 193.333333
45 3 112.500000 93.750000 270.000000 162.000000 175.000000
54 3 151.200000 126.000000 378.000000 226.800000 246.000000
60 3 180.000000 150.000000 460.000000 276.000000 300.000000
48 6 86.400000 72.000000 176.000000 105.600000 112.000000
60 6 120.000000 100.000000 260.000000 156.000000 166.666667
60 8 105.000000 87.500000 210.000000 126.000000 133.333333
50 10 75.000000 62.500000 133.333333 80.000000 83.333333
"""
COLUMNS = ("BED(ab=10)", "EQD2(ab=10)", "BED(ab=3)", "EQD2(ab=3)", "EQD2(ab=2.5)")
CASES = [
    (float(words[0]), int(words[1]), prefix, float(value))
    for words in map(str.split, TABLE.splitlines())
    for prefix, value in zip(COLUMNS, words[2:], strict=True)
]


def uniform(gy, volume_cc=10.0):
    edges = np.array([0.0, gy, gy, gy + 1])
    return DVH("PTV", edges, np.array([volume_cc, volume_cc, 0.0, 0.0]), volume_cc, (gy, gy, gy))


@pytest.mark.parametrize(("gy", "fractions", "prefix", "value"), CASES)
def test_the_table_of_biological_doses(gy, fractions, prefix, value):
    subject = Subject(uniform(gy), gy, fractions)
    for metric in ("Mean[Gy]", "Max[Gy]", "Min[Gy]", "D50%[Gy]", "gEUD(a=8)[Gy]"):
        assert parse(f"{prefix}:{metric}").measure(subject) == pytest.approx(value, abs=5e-7)


@pytest.mark.parametrize(
    ("bed", "fractions", "gy"),
    [
        (72, 3, 33.836462),
        (72, 5, 40.0),
        (66, 3, 31.957428),
        (66, 5, 37.649820),
        (40, 3, 22.749172),
        (40, 5, 26.234754),
        (40, 6, 27.445626),
        (30, 3, 18.541020),
        (30, 5, 21.097722),
        (30, 6, 21.961524),
    ],
)
def test_the_doses_that_give_a_bed(bed, fractions, gy):
    assert LinearQuadratic(fractions, 10.0, 0.0).inverse(bed) == pytest.approx(gy, abs=5e-7)


laws = st.builds(LinearQuadratic, st.integers(1, 40), st.floats(0.5, 20.0), st.sampled_from([0.0, 1.5, 2.0]))


@given(laws, st.floats(0.0, 200.0))
def test_there_and_back_again(law, gy):
    assert law.inverse(law.of(gy)) == pytest.approx(gy, rel=1e-12, abs=1e-300)


@given(laws, st.lists(st.floats(0.0, 200.0), min_size=2))
def test_a_voxel_keeps_its_rank(law, gy):
    converted = law.of(np.sort(np.array(gy)))
    assert (np.diff(converted) >= 0).all()
    assert law.of(math.inf) == math.inf
    assert law.of(0.0) == 0.0


def test_two_gray_a_fraction_is_its_own_eqd2():
    assert LinearQuadratic(10, 3.0, 2.0).of(20.0) == 20.0


# clinical guide, section 7, example A, in five fractions
LIVER = DVH(
    "Liver",
    np.arange(0.0, 51.0, 10.0),
    np.array([1500.0, 900.0, 400.0, 150.0, 40.0, 0.0]),
    1500.0,
    (0.0, 22400.0 / 1500.0, 50.0),
)


def eqd2(gy, fractions=5, ab=3.0):
    return gy * (gy / fractions + ab) / (2 + ab)


@pytest.mark.parametrize(
    ("metric", "physical"), [("D0.5cc[Gy]", 49.875), ("D95%[Gy]", 1.25), ("DC700cc[Gy]", 12.0), ("Median[Gy]", 13.0)]
)
def test_dose_to_a_part_is_the_converted_dose_to_that_part(metric, physical):
    assert parse(f"EQD2(ab=3):{metric}").measure(Subject(LIVER, 50.0, 5)) == pytest.approx(eqd2(physical), rel=1e-12)


@pytest.mark.parametrize(("metric", "value"), [("V{}Gy[cc]", 650.0), ("CV{}Gy[cc]", 850.0)])
def test_a_volume_from_a_converted_dose_is_that_from_the_dose_it_comes_from(metric, value):
    text = f"EQD2(ab=3):{metric.format(eqd2(15.0))}"
    assert parse(text).measure(Subject(LIVER, 50.0, 5)) == pytest.approx(value, rel=1e-12)


def test_per_cent_is_of_the_converted_prescription():
    subject = Subject(LIVER, 50.0, 5)
    assert parse("EQD2(ab=3):V100%[cc]").measure(subject) == pytest.approx(0.0, abs=1e-9)
    assert parse("EQD2(ab=3):V30%[cc]").measure(subject) != pytest.approx(parse("V30%[cc]").measure(subject))
    assert parse("EQD2(ab=3):D0.5cc[%]").measure(subject) == pytest.approx(100 * eqd2(49.875) / eqd2(50.0), rel=1e-12)


# ---- texts


@pytest.mark.parametrize("text", [text for prefix in PREFIXES for text in prefix.good])
def test_every_good_example_is_one(text):
    assert parse(text).text == text
    assert f"as {text.partition('(')[0]}, α/β" in parse(text).phrase


@pytest.mark.parametrize("text", [text for prefix in PREFIXES for text in prefix.bad])
def test_no_bad_example_is_one(text):
    with pytest.raises(MetricUndefined):
        parse(text)


def test_a_prefix_reads_as_words_and_leaves_the_rest_of_a_metric():
    metric = parse(" EQD2(ab=3) : D0.5cc [Gy]")
    assert metric.text == "EQD2(ab=3):D0.5cc[Gy]"
    assert metric.phrase == "Dose to the hottest 0.5 cc of {structure} (every dose as EQD2, α/β 3 Gy)"
    assert (metric.usual, metric.part_cc, metric.needs_prescription) == ("<=", 0.5, False)
    assert parse("EQD2(ab=3):V60Gy[cc]").counts_volume


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("EQD2:D0.5cc[Gy]", r"unknown prefix 'EQD2:' \(write EQD2\(ab=3\):D0\.5cc\[Gy\] or BED\(ab=10\):D0\.5cc\[Gy\]"),
        ("EQD2(ab=0):Mean[Gy]", r"with alpha/beta in Gy, more than 0"),
        ("EQD2(ab=3):D0.5cc", r"metric 'D0\.5cc' has no unit \(write D0\.5cc\[Gy\]"),
        ("EQD2(ab=3):D0.5cc[cc]", r"metric 'D0\.5cc\[cc\]' cannot be in cc"),
        ("EQD2(ab=3):Volume[cc]", r"a volume has no dose to convert \(leave out EQD2\(ab=3\):\)"),
        ("EQD2(ab=3):NTCP(michigan-liver)[%]", r"converts the dose itself, so it would be converted twice"),
        ("BED(ab=10):EQD2(ab=3):Mean[Gy]", r"unknown prefix 'BED\(ab=10\):EQD2\(ab=3\):'"),
    ],
)
def test_what_is_no_prefix_is_told_how_to_mend(text, says):
    with pytest.raises(MetricUndefined, match=says):
        parse(text)


def test_dose_is_never_converted_twice():
    law = LinearQuadratic(5, 3.0, 2.0)
    with pytest.raises(UsageError, match="the dose of PTV is converted already"):
        convert(convert(uniform(50.0), law), law)


# ---- the caution


@pytest.mark.parametrize("text", ["EQD2(ab=3):Mean[Gy]", "BED(ab=10):D95%[Gy]", "NTCP(michigan-liver)[%]"])
def test_above_ten_gray_a_fraction_the_model_is_said_to_be_unreliable(text):
    metric = parse(text)
    assert metric.caution(Subject(uniform(50.0), None, 5)) is None
    caution = metric.caution(Subject(uniform(51.0), None, 5))
    assert caution.code == "lq-above-10gy"
    assert caution.sentence == (
        "Caution: PTV receives up to 10.2 Gy per fraction, and above 10 Gy the linear-quadratic model is unreliable"
    )


def test_physical_dose_needs_no_caution():
    assert parse("Max[Gy]").caution(Subject(uniform(100.0), None, 1)) is None
