"""Readings: where nobody can say how a ROI is meant, a verdict is given only if every way leads to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.exhibits import Exhibits
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.judge import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.checks import Doubt, Reading
    from sbrt_qa.model import Structure
    from sbrt_qa.protocol.definition import Constraint
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.protocol.judge import Doubts, Exhibit

MOST = 4  # ways to be combined: 15 cases to judge; nobody has seen more than two behind one constraint


class Readings:
    """Every other way to read the ROIs of a case.

    Parameters
    ----------
    exhibits : Exhibits
        The case as it was read.
    doubts : iterable of Doubt
        Those that carry a reading.
    """

    def __init__(self, exhibits: Exhibits, doubts: Iterable[Doubt]) -> None:
        self.exhibits = exhibits
        self._by_roi: dict[int, list[Doubt]] = {}
        self._cases: dict[frozenset[tuple[int, Reading | None]], Exhibits] = {}
        for doubt in doubts:
            for number in doubt.rois:
                known = self._by_roi.setdefault(number, [])
                if doubt.reading not in [one.reading for one in known]:
                    known.append(doubt)

    def judged(self, constraint: Constraint, exhibit: Exhibit, doubts: Doubts, rois: Iterable[int]) -> Finding:
        """Judge one constraint; UNDECIDED where the verdict depends on how a ROI behind it is read.

        Parameters
        ----------
        constraint : Constraint
            What is asked.
        exhibit : Exhibit
            The structure as it was read.
        doubts : tuple of (code, sentence)
            Why nothing may be judged here.
        rois : iterable of int
            Numbers of the ROIs behind it.
        """
        found = self._finding(constraint, exhibit, doubts)
        ways = self._ways(rois)
        if not ways or found.verdict is None or self._agree(found, constraint, ways):
            return found
        return self._finding(constraint, exhibit, (*doubts, *_unclear(ways)))

    def unclear(self, rois: Iterable[int]) -> Doubts:
        """Return why these ROIs may be read in another way, as (code, sentence)."""
        return _unclear(self._ways(rois))

    def _ways(self, rois: Iterable[int]) -> list[tuple[int, Doubt]]:
        return [(number, doubt) for number in rois for doubt in self._by_roi.get(number, ())]

    def _agree(self, found: Finding, constraint: Constraint, ways: list[tuple[int, Doubt]]) -> bool:
        """Tell whether every combination of readings leads to the same verdict."""
        may_agree = found.verdict is not Verdict.UNDECIDED and len(ways) <= MOST
        several = chain.from_iterable(combinations(ways, size) for size in range(1, len(ways) + 1))
        return may_agree and all(self._verdict(found, constraint, way) is found.verdict for way in several)

    def _verdict(self, found: Finding, constraint: Constraint, way: tuple[tuple[int, Doubt], ...]) -> Verdict | None:
        """Judge the same constraint on the case read in another way."""
        exhibits = self._read(way)
        try:
            brought = exhibits.for_role(exhibits.protocol.roles[constraint.structure])
        except SbrtQaError:
            brought = ()
        same = (replace(e, neighbours=lambda: (None, None)) for e in brought if e.number == found.roi_number)
        return next((self._finding(constraint, one, ()).verdict for one in same), Verdict.UNDECIDED)

    def _finding(self, constraint: Constraint, exhibit: Exhibit, doubts: Doubts) -> Finding:
        plan = self.exhibits.case.plan
        return finding(constraint, exhibit, plan.fractions if plan else None, doubts, self.exhibits.protocol.sources)

    def _read(self, way: tuple[tuple[int, Doubt], ...]) -> Exhibits:
        key = frozenset((number, doubt.reading) for number, doubt in way)
        if key not in self._cases:
            others: dict[int, Structure] = {structure.number: structure for structure in self.exhibits.case.structures}
            for number, doubt in way:
                assert doubt.reading is not None
                others[number] = doubt.reading.other(others[number], self.exhibits.sampling)
            self._cases[key] = _with(self.exhibits, others)
        return self._cases[key]


def _with(exhibits: Exhibits, others: Mapping[int, Structure]) -> Exhibits:
    """Return the same case with its structures read in another way."""
    case, matching = exhibits.case, exhibits.matching
    structures = tuple(others[structure.number] for structure in case.structures)
    roles = {
        role: replace(found, structures=tuple(others[structure.number] for structure in found.structures))
        for role, found in matching.roles.items()
    }
    return Exhibits(
        replace(case, structure_set=replace(case.structure_set, structures=structures)),
        exhibits.protocol,
        replace(matching, roles=roles),
        exhibits.sampling,
    )


def _unclear(ways: list[tuple[int, Doubt]]) -> Doubts:
    """Say of each way why it is one, and the same only once."""
    return tuple(dict.fromkeys((_code(doubt), doubt.sentence) for _, doubt in ways))


def _code(doubt: Doubt) -> str:
    assert doubt.reading is not None
    return doubt.reading.code
