"""Limits as a protocol writes them: a comparison, a number and its unit, such as ``<= 25.3 Gy``."""

from __future__ import annotations

import math
import re

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.definition import Limit
from sbrt_qa.units import Unit

_AMOUNT = re.compile(r"(?P<sign>[-+]?)(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>(?![0-9])\S*)")
_COMPARISON = re.compile(r"\s*(?P<comparison><=|>=|<|>)?\s*(?P<rest>.*?)\s*", re.DOTALL)
_SLIPS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "==": "<= or >=", "=": "<= or >="}
_TYPOGRAPHIC = tuple("“”„‘’‚«»")
_OTHER_SPELLINGS = {"gy": "Gy", "cm3": "cc", "cm³": "cc", "ml": "cc", "ccm": "cc", "percent": "%", "pct": "%"}


def read_limit(text: str, unit: Unit) -> Limit:
    """Read one limit.

    Parameters
    ----------
    text : str
        For instance ``>= 95 %``.
    unit : Unit
        The unit it must have; ``Unit.NONE`` for a dimensionless metric.

    Returns
    -------
    Limit
        Its ``text`` is the given one with single blanks.

    Raises
    ------
    SbrtQaError
        With ``code`` ``limit-comparison``, ``limit-number``, ``limit-not-finite``, ``limit-negative``
        or ``limit-unit``.
    """
    match = _COMPARISON.fullmatch(text)
    assert match is not None
    comparison, rest = match["comparison"], match["rest"]
    if comparison is None:
        slip = next((slip for slip in _SLIPS if rest.startswith(slip)), None)
        mend = f"write {_SLIPS[slip]} instead of {slip}" if slip else f"write for instance '<= {rest}'"
        if rest.startswith(_TYPOGRAPHIC):
            mend = 'write plain quotes, as in "<= 25 Gy"'
        raise SbrtQaError(f"limit '{text}' does not begin with <=, <, >= or >", mend=mend, code="limit-comparison")
    value = read_amount(rest, unit, f"{comparison} ")
    return Limit(comparison, value, unit, " ".join(f"{comparison} {rest}".split()))


def read_amount(text: str, unit: Unit, before: str = "") -> float:
    """Read a number with its unit, as ``read_limit`` does; ``before`` only completes the remedy's text."""
    match = _AMOUNT.fullmatch(" ".join(text.split()))
    if match is None:
        raise _not_a_number(text, unit, before)
    value = float(match["number"])
    _demand_unit(match["number"], match["unit"], unit, before)
    if not math.isfinite(value):
        raise SbrtQaError(f"'{before}{text}' is not finite", mend="write a number", code="limit-not-finite")
    if match["sign"] == "-" and value != 0:
        raise SbrtQaError(
            f"'{before}{text}' is negative", mend="doses, volumes and lengths are not", code="limit-negative"
        )
    return value


def _not_a_number(text: str, unit: Unit, before: str) -> SbrtQaError:
    first = text.partition(" ")[0]
    if first.lower().lstrip("+-.") in {"nan", "inf", "infinity"}:
        return SbrtQaError(f"'{before}{text}' is not finite", mend="write a number", code="limit-not-finite")
    mend = f"write for instance '{before}{f'25.3 {unit}'.strip()}'"
    if re.match(r"[0-9]+,[0-9]", first):
        mend = f"write a decimal point: '{before}{text.replace(',', '.', 1)}'"
    elif re.match(r"[-+]?0[0-9]", first):
        mend = "a number does not begin with a zero: leave it out, or set the decimal point behind it"
    elif re.match(r"[0-9.]+[eE]", first):
        mend = "write the number out, without an exponent"
    return SbrtQaError(f"'{before}{text}' holds no plain number with a unit", mend=mend, code="limit-number")


def _demand_unit(number: str, written: str, unit: Unit, before: str) -> None:
    """Raise unless the written unit is the one asked; convert in the remedy where that is certain."""
    if written == unit.value:
        return
    right = f"{before}{number} {unit}".strip()
    if unit is Unit.NONE:
        what = f"'{before}{number} {written}' has a unit, and this metric has none"
    elif not written:
        what = f"'{before}{number}' has no unit"
    else:
        what = f"'{before}{number} {written}' is not in {unit}"
    mend = f"write '{right}'"
    if written.lower() == "cgy" and unit is Unit.GY:
        mend = f"write '{before}{float(number) / 100:g} Gy'"
    elif written.lower() == "cm" and unit is Unit.MM:
        mend = f"write '{before}{float(number) * 10:g} mm'"
    elif written and unit is not Unit.NONE and _OTHER_SPELLINGS.get(written.lower()) != unit.value:
        mend = f"give the number in {unit}, or choose a metric in {written}"
    raise SbrtQaError(what, mend=mend, code="limit-unit")
