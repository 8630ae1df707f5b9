"""``sbrt-qa dvh``: the curves of a case, as a table, as numbers and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import say, width
from sbrt_qa.errors import MetricUndefined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sbrt_qa.histogram import DVH
    from sbrt_qa.model import Case, Structure

_POINTS: tuple[tuple[str, Callable[[DVH], float]], ...] = (
    ("Min", lambda curve: curve.minimum()),
    ("Mean", lambda curve: curve.mean()),
    ("Max", lambda curve: curve.maximum()),
    ("D98%", lambda curve: curve.dose_at(percent=98)),
    ("D95%", lambda curve: curve.dose_at(percent=95)),
    ("D50%", lambda curve: curve.dose_at(percent=50)),
    ("D2%", lambda curve: curve.dose_at(percent=2)),
    ("D0.03", lambda curve: curve.dose_at(cc=0.03)),
)
_DASH = "—"
_SIZES = (7, *(5 for _ in _POINTS), 5)
_LEGEND = "Volume in cc, doses in Gy; D0.03: dose to the hottest 0.03 cc; Grid%: share inside the dose grid."


@click.command("dvh", short_help="Dose-volume curves of a case.")
@words.case_path
@words.structures
@words.outputs("Write the curves; the suffix picks the format (.csv, .png, .svg). May be repeated.")
@words.plan
@words.sampling
def dvh(path: Path, structures: tuple[str, ...], outputs: tuple[Path, ...], **asked: Any) -> int:
    """Print volume, minimum, mean, maximum and D-points of the structures of the case at PATH.

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
    curves: list[DVH] = []
    rows: list[tuple[str, list[str]]] = []
    notes: list[str] = []
    for structure in asked_for:
        try:
            curve = curve_of(case, structure, sampling)
        except MetricUndefined as error:
            rows.append((structure.name, [_DASH] * len(_SIZES)))
            notes.append(str(error))
        else:
            curves.append(curve)
            rows.append((structure.name, _cells(curve, notes)))
    for target in targets:
        write_curves(curves, target)
    say(_table(rows, [_LEGEND, *dict.fromkeys(f"{_DASH} {note}" for note in notes), f"Conventions: {sampling}"]))
    return 3 if structures and len(curves) < len(asked_for) else 0


def _chosen(case: Case, names: Sequence[str]) -> tuple[Structure, ...]:
    """Return the structures of these names, each once; all of the case without names."""
    chosen = [case.structure(name) for name in names] or case.structures
    return tuple({structure.number: structure for structure in chosen}.values())


def _cells(curve: DVH, notes: list[str]) -> list[str]:
    """Return the numbers of one row, and note why some are missing."""
    cells = [f"{curve.volume_cc:.2f}" if curve.volume_cc < 1000 else f"{curve.volume_cc:.1f}"]
    for _, ask in _POINTS:
        try:
            gy = ask(curve)
        except MetricUndefined as error:
            notes.append(str(error))
            cells.append(_DASH)
        else:
            cells.append(f"{gy:.2f}" if gy < 99.995 else f"{gy:.1f}")
    covered = "100" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f}"
    return [*cells, covered]


def _table(rows: Sequence[tuple[str, list[str]]], notes: Sequence[str]) -> str:
    from sbrt_qa.report.text import clean, fold, pad

    columns = width()
    name_width = columns - sum(_SIZES) - len(_SIZES)
    lines = []
    for name, cells in (("Structure", ["Volume", *(word for word, _ in _POINTS), "Grid%"]), *rows):
        first, *more = fold(clean(name), name_width)
        lines.append(" ".join((pad(first, name_width), *map(str.rjust, cells, _SIZES))))
        lines += more
    folded = [line for note in notes for line in fold(clean(note), columns)]
    return "".join(f"{line.rstrip()}\n" for line in (*lines, "", *folded))


COMMAND = dvh
