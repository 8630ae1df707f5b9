"""``sbrt-qa dvh``: the curves of a case, as a table, as numbers and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import colored, draws, say, width
from sbrt_qa.errors import MetricUndefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sbrt_qa.checks import Doubt
    from sbrt_qa.histogram import DVH
    from sbrt_qa.model import Case, Structure

    Row = tuple[str, DVH | MetricUndefined]  # a structure's name with its curve, or why there is none

_DASH = "—"
_LEGEND = (
    "Volumes in cc, doses in Gy; D0.03: dose to the hottest 0.03 cc; Grid%: share inside the dose grid;"
    " V20Gy: volume that receives at least 20 Gy."
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: what stands above it, how wide it is, and the text of a curve in it."""

    heading: str
    width: int
    text: Callable[[DVH], str]


def _dose(heading: str, ask: Callable[[DVH], float]) -> Column:
    return Column(heading, 5, lambda curve: f"{gy:.2f}" if (gy := ask(curve)) < 99.995 else f"{gy:.1f}")


def _volume(heading: str, ask: Callable[[DVH], float]) -> Column:
    return Column(heading, 7, lambda curve: f"{cc:.2f}" if (cc := ask(curve)) < 1000 else f"{cc:.1f}")


def _volume_from(gy: float) -> Column:
    return _volume(f"V{gy:g}Gy", lambda curve: curve.volume_at(gy=gy))


def _covered(curve: DVH) -> str:
    return "100" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f}"


_TABLES = (
    (
        _volume("Volume", lambda curve: curve.volume_cc),
        _dose("Min", lambda curve: curve.minimum()),
        _dose("Mean", lambda curve: curve.mean()),
        _dose("Max", lambda curve: curve.maximum()),
        _dose("D98%", lambda curve: curve.dose_at(percent=98)),
        _dose("D95%", lambda curve: curve.dose_at(percent=95)),
        _dose("D50%", lambda curve: curve.dose_at(percent=50)),
        _dose("D2%", lambda curve: curve.dose_at(percent=2)),
        _dose("D0.03", lambda curve: curve.dose_at(cc=0.03)),
        Column("Grid%", 5, _covered),
    ),
    tuple(_volume_from(gy) for gy in (5, 10, 15, 20, 30, 40, 50)),
)


@click.command("dvh", short_help="Dose-volume curves of a case.")
@words.case_path
@words.structures
@words.outputs("Write the curves; the suffix picks the format (.csv, .png, .svg). May be repeated.")
@words.plan
@words.plot
@words.sampling
def dvh(path: Path, structures: tuple[str, ...], outputs: tuple[Path, ...], **asked: Any) -> int:
    """Print volume, minimum, mean, maximum, D and V points of the structures of the case at PATH.

    A value that would depend on dose outside the dose grid is not given.
    """
    targets = words.writable(outputs, curves=True)
    words.present(path)
    sampling = words.sampling_of(asked["end_cap"], asked["between"], asked["dose"])

    from sbrt_qa.dicom.read_case import read_case
    from sbrt_qa.report import write_curves
    from sbrt_qa.workflow import dvh as curve_of

    case = read_case(path, plan=asked["plan"])
    asked_for = _chosen(case, structures)
    rows: list[Row] = []
    for structure in asked_for:
        try:
            rows.append((structure.name, curve_of(case, structure, sampling)))
        except MetricUndefined as error:
            rows.append((structure.name, error))
    curves = [curve for _, curve in rows if not isinstance(curve, MetricUndefined)]
    for target in targets:
        write_curves(curves, target)
    notes: list[str] = []
    doubts = _doubts(
        case, [s for s, row in zip(asked_for, rows, strict=True) if not isinstance(row[1], MetricUndefined)]
    )
    tables = [line for columns in _TABLES for line in _table(columns, rows, notes)]
    about = [_LEGEND, *dict.fromkeys(f"{_DASH} {note}" for note in notes), *doubts, f"Conventions: {sampling}"]
    drawn = _drawn(curves) if draws(asked["plot"]) else ()
    say("".join(f"{line.rstrip()}\n" for line in (*tables, *drawn, *_folded(about))))
    return 3 if structures and len(curves) < len(asked_for) else 0


def _drawn(curves: Sequence[DVH]) -> Iterator[str]:
    """Yield the first curves as a drawing; says so where there are more."""
    from sbrt_qa.report._dots import MOST, dots
    from sbrt_qa.report._ink import no_paint, paint_with

    yield from dots(curves, width(), paint_with if colored() else no_paint)
    if len(curves) > MOST:
        yield f"Drawn: the first {MOST} of {len(curves)}; choose with -s."
    yield ""


def _doubts(case: Case, shown: Sequence[Structure]) -> tuple[str, ...]:
    """Say what the integrity checks would hold against these curves; whether there is a plan does not matter here."""
    from sbrt_qa.checks import Effect, Subject, checks

    subject = Subject(case, used={str(structure.number): (structure,) for structure in shown})
    found = (doubt for check in checks().values() for doubt in check.run(subject).doubts)
    silent = (Effect.NOTE, Effect.LIMITS)
    unclear = (doubt for doubt in found if doubt.effect not in silent or _two_ways(doubt))
    return tuple(f"! {doubt.sentence}" for doubt in unclear)


def _two_ways(doubt: Doubt) -> bool:
    """Tell whether nobody can say how a ROI is meant; plain holes are holes."""
    return doubt.reading is not None and doubt.reading.code == doubt.code


def _chosen(case: Case, names: Sequence[str]) -> tuple[Structure, ...]:
    """Return the structures of these names, each once; all of the case without names."""
    chosen = [case.structure(name) for name in names] or case.structures
    return tuple({structure.number: structure for structure in chosen}.values())


def _table(columns: Sequence[Column], rows: Sequence[Row], notes: list[str]) -> Iterator[str]:
    """Yield the lines of one table, and note why numbers are missing."""
    from sbrt_qa.report.text import clean, fold, pad

    sizes = [column.width for column in columns]
    name_width = width() - sum(sizes) - len(sizes)
    headings = [column.heading for column in columns]
    for name, cells in (("Structure", headings), *((name, _cells(columns, curve, notes)) for name, curve in rows)):
        first, *more = fold(clean(name), name_width)
        yield " ".join((pad(first, name_width), *map(str.rjust, cells, sizes)))
        yield from more
    yield ""


def _cells(columns: Sequence[Column], curve: DVH | MetricUndefined, notes: list[str]) -> list[str]:
    if isinstance(curve, MetricUndefined):
        notes.append(str(curve))
        return [_DASH] * len(columns)
    cells = []
    for column in columns:
        try:
            cells.append(column.text(curve))
        except MetricUndefined as error:
            notes.append(str(error))
            cells.append(_DASH)
    return cells


def _folded(notes: Sequence[str]) -> Iterator[str]:
    from sbrt_qa.report.text import clean, fold

    for note in notes:
        yield from fold(clean(note), width())


COMMAND = dvh
