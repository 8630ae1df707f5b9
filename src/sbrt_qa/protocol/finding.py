"""Verdicts, findings and the evaluation: plain data that every report renders and none computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sbrt_qa.checks import Compared
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.scene import Scene

ORDER = ("PASS", "VARIATION", "UNDECIDED", "FAIL")


class Verdict(StrEnum):
    """PASS < VARIATION < UNDECIDED < FAIL; a case's verdict is the worst of its required parts."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    VARIATION = "VARIATION"
    UNDECIDED = "UNDECIDED"
    FAIL = "FAIL"

    @property
    def rank(self) -> int:
        """0 for PASS up to 3 for FAIL."""
        return ORDER.index(self.value)

    def __lt__(self, other: str) -> bool:
        return self.rank < Verdict(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Verdict(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Verdict(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Verdict(other).rank


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; UNDECIDED when there is none, because an empty list is no pass."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one constraint for one structure.

    Parameters
    ----------
    constraint, structure, metric : str
        Constraint id, role id, metric text.
    roi : str or None
        ROI name that filled the role; for a derived role its expression with ROI names; None when none did.
    roi_number : int or None
        ROI number; negative for derived structures.
    verdict : Verdict or None
        None for report rows.
    value : float or None
        Full precision, in ``unit``; None when it could not be evaluated.
    unit : str
        Unit of value, interval and margin.
    interval : (low, high) or None
        Numerical interval; an end that is unbounded is None.
    goal, acceptable : str
        Text of the limits used; empty when there are none.
    goal_value : float or None
        The goal's number, for bars in reports.
    margin : float or None
        Distance to the goal in ``unit``, positive when met.
    borderline : bool
        True when the interval straddles a limit.
    reason : tuple of str
        Reason codes; empty when nothing is to be said.
    sentence : str
        The finding in plain words.
    required, verify : bool
        As in the protocol.
    source, evidence, why, mend : str
        As in the protocol; ``source`` is the citation itself.
    """

    constraint: str
    structure: str
    metric: str
    roi: str | None
    roi_number: int | None
    verdict: Verdict | None
    value: float | None
    unit: str
    interval: tuple[float | None, float | None] | None
    goal: str
    acceptable: str
    goal_value: float | None
    margin: float | None
    borderline: bool
    reason: tuple[str, ...]
    sentence: str
    required: bool = True
    verify: bool = False
    source: str = ""
    evidence: str = ""
    why: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What became of one integrity check.

    Parameters
    ----------
    id, title : str
        The check.
    verdict : Verdict
        PASS, VARIATION (a warning), UNDECIDED or FAIL (a limit of the protocol is broken).
    reason : tuple of str
        Reason codes, notes included.
    sentence : str
        In plain words, with the remedy where there is one.
    """

    id: str
    title: str
    verdict: Verdict
    reason: tuple[str, ...]
    sentence: str


def no_scene() -> Scene | None:
    """Return None: there is nothing to draw."""
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The complete judgement of one case: the one record that every report is made from.

    Parameters
    ----------
    verdict : Verdict
        Worst of all required findings and checks.
    findings : tuple of Finding
        In protocol order, each constraint once, or once per ROI of a ``many`` role.
    checks : tuple of CheckFinding
        In alphabetical order of id.
    case : mapping
        ids, labels, UIDs, files (JSON-ready).
    protocol : mapping or None
        id, title, version, status, sha256 (JSON-ready); None when judged without a protocol.
    prescription : mapping
        ``gy``, ``fractions``, ``source`` (``plan`` or ``protocol``); values None when unknown.
    curves : tuple of DVH
        One per structure that could be integrated; empty for a refused case.
    stated_dvhs : tuple of Compared
        What the planning system states of single structures, beside our numbers; in file order.
    colors : mapping of str to (r, g, b)
        Display colour by structure name, where the file has one.
    provenance : mapping
        Package, numpy and pydicom versions, sampling, quirks, notes (JSON-ready).
    load_scene : callable
        Gathers what pictures are made of, or returns None; called only by reports with pictures.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    checks: tuple[CheckFinding, ...]
    case: Mapping[str, Any]
    protocol: Mapping[str, Any] | None
    prescription: Mapping[str, Any]
    curves: tuple[DVH, ...] = ()
    colors: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    stated_dvhs: tuple[Compared, ...] = ()
    load_scene: Callable[[], Scene | None] = no_scene

    def __repr__(self) -> str:
        by = None if self.protocol is None else self.protocol["id"]
        return f"Evaluation({self.verdict}, protocol={by!r}, findings={len(self.findings)}, checks={len(self.checks)})"
