"""Prescription: what 100 per cent stands for, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.model import Plan, Structure
    from sbrt_qa.protocol.definition import PrescriptionRule

SAME_GY = 1e-6


@dataclass(frozen=True, slots=True)
class Prescription:
    """A prescribed dose.

    Parameters
    ----------
    gy : float or None
        Whole-course dose in Gy; None when nobody states one, or several fit.
    source : str
        ``plan``, ``protocol``, or empty.
    """

    gy: float | None = None
    source: str = ""


def prescription_for(structure: Structure, plan: Plan | None, rule: PrescriptionRule) -> Prescription:
    """Find the prescription of one target.

    The plan's TARGET dose reference that is bound to this ROI, else the plan's only TARGET dose; the
    protocol's single dose only where the plan states none. References that disagree give no dose, and so does one
    that is bound to this ROI and states none where another does; what is not positive is no dose.

    Parameters
    ----------
    structure : Structure
        The target.
    plan : Plan or None
        The plan.
    rule : PrescriptionRule
        The protocol's prescription.
    """
    references = [r for r in plan.dose_references if r.is_target] if plan else []
    stated = [r for r in references if r.prescription_gy is not None]
    bound = [r for r in references if r.roi_number == structure.number]  # its own without a dose is not another's
    if stated:
        return _agreed((r.prescription_gy for r in bound or stated), "plan")
    return Prescription(rule.single_gy, "protocol") if rule.single_gy is not None else Prescription()


def prescription_of_case(targets: tuple[Structure, ...], plan: Plan | None, rule: PrescriptionRule) -> Prescription:
    """Find the one prescription that per cent refers to for everything that is not a target itself.

    Parameters
    ----------
    targets : tuple of Structure
        The ROIs that fill the role the protocol prescribes to; several must share one dose.
    plan, rule
        As in :func:`prescription_for`.
    """
    found = [prescription_for(target, plan, rule) for target in targets]
    if not found or any(p.gy is None for p in found):
        return Prescription()
    return _agreed((p.gy for p in found), found[0].source)


def _agreed(doses: Iterable[float | None], source: str) -> Prescription:
    known = sorted(dose for dose in doses if dose is not None)
    if known and known[0] > 0 and known[-1] - known[0] <= SAME_GY:
        return Prescription(known[0], source)
    return Prescription()
