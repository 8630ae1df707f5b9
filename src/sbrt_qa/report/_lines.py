"""Curves as lines to draw: order, colours, dashes, and the limits that lie on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.report._thin import thin, thin_points
from sbrt_qa.report.text import clean, clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation, Finding

# Distinguishable with every kind of colour vision (after Okabe and Ito, the yellow darkened for white paper).
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#8C6D1F")
# On and off lengths; five dashes and eight colours make forty lines, none alike.
DASHES: tuple[tuple[float, ...], ...] = ((), (7, 2), (2, 1.5), (7, 2, 1.5, 2), (12, 3, 3, 3, 3, 3))
NAME_CELLS = 28
_TOLERANCE = 1e-3

_D_POINT = re.compile(r"D([\d.]+)(cc|%)\[(Gy|%)\]")
_V_POINT = re.compile(r"V([\d.]+)(Gy|%)\[(cc|%)\]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit that is a point of the dose-volume plane.

    Parameters
    ----------
    dose_gy, percent : float
        Where it lies.
    side : {"left", "right", "below", "above"}
        Where the curve has to pass.
    says : str
        The limit in the words of the protocol.
    """

    dose_gy: float
    percent: float
    side: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve to draw.

    Parameters
    ----------
    name : str
        Structure, safe to print and short enough for a legend.
    doses_gy, percents : tuple of float
        Volume in per cent of the whole structure.
    color : int
        Index of ``COLORS``.
    dash : int
        Index of ``DASHES``.
    marks : tuple of Mark
        The limits judged on it.
    stated_gy, stated_percents : tuple of float
        The planning system's own curve of the structure, where it was compared; else empty.
    """

    name: str
    doses_gy: tuple[float, ...]
    percents: tuple[float, ...]
    color: int
    dash: int
    marks: tuple[Mark, ...]
    stated_gy: tuple[float, ...] = ()
    stated_percents: tuple[float, ...] = ()


def lines(curves: Iterable[DVH], evaluation: Evaluation | None = None) -> tuple[Line, ...]:
    """Return the curves as lines, sorted by name.

    Parameters
    ----------
    curves : iterable of DVH
        What to draw.
    evaluation : Evaluation, optional
        Whose limits to mark.

    Returns
    -------
    tuple of Line
        Colour and dash differ from line to line; the first forty are all different.
    """
    ordered = sorted(curves, key=lambda curve: (curve.name.casefold(), curve.name))
    return tuple(_line(curve, index, evaluation) for index, curve in enumerate(ordered))


def _line(curve: DVH, index: int, evaluation: Evaluation | None) -> Line:
    edges_gy, volume_cc = thin(curve, _TOLERANCE)
    stated_gy, stated_percents = _stated(curve, evaluation)
    return Line(
        name=clip(clean(curve.name), NAME_CELLS),
        doses_gy=tuple(edges_gy.tolist()),
        percents=tuple((100 * volume_cc / curve.volume_cc).tolist()),
        color=index % len(COLORS),
        dash=index % len(DASHES),
        marks=() if evaluation is None else tuple(_marks(curve, evaluation)),
        stated_gy=stated_gy,
        stated_percents=stated_percents,
    )


def _stated(curve: DVH, evaluation: Evaluation | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the planning system's own curve of the structure; nothing unless there is exactly one."""
    rows = () if evaluation is None else evaluation.stated_dvhs
    found = [
        row.curve for row in rows if row.roi == curve.name and row.difference is not None and row.curve is not None
    ]
    if len(found) != 1:
        return (), ()
    doses_gy, shares = thin_points(found[0].doses_gy, found[0].shares, _TOLERANCE)
    return tuple(doses_gy.tolist()), tuple((100 * shares).tolist())


def _marks(curve: DVH, evaluation: Evaluation) -> list[Mark]:
    prescription_gy = evaluation.prescription.get("gy")
    judged = (f for f in evaluation.findings if f.roi == curve.name and f.goal_value is not None)
    return [mark for finding in judged if (mark := _mark(finding, curve, prescription_gy)) is not None]


def _mark(finding: Finding, curve: DVH, prescription_gy: float | None) -> Mark | None:
    """Place a D-point or V-point limit; None where the metric is no point or the prescription is unknown."""
    metric, limit = finding.metric, finding.goal_value or 0.0
    upper = finding.goal.lstrip().startswith("<")
    if match := _D_POINT.fullmatch(metric):
        dose_gy = _gy(limit, match[3], prescription_gy)
        percent, side = _percent(float(match[1]), match[2], curve), "left" if upper else "right"
    elif match := _V_POINT.fullmatch(metric):
        dose_gy = _gy(float(match[1]), match[2], prescription_gy)
        percent, side = _percent(limit, match[3], curve), "below" if upper else "above"
    else:
        return None
    if dose_gy is None or not 0.0 <= percent <= 100.0:
        return None
    return Mark(dose_gy, percent, side, clean(f"{metric} {finding.goal}"))


def _gy(number: float, unit: str, prescription_gy: float | None) -> float | None:
    if unit == "Gy":
        return number
    return None if prescription_gy is None else number / 100 * prescription_gy


def _percent(number: float, unit: str, curve: DVH) -> float:
    return number if unit == "%" else 100 * number / curve.volume_cc


def dose_axis_gy(drawn: Sequence[Line], prescription_gy: float | None) -> float:
    """Return the end of the dose axis: a little beyond the last curve, mark and prescription."""
    ends = [end for line in drawn for end in (*line.doses_gy[-1:], *line.stated_gy[-1:])]
    ends += [mark.dose_gy for line in drawn for mark in line.marks]
    ends += [] if prescription_gy is None else [prescription_gy]
    return 1.04 * max([1.0, *ends])
