"""Nelms 2015: the numbers counted as published, and beside the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.commission.document import Table
from sbrt_qa.commission.published import NELMS_FINE, NELMS_MATCHED
from sbrt_qa.commission.wording import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sbrt_qa.commission.document import Point
    from sbrt_qa.commission.published import Count


def fine(points: Iterable[Point]) -> list[Point]:
    """Return the points of the published first test: contours every 0.2 mm, aligned, every grid."""
    return [point for point in points if point.case.startswith("contours 0.2 mm") and "aligned" in point.case]


def matched(points: Iterable[Point]) -> list[Point]:
    """Return the points of the published second test: contours and grid both 1, 2 or 3 mm, aligned."""
    same = tuple(f"contours {n} mm, grid {n} mm, aligned" for n in ("1", "2", "3"))
    return [point for point in points if point.case.startswith(same)]


def tables(points: tuple[Point, ...], solids: Sequence[str], *, quick: bool) -> Iterable[Table]:
    """Yield the tables of the chapter; a quick run has no counts that could stand beside the published ones."""
    if not quick:
        yield _beside("Contours and grid both 1, 2 or 3 mm, aligned", matched(points), NELMS_MATCHED)
        yield _beside("Contours every 0.2 mm, grids of 0.4, 1, 2 and 3 mm, aligned", fine(points), NELMS_FINE)
    yield _by_shape(points, solids)
    yield _worst(points)


def _beside(title: str, points: list[Point], published: Mapping[str, tuple[Count, Count]]) -> Table:
    rows = []
    for metric, (planiq, pinnacle) in published.items():
        own = [point for point in points if point.metric == metric]
        cells = [f"{sum(point.off for point in own)}/{len(own)}", _range(own)]
        for count in (planiq, pinnacle):
            cells += [str(count.off), f"{signed(count.low_percent)} to {signed(count.high_percent)}"]
        rows.append((metric, *cells))
    totals = [sum(pair[k].off for pair in published.values()) for k in (0, 1)]
    off = sum(point.off for point in points)
    rows.append(("All", f"{off}/{len(points)}", "", str(totals[0]), "", str(totals[1]), ""))
    header = ("Metric", "off", "range %", "PlanIQ 2.1 off", "range %", "Pinnacle 9.8 off", "range %")
    return Table(title, header, tuple(rows), "The two commercial systems: as published, on the same number of points.")


def _range(points: Iterable[Point]) -> str:
    errors = [point.error_percent for point in points if point.error_percent is not None]
    return f"{signed(min(errors))} to {signed(max(errors))}" if errors else "—"


def _by_shape(points: tuple[Point, ...], solids: Sequence[str]) -> Table:
    columns = list(dict.fromkeys(_layout(point) for point in points))
    rows = []
    for name in solids:
        own = [point for point in points if point.structure == name]
        cells = [[point for point in own if _layout(point) == column] for column in columns]
        rows.append((name, *(f"{sum(p.off for p in cell)}/{len(cell)}" for cell in cells)))
    return Table(
        "Points off by more than 3 %, by solid and contour spacing, all grids", ("Solid", *columns), tuple(rows)
    )


def _layout(point: Point) -> str:
    spacing, _, layout, _ = point.case.split(", ")
    return f"{spacing.removeprefix('contours ')} {layout}"


def _worst(points: tuple[Point, ...]) -> Table:
    found: dict[tuple[str, ...], list[Point]] = {}
    for point in points:
        if point.off:
            spacing, _, layout, dose = point.case.split(", ")
            found.setdefault((point.structure, f"{spacing}, {layout}, {dose}", point.metric), []).append(point)
    rows = [
        (f"{name}: {case}", metric, signed(max((p.error_percent or 0.0 for p in own), key=abs)), str(len(own)))
        for (name, case, metric), own in found.items()
    ]
    rows.sort(key=lambda row: -abs(float(row[2].replace("−", "-"))))
    note = "" if rows else "None."
    return Table("Every point off by more than 3 %", ("Where", "metric", "worst %", "grids"), tuple(rows), note)
