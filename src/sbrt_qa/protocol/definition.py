"""Protocol: what is asked of a plan, as plain data. ``load`` makes it from YAML, ``evaluate`` runs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.derive.nodes import Expression
    from sbrt_qa.metrics import Metric
    from sbrt_qa.protocol.limit_table import Limits
    from sbrt_qa.units import Unit


@dataclass(frozen=True, slots=True)
class Limit:
    """One side of a comparison.

    Parameters
    ----------
    comparison : {"<=", "<", ">=", ">"}
        How the value must stand to the limit.
    value : float
        Finite, in ``unit``.
    unit : Unit
        Always the metric's own unit.
    text : str
        As the protocol writes it, e.g. ``<= 25.3 Gy``.
    """

    comparison: str
    value: float
    unit: Unit
    text: str

    def is_met_by(self, value: float) -> bool:
        """Compare at full precision; anything that is not a number meets nothing."""
        if self.comparison == "<=":
            return value <= self.value
        if self.comparison == "<":
            return value < self.value
        if self.comparison == ">=":
            return value >= self.value
        return value > self.value

    @property
    def is_upper(self) -> bool:
        """True for ``<=`` and ``<``."""
        return self.comparison.startswith("<")

    def margin(self, value: float) -> float:
        """Distance to the limit in its unit, positive when met (0 may be either, after the comparison)."""
        return self.value - value if self.is_upper else value - self.value


@dataclass(frozen=True, slots=True)
class LimitByFractions:
    """A limit that may depend on the number of fractions. No interpolation, ever.

    Parameters
    ----------
    always : Limit or None
        The limit for every number of fractions, or None where ``columns`` decide.
    columns : mapping of int to Limit
        Limit by number of fractions.
    """

    always: Limit | None = None
    columns: Mapping[int, Limit] = field(default_factory=dict)

    def at(self, fractions: int) -> Limit | None:
        """Limit for this number of fractions; None when there is no such column."""
        return self.always if self.always is not None else self.columns.get(fractions)


@dataclass(frozen=True, slots=True)
class Condition:
    """Where a row is asked at all, such as one kidney where the other is not spared.

    Parameters
    ----------
    structure : str
        The role that is looked at; one structure fills it.
    metric : Metric
        What is measured of it.
    limit : Limit
        The row is asked where the value meets this.
    """

    structure: str
    metric: Metric
    limit: Limit


@dataclass(frozen=True, slots=True)
class Constraint:
    """One row of a protocol.

    Parameters
    ----------
    id : str
        Unique in the file.
    structure : str
        The role it is about.
    metric : Metric
        What is measured.
    goal, acceptable : LimitByFractions, LimitTable or None
        Limits; ``goal`` is None exactly for report rows.
    required : bool
        False makes a *missing structure* harmless; a failed limit still fails.
    source : str
        Key of ``Protocol.sources``; empty for report rows without one.
    why, mend, evidence : str
        Reason, remedy, evidence grade (S, S2, C, M-hi); empty when not given.
    verify : bool
        True for a number not yet checked against its source; every report shows it.
    suggested : bool
        True for a limit that its source only suggests; a finding that does not meet it says so.
    where : str
        ``file:line:column``.
    when : Condition or None
        Where the row is asked; None when everywhere.
    """

    id: str
    structure: str
    metric: Metric
    goal: Limits | None = None
    acceptable: Limits | None = None
    required: bool = True
    source: str = ""
    why: str = ""
    mend: str = ""
    evidence: str = ""
    verify: bool = False
    suggested: bool = False
    where: str = ""
    when: Condition | None = None

    @property
    def looks_at(self) -> tuple[tuple[str, Metric], ...]:
        """Roles that the row looks at, each with what is measured of it; its own first."""
        own = (self.structure, self.metric)
        return (own,) if self.when is None else (own, (self.when.structure, self.when.metric))

    @property
    def is_report(self) -> bool:
        """True for a row that is reported and never judged."""
        return self.goal is None


@dataclass(frozen=True, slots=True)
class Role:
    """A structure as the protocol calls it.

    Parameters
    ----------
    id : str
        Key in ``structures``.
    names : tuple of str
        Names that fill the role, as the protocol writes them.
    kind : str
        ``target``, ``external`` (the outline of the patient) or empty.
    many : bool
        True when several ROIs may fill it, each judged on its own.
    derive : Expression or None
        For a derived role: how it is made from others.
    """

    id: str
    names: tuple[str, ...] = ()
    kind: str = ""
    many: bool = False
    derive: Expression | None = None


@dataclass(frozen=True, slots=True)
class PrescriptionRule:
    """What the protocol says about prescription and fractions.

    Parameters
    ----------
    target : str
        Role of the target that is prescribed to.
    fractions : tuple of int
        Numbers of fractions the protocol is for.
    min_gy, max_gy : float or None
        Allowed prescription dose; equal for a single dose, None when the protocol states none.
    """

    target: str
    fractions: tuple[int, ...]
    min_gy: float | None = None
    max_gy: float | None = None

    @property
    def single_gy(self) -> float | None:
        """The dose when the protocol states exactly one, else None."""
        return self.min_gy if self.min_gy is not None and self.min_gy == self.max_gy else None


@dataclass(frozen=True, slots=True)
class CheckRule:
    """What the protocol sets for one integrity check.

    Parameters
    ----------
    goal, acceptable : Limit or None
        Limits in the check's own unit.
    strict : bool
        True turns the check's warning (VARIATION) into UNDECIDED.
    """

    goal: Limit | None = None
    acceptable: Limit | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol file, checked and complete.

    Parameters
    ----------
    id, title, version, status : str
        As in the file; status is ``template`` or ``published``.
    sources : mapping of str to str
        Citations by key.
    prescription : PrescriptionRule
        Target, fractions, dose.
    roles : mapping of str to Role
        In file order.
    constraints : tuple of Constraint
        In file order; ids are unique.
    checks : mapping of str to CheckRule
        By check id.
    dose_kind, dose_summation : str
        Which dose is judged: PHYSICAL or EFFECTIVE, of one PLAN or summed over several (MULTI_PLAN).
    sha256 : str
        Hex digest of the canonical form (content, not layout or comments).
    """

    id: str
    title: str
    version: str
    status: str
    sources: Mapping[str, str]
    prescription: PrescriptionRule
    roles: Mapping[str, Role]
    constraints: tuple[Constraint, ...]
    checks: Mapping[str, CheckRule] = field(default_factory=dict)
    dose_kind: str = "PHYSICAL"
    dose_summation: str = "PLAN"
    sha256: str = ""
