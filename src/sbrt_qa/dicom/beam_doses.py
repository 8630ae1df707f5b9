"""Doses of single beams -> the dose of the plan, when each beam is there exactly once and on the same grid."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dicom.strict import integer, uid
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Dose, Grid, Plan

_SAME_MM = 0.01
_WHOLE = "export the dose of the whole plan"


def beams_of(ds: Elements, plan_uid: str) -> tuple[int, ...]:
    """Numbers of the beams of a plan that a dose says it is of (300C,0020)>(300C,0004)>(300C,0006)."""
    numbers = (
        integer(beam, Tag.ReferencedBeamNumber, "dose-not-whole-plan")
        for plan in ds.items(Tag.ReferencedRTPlanSequence)
        if uid(plan, Tag.ReferencedSOPInstanceUID) == plan_uid
        for group in plan.items(Tag.ReferencedFractionGroupSequence)
        for beam in group.items(Tag.ReferencedBeamSequence)
    )
    return tuple(number for number in numbers if number is not None)


def require_each_once(doses: Iterable[Elements], plan: Plan) -> tuple[int, ...]:
    """Make sure that every beam of a plan is in exactly one of its beam doses.

    Parameters
    ----------
    doses : iterable of Elements
        Data sets of all beam doses of the plan.
    plan : Plan
        The plan.

    Returns
    -------
    tuple of int
        The numbers of the beams, ascending.

    Raises
    ------
    CaseError
        ``beam-dose-missing`` or ``beam-dose-repeated``; ``dose-not-whole-plan`` when a dose does not say
        of which beams it is, is of a beam that treats nobody, or the plan has more than one fraction group.
    """
    if len(plan.fraction_groups) != 1:
        raise _refused(f"the doses are of beams, and the plan has {len(plan.fraction_groups)} fraction groups")
    found: Counter[int] = Counter()
    for ds in doses:
        numbers = beams_of(ds, plan.identity.sop_uid)
        if not numbers:
            raise _refused("one of the beam doses does not say of which beam it is")
        found.update(numbers)
    expected = {beam.number for beam in plan.fraction_groups[0].beams if beam.treats}
    if missing := expected - found.keys():
        raise _refused(f"the dose of {_beams(missing)} is missing", "beam-dose-missing")
    if repeated := {number for number, count in found.items() if count > 1}:
        raise _refused(f"the dose of {_beams(repeated)} is there more than once", "beam-dose-repeated")
    if strange := found.keys() - expected:
        raise _refused(f"there is a dose of {_beams(strange)}, which the plan does not treat with")
    return tuple(sorted(expected))


def add(doses: Iterable[Dose], beams: tuple[int, ...]) -> Dose:
    """Add up the doses of the beams of one plan.

    Parameters
    ----------
    doses : iterable of Dose
        One or more, in gray, each of the whole delivery of its beams; each is taken once.
    beams : tuple of int
        The beams they are of.

    Returns
    -------
    Dose
        With ``summed_beams``; its identity is that of the first, with the earliest date of all.

    Raises
    ------
    CaseError
        ``dose-not-whole-plan`` when they differ in anything but their values.
    """
    remaining = iter(doses)
    first = next(remaining)
    total, dates = first.gy.astype(np.float64), {first.identity.date}
    for dose in remaining:
        if what := _difference(first, dose):
            raise _refused(f"the doses of the beams differ in their {what} and cannot be added up")
        total += dose.gy
        dates.add(dose.identity.date)
    identity = replace(first.identity, date=min(dates - {""}, default=""))
    return replace(first, gy=total.astype(np.float32), identity=identity, stated_dvhs=(), summed_beams=beams)


def _difference(one: Dose, other: Dose) -> str:
    """Name what two doses differ in, apart from their values; nothing when they can be added."""
    facts = {
        "type": (one.kind, other.kind),
        "patient": (one.identity.patient_id, other.identity.patient_id),
        "study": (one.identity.study_uid, other.identity.study_uid),
        "frame of reference": (one.frame_uid, other.frame_uid),
        "plans": (set(one.plan_uids), set(other.plan_uids)),
        "structure sets": (set(one.structure_set_uids), set(other.structure_set_uids)),
        "heterogeneity correction": (one.heterogeneity, other.heterogeneity),
        "spatial transform": (one.spatial_transform, other.spatial_transform),
    }
    differing = [name for name, (a, b) in facts.items() if a != b]
    if not _same_grid(one.grid, other.grid):
        differing.append("grid")
    return ", ".join(differing)


def _same_grid(one: Grid, other: Grid) -> bool:
    pairs = ((one.x_mm, other.x_mm), (one.y_mm, other.y_mm), (one.z_mm, other.z_mm))
    return all(a.size == b.size and bool((np.abs(a - b) <= _SAME_MM).all()) for a, b in pairs)


def _beams(numbers: Iterable[int]) -> str:
    shown = sorted(numbers)
    return f"{'beam' if len(shown) == 1 else 'beams'} {', '.join(map(str, shown))}"


def _refused(what: str, code: str = "dose-not-whole-plan") -> CaseError:
    return CaseError(what, mend=_WHOLE, code=code)
