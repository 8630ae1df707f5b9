"""Stanley 2021: means and ranges over the positions, beside the published ones."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from sbrt_qa.commission.document import Table
from sbrt_qa.commission.published import STANLEY_SYSTEMS, STANLEY_V50, STANLEY_V100, STANLEY_VOLUME
from sbrt_qa.commission.wording import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sbrt_qa.commission.document import Point
    from sbrt_qa.commission.published import Spread


def by_case(points: Iterable[Point], metric: str, ending: str = "") -> dict[str, list[Point]]:
    """Return the points of one metric by size; ``ending`` picks the dose model."""
    found: dict[str, list[Point]] = {}
    for point in points:
        if point.metric == metric and point.case.endswith(ending):
            found.setdefault(point.case.split(", ")[0], []).append(point)
    return found


def mean(points: Sequence[Point]) -> float:
    """Return the mean deviation in per cent of those that have a value; 0 where none has."""
    found = deviations(points)
    return fmean(found) if found else 0.0


def tables(points: tuple[Point, ...], units: Iterable[str]) -> Iterable[Table]:
    """Yield the tables of the chapter."""
    volumes = by_case(points, "Volume")
    rows = [(size, _spread(deviations(own)), *_systems(size, STANLEY_VOLUME)) for size, own in volumes.items()]
    note = "Mean [range] over the positions, in per cent of the ideal sphere."
    yield Table("Volume: per cent off", ("Size", "here", *STANLEY_SYSTEMS), tuple(rows), note)
    for unit in units:
        for metric, published in (("V100%", STANLEY_V100), ("V50%", STANLEY_V50)):
            yield _dose_table(points, metric, unit, published if unit == "cm" else None)


def _dose_table(
    points: Iterable[Point], metric: str, unit: str, published: Mapping[float, tuple[Spread, ...]] | None
) -> Table:
    rows = []
    for size, own in by_case(points, metric, f"model in {unit}").items():
        data = [100.0 * (point.truth / point.ideal - 1.0) for point in own if point.ideal]
        systems = () if published is None else _systems(size, published)
        rows.append((size, _spread(deviations(own), 2), _spread(data), *systems))
    header = ("Size", "here", "the data", *(() if published is None else STANLEY_SYSTEMS))
    note = "Mean [range]. Here: against the truth. The data: that truth against the ideal dose."
    beside = " The published systems: against the ideal dose." if published is not None else ""
    return Table(f"{metric}, model in {unit}: per cent off", header, tuple(rows), note + beside)


def _systems(size: str, published: Mapping[float, tuple[Spread, ...]]) -> tuple[str, ...]:
    found = published.get(float(size.removesuffix(" mm")))
    if found is None:
        return ("—",) * len(STANLEY_SYSTEMS)
    return tuple(f"{signed(s.mean_percent)} [{signed(s.low_percent)}, {signed(s.high_percent)}]" for s in found)


def deviations(points: Iterable[Point]) -> list[float]:
    """Return the deviations in per cent of the points that have a value."""
    return [point.error_percent for point in points if point.error_percent is not None]


def _spread(errors: Sequence[float], digits: int = 1) -> str:
    if not errors:
        return "—"
    return f"{signed(fmean(errors), digits)} [{signed(min(errors), digits)}, {signed(max(errors), digits)}]"
