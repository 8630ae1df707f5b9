"""Units and quantities: a number never travels to a report without its unit.

Inside the engine a *name* carries the unit (``dose_gy``, ``volume_cc``); at the edges,
in protocols and reports, a :class:`Quantity` does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from sbrt_qa.errors import SbrtQaError


class Unit(StrEnum):
    """The units that a metric or a limit can have. Dose is always Gy, volume always cc (cm³), length mm."""

    GY = "Gy"
    CC = "cc"
    PERCENT = "%"
    MM = "mm"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit and its numerical interval.

    Parameters
    ----------
    value : float
        Nominal value, finite.
    unit : Unit
        Unit of value, low and high.
    low, high : float, optional
        Numerical interval: the span of the value over the defensible conventions.
        Both default to the value itself.
    caution : str
        What must be said beside the number; empty when nothing.
    """

    value: float
    unit: Unit
    low: float = math.nan
    high: float = math.nan
    caution: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise SbrtQaError(f"a quantity must be finite, got {self.value}", mend="report UNDECIDED instead")
        if math.isnan(self.low):
            object.__setattr__(self, "low", self.value)
        if math.isnan(self.high):
            object.__setattr__(self, "high", self.value)
        if not self.low <= self.value <= self.high:
            raise SbrtQaError(f"{self.value} lies outside its interval [{self.low}, {self.high}]")

    def __str__(self) -> str:
        return show(self.value, self.unit)


def show(value: float, unit: Unit | str, digits: int | None = None) -> str:
    """Text of a number with its unit, rounded for people.

    Parameters
    ----------
    value : float
        The number.
    unit : Unit or str
        Its unit; a dimensionless number stands alone.
    digits : int, optional
        Decimals; by default two for Gy and cc (one from 1000 on), one for per cent, three without unit.

    Returns
    -------
    str
        For instance ``"25.30 Gy"``, ``"95.1 %"``, ``"1240.3 cc"``.
    """
    if digits is None:
        digits = {"%": 1, "": 3}.get(str(unit), 2 if abs(value) < 1000 else 1)
    text = f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return f"{text} {unit}".rstrip()
