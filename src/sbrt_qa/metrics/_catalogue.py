"""The shelf of metrics: every file in this folder is one metric of the grammar (AAPM TG-263, section 9).

To add a metric, add a file with a module constant ``METRIC``; nothing else is edited.
This room is light on purpose: linting a protocol must not load arrays.
"""

from __future__ import annotations

import difflib
import importlib
import math
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from sbrt_qa.errors import MetricUndefined, SbrtQaError
from sbrt_qa.metrics._caution import Caution, no_caution
from sbrt_qa.metrics._prefix import with_prefix
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sbrt_qa.metrics._subject import Subject

    Question: TypeAlias = Callable[[Subject], float]

NUMBER = r"((?:0|[1-9][0-9]*)(?:\.[0-9]+)?)"
_LOST_POINT = re.compile(r"(?<![0-9.])0[0-9][0-9.]*")
_TOO_LONG = re.compile(r"(?<![0-9.])[0-9]{16,}")


def _itself(value: float) -> float:
    return value


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as a protocol asks for it, ready to be measured.

    Parameters
    ----------
    text : str
        Canonical text, e.g. ``D0.03cc[Gy]``.
    unit : Unit
        Unit of the result.
    phrase : str
        The metric in words, with ``{structure}`` where the structure's name goes.
    ask : tuple of callable
        What must be known of the subject, ``Subject -> float`` each. An answer only rises, or only falls, with the
        dose of any point; it raises MetricUndefined where it has no meaning.
    combine : callable
        From the answers to the result in ``unit``, rising or falling in each; by default the only answer itself.
    usual : {"<=", ">=", ""}
        The sense a limit on it usually has: upper, lower, or either.
    needs_prescription : bool
        True when per cent of the prescription enters.
    part_cc : float
        Absolute volume that the metric itself asks for (0.03 for D0.03cc), else 0.
    counts_volume : bool
        True when the result is a part of the structure's volume, so that a limit cannot ask for more than there is.
    most : float
        The largest value the result can have: 100 for a share in per cent.
    needs_body : bool
        True when dose outside the structure enters: all of it inside the external contour.
    caution : callable
        ``Subject -> Caution or None``: what must be said beside the number.
    unconvertible : str
        Why an EQD2 or BED prefix has no meaning here; empty when it has one.
    """

    text: str
    unit: Unit
    phrase: str
    ask: tuple[Question, ...]
    combine: Callable[..., float] = _itself
    usual: str = ""
    needs_prescription: bool = False
    part_cc: float = 0.0
    counts_volume: bool = False
    most: float = math.inf
    needs_body: bool = False
    caution: Callable[[Subject], Caution | None] = no_caution
    unconvertible: str = ""

    def measure(self, subject: Subject) -> float:
        """Return the value in ``unit``; raises MetricUndefined where it has no meaning."""
        return self.combine(*(question(subject) for question in self.ask))

    def ends(self, subject: Subject) -> tuple[float, ...]:
        """Return values between which the result lies whatever the dose outside the grid is, from 0 to infinity.

        Each answer is taken at both ends on its own, because the worst dose for one need not be the worst for
        another: a quotient is largest where its parts differ most. NaN where the ends allow no number.
        """
        cold, hot = subject.assuming(0.0), subject.assuming(math.inf)
        answers = ((question(cold), question(hot)) for question in self.ask)
        return tuple(self.combine(*corner) for corner in product(*answers))


@dataclass(frozen=True, slots=True)
class MetricKind:
    """One entry of the grammar.

    Parameters
    ----------
    key : str
        Short name, e.g. ``D``.
    title, formula, reference : str
        For the catalogue: what it is, how it is computed, where that is written.
    good, bad : tuple of str
        Texts that must and must not parse.
    pattern : re.Pattern
        Whole-text pattern without the unit in brackets.
    units : tuple of Unit
        Units that may stand in the brackets.
    build : callable
        ``(match, unit) -> Metric``.
    """

    key: str
    title: str
    formula: str
    reference: str
    good: tuple[str, ...]
    bad: tuple[str, ...]
    pattern: re.Pattern[str]
    units: tuple[Unit, ...]
    build: Callable[[re.Match[str], Unit], Metric]


@cache
def kinds() -> Mapping[str, MetricKind]:
    """Every metric of this folder by its key, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.metrics")
    found = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if not info.name.startswith("_"):
            kind: MetricKind = importlib.import_module(f"sbrt_qa.metrics.{info.name}").METRIC
            if kind.key in found:
                raise SbrtQaError(f"two metrics are called {kind.key!r}", where=info.name)
            found[kind.key] = kind
    return dict(sorted(found.items()))


@cache
def parse(text: str) -> Metric:
    """Turn the text of a metric into one that can be measured.

    Parameters
    ----------
    text : str
        For instance ``D95%[Gy]``; blanks are ignored, case matters as in TG-263.

    Returns
    -------
    Metric

    Raises
    ------
    MetricUndefined
        When the text is no metric, or its unit does not fit; says what would.
    """
    plain = "".join(text.split())
    _refuse_numbers(plain)
    head, colon, rest = plain.rpartition(":")
    if colon:
        return with_prefix(head, parse(rest))
    body, bracket, rest = plain.partition("[")
    for kind in kinds().values():
        match = kind.pattern.fullmatch(body)
        if match is None:
            continue
        allowed = " or ".join(f"{body}[{unit}]" for unit in kind.units)
        if not bracket or not rest.endswith("]"):
            raise MetricUndefined(f"metric {text!r} has no unit", mend=f"write {allowed}", code="limit-unit")
        unit = next((u for u in kind.units if str(u) == rest[:-1]), None)
        if unit is None:
            raise MetricUndefined(
                f"metric {text!r} cannot be in {rest[:-1] or 'no unit'}", mend=f"write {allowed}", code="limit-unit"
            )
        return kind.build(match, unit)
    near = _near(plain)
    mend = f"did you mean {' or '.join(near)}? " if near else ""
    raise MetricUndefined(
        f"unknown metric {text!r}", mend=f"{mend}known are e.g. {', '.join(k.good[0] for k in kinds().values())}"
    )


def _refuse_numbers(text: str) -> None:
    """Raise where a number has lost its decimal point (``D003cc``), or has more digits than a number can hold."""
    if (lost := _LOST_POINT.search(text)) is not None:
        mend = f"write {lost[0].lstrip('0') or '0'}, or 0.{lost[0][1:]} where the point was lost"
        raise MetricUndefined(f"{lost[0]} in metric {text!r} begins with a zero", mend=mend)
    if (long := _TOO_LONG.search(text)) is not None:
        raise MetricUndefined(f"{long[0][:16]}… in metric has too many digits", mend="write at most 15")


def _near(text: str) -> list[str]:
    """Return examples that may have been meant: those of the metric with this very name, else the look-alikes."""
    word = text[: next((i for i, letter in enumerate(text) if not letter.isalpha()), len(text))].casefold()
    own = [example for kind in kinds().values() if kind.key.casefold() == word for example in kind.good[:2]]
    examples = [example for kind in kinds().values() for example in kind.good]
    return own or difflib.get_close_matches(text, examples, n=2, cutoff=0.5)


def in_unit(unit: Unit, dose_gy: Question) -> Question:
    """Return a dose measurement in Gy, or in per cent of the prescription, as ``unit`` asks."""
    if unit is Unit.GY:
        return dose_gy
    return lambda subject: 100 * dose_gy(subject) / subject.prescribed_gy()


def of_prescription(unit: Unit) -> str:
    """Words that a dose metric in per cent adds to its phrase."""
    return " in per cent of the prescription" if unit is Unit.PERCENT else ""


def part(match: re.Match[str]) -> tuple[float, str]:
    """Read the size of a part and its unit (``cc`` or ``%``) from a match's first two groups."""
    size, of = float(match[1]), match[2]
    if size <= 0 or (of == "%" and size > 100):
        raise MetricUndefined(
            f"{match[0]} asks for {match[1]} {of} of a structure", mend="a part is more than 0 and at most 100 %"
        )
    return size, of


def dose_level(match: re.Match[str]) -> Question:
    """Read a dose level in Gy, or in per cent of the prescription, from a match's first two groups."""
    level, of = float(match[1]), match[2]
    if of == "Gy":
        return lambda _subject: level
    return lambda subject: level / 100 * subject.prescribed_gy()


def dose_words(match: re.Match[str]) -> str:
    """Return a dose level in words: ``20 Gy`` or ``100 % of the prescription``."""
    return f"{match[1]} Gy" if match[2] == "Gy" else f"{match[1]} % of the prescription"


def in_volume(unit: Unit) -> str:
    """Return the noun for a volume in cc or in per cent of the structure."""
    return "Share" if unit is Unit.PERCENT else "Volume"


def volume_share(unit: Unit, volume_cc: Question) -> Question:
    """Return a volume measurement in cc, or in per cent of the whole structure, as ``unit`` asks."""
    if unit is Unit.CC:
        return volume_cc
    return lambda subject: 100 * volume_cc(subject) / subject.curve.volume_cc
