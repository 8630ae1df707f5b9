"""What a commissioning run has found: plain, frozen, and the same for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.histogram import Sampling


@dataclass(frozen=True, slots=True)
class Point:
    """One number beside the truth.

    Parameters
    ----------
    case : str
        The test case: geometry, grid and dose in a few words.
    structure : str
        The structure.
    metric : str
        For instance ``D95%``.
    unit : str
        ``Gy``, ``cc``, or empty for an index.
    value : float or None
        What the program says; None where it refused, with the ``reason``.
    truth : float
        What it should say.
    tolerance_percent : float
        A value further from the truth than this counts as off.
    ideal : float or None
        What the ideal dose would give, where the truth is that of its samples.
    reason : str
        Why there is no value.
    """

    case: str
    structure: str
    metric: str
    unit: str
    value: float | None
    truth: float
    tolerance_percent: float
    ideal: float | None = None
    reason: str = ""

    @property
    def error_percent(self) -> float | None:
        """Distance from the truth in per cent of the truth."""
        return None if self.value is None else 100.0 * (self.value / self.truth - 1.0)

    @property
    def off(self) -> bool:
        """True when it is further from the truth than tolerated; a missing value is not off but undecided."""
        error = self.error_percent
        return error is not None and abs(error) > self.tolerance_percent


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged.

    Parameters
    ----------
    id : str
        Stable, upper case.
    verdict : Verdict
        PASS, FAIL, or UNDECIDED where a value is missing.
    title : str
        What is required, in one sentence.
    found : str
        What was found, in a few words.
    """

    id: str
    verdict: Verdict
    title: str
    found: str


def judged(id_: str, title: str, found: str, *, met: bool, points: Iterable[Point]) -> Criterion:
    """Return a criterion: FAIL where the limit is not met, UNDECIDED where it is but a value is missing, else PASS."""
    missing = sum(point.value is None for point in points)
    if missing and met:
        return Criterion(id_, Verdict.UNDECIDED, title, f"{found}; {missing} values could not be computed")
    return Criterion(id_, Verdict.PASS if met else Verdict.FAIL, title, found)


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to print.

    Parameters
    ----------
    title : str
        What it shows.
    header : tuple of str
        Column names; the first column holds names, the others numbers.
    rows : tuple of tuple of str
        Cells.
    note : str
        How to read it; may be empty.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One test set under one convention.

    Parameters
    ----------
    set_id, title : str
        The set.
    source : str
        Where it was published.
    sampling : Sampling
        The convention.
    definitions : tuple of str
        What was built and how it is counted, where the publication leaves a choice open too.
    criteria : tuple of Criterion
        What is judged.
    tables : tuple of Table
        The numbers in short.
    points : tuple of Point
        Every number.
    """

    set_id: str
    title: str
    source: str
    sampling: Sampling
    definitions: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    tables: tuple[Table, ...]
    points: tuple[Point, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its criteria."""
        return worst(criterion.verdict for criterion in self.criteria)


@dataclass(frozen=True, slots=True)
class Commissioning:
    """One run.

    Parameters
    ----------
    chapters : tuple of Chapter
        In the order of the sets, each under every convention.
    versions : tuple of (str, str)
        What was tested, and on what: names and versions.
    quick : bool
        True when only a part of each set was run.
    """

    chapters: tuple[Chapter, ...]
    versions: tuple[tuple[str, str], ...]
    quick: bool

    @property
    def verdict(self) -> Verdict:
        """The worst of its chapters; UNDECIDED without any."""
        return worst(chapter.verdict for chapter in self.chapters)
