"""Places: the point of the patient at which a finding is decided, and the part that decides it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.histogram import DVH
    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Structure
    from sbrt_qa.protocol.exhibits import Exhibits
    from sbrt_qa.protocol.finding import Finding

    Spots = Callable[[Structure], tuple[Spot, Spot] | None]

_CONVERTED = re.compile(r"(?:EQD2|BED)\([^)]*\):")
_D_POINT = re.compile(r"D([\d.]+)(cc|%)\[(Gy|%)\]")
_V_POINT = re.compile(r"C?V([\d.]+)(Gy|%)\[(?:cc|%)\]")
_SPARED = re.compile(r"DC[\d.]+(?:cc|%)\[(Gy|%)\]")
_NOWHERE = re.compile(r"Volume|CI\[|PCI\[|GI\[|R50\[|D2cm\[|HI\(")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one finding is decided.

    Parameters
    ----------
    constraint : str
        Constraint id.
    roi_number : int
        The structure.
    spot : Spot
        Its hottest point, or its coldest where too little dose is the risk.
    side : {"above", "below", ""}
        The part of the structure at ``threshold_gy`` and above, or below it; empty where no part decides.
    threshold_gy : float or None
        Physical dose that bounds the part.
    sentence : str
        What is to be seen, in plain words.
    """

    constraint: str
    roi_number: int
    spot: Spot
    side: str
    threshold_gy: float | None
    sentence: str


def place_of(finding: Finding, exhibits: Exhibits, spots: Spots) -> Place | None:
    """Return where a finding is decided; None where it has no value, or is about no single place.

    Parameters
    ----------
    finding : Finding
        A judged or reported row.
    exhibits : Exhibits
        What it was judged on.
    spots : callable
        ``structure -> (coldest, hottest)`` or None; raises SbrtQaError where the structure bounds no volume.
    """
    plain = _CONVERTED.sub("", finding.metric)
    if finding.value is None or finding.roi_number is None or _NOWHERE.match(plain):
        return None
    try:
        structure, curve, prescription_gy = _brought(finding, exhibits)
        found = spots(structure)
    except SbrtQaError:
        return None
    if found is None:
        return None
    is_cold = (finding.goal.lstrip().startswith(">") and not plain.startswith(("CV", "DC"))) or plain.startswith("Min")
    threshold_gy = _threshold_gy(finding, plain, curve, prescription_gy)
    spot, side = found[0 if is_cold else 1], "" if threshold_gy is None else "below" if is_cold else "above"
    extreme_gy = curve.min_gy if is_cold else curve.max_gy
    sentence = _sentence(structure.name, extreme_gy, (side, threshold_gy), is_cold=is_cold)
    return Place(finding.constraint, finding.roi_number, spot, side, threshold_gy, sentence)


def _brought(finding: Finding, exhibits: Exhibits) -> tuple[Structure, DVH, float | None]:
    """Return the structure that was judged, its physical curve, and what 100 % stands for there."""
    role = exhibits.protocol.roles[finding.structure]
    exhibit = next(e for e in exhibits.for_role(role) if e.number == finding.roi_number)
    structure = (
        exhibits.derived(role, exhibits.sampling)
        if role.derive is not None
        else next(s for s in exhibits.case.structures if s.number == finding.roi_number)
    )
    return structure, exhibits.curve(structure), exhibit.subject().prescription_gy


def _threshold_gy(finding: Finding, plain: str, curve: DVH, prescription_gy: float | None) -> float | None:
    """Physical dose that bounds the deciding part: the limit where it is broken, else the dose of the part."""
    is_physical = plain == finding.metric
    if match := _V_POINT.fullmatch(plain):
        return _gy(float(match[1]), match[2], prescription_gy) if is_physical else None
    if match := _D_POINT.fullmatch(plain) or _SPARED.fullmatch(plain):
        unit = match[match.lastindex or 1]
        if finding.verdict in {Verdict.FAIL, Verdict.VARIATION} and is_physical and finding.goal_value is not None:
            return _gy(finding.goal_value, unit, prescription_gy)
        if is_physical and finding.value is not None:
            return _gy(finding.value, unit, prescription_gy)
        return _dose_of_part(plain, curve)
    if plain.startswith("Max") and finding.verdict in {Verdict.FAIL, Verdict.VARIATION} and is_physical:
        return finding.goal_value if finding.unit == "Gy" else None
    return None


def _dose_of_part(plain: str, curve: DVH) -> float | None:
    """Physical dose of the hottest part, for a metric of converted dose: the part is the same one."""
    match = _D_POINT.fullmatch(plain)
    if match is None:
        return None
    part = float(match[1])
    return curve.dose_at(cc=part) if match[2] == "cc" else curve.dose_at(percent=part)


def _gy(number: float, unit: str, prescription_gy: float | None) -> float | None:
    if unit == "Gy":
        return number
    return None if prescription_gy is None else number / 100 * prescription_gy


def _sentence(name: str, extreme_gy: float, part: tuple[str, float | None], *, is_cold: bool) -> str:
    side, threshold_gy = part
    point = f"{'Coldest' if is_cold else 'Hottest'} point of {name}: {show(extreme_gy, 'Gy')}"
    if threshold_gy is None:
        return f"{point}."
    if side == "above" and extreme_gy < threshold_gy:
        return f"{point}. None of it reaches {show(threshold_gy, 'Gy')}."
    if side == "below" and extreme_gy >= threshold_gy:
        return f"{point}. None of it lies below {show(threshold_gy, 'Gy')}."
    which = f"below {show(threshold_gy, 'Gy')}" if side == "below" else f"at {show(threshold_gy, 'Gy')} and more"
    return f"{point}. Outlined: its part {which}."
