"""Values: what the grammar of DICOM allows, not what Python happens to accept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.dicom import strict
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.dicom.walk import Span, Walk
from sbrt_qa.errors import CaseError

CODE = "some-code"


def holding(tag: Tag, raw: bytes):
    data = (
        (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + len(raw).to_bytes(4, "little") + raw
    )
    return Walk(data, "x.dcm").data_set(Span(0, len(data), explicit=False))[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"1", 1.0),
        (b" +1.50 ", 1.5),
        (b"-.5", -0.5),
        (b"5.", 5.0),
        (b"1E-2", 0.01),
        (b"1.4e-5\0", 1.4e-5),
        (b"000", 0.0),
    ],
)
def test_decimal_text(raw, expected):
    assert strict.decimal(holding(Tag.DoseGridScaling, raw), Tag.DoseGridScaling, CODE) == expected


HOSTILE = (
    b"nan",
    b"NaN",
    b"inf",
    b"-Infinity",
    b"1_0",
    b"1,2",
    b"0x10",
    b"1e400",
    b"1e",
    b"e5",
    b"--1",
    b"1 2",
    b".",
    b"\xb2",
)


@pytest.mark.parametrize("raw", [*HOSTILE, b"1\\\\2", b"\\", b"1\n", b"\t1"])
def test_what_is_no_decimal_text(raw):
    with pytest.raises(CaseError, match=r"x\.dcm: DoseGridScaling \(3004,000E\) holds .* no decimal number") as caught:
        strict.decimals(holding(Tag.DoseGridScaling, raw), Tag.DoseGridScaling, CODE)
    assert caught.value.code == CODE


def test_one_value_means_one():
    with pytest.raises(CaseError, match="holds 2 values, one is expected"):
        strict.decimal(holding(Tag.DoseGridScaling, b"1\\1"), Tag.DoseGridScaling, CODE)


@pytest.mark.parametrize("raw", [b"", b"  ", b"\0"])
def test_empty_is_none_not_zero(raw):
    assert strict.decimal(holding(Tag.DoseGridScaling, raw), Tag.DoseGridScaling, CODE) is None
    assert strict.integer(holding(Tag.NumberOfFrames, raw), Tag.NumberOfFrames, CODE) is None


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_every_finite_number_survives(values):
    raw = "\\".join(map(repr, values)).encode()
    assert strict.decimals(holding(Tag.PixelSpacing, raw), Tag.PixelSpacing, CODE) == tuple(values)


@pytest.mark.parametrize(("raw", "expected"), [(b"5 ", 5), (b"+5", 5), (b"-007", -7), (b" 2147483647", 2**31 - 1)])
def test_whole_number(raw, expected):
    assert strict.integer(holding(Tag.NumberOfFrames, raw), Tag.NumberOfFrames, CODE) == expected


@pytest.mark.parametrize(
    "raw", [b"5.0", b"1e3", b"5\\6", b"1_0", b"2147483648", b"99999999999999999999", b"five", b"\xb2"]
)
def test_what_is_no_whole_number(raw):
    with pytest.raises(CaseError, match="no whole number"):
        strict.integer(holding(Tag.NumberOfFrames, raw), Tag.NumberOfFrames, CODE)


def test_two_bytes_unsigned():
    assert strict.unsigned(holding(Tag.Rows, b"\x01\x02"), Tag.Rows, CODE) == 513
    with pytest.raises(CaseError, match=r"Rows \(0028,0010\) has 4 bytes, two are expected"):
        strict.unsigned(holding(Tag.Rows, bytes(4)), Tag.Rows, CODE)


@pytest.mark.parametrize("raw", [b"1.2.840\0", b"1.2.840 ", b"1.2.840"])
def test_uid_without_padding(raw):
    assert strict.uid(holding(Tag.SOPInstanceUID, raw), Tag.SOPInstanceUID) == "1.2.840"


@pytest.mark.parametrize("raw", [b"1.2\\1.3", b"../../etc", b"1" * 65, b"1.2.\xff", b"1.2 .3"])
def test_what_is_no_uid(raw):
    with pytest.raises(CaseError, match="no UID") as caught:
        strict.uid(holding(Tag.SOPInstanceUID, raw), Tag.SOPInstanceUID)
    assert caught.value.code == "uid-invalid"


def test_words():
    elements = holding(Tag.TissueHeterogeneityCorrection, b"IMAGE \\ ROI_OVERRIDE\\")
    assert strict.words(elements, Tag.TissueHeterogeneityCorrection) == ("IMAGE", "ROI_OVERRIDE")
    assert strict.word(holding(Tag.DoseUnits, b"GY\xe9 "), Tag.DoseUnits) == "GY\\xe9"
