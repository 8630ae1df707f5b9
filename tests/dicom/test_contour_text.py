"""Contour text: the fast parse gives Python's own numbers, and refuses what DICOM's grammar refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sbrt_qa.dicom.contour_text import ContourTextError, parse_points

GRAMMAR = re.compile(rb" *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? *")


def decimal_texts():
    value = st.floats(-3000, 3000, allow_nan=False)
    return st.tuples(value, st.sampled_from(["{:.2f}", "{!r}", "{:+.6f}", " {:.10g} ", "{:.3e}", "{:.0f}."])).map(
        lambda pair: pair[1].format(pair[0])
    )


@given(st.lists(st.lists(st.tuples(*[decimal_texts()] * 3), min_size=1, max_size=6), min_size=1, max_size=4))
def test_numbers_are_python_s(contours):
    texts = ["\\".join(value for point in contour for value in point).encode() for contour in contours]
    for found, contour in zip(parse_points(texts), contours, strict=True):
        assert found.tolist() == [[float(value) for value in point] for point in contour]


@given(st.text("0123456789+-.eE ", max_size=8).map(str.encode))
def test_what_is_accepted_is_dicom_decimal_text(value):
    try:
        ((found,),) = parse_points([b"\\".join([b"1", value, b"2"])])
    except ContourTextError:
        assert not GRAMMAR.fullmatch(value) or abs(float(value)) > 3000
    else:
        assert GRAMMAR.fullmatch(value)
        assert found.tolist() == [1, float(value), 2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"1\\2\\nan", "characters that no decimal number has: nan"),
        (b"1\\2\\inf", "characters"),
        (b"1\\2\\1_0", "characters that no decimal number has: _"),
        (b"1,5\\2\\3", "characters that no decimal number has: ,"),
        (b"1\\2\\3\n", "characters"),
        (b"1\\2\\0x3", "characters"),
        (b"1\\2\\\xff", r"characters that no decimal number has: \\xff"),
        (b"1\\2", "2 numbers in a contour, which is no multiple of three"),
        (b"1\\2\\3\\4", "4 numbers in a contour"),
        (b"1\\\\3", "a value that is no decimal number"),
        (b"\\2\\3", "no decimal number"),
        (b"1\\ \\3", "a value is missing"),
        (b"  \\2\\3", "a value is missing"),
        (b"1 2\\3\\4", "no decimal number"),
        (b"1\\2\\--3", "no decimal number"),
        (b"1\\2\\1e", "no decimal number"),
        (b"1\\2\\1e400", "beyond 3 m"),
        (b"1\\2\\3000.01", "beyond 3 m"),
        (b"-99999\\2\\3", "beyond 3 m"),
        (b"", "1 numbers in a contour"),
    ],
)
def test_what_is_refused(text, reason):
    with pytest.raises(ContourTextError, match=reason):
        parse_points([b"1\\2\\3", text])


def test_padding_at_the_end_is_no_value():
    for padded in (b"1\\2\\3 ", b"1\\2\\3\0", b" 1\\ 2\\ 3"):
        np.testing.assert_array_equal(parse_points([padded]), [[[1, 2, 3]]])


def test_one_contour_does_not_lend_its_numbers_to_the_next():
    with pytest.raises(ContourTextError, match="2 numbers in a contour"):
        parse_points([b"1\\2", b"3\\4\\5\\6"])


def test_nothing_gives_nothing():
    assert parse_points([]) == []


def plain_texts():
    """Sign, digits and point in every arrangement, up to nineteen digits, below 1000."""
    with_point = st.tuples(st.integers(0, 10**18).map(str), st.integers(0, 3)).map(
        lambda made: f"{made[0][: made[1]]}.{made[0][made[1] :]}"
    )
    whole = st.integers(0, 999).map("{:04d}".format)
    return st.tuples(st.sampled_from(["", "-", "+"]), with_point | whole).map("".join)


@given(st.lists(st.tuples(*[plain_texts()] * 3), min_size=1, max_size=6))
@example([("9.654443116099001", "-0.0", "+7.")])  # sixteen digits and a power of ten would be rounded twice
def test_plain_numbers_are_the_nearest_doubles_and_keep_their_sign(points):
    texts = [text for point in points for text in point]
    (found,) = parse_points(["\\".join(texts).encode()])
    assert found.ravel().tolist() == [float(text) for text in texts]
    assert np.signbit(found).ravel().tolist() == [text.startswith("-") for text in texts]


@pytest.mark.parametrize("value", [b"1.2.3", b"1-2", b"-+1", b"+", b".", b"-.", b"1+"])
def test_signs_and_points_stand_where_they_may(value):
    with pytest.raises(ContourTextError, match="no decimal number"):
        parse_points([b"\\".join([b"1.5", value, b"-2"])])
