"""Quantities and their text."""

from __future__ import annotations

import math

import pytest

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.units import Quantity, Unit, show


def test_units_are_written_as_in_protocols():
    assert [str(unit) for unit in Unit] == ["Gy", "cc", "%", "mm", ""]


def test_the_interval_is_the_value_where_none_is_given():
    alone = Quantity(25.0, Unit.GY)
    assert (alone.low, alone.high, alone.caution) == (25.0, 25.0, "")
    assert Quantity(25.0, Unit.GY, low=24.0).high == 25.0
    assert Quantity(25.0, Unit.GY, high=26.0).low == 25.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_quantity_is_finite(value):
    with pytest.raises(SbrtQaError, match=r"a quantity must be finite, got .* \(report UNDECIDED instead\)"):
        Quantity(value, Unit.GY, value, value)


@pytest.mark.parametrize(("low", "high"), [(25.1, 26.0), (24.0, 24.9)])
def test_a_value_lies_in_its_interval(low, high):
    with pytest.raises(SbrtQaError, match=rf"25\.0 lies outside its interval \[{low}, {high}\]"):
        Quantity(25.0, Unit.GY, low, high)
    assert Quantity(low, Unit.GY, low, high).value == low
    assert Quantity(high, Unit.GY, low, high).value == high


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (25.3, Unit.GY, None, "25.30 Gy"),
        (95.06, Unit.PERCENT, None, "95.1 %"),
        (1240.34, Unit.CC, None, "1240.3 cc"),
        (-1240.34, Unit.CC, None, "-1240.3 cc"),
        (999.99, Unit.CC, None, "999.99 cc"),
        (1000.0, Unit.CC, None, "1000.0 cc"),
        (0.9123, Unit.NONE, None, "0.912"),
        (-0.001, Unit.GY, None, "0.00 Gy"),
        (-1.0, Unit.GY, None, "-1.00 Gy"),
        (0.0, Unit.GY, None, "0.00 Gy"),
        (2.5, Unit.MM, 0, "2 mm"),
        (25.3, "Gy", 4, "25.3000 Gy"),
    ],
)
def test_numbers_are_rounded_for_people(value, unit, digits, text):
    assert show(value, unit, digits) == text
    if digits is None:
        assert str(Quantity(value, unit)) == text
