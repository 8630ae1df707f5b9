"""The JSON record read back: from ``check -o record.json`` to the evaluation it was written from.

A record may have been edited or cut since. Its shape is checked strictly, its verdict is made again from its rows, and
each judged value is held against its limit again; a record that contradicts itself is refused.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sbrt_qa.errors import CaseError, SbrtQaError, UsageError
from sbrt_qa.histogram import DVH, Sampling
from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding, Verdict, worst
from sbrt_qa.protocol.limits import read_limit
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    import os

LARGEST = 64 * 2**20  # bytes; the largest genuine records are some hundred times smaller
_ROUNDED_CC = 2e-6
_MEND = "write it again with 'sbrt-qa check -o record.json'"


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Prescription(_Form):
    gy: float | None = None
    fractions: int | None = None
    source: str | None = None


class _Curve(_Form):
    structure: str
    volume_cc: Annotated[float, Field(gt=0)]
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    covered: Annotated[float, Field(ge=0, le=1)]
    edges_gy: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]
    cumulative_cc: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]


class _Record(_Form):
    of: Annotated[Literal["sbrt-qa/evaluation/1"], Field(alias="schema")]
    verdict: Verdict
    case: dict[str, str | list[dict[str, str]] | None]
    protocol: dict[str, str] | None
    prescription: _Prescription
    findings: tuple[Finding, ...]
    checks: tuple[CheckFinding, ...]
    curves: tuple[_Curve, ...]
    stated_dvhs: tuple[dict[str, Any], ...] = ()
    provenance: dict[str, Any]


def read_record(path: str | os.PathLike[str]) -> Evaluation:
    """Read a JSON record back.

    Parameters
    ----------
    path : path-like
        A file that ``check -o record.json`` wrote.

    Returns
    -------
    Evaluation
        With the thinned curves of the record, without the planning system's own curves, and with nothing to draw
        slices from.

    Raises
    ------
    CaseError
        ``record-unreadable``: no record of this version, damaged, or at odds with itself.
    UsageError
        When the file cannot be opened.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        what = f"the record {str(path)!r} cannot be opened: {error.strerror or error}"
        raise UsageError(what, mend="check the path and its permissions") from error
    return parse_record(content)


def parse_record(content: bytes) -> Evaluation:
    """Read the bytes of a JSON record back, as :func:`read_record` does.

    Raises
    ------
    CaseError
        ``record-unreadable``: no record of this version, damaged, or at odds with itself.
    """
    if len(content) > LARGEST:
        _refuse(f"the record is larger than {LARGEST // 2**20} MiB")
    evaluation = _evaluation(_parsed(content))
    _ensure_consistent(evaluation)
    return evaluation


def _refuse(why: str) -> NoReturn:
    raise CaseError(why, mend=_MEND, code="record-unreadable")


def _parsed(content: bytes) -> _Record:
    try:
        json.loads(content, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_once)
        return _Record.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        _refuse(f"the record is not of the schema sbrt-qa/evaluation/1: {place}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        _refuse(f"the record is no JSON: {error}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is not finite")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _evaluation(record: _Record) -> Evaluation:
    sampling = _sampling(record.provenance.get("sampling"))
    return Evaluation(
        verdict=record.verdict,
        findings=record.findings,
        checks=record.checks,
        case=record.case,
        protocol=record.protocol,
        prescription=record.prescription.model_dump(),
        curves=tuple(_curve(curve, sampling) for curve in record.curves),
        provenance=record.provenance,
    )


def _sampling(facts: Any) -> Sampling:
    try:
        return Sampling(**facts)
    except (TypeError, SbrtQaError):
        _refuse("the record states no conventions that are known here")


def _curve(curve: _Curve, sampling: Sampling) -> DVH:
    edges_gy, cumulative_cc = np.array(curve.edges_gy), np.array(curve.cumulative_cc)
    covered_cc = curve.covered * curve.volume_cc
    falls = edges_gy.size == cumulative_cc.size and bool(np.all(np.diff(cumulative_cc) <= 0.0))
    if not (falls and np.all(np.diff(edges_gy) >= 0.0) and abs(cumulative_cc[0] - covered_cc) <= _ROUNDED_CC):
        _refuse(f"the curve of {curve.structure!r} is none")
    # The record rounds volumes; the part inside the grid is known exactly.
    cumulative_cc[cumulative_cc == cumulative_cc[0]] = covered_cc
    low, mean, high = curve.min_gy, curve.mean_gy, curve.max_gy
    statistics = None if low is None or mean is None or high is None else (low, mean, high)
    return DVH(curve.structure, edges_gy, cumulative_cc, curve.volume_cc, statistics, sampling)


# --- does it hold together? -----------------------------------------------------------------------


def _ensure_consistent(evaluation: Evaluation) -> None:
    """Make the verdict again from the rows, and hold each judged value against its limits again."""
    judged = [f.verdict for f in evaluation.findings if f.verdict is not None and not is_harmless(f)]
    again = worst([*judged, *(check.verdict for check in evaluation.checks)])
    if again is not evaluation.verdict:
        _refuse(f"the record says {evaluation.verdict}, but its rows make it {again}")
    if evaluation.protocol is None and evaluation.verdict.rank < Verdict.UNDECIDED.rank:
        _refuse("the record was judged without a protocol and cannot be decided")
    for found in evaluation.findings:
        if not _holds(found):
            _refuse(f"the row {found.constraint!r} of the record does not follow from its value and limits")


def _holds(found: Finding) -> bool:
    if found.verdict is None:
        return True
    if found.verdict is Verdict.UNDECIDED or found.value is None:
        return bool(found.reason)  # dose outside the grid may leave no value, and one verdict whatever that dose is
    try:
        limits = [read_limit(text, Unit(found.unit)) for text in (found.goal, found.acceptable) if text]
    except (SbrtQaError, ValueError):
        return False
    met = [limit.is_met_by(found.value) for limit in limits]
    may_be = {
        Verdict.PASS: met[:1] == [True],
        Verdict.VARIATION: met == [False, True],
        Verdict.FAIL: met[:1] == [False],  # also within the acceptable limit, where --strict was asked
    }
    return may_be[found.verdict]
