"""Rows: one line of somebody's table, in the words of the protocol file, before it is put together with others."""

from __future__ import annotations

from dataclasses import dataclass, field

from sbrt_qa.errors import SbrtQaError


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as texts.

    Parameters
    ----------
    where : str
        ``file:line``, or the entry of a JSON file.
    structure, metric : str
        As a protocol writes them; the structure is a role or a name.
    goal, acceptable : str
        Limits; columns as ``3: <= 18 Gy; 5: <= 25 Gy``. Empty when there are none.
    fractions : tuple of int
        The numbers of fractions that the row is for; empty for all.
    id, source, evidence, why, mend : str
        As in the protocol file; empty when not given.
    required, verify, suggested : bool
        As in the protocol file.
    when : (structure, metric, limit) or None
        Where the row is asked.
    """

    where: str
    structure: str
    metric: str
    goal: str = ""
    acceptable: str = ""
    fractions: tuple[int, ...] = ()
    id: str = ""
    source: str = ""
    evidence: str = ""
    why: str = ""
    mend: str = ""
    required: bool = True
    verify: bool = True
    suggested: bool = False
    when: tuple[str, str, str] | None = None


@dataclass(slots=True)
class Table:
    """A table as far as it could be read.

    Parameters
    ----------
    name : str
        The file, without its folder.
    rows : list of TableRow
        What was read.
    refused : list of SbrtQaError
        What was not, each with its place, reason and remedy.
    notes : list of str
        What else the author of the protocol should know.
    head : mapping
        What the table says about the protocol as a whole.
    """

    name: str
    rows: list[TableRow] = field(default_factory=list)
    refused: list[SbrtQaError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    head: Head = field(default_factory=lambda: Head())  # noqa: PLW0108 - Head is defined below


@dataclass(slots=True)
class Head:
    """What stands above the rows; empty for what the table does not say.

    Parameters
    ----------
    id, title, version, status, target, dose, dose_type, summation : str
        As in the protocol file; the dose as ``50 Gy`` or ``30 Gy to 60 Gy``.
    fractions : tuple of int
        Numbers of fractions.
    sources : dict
        Citations by key.
    structures : dict
        By role: type, many, derive, names.
    checks : dict
        By check: goal, acceptable, strict.
    """

    id: str = ""
    title: str = ""
    version: str = ""
    status: str = ""
    target: str = ""
    dose: str = ""
    dose_type: str = ""
    summation: str = ""
    fractions: tuple[int, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    structures: dict[str, tuple[str, bool, str, tuple[str, ...]]] = field(default_factory=dict)
    checks: dict[str, tuple[str, str, bool]] = field(default_factory=dict)


def refusal(what: str, mend: str, where: str = "") -> SbrtQaError:
    """Return why a row is not read."""
    return SbrtQaError(what, where=where, mend=mend, code="import-row")
