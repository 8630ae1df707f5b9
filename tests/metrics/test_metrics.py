"""Every metric of the grammar on the worked example of a tiny DVH, and every text that is or is not one."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.metrics import Subject, kinds, parse
from sbrt_qa.units import Unit

EDGES_GY = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])
VOLUMES_CC = np.array([1500.0, 900.0, 400.0, 150.0, 40.0, 0.0])
CURVE = DVH("Liver", EDGES_GY, VOLUMES_CC, 1500.0, (0.0, 22400.0 / 1500.0, 50.0))
SUBJECT = Subject(CURVE, prescription_gy=50.0)


def subject(curve, prescription_gy=None):
    """The structure is its own body, which no metric minds."""
    return Subject(curve, prescription_gy, 5, body=lambda: curve, beyond=lambda _mm: curve)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("V15Gy[cc]", 650.0),
        ("V15Gy[%]", 43.333333),
        ("V30Gy[%]", 10.0),
        ("V50%[cc]", 275.0),
        ("V50%[%]", 18.333333),
        ("CV15Gy[cc]", 850.0),
        ("CV15Gy[%]", 56.666667),
        ("CV30%[cc]", 850.0),
        ("DC700cc[Gy]", 12.0),
        ("DC700cc[%]", 24.0),
        ("DC50%[Gy]", 13.0),
        ("DC1500cc[Gy]", 50.0),
        ("DC100%[Gy]", 50.0),
        ("D700cc[Gy]", 14.0),
        ("D0.035cc[Gy]", 49.99125),
        ("D0.5cc[Gy]", 49.875),
        ("D1cc[Gy]", 49.75),
        ("D5cc[Gy]", 48.75),
        ("D5cc[%]", 97.5),
        ("D2%[Gy]", 42.5),
        ("D98%[Gy]", 0.5),
        ("D95%[Gy]", 1.25),
        ("D95%[%]", 2.5),
        ("D1500cc[Gy]", 0.0),
        ("Median[Gy]", 13.0),
        ("Median[%]", 26.0),
        ("Mean[Gy]", 14.933333),
        ("Mean[%]", 29.866667),
        ("Min[Gy]", 0.0),
        ("Max[Gy]", 50.0),
        ("Max[%]", 100.0),
        ("Volume[cc]", 1500.0),
    ],
)
def test_the_worked_example(text, value):
    assert parse(text).measure(SUBJECT) == pytest.approx(value, abs=5e-7)


# ---- the grammar


GOOD = [(kind.key, text) for kind in kinds().values() for text in kind.good]
BAD = [(kind.key, text) for kind in kinds().values() for text in kind.bad]


@pytest.mark.parametrize(("key", "text"), GOOD)
def test_every_good_example_is_a_metric_of_its_own_kind(key, text):
    metric = parse(text)
    assert metric.text == text
    assert text.endswith(f"[{metric.unit}]")
    assert "{structure}" in metric.phrase
    assert metric.usual in {"<=", ">=", ""}
    body = text.partition("[")[0]
    assert [other.key for other in kinds().values() if other.pattern.fullmatch(body)] == [key]


@pytest.mark.parametrize(("key", "text"), BAD)
def test_no_bad_example_is_a_metric(key, text):
    with pytest.raises(MetricUndefined):
        parse(text)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.key)
def test_every_metric_says_what_it_is_and_where_that_is_written(kind):
    assert kind.title
    assert kind.formula
    assert kind.reference
    assert kind.good
    assert kind.bad
    assert kind.units


def test_the_grammar_is_complete():
    dose_and_volume = {"CV", "D", "DC", "Max", "Mean", "Median", "Min", "NearMax", "NearMin", "V", "Volume"}
    quality = {"CI", "D2cm", "GI", "HI", "PCI", "R50"}
    assert set(kinds()) == dose_and_volume | quality | {"NTCP", "Veff", "gEUD"}
    assert list(kinds()) == sorted(kinds())


def test_blanks_do_not_matter_and_numbers_keep_their_spelling():
    assert parse(" D 0.030 cc [ Gy ] ").text == "D0.030cc[Gy]"
    assert parse("V100% [%]").text == "V100%[%]"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CV15Gy[cc]", "Volume of {structure} receiving less than 15 Gy"),
        ("V100%[%]", "Share of {structure} receiving at least 100 % of the prescription"),
        ("D0.03cc[Gy]", "Dose to the hottest 0.03 cc of {structure}"),
        ("DC700cc[%]", "Highest dose in the coldest 700 cc of {structure} in per cent of the prescription"),
        ("Mean[Gy]", "Mean dose of {structure}"),
    ],
)
def test_a_metric_reads_as_words(text, words):
    assert parse(text).phrase == words


@pytest.mark.parametrize(
    ("text", "part_cc", "counts", "needs"),
    [
        ("D0.03cc[Gy]", 0.03, False, False),
        ("D0.03cc[%]", 0.03, False, True),
        ("D95%[Gy]", 0.0, False, False),
        ("DC700cc[Gy]", 700.0, False, False),
        ("V20Gy[cc]", 0.0, True, False),
        ("V100%[%]", 0.0, True, True),
        ("CV15Gy[cc]", 0.0, True, False),
        ("Max[%]", 0.0, False, True),
        ("Volume[cc]", 0.0, False, False),
    ],
)
def test_what_a_judge_must_know_of_a_metric(text, part_cc, counts, needs):
    metric = parse(text)
    assert (metric.part_cc, metric.counts_volume, metric.needs_prescription) == (part_cc, counts, needs)


# ---- errors


@pytest.mark.parametrize(
    ("text", "says", "code"),
    [
        ("D95%", r"metric 'D95%' has no unit \(write D95%\[Gy\] or D95%\[%\]\)", "limit-unit"),
        ("D95%[cc]", r"metric 'D95%\[cc\]' cannot be in cc \(write D95%\[Gy\] or D95%\[%\]\)", "limit-unit"),
        (
            "V20Gy[]",
            r"metric 'V20Gy\[\]' cannot be in no unit \(write V20Gy\[cc\] or V20Gy\[%\]\)",
            "limit-unit",
        ),
        ("V20Gy[cc", r"metric 'V20Gy\[cc' has no unit", "limit-unit"),
        ("Volume[Gy]", r"metric 'Volume\[Gy\]' cannot be in Gy \(write Volume\[cc\]\)", "limit-unit"),
        ("D0cc[Gy]", r"D0cc asks for 0 cc of a structure \(a part is more than 0 and at most 100 %\)", ""),
        ("D101%[Gy]", "D101% asks for 101 % of a structure", ""),
        ("mean[Gy]", r"unknown metric 'mean\[Gy\]' \(did you mean M", ""),
        ("D-5cc[Gy]", r"unknown metric 'D-5cc\[Gy\]'", ""),
        ("V1e3Gy[cc]", r"unknown metric 'V1e3Gy\[cc\]'", ""),
        ("D５%[Gy]", "unknown metric", ""),
        ("", "unknown metric ''.*known are e.g. ", ""),
    ],
)
def test_what_is_no_metric_is_told_how_to_mend(text, says, code):
    with pytest.raises(MetricUndefined, match=says) as caught:
        parse(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", [text for _, text in GOOD if parse(text).needs_prescription])
def test_per_cent_of_an_unknown_prescription_has_no_meaning(text):
    with pytest.raises(MetricUndefined, match="Liver: the prescription is unknown, so per cent of it has no") as caught:
        parse(text).measure(Subject(CURVE))
    assert caught.value.code == "prescription-missing"


@pytest.mark.parametrize("text", [text for _, text in GOOD if not parse(text).needs_prescription])
def test_a_metric_that_needs_no_prescription_does_not_ask(text):
    assert np.isfinite(parse(text).measure(subject(CURVE)))


@pytest.mark.parametrize("text", ["D1501cc[Gy]", "DC1501cc[Gy]", "D2000cc[%]", "DC2000cc[%]"])
def test_more_than_the_structure_has_is_never_nothing(text):
    with pytest.raises(MetricUndefined, match=r"asked of a 1500\.00 cc structure") as caught:
        parse(text).measure(SUBJECT)
    assert caught.value.code == "volume-less-than-asked"


@pytest.mark.parametrize("text", [text for _, text in GOOD if not text.startswith("Volume")])
def test_unknown_dose_reaches_no_metric_silently(text):
    half_outside = DVH("Liver", EDGES_GY, VOLUMES_CC, 3000.0, (1.0, 15.0, 50.0))
    with pytest.raises(DoseOutsideGrid) as caught:
        parse(text).measure(subject(half_outside, 50.0))
    assert caught.value.code == "dose-grid-too-small"


def test_the_volume_is_known_without_any_dose():
    outside = DVH("Liver", np.array([0.0, 1.0]), np.zeros(2), 1500.0, None)
    assert parse("Volume[cc]").measure(Subject(outside)) == 1500.0
    assert parse("Volume[cc]").unit is Unit.CC
