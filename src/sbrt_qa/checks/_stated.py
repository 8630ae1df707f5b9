"""Every curve that the planning system states, laid over ours: what can be compared, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sbrt_qa.checks._compared import Agreement, Compared
from sbrt_qa.checks._comparison import SMALL_CC, difference, numbers_of, numbers_of_stated
from sbrt_qa.checks._explanation import explanation
from sbrt_qa.checks._prescriptions import expected_gy, stated_gy
from sbrt_qa.checks._stated_curve import FINE, stated_curves
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.checks._stated_curve import StatedCurve
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.model import StatedDVH, Structure

LIMIT_PERCENT = 3.0
CGY = 0.01
HUNDREDFOLD = 97.0, 103.0


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A stated curve and ours of the same structure."""

    item: StatedDVH
    structure: Structure
    stated: StatedCurve
    own: DVH


def compare(subject: Subject) -> tuple[Compared, ...]:
    """Lay every stated curve over ours.

    Parameters
    ----------
    subject : Subject
        The case, with its curves.

    Returns
    -------
    tuple of Compared
        One per item of the file, in its order.
    """
    pairs = _pairs(subject, 1.0)
    in_cgy = _is_in_cgy(subject, [pair for pair in pairs if isinstance(pair, _Pair)])
    if in_cgy:
        pairs = _pairs(subject, CGY)
    rows = (_row(subject, pair) if isinstance(pair, _Pair) else pair for pair in pairs)
    items = subject.case.dose.stated_dvhs
    return tuple(replace(row, is_miscounted=_is_miscounted(item)) for row, item in zip(rows, items, strict=True))


def reported(items: Sequence[StatedDVH], names: Mapping[int, str]) -> tuple[Compared, ...]:
    """Show what a file states where there is no dose to compare it with.

    Parameters
    ----------
    items : sequence of StatedDVH
        What it states.
    names : mapping of ROI number to name
        As far as they are known.
    """
    curves = stated_curves(items, [_gy_per_unit(item, None) for item in items], {})
    rows = []
    for item, curve in zip(items, curves, strict=True):
        row = _unreadable(item, curve) or _of_many(item)
        if row is None:
            text = "reported by the planning system; there is no dose to compare it with"
            row = _apart(item, Agreement.NOT_COMPARED, text, curve)
        rows.append(replace(row, roi=names.get(row.roi_number or 0, row.roi)))
    return tuple(rows)


def _pairs(subject: Subject, gy_per_gy: float) -> list[_Pair | Compared]:
    """Pair every stated curve with ours, or say why it has none; ``gy_per_gy`` is what a stated Gy is worth."""
    items = subject.case.dose.stated_dvhs
    prescribed_gy = _prescribed_gy(subject)
    worth = {"GY": gy_per_gy}
    scales = [_gy_per_unit(item, prescribed_gy) * worth.get(item.dose_units, 1.0) for item in items]
    curves = stated_curves(items, scales, _references_gy(subject))
    return [_pair(subject, item, curve) for item, curve in zip(items, curves, strict=True)]


def _gy_per_unit(item: StatedDVH, prescribed_gy: float | None) -> float:
    """Gray per unit of the dose axis; 0 where nothing says what its per cent refer to."""
    if item.dose_units == "RELATIVE":
        return (item.normalization_gy or prescribed_gy or 0.0) / 100
    return CGY if item.dose_units == "CGY" else 1.0


def _pair(subject: Subject, item: StatedDVH, curve: StatedCurve | None) -> _Pair | Compared:
    row = _unreadable(item, curve) or _of_many(item)
    if row is not None:
        return row
    assert curve is not None
    structure = next((s for s in subject.case.structures if s.number == item.included[0]), None)
    if structure is None:
        return _apart(item, Agreement.NOT_COMPARED, "the structure set has no structure of this number", curve)
    own, why = _own(subject, structure)
    kind = subject.case.dose.kind or "PHYSICAL"
    if (item.dose_type or kind) != kind:
        why = f"a curve of {item.dose_type} dose beside a dose that is {kind}"
    smallest_cc = min(own.volume_cc, curve.volume_cc or own.volume_cc) if own else 0.0
    if own is not None and not why and smallest_cc < SMALL_CC:
        why = f"smaller than {show(SMALL_CC, Unit.CC)}: there the numbers are a matter of a few voxels"
    if own is None or why:
        row = _apart(item, Agreement.NOT_COMPARED, why, curve)
        return replace(row, roi=structure.name, own=None if own is None or not own.is_covered else numbers_of(own))
    return _Pair(item, structure, curve, own)


def _own(subject: Subject, structure: Structure) -> tuple[DVH | None, str]:
    """Our curve, and why it cannot be compared; empty when it can."""
    if subject.curve is None:
        return None, "there is no curve of ours"
    try:
        own = subject.curve(structure)
    except SbrtQaError as error:
        return None, f"there is no curve of ours: {error.what}"
    return own, "" if own.is_covered else "partly outside the dose grid, where the dose is unknown"


def _unreadable(item: StatedDVH, curve: StatedCurve | None) -> Compared | None:
    if curve is not None:
        return None
    if item.fault:
        return _apart(item, Agreement.UNREADABLE, item.fault, None)
    if item.dose_units == "RELATIVE" and not item.normalization_gy:
        return _apart(item, Agreement.NOT_COMPARED, "per cent of a dose that nobody names", None)
    return _apart(item, Agreement.UNREADABLE, "its volumes do not make a whole structure", None)


def _of_many(item: StatedDVH) -> Compared | None:
    if len(item.included) == 1 and not item.excluded:
        return None
    return _apart(item, Agreement.NOT_COMPARED, "a curve of several structures at once, or of none", None)


def _is_miscounted(item: StatedDVH) -> bool:
    return not item.fault and item.stated_bins not in {None, item.widths.size}


def _apart(item: StatedDVH, agreement: Agreement, sentence: str, curve: StatedCurve | None) -> Compared:
    numbers = [*item.included, *(-number for number in item.excluded)]
    single = numbers[0] if len(numbers) == 1 else None
    name = f"ROI {', '.join(map(str, numbers))}".replace(", -", " without ") if numbers else "a curve of no structure"
    stated = None if curve is None else numbers_of_stated(curve)
    return Compared(name, single, agreement, sentence, curve=curve, stated=stated)


def _prescribed_gy(subject: Subject) -> float | None:
    """Return the dose that per cent most likely refer to; it counts only where the curves then agree."""
    return subject.plan_prescription_gy or max(stated_gy(subject), default=None) or _protocol_gy(subject)


def _protocol_gy(subject: Subject) -> float | None:
    low, high = subject.prescription_gy or (None, None)
    return low if low == high else None


def _references_gy(subject: Subject) -> dict[str, float]:
    """Return what statistics may be per cent of, by name."""
    dose = subject.case.dose
    prescribed = [subject.plan_prescription_gy, *stated_gy(subject), _protocol_gy(subject)]
    named = {f"the prescription of {show(gy, Unit.GY)}": gy for gy in prescribed if gy}
    normal = {
        f"the normalisation dose of {show(i.normalization_gy, Unit.GY)}": i.normalization_gy
        for i in dose.stated_dvhs
        if i.normalization_gy
    }
    return {**normal, **named, "the maximum dose": float(dose.gy.max())}


def _is_in_cgy(subject: Subject, pairs: Sequence[_Pair]) -> bool:
    """Tell whether curves in Gy are in cGy: each a hundred times ours, whose size a prescription has confirmed."""
    ratios = [
        p.stated.mean_gy / p.own.mean_gy
        for p in pairs
        if p.item.dose_units == "GY" and p.own.mean_gy > 0 and p.stated.slack_gy <= FINE * p.stated.mean_gy
    ]
    low, high = HUNDREDFOLD
    return bool(ratios) and all(low < ratio < high for ratio in ratios) and expected_gy(subject) is not None


def _row(subject: Subject, pair: _Pair) -> Compared:
    plan_max_gy = float(subject.case.dose.gy.max())
    found = difference(pair.stated, [pair.own], plan_max_gy)
    row = Compared(
        roi=pair.structure.name,
        roi_number=pair.structure.number,
        agreement=Agreement.AGREES,
        sentence=f"read at {pair.stated.reading}",
        curve=pair.stated,
        stated=numbers_of_stated(pair.stated),
        own=numbers_of(pair.own),
        difference=found,
        remaining_percent=found.largest_percent,
    )
    if found.largest_percent <= LIMIT_PERCENT:
        return row
    convention, remaining = "", found.largest_percent
    if subject.curve_under is not None:
        under = partial(subject.curve_under, pair.structure)
        convention, remaining = explanation(pair.stated, pair.own, under, (plan_max_gy, LIMIT_PERCENT))
    if convention:
        return replace(row, agreement=Agreement.EXPLAINED, convention=convention, remaining_percent=remaining)
    if pair.item.dose_units == "RELATIVE" and not pair.item.normalization_gy:
        text = "per cent of a dose that the file does not name, and not of the prescription"
        return replace(row, agreement=Agreement.NOT_COMPARED, sentence=text, difference=None, remaining_percent=None)
    return replace(row, agreement=Agreement.DIFFERS)
