"""Limit texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.limits import read_amount, read_limit
from sbrt_qa.units import Unit


@pytest.mark.parametrize(
    ("text", "unit", "comparison", "value", "kept"),
    [
        ("<= 25.3 Gy", Unit.GY, "<=", 25.3, "<= 25.3 Gy"),
        ("<25.3Gy", Unit.GY, "<", 25.3, "< 25.3Gy"),
        (" >=   95   % ", Unit.PERCENT, ">=", 95.0, ">= 95 %"),
        ("> 700 cc", Unit.CC, ">", 700.0, "> 700 cc"),
        ("<= 1.2", Unit.NONE, "<=", 1.2, "<= 1.2"),
        ("<= 2.5 mm", Unit.MM, "<=", 2.5, "<= 2.5 mm"),
        ("<= 0 cc", Unit.CC, "<=", 0.0, "<= 0 cc"),
    ],
)
def test_a_limit_is_read(text, unit, comparison, value, kept):
    limit = read_limit(text, unit)
    assert (limit.comparison, limit.value, limit.unit, limit.text) == (comparison, value, unit, kept)


@pytest.mark.parametrize(
    ("text", "unit", "code", "words"),
    [
        ("<= 2530 cGy", Unit.GY, "limit-unit", "'<= 2530 cGy' is not in Gy (write '<= 25.3 Gy')"),
        ("<= 25.3 GY", Unit.GY, "limit-unit", "write '<= 25.3 Gy'"),
        ("<= 25.3 mGy", Unit.GY, "limit-unit", "give the number in Gy, or choose a metric in mGy"),
        ("<= 3 cc", Unit.GY, "limit-unit", "give the number in Gy, or choose a metric in cc"),
        (">= 700 ml", Unit.CC, "limit-unit", "write '>= 700 cc'"),
        ("<= 1.2 %", Unit.NONE, "limit-unit", "has a unit, and this metric has none (write '<= 1.2')"),
        ("<= 0.3 cm", Unit.MM, "limit-unit", "write '<= 3 mm'"),
        ("<= 5", Unit.CC, "limit-unit", "'<= 5' has no unit (write '<= 5 cc')"),
        ("<= inf Gy", Unit.GY, "limit-not-finite", "not finite"),
        ("<= -inf Gy", Unit.GY, "limit-not-finite", "not finite"),
        ("<= NaN", Unit.NONE, "limit-not-finite", "not finite"),
        ("<= -3 Gy", Unit.GY, "limit-negative", "negative"),
        ("<=", Unit.GY, "limit-number", "write for instance '<= 25.3 Gy'"),
        ("<= 5 Gy 6", Unit.GY, "limit-number", "no plain number"),
        ("<= ٣ Gy", Unit.GY, "limit-number", "no plain number"),
        ("<= 1_0 Gy", Unit.GY, "limit-number", "no plain number"),
        ("<= 0x10 Gy", Unit.GY, "limit-number", "no plain number"),
        ("<= 1:30 Gy", Unit.GY, "limit-number", "no plain number"),
        ("<= xinf Gy", Unit.GY, "limit-number", "no plain number"),
        ("5 Gy", Unit.GY, "limit-comparison", "write for instance '<= 5 Gy'"),
        ("x 5 Gy", Unit.GY, "limit-comparison", "write for instance '<= x 5 Gy'"),
        ("!= 5 Gy", Unit.GY, "limit-comparison", "does not begin with"),
        ("≤ 5 Gy", Unit.GY, "limit-comparison", "write <= instead of ≤"),
        ("“<= 5 Gy”", Unit.GY, "limit-comparison", 'write plain quotes, as in "<= 25 Gy"'),
        ("<> 5 Gy", Unit.GY, "limit-number", "no plain number"),
    ],
)
def test_a_wrong_limit_says_how_to_mend_it(text, unit, code, words):
    with pytest.raises(SbrtQaError) as caught:
        read_limit(text, unit)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_an_amount_has_no_comparison():
    assert read_amount("50 Gy", Unit.GY) == 50.0
    with pytest.raises(SbrtQaError, match="holds no plain number"):
        read_amount("<= 50 Gy", Unit.GY)


@given(
    st.decimals(min_value=0, max_value=10000, places=3),
    st.sampled_from(list(Unit)),
    st.sampled_from(["<=", "<", ">=", ">"]),
)
def test_what_is_written_is_read_back(number, unit, comparison):
    limit = read_limit(f"{comparison} {number} {unit}".strip(), unit)
    assert limit.value == float(number)
    assert read_limit(limit.text, unit) == limit


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_with_a_remedy(text):
    refused = None
    try:
        read_limit(text, Unit.GY)
    except SbrtQaError as error:
        refused = error
    assert refused is None or (refused.mend and refused.code.startswith("limit-"))


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("≤", "<="), ("≥", ">="), ("=<", "<="), ("=>", ">="), ("==", "<= or >="), ("=", "<= or >=")],
)
def test_every_slip_of_a_comparison_is_put_right(slip, meant):
    with pytest.raises(SbrtQaError) as caught:
        read_limit(f"{slip} 25 Gy", Unit.GY)
    assert caught.value.mend == f"write {meant} instead of {slip}"
    assert caught.value.code == "limit-comparison"


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("gy", Unit.GY),
        ("cm3", Unit.CC),
        ("cm³", Unit.CC),
        ("ml", Unit.CC),
        ("ccm", Unit.CC),
        ("percent", Unit.PERCENT),
        ("Pct", Unit.PERCENT),
    ],
)
def test_every_other_spelling_of_a_unit_is_put_right(written, unit):
    with pytest.raises(SbrtQaError) as caught:
        read_limit(f"<= 25 {written}", unit)
    assert caught.value.mend == f"write '<= 25 {unit}'"
    assert caught.value.code == "limit-unit"


@pytest.mark.parametrize("text", ["nan", "inf Gy", "+inf", "-infinity Gy", ".NaN"])
def test_what_is_not_finite_is_called_so(text):
    with pytest.raises(SbrtQaError, match="is not finite") as caught:
        read_amount(text, Unit.GY)
    assert caught.value.code == "limit-not-finite"


@pytest.mark.parametrize("text", ["-1 Gy", "-0.5 Gy"])
def test_nothing_is_negative_but_zero_may_be(text):
    with pytest.raises(SbrtQaError, match="is negative") as caught:
        read_amount(text, Unit.GY)
    assert caught.value.code == "limit-negative"
    assert read_amount("-0 Gy", Unit.GY) == 0


def test_centimetres_are_converted_for_lengths_only():
    with pytest.raises(SbrtQaError) as caught:
        read_amount("3 cm", Unit.GY)
    assert caught.value.mend == "give the number in Gy, or choose a metric in cm"
    with pytest.raises(SbrtQaError) as caught:
        read_amount("3 Gy", Unit.MM)
    assert caught.value.mend == "give the number in mm, or choose a metric in Gy"
