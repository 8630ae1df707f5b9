"""Limit tables: limits by prescribed dose or by the structure's volume, and which limit a situation asks for."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sbrt_qa.metrics import Caution
from sbrt_qa.protocol.definition import Limit, LimitByFractions

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME_GY = 1e-6
UNITS = {"prescription": "Gy", "volume": "cc"}


@dataclass(frozen=True, slots=True)
class LimitTable:
    """A limit that depends on the prescription, or on the volume of the judged structure.

    Parameters
    ----------
    by : {"prescription", "volume"}
        What decides. A prescription must be one of the columns; a volume between two columns gives a limit linearly
        between theirs, and beyond the ends the last one, as such tables are published.
    columns : mapping of float to Limit
        Limit by prescription in Gy or by volume in cc; by volume all have one comparison.
    """

    by: str
    columns: Mapping[float, Limit]

    @property
    def always(self) -> None:
        """A table has no limit that holds everywhere."""
        return

    def at(self, key: float) -> Limit | None:
        """Limit at a prescription in Gy or a volume in cc; None when a prescription has no column."""
        if self.by == "volume":
            return self._between(key)
        return next((limit for gy, limit in self.columns.items() if abs(gy - key) <= SAME_GY), None)

    def reaches(self, key: float) -> bool:
        """Tell whether a volume lies between the first and the last column."""
        return min(self.columns) <= key <= max(self.columns)

    def _between(self, volume_cc: float) -> Limit:
        known = sorted(self.columns)
        after = bisect_right(known, volume_cc)
        if after in (0, len(known)):
            return self.columns[known[min(after, len(known) - 1)]]
        low, high = known[after - 1], known[after]
        first, second = self.columns[low], self.columns[high]
        share = (volume_cc - low) / (high - low)
        value = first.value + share * (second.value - first.value)
        return Limit(first.comparison, value, first.unit, f"{first.comparison} {value:g} {first.unit}".rstrip())


Limits: TypeAlias = LimitByFractions | LimitTable


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which limit of a row applies; None for what is not known (yet).

    Parameters
    ----------
    fractions : int or None
        Planned number of fractions.
    prescription_gy : float or None
        Prescription of the judged structure.
    volume_cc : float or None
        Volume of the judged structure.
    """

    fractions: int | None = None
    prescription_gy: float | None = None
    volume_cc: float | None = None

    def limit(self, limits: Limits | None) -> Limit | None:
        """Return the limit that applies; None when there is none, or nobody can tell."""
        if limits is None:
            return None
        if isinstance(limits, LimitByFractions):
            return limits.always if self.fractions is None else limits.at(self.fractions)
        key = self._key(limits)
        return None if key is None else limits.at(key)

    def why_none(self, limits: Limits | None) -> tuple[str, str]:
        """Say why no limit applies: reason code and sentence."""
        if isinstance(limits, LimitTable):
            if self.prescription_gy is None:
                return "prescription-missing", "the prescription is unknown, and the limit depends on it"
            columns = ", ".join(f"{gy:g}" for gy in sorted(limits.columns))
            text = f"the protocol has no limit for a prescription of {self.prescription_gy:g} Gy, only for {columns} Gy"
            return "limit-for-prescription-missing", text
        columns = ", ".join(str(n) for n in sorted(limits.columns)) if limits else ""
        text = f"the protocol has no limit for {self.fractions} fractions, only for {columns}"
        return "limit-for-fractions-missing", text

    def caution(self, limits: Limits | None) -> Caution | None:
        """Say where a volume lies beyond the ends of its table."""
        if not isinstance(limits, LimitTable) or limits.by != "volume" or self.volume_cc is None:
            return None
        if limits.reaches(self.volume_cc):
            return None
        ends = f"{min(limits.columns):g} to {max(limits.columns):g} cc"
        text = (
            f"Caution: the volume of {self.volume_cc:.2f} cc lies beyond the table of limits ({ends}); its end was used"
        )
        return Caution("limit-beyond-table", text)

    def _key(self, limits: LimitTable) -> float | None:
        return self.prescription_gy if limits.by == "prescription" else self.volume_cc
