"""What the planning system states itself, as rows of text for every readable report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.checks import Agreement
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.checks import Compared
    from sbrt_qa.protocol.finding import Evaluation

DASH = "—"
COLUMNS = (("volume", "cc"), ("mean", "Gy"), ("d95", "Gy"), ("d50", "Gy"), ("d2", "Gy"))
_COMPARED = {Agreement.AGREES, Agreement.EXPLAINED, Agreement.DIFFERS}
_RANK = {
    Agreement.DIFFERS: 0,
    Agreement.EXPLAINED: 1,
    Agreement.AGREES: 2,
    Agreement.NOT_COMPARED: 3,
    Agreement.UNREADABLE: 4,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One stated number, and how far ours lies from it; empty where it is not compared."""

    stated: str
    apart: str


@dataclass(frozen=True, slots=True)
class StatedRow:
    """One structure: volume, mean, D95, D50, D2, the distance of the curves, and what came of it."""

    name: str
    agreement: str
    cells: tuple[Cell, ...]
    curve: str
    result: str

    @property
    def is_compared(self) -> bool:
        """True where ours was laid beside it."""
        return self.agreement in _COMPARED


def stated_rows(evaluation: Evaluation) -> tuple[StatedRow, ...]:
    """Return a row for each structure, those that differ first, else in file order."""
    return tuple(_row(row) for row in sorted(evaluation.stated_dvhs, key=lambda row: _RANK[row.agreement]))


def _row(row: Compared) -> StatedRow:
    stated, apart = row.stated, row.difference
    cells = tuple(
        Cell(
            DASH if (value := getattr(stated, f"{name}_{unit.lower()}", None)) is None else show(value, unit),
            _signed(getattr(apart, f"{name}_percent", None)),
        )
        for name, unit in COLUMNS
    )
    curve = DASH if apart is None else f"{apart.curve_volume_percent:.1f} % / {apart.curve_dose_percent:.1f} %"
    return StatedRow(clean(row.roi), row.agreement.value, cells, curve, _result(row))


def _result(row: Compared) -> str:
    left = show(row.remaining_percent or 0.0, "%")
    if row.agreement is Agreement.EXPLAINED:
        return f"{left} apart with {row.convention}"
    if row.agreement is Agreement.DIFFERS:
        return f"differs by {left}"
    if row.agreement in {Agreement.NOT_COMPARED, Agreement.UNREADABLE}:
        return f"{row.agreement}: {clean(row.sentence)}"
    return row.agreement.value


def _signed(percent: float | None) -> str:
    return "" if percent is None else f"{percent:+.1f} %".replace("-", "−")
