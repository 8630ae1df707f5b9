"""Exhibits: the structures of a case as the roles of a protocol call for them, with their curves.

Curves and derived structures are made once per evaluation and remembered here, nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sbrt_qa.derive.expression import parse
from sbrt_qa.derive.nodes import Part
from sbrt_qa.errors import MetricUndefined, SbrtQaError
from sbrt_qa.histogram import DVH, Sampling, compute, neighbours, slabs
from sbrt_qa.histogram.curve import empty
from sbrt_qa.metrics import Subject
from sbrt_qa.protocol.body import beyond, body_of
from sbrt_qa.protocol.judge import Exhibit
from sbrt_qa.protocol.prescription import prescription_for, prescription_of_case
from sbrt_qa.protocol.usual_sense import limits_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.model import Case, Structure
    from sbrt_qa.protocol.definition import Constraint, Protocol, Role
    from sbrt_qa.protocol.names import Matching

Kept = TypeVar("Kept")
# What a fault of our own can raise inside one finding or check; it makes that one UNDECIDED, never absent.
UNFORESEEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class Exhibits:
    """What the judge can ask for.

    Parameters
    ----------
    case : Case
        The case.
    protocol : Protocol
        Its roles.
    matching : Matching
        Which ROI fills which role.
    sampling : Sampling
        The conventions.
    """

    def __init__(self, case: Case, protocol: Protocol, matching: Matching, sampling: Sampling) -> None:
        self.case = case
        self.protocol = protocol
        self.matching = matching
        self.sampling = sampling
        self._curves: dict[tuple[str, int, Sampling, float, bool], DVH | SbrtQaError] = {}
        self._derived: dict[tuple[str, str], Structure | SbrtQaError] = {}

    @cached_property
    def case_prescription_gy(self) -> float | None:
        """The prescription that per cent refers to for everything that is no target."""
        rule = self.protocol.prescription
        return prescription_of_case(self.matching.filled.get(rule.target, ()), self.case.plan, rule).gy

    def for_role(self, role: Role) -> tuple[Exhibit, ...]:
        """Return one exhibit per ROI that fills a role; empty when none does.

        Raises
        ------
        SbrtQaError
            For a derived role whose parts are missing or that has no volume.
        """
        if role.derive is None:
            return tuple(self._contoured(role, structure) for structure in self.matching.filled.get(role.id, ()))
        return (self._derived_exhibit(role),)

    def curve(self, structure: Structure, sampling: Sampling | None = None, *, cold_end: bool = True) -> DVH:
        """Return the curve of a structure, computed once; a structure without one raises every time."""
        used = sampling or self.sampling
        key = (structure.name, structure.number, used, 0.0, cold_end)
        if key not in self._curves:
            self._curves[key] = _kept(lambda: compute(_sound(structure), self.case.dose, used, cold_end=cold_end))
        return _or_raise(self._curves[key])

    def _contoured(self, role: Role, structure: Structure) -> Exhibit:
        gy = self.case_prescription_gy
        if role.kind == "target":
            gy = prescription_for(structure, self.case.plan, self.protocol.prescription).gy
        return Exhibit(
            shown=structure.name,
            roi=structure.name,
            number=structure.number,
            subject=lambda: self._subject(structure, self.sampling, gy),
            neighbours=lambda: self._neighbours(role, lambda _: structure, gy),
        )

    def _derived_exhibit(self, role: Role) -> Exhibit:
        structure = self.derived(role, self.sampling)
        return Exhibit(
            shown=structure.name,
            roi=structure.name,
            number=structure.number,
            subject=lambda: self._subject(structure, self.sampling, self.case_prescription_gy),
            neighbours=lambda: self._neighbours(role, lambda near: self.derived(role, near), self.case_prescription_gy),
        )

    def _subject(
        self, structure: Structure, sampling: Sampling, prescription_gy: float | None, *, cold_end: bool = True
    ) -> Subject:
        return Subject(
            self.curve(structure, sampling, cold_end=cold_end),
            prescription_gy,
            self.case.plan.fractions if self.case.plan else None,
            body=lambda: self.curve(self.body(), sampling, cold_end=sampling == self.sampling),
            beyond=lambda mm: self._beyond(structure, mm, sampling),
        )

    def body(self) -> Structure:
        """Return the outline of the patient; raises where there is none, or several."""
        return body_of(self.case.structures, self.protocol.roles, self.matching)

    @cached_property
    def outline(self) -> tuple[Structure, ...]:
        """The outline of the patient where a constraint needs it; empty where it is not clear, as its findings say."""
        if not any(metric.needs_body for row in self.protocol.constraints for _, metric in row.looks_at):
            return ()
        try:
            return (self.body(),)
        except SbrtQaError:
            return ()

    def _beyond(self, structure: Structure, distance_mm: float, sampling: Sampling) -> DVH:
        """Return the curve of the body farther than a distance from a structure, computed once."""
        key = (structure.name, structure.number, sampling, distance_mm, True)
        if key not in self._curves:
            self._curves[key] = _kept(
                lambda: compute(beyond(_sound(self.body()), structure, distance_mm, sampling), self.case.dose, sampling)
            )
        return _or_raise(self._curves[key])

    def _neighbours(
        self, role: Role, under: Callable[[Sampling], Structure], prescription_gy: float | None
    ) -> tuple[Subject | None, Subject | None]:
        """Return the subjects without end caps and of the best estimate; None where a convention has no answer."""
        cold_end = any(map(_looks_at_cold, (row for row in self.protocol.constraints if row.structure == role.id)))

        def subject(sampling: Sampling) -> Subject | None:
            try:
                return self._subject(under(sampling), sampling, prescription_gy, cold_end=cold_end)
            except SbrtQaError:
                return None

        near = neighbours(self.sampling)
        return subject(near.bare), subject(near.best)

    def derived(self, role: Role, sampling: Sampling) -> Structure:
        """Return a derived structure under one convention, made once.

        Raises
        ------
        SbrtQaError
            When a part is missing or ambiguous, or the result is empty.
        """
        # Only the end caps of the parts enter, and a rounded end counts as half a slice there.
        cap = "half-slice" if sampling.end_cap == "rounded" else sampling.end_cap
        key = (role.id, cap)
        if key not in self._derived:
            self._derived[key] = _kept(lambda: self._derive(role, replace(sampling, end_cap=cap)))
        return _or_raise(self._derived[key])

    def _derive(self, role: Role, sampling: Sampling) -> Structure:
        from sbrt_qa.derive.combine import derive

        assert role.derive is not None
        if isinstance(role.derive.root, Part):  # one other role: what fills that one, or the union of several
            return self._part(self.protocol.roles[role.derive.root.role], sampling)
        parts, shown = {}, {}
        for part in sorted(role.derive.roles):
            structure = self._part(self.protocol.roles[part], sampling)
            parts[part], shown[part] = structure, structure.name
        number = -1 - list(self.protocol.roles).index(role.id)
        name = re.sub(r"[A-Za-z]\w*", lambda word: shown.get(word[0], word[0]), role.derive.shown)
        return derive(role.derive, parts, slabs=lambda s: slabs(s, sampling), name=name, number=number)

    def _part(self, role: Role, sampling: Sampling) -> Structure:
        """Return the structure of a part; a role that several ROIs fill is their union."""
        if role.derive is not None:
            return self.derived(role, sampling)
        doubt = self.matching.doubts.get(role.id)
        found = self.matching.filled.get(role.id, ())
        if doubt is not None or not found:
            code, text = doubt or ("structure-missing", f"no structure fills the role {role.id}")
            # An ambiguous part is not a missing one: only a missing part may be harmless.
            code = "derived-part-missing" if code == "structure-missing" else code
            raise SbrtQaError(text, where=role.id, code=code)
        for structure in found:
            if not _sound(structure).closed_contours:
                raise empty(structure)  # drawn badly is not missing: it is never harmless
        if len(found) == 1:
            return found[0]
        return self._union(role, found, sampling)

    def _union(self, role: Role, found: tuple[Structure, ...], sampling: Sampling) -> Structure:
        from sbrt_qa.derive.combine import derive

        parts = {f"part{index}": structure for index, structure in enumerate(found)}
        name = " + ".join(structure.name for structure in found)
        number = -1001 - list(self.protocol.roles).index(role.id)
        return derive(parse(" + ".join(parts)), parts, slabs=lambda s: slabs(s, sampling), name=name, number=number)


def _looks_at_cold(row: Constraint) -> bool:
    """Whether the cold end of a curve can move the value of a row."""
    lower = row.goal is not None and any(not limit.is_upper for limit in limits_in(row.goal))
    return lower or row.metric.usual == ">="


def _sound(structure: Structure) -> Structure:
    """Return a structure that the reader found nothing wrong with; another raises with the reader's reason."""
    if structure.faults:
        code, text = structure.faults[0]
        raise MetricUndefined(text.rstrip("."), where=structure.name, mend="export the structure set again", code=code)
    return structure


def _kept(work: Callable[[], Kept]) -> Kept | SbrtQaError:
    """Do the work and keep its result or its error; a fault of our own becomes an error like any other."""
    try:
        return work()
    except SbrtQaError as error:
        return error
    except UNFORESEEN as error:
        text = f"the evaluation itself went wrong ({type(error).__name__}); please report this"
        return SbrtQaError(text, code="internal-error")


def _or_raise(kept: Kept | SbrtQaError) -> Kept:
    if isinstance(kept, SbrtQaError):
        raise kept
    return kept
