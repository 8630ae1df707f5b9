"""Lint hints: what a protocol may well mean, and more often is a slip. Hints are warnings, never faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from sbrt_qa.errors import ProtocolError
from sbrt_qa.protocol.definition import LimitByFractions
from sbrt_qa.protocol.faults import Faults
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.library_rows import other_unit_of, rows_like
from sbrt_qa.protocol.lint_gaps import CODE, gaps, same_names
from sbrt_qa.protocol.load import load_protocol
from sbrt_qa.protocol.usual_sense import ORGAN, TARGET, against_usual, kind_of, limits_in, usual_sense
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.errors import SbrtQaError
    from sbrt_qa.protocol.definition import Constraint, Limit, Protocol
    from sbrt_qa.protocol.limit_table import Limits
    from sbrt_qa.protocol.load import Reading
    from sbrt_qa.protocol.yaml_source import Path

CGY_FROM_GY = 200.0  # no plan of one course prescribes that much physical dose to anything
CGY_FROM_CONVERTED_GY = 1000.0
FAR = 2.0  # a limit of more than so many times the library's, or less than its inverse
LEAST_PERCENT = 0.5
COVERAGE_PERCENT = range(80, 101)
ORGAN_LEVEL_PERCENT = 45.0

_DOSE_LEVEL = re.compile(r"(C?V)([0-9.]+)(Gy|%)\[")
_PART = re.compile(r"(DC?)([0-9.]+)(cc|%)\[")
_CONVERTED = re.compile(r"(EQD2|BED)\(ab=([0-9.]+)\):((?:DC?[0-9.]+(?:cc|%)|Max|Min|Median|NearMax|NearMin)\[Gy\])")


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint: what it is about inside the row, what is odd, what to do, and its code."""

    path: Path
    what: str
    mend: str
    code: str


Found: TypeAlias = "Iterator[Hint]"


def hints(reading: Reading) -> tuple[SbrtQaError, ...]:
    """Return what is odd in a protocol file, by line.

    Parameters
    ----------
    reading : Reading
        From ``load.read``; what is at fault there is passed over.

    Returns
    -------
    tuple of SbrtQaError
        With place, remedy and code like faults; none of them makes the file wrong.
    """
    protocol, source = reading.protocol, reading.source
    noted = Faults(reading.faults.file)
    if protocol is None:
        return ()
    for what, mend in _prescription(protocol):
        noted.add(source.place(("prescription", "dose")), what, mend=mend, code="hint-unit")
    for at, what, mend in same_names(protocol):
        noted.add(source.place(at), what, mend=mend, code=CODE)
    library = tuple(_library(protocol.id))
    number_of = {
        reading.faults.where(source.place(("constraints", number))): number
        for number in range(len(source.data.get("constraints", ())))
    }
    for row in protocol.constraints:
        path: Path = ("constraints", number_of[row.where])
        for hint in _of_row(row, protocol, library):
            noted.add(source.place((*path, *hint.path)), hint.what, mend=hint.mend, code=hint.code)
    return noted.sorted()


def _library(own_id: str) -> Iterator[Protocol]:
    """Yield the shipped protocols except the one of this id."""
    for name in shipped():
        protocol = _shipped(name)
        if protocol is not None and protocol.id != own_id:
            yield protocol


@cache
def _shipped(name: str) -> Protocol | None:
    """Return a shipped protocol; None where the installation is damaged, which spoils no other file's lint."""
    try:
        return load_protocol(name)
    except ProtocolError:
        return None


def _prescription(protocol: Protocol) -> Iterator[tuple[str, str]]:
    most = protocol.prescription.max_gy
    if most is not None and most > CGY_FROM_GY:
        yield f"a prescription of {most:g} Gy is more than any course has", f"for cGy write {most / 100:g} Gy"


def _of_row(row: Constraint, protocol: Protocol, library: tuple[Protocol, ...]) -> Found:
    units = [*_dose_units(row), *_parts(row, protocol)]
    yield from units
    yield from (Hint(at, what, mend, CODE) for at, what, mend in gaps(row, protocol))
    if not units:  # a wrong unit would only be said again
        yield from _model(row)
        yield from _direction(row, protocol)
        yield from _conversion(row, protocol)
        yield from _far_from_library(row, protocol, library)


def _dose_units(row: Constraint) -> Found:
    """Find doses that are probably in cGy."""
    body = row.metric.text
    most = CGY_FROM_CONVERTED_GY if ":" in body else CGY_FROM_GY
    level = _DOSE_LEVEL.match(body.rpartition(":")[2])
    if level is not None and level[3] == "Gy" and float(level[2]) > most:
        better = body.replace(f"{level[2]}Gy", f"{float(level[2]) / 100:g}Gy")
        yield Hint(("metric",), f"{level[2]} Gy is more than any plan has", f"for cGy write {better}", "hint-unit")
    if row.goal is None or row.metric.unit is not Unit.GY:
        return
    for key, limits in (("goal", row.goal), ("acceptable", row.acceptable)):
        for limit in () if limits is None else limits_in(limits):
            if limits is not None and limit.value > most:
                mend = f"for cGy write '{limit.comparison} {limit.value / 100:g} Gy'"
                yield Hint(_at(key, limits, limit), f"'{limit.text}' is more than any plan has", mend, "hint-unit")
                break


def _parts(row: Constraint, protocol: Protocol) -> Found:
    """Find volumes that probably have the wrong unit: per cent for cc, cc for per cent, per cent of dose for Gy."""
    body, kind = row.metric.text.rpartition(":")[2], kind_of(row.structure, protocol.roles)
    part, level = _PART.match(body), _DOSE_LEVEL.match(body)
    if part is not None and part[3] == "%" and float(part[2]) < LEAST_PERCENT:
        yield _other(row, f"{part[2]} % of a structure is a speck", body.replace("%", "cc", 1))
    if part is not None and part[3] == "cc" and kind == TARGET and float(part[2]) in COVERAGE_PERCENT:
        yield _other(row, f"the hottest {part[2]} cc of a target is an unusual part", body.replace("cc", "%", 1))
    if level is not None and level[3] == "%" and kind == ORGAN and float(level[2]) < ORGAN_LEVEL_PERCENT:
        what = f"{level[2]} % of the prescription is an unusual level for '{row.structure}'"
        yield _other(row, what, body.replace("%", "Gy", 1))
    if level is None or row.goal is None:
        return
    for limit in limits_in(row.goal):
        if limit.unit is Unit.PERCENT and 0 < limit.value < LEAST_PERCENT:
            yield _other(
                row,
                f"'{limit.text}' of a structure is a speck",
                body.replace("[%]", "[cc]"),
                _at("goal", row.goal, limit),
            )
            break
        if limit.unit is Unit.CC and kind == TARGET and limit.value in COVERAGE_PERCENT and not limit.is_upper:
            better = body.replace("[cc]", "[%]")
            yield _other(
                row,
                f"'{limit.text}' of a target looks like its coverage in per cent",
                better,
                _at("goal", row.goal, limit),
            )
            break


def _other(row: Constraint, what: str, better: str, path: Path = ("metric",)) -> Hint:
    head, colon, _ = row.metric.text.rpartition(":")
    return Hint(path, what, f"did you mean {head}{colon}{better}?", "hint-unit")


def _direction(row: Constraint, protocol: Protocol) -> Found:
    limit = against_usual(row, protocol.roles)
    if limit is not None and row.goal is not None:
        usual = usual_sense(row, protocol.roles)
        of = f"{row.metric.text} of '{row.structure}'"
        right = f"{usual}{limit.text.removeprefix(limit.comparison)}"
        mend = f"did you mean '{right}'? Keep it when the source says so"
        what = f"'{limit.text}' points against the usual sense of {of}"
        yield Hint(_at("goal", row.goal, limit), what, mend, "hint-direction")


def _model(row: Constraint) -> Found:
    """Find what a model estimates and is judged: it informs, for its parameters fit the patients it was made from."""
    if row.goal is not None and row.metric.text.rpartition(":")[2].startswith("NTCP("):
        what = "NTCP is what a model estimates, and is judged here"
        mend = "write report: true instead of a goal, and judge the doses behind it; keep it when the source says so"
        yield Hint(("goal",), what, mend, "hint-model")


def _conversion(row: Constraint, protocol: Protocol) -> Found:
    """Find what one dose of the curve converts for one number of fractions: a physical limit says the same."""
    match, fractions = _CONVERTED.fullmatch(row.metric.text), protocol.prescription.fractions
    if match is None or row.goal is None or row.goal.always is None or len(fractions) != 1:
        return
    limit, number, alpha_beta_gy = row.goal.always, fractions[0], float(match[2])
    bed_gy = limit.value * ((1 + 2 / alpha_beta_gy) if match[1] == "EQD2" else 1)
    physical_gy = number * alpha_beta_gy / 2 * ((1 + 4 * bed_gy / (number * alpha_beta_gy)) ** 0.5 - 1)
    what = f"in {number} fractions {match[1]} is not needed for one dose of the curve"
    mend = f"{match[3]} {limit.comparison} {physical_gy:.2f} Gy says the same and is easier to check"
    yield Hint(("metric",), what, mend, "hint-conversion")


def _far_from_library(row: Constraint, protocol: Protocol, library: tuple[Protocol, ...]) -> Found:
    if not isinstance(row.goal, LimitByFractions):
        return
    for number in protocol.prescription.fractions:
        own = row.goal.at(number)
        if own is None or own.value == 0:
            continue
        known = list(rows_like(row, protocol, library, number))
        near = min(known, key=lambda one: _times(own, one.limit), default=None)
        if near is not None and _times(own, near.limit) > FAR:
            what = f"'{own.text}' is {own.value / near.limit.value:.2g} times the '{near.limit.text}' of {near.name}"
            mend = "check number and unit; keep it when the source says so"
            yield Hint(_at("goal", row.goal, own), f"in {number} fractions {what}", mend, "hint-library")
            return
        slip = None if known else other_unit_of(row, protocol, library, number)
        if slip is not None and _times(own, slip.limit) < FAR**0.5:
            what = f"'{own.text}' is in {own.unit}, while {slip.name} asks for '{slip.limit.text}'"
            yield Hint(_at("goal", row.goal, own), what, f"did you mean {slip.metric}?", "hint-library")
            return


def _at(key: str, limits: Limits, limit: Limit) -> Path:
    """Return where a limit stands inside its row: at the key, or at its column."""
    if not isinstance(limits, LimitByFractions):
        return (key,)
    return (key, *(number for number, one in limits.columns.items() if one is limit))


def _times(one: Limit, other: Limit) -> float:
    """Return by how many times two limits differ, at least 1; neither is 0."""
    return max(one.value / other.value, other.value / one.value)
