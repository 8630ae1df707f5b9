"""Spelling: how tables write metrics, limits and numbers of fractions, brought into the spelling of the protocol file.

Only spellings with one meaning are taken: ``V20`` may be 20 Gy or 20 %, and a limit without a comparison has no side.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from sbrt_qa.protocol.exchange.rows import refusal

_UNITS = {
    "gy": "Gy", "cgy": "cGy", "%": "%", "percent": "%", "cc": "cc", "cm3": "cc", "cm³": "cc", "cm^3": "cc", "ccm": "cc",
    "ml": "cc",
}  # fmt: skip
_UNIT = r"cGy|Gy|%|percent|cc|cm3|cm³|cm\^3|ccm|ml"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_LEVEL = re.compile(
    rf"(?P<kind>CV|DC|D|V)_?(?P<number>{_NUMBER})(?P<of>{_UNIT})?(?:[\[(](?P<unit>{_UNIT})[\])])?", re.IGNORECASE
)
_WHOLE = {
    "Max": re.compile(r"(?:D_?max|max(?:imum)?(?:dose)?)(?:[\[(](?P<unit>[^\])]*)[\])])?", re.IGNORECASE),
    "Mean": re.compile(r"(?:D_?mean|mean(?:dose)?)(?:[\[(](?P<unit>[^\])]*)[\])])?", re.IGNORECASE),
    "Min": re.compile(r"(?:D_?min|min(?:imum)?(?:dose)?)(?:[\[(](?P<unit>[^\])]*)[\])])?", re.IGNORECASE),
}
_COMPARISONS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "<=": "<=", ">=": ">=", "<": "<", ">": ">"}
_COMPARISON = r"<=|>=|=<|=>|≤|≥|<|>"
_LIMIT = re.compile(rf"(?P<comparison>{_COMPARISON})?\s*(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})?", re.IGNORECASE)
_WITH_LIMIT = re.compile(rf"(?P<metric>.*?)\s*(?P<limit>(?:{_COMPARISON}).*)")
_FRACTIONS = re.compile(r"(?P<first>[0-9]{1,3})(?:\s*[-–]\s*(?P<last>[0-9]{1,3}))?")


class Asked(NamedTuple):
    """A metric before its unit is settled: its body in the protocol's spelling, and the unit it states, or none."""

    body: str
    unit: str


def unit_named(text: str) -> str:
    """Return a unit in one spelling; empty when it is none."""
    return _UNITS.get(text.strip().lower(), "")


def split_limit(text: str) -> tuple[str, str]:
    """Split ``D0.03cc <= 25 Gy`` into metric and limit; the limit is empty where there is none."""
    match = _WITH_LIMIT.fullmatch(text.strip())
    return (match["metric"], match["limit"]) if match else (text.strip(), "")


def read_metric(text: str) -> Asked:
    """Read a metric as tables write it; SbrtQaError where it has no meaning or two."""
    plain = "".join(text.split())
    level = _LEVEL.fullmatch(plain)
    if level is not None:
        if level["of"] is None:
            number, kind = level["number"], level["kind"].upper()
            first, second = ("Gy", "%") if kind.endswith("V") else ("cc", "%")
            what = f"metric '{text}' may mean {number} {first} or {number} {second}"
            raise refusal(what, f"write {kind}{number}{first} or {kind}{number}{second}")
        number, of = in_gy(level["number"], _UNITS[level["of"].lower()])
        return Asked(f"{level['kind'].upper()}{number}{of}", unit_named(level["unit"] or ""))
    for word, pattern in _WHOLE.items():
        match = pattern.fullmatch(plain)
        if match is not None:
            return Asked(word, unit_named(match["unit"] or ""))
    body, bracket, unit = plain.partition("[")
    if body == "CI" and not bracket:
        raise refusal("metric 'CI' has several definitions", "write CI[] for that of RTOG, PCI[] for that of Paddick")
    return Asked(body, unit.removesuffix("]") if bracket else "")


def read_goal(text: str, metric: Asked, comparison: str = "", unit: str = "") -> tuple[str, str]:
    """Read a limit as tables write it.

    Parameters
    ----------
    text : str
        For instance ``≤ 2500 cGy`` or ``25``.
    metric : Asked
        What is limited; its unit stands in where the limit has none.
    comparison, unit : str
        From columns of their own, where the table has them.

    Returns
    -------
    (metric, limit)
        Both as the protocol writes them: ``("D0.03cc[Gy]", "<= 25 Gy")``.
    """
    match = _LIMIT.fullmatch(text.strip())
    if match is None:
        mend = "write a decimal point" if re.search(r"[0-9],[0-9]", text) else "write for instance '<= 25.3 Gy'"
        raise refusal(f"limit '{text}' holds no plain number with a unit", mend)
    sign = _agreed(
        "comparison", _COMPARISONS.get(match["comparison"] or "", ""), _COMPARISONS.get(comparison.strip(), "")
    )
    if not sign:
        raise refusal(f"limit '{text}' has no comparison", f"write '<= {text}' or '>= {text}'")
    own = _UNITS.get((match["unit"] or "").lower(), "")
    stated = _agreed("unit", own, unit_named(unit)) or metric.unit
    if not stated and not metric.body.startswith(("CI", "PCI", "GI", "R50", "HI(")):
        raise refusal(f"limit '{text}' has no unit", f"write '{sign} {match['number']} Gy', for instance")
    number, final = in_gy(match["number"], stated)
    if metric.unit and final != in_gy("0", metric.unit)[1]:
        raise refusal(f"limit '{text}' is in {final}, the metric in {metric.unit}", "give both the same unit")
    return f"{metric.body}[{final}]", f"{sign} {number} {final}".rstrip()


def in_gy(number: str, unit: str) -> tuple[str, str]:
    """Return a number with its unit; cGy becomes Gy exactly."""
    if unit != "cGy":
        return (f"0{number}" if number.startswith(".") else number), unit
    value = Decimal(number) / 100
    return f"{value.normalize():f}", "Gy"


def read_fractions(text: str) -> tuple[int, ...]:
    """Read ``5``, ``3-5`` or ``1, 3, 5``; empty for an empty text."""
    found: list[int] = []
    for part in re.split(r"[,;/]", text):
        plain = re.sub(r"\s*(?:fx|fractions?|#)\.?\s*$", "", part.strip(), flags=re.IGNORECASE)
        if not plain:
            continue
        match = _FRACTIONS.fullmatch(plain)
        numbers = () if match is None else range(int(match["first"]), int(match["last"] or match["first"]) + 1)
        if not numbers:
            raise refusal(f"'{text}' is no number of fractions", "write 5, 3-5 or 1, 3, 5")
        found.extend(numbers)
    return tuple(sorted(set(found)))


def _agreed(what: str, one: str, other: str) -> str:
    if one and other and one != other:
        raise refusal(f"its {what} is '{one}' in one place and '{other}' in another", "make the two agree")
    return one or other
