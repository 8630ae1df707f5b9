"""The planning system's own curves are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Measured, Outcome
from sbrt_qa.checks._compared import Agreement
from sbrt_qa.checks._rois import used
from sbrt_qa.checks._stated import LIMIT_PERCENT, compare, reported
from sbrt_qa.checks._wording import listed
from sbrt_qa.units import Unit, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.checks._compared import Compared

__all__ = ["CHECK", "reported"]

DISAGREES = "dose-disagrees-with-embedded-dvh"
CODES = {
    DISAGREES: "The planning system's own curve of a judged structure, or, where it states none of those, of any"
    " other, differs from ours by more than 3 % (or than the protocol allows), and no named convention explains it;"
    " the check is undecided. A note where only structures that nothing judges differ.",
    "dvh-other-convention": "A curve of the planning system differs from ours by more than 3 %, and agrees under"
    " another named convention (end caps, between contours, dose); a note that names it.",
    "dvh-statistics-percent": "Minimum, mean and maximum of the embedded curves are in per cent although their unit"
    " is said to be Gy; recognised by the mean of the curves, a note.",
    "dvh-statistics-unclear": "Mean and maximum that are stated with an embedded curve are not those of the curve in"
    " any known unit; they are left out, a note.",
    "dvh-in-cgy": "The embedded curves, or their minimum, mean and maximum, are in cGy although their unit is said to"
    " be Gy; recognised by our own curves where a prescription confirms the size of the dose; a note.",
    "dvh-bin-count": "A curve of the planning system has another number of bins than it says; what is there is read, a"
    " note.",
    "dvh-not-compared": "A curve of the planning system cannot be compared: several structures at once, less than"
    " 0.5 cc, partly outside the dose grid, another kind of dose, or per cent of an unknown dose; a note.",
    "dvh-unreadable": "A curve of the planning system cannot be read; it is left out, a note.",
}
MOST_REASONS = 3
_CODE_OF = {Agreement.NOT_COMPARED: "dvh-not-compared", Agreement.UNREADABLE: "dvh-unreadable"}


def run(subject: Subject) -> Outcome:
    """Lay every curve that the file states over ours."""
    if not subject.case.dose.stated_dvhs:
        return Outcome("The dose states no curves of the planning system to compare with.")
    rows = compare(subject)
    judged = {structure.number for structure in used(subject)}
    compared = [row for row in rows if row.remaining_percent is not None]
    evidence = [row for row in compared if row.roi_number in judged] or compared
    notes = (*_unjudged(compared, evidence), *_notes(rows))
    if not evidence:
        return Outcome("", notes, compared=rows)
    measured = _measured(evidence)
    return Outcome(measured.sentence, notes, measured, rows)


def _measured(evidence: Sequence[Compared]) -> Measured:
    largest = max(evidence, key=_remaining)
    count = "one structure" if len(evidence) == 1 else f"{len(evidence)} structures"
    text = (
        f"The planning system's own curves of {count} were compared; the largest difference is"
        f" {show(_remaining(largest), Unit.PERCENT)} ({largest.roi})."
    )
    differing = [row for row in evidence if row.agreement is Agreement.DIFFERS]
    doubt = Doubt(Effect.CHECK, DISAGREES, _difference(differing)) if differing else None
    return Measured(_remaining(largest), "%", text, DISAGREES, doubt)


def _remaining(row: Compared) -> float:
    return row.remaining_percent or 0.0


def _difference(rows: Sequence[Compared]) -> str:
    """Say how far apart the worst is, and whether one factor does it."""
    worst = max(rows, key=_remaining)
    assert worst.stated is not None
    assert worst.own is not None
    names = listed(row.roi for row in sorted(rows, key=_remaining, reverse=True))
    return (
        f"More than {LIMIT_PERCENT:g} % from the planning system's own curve, which no named convention explains:"
        f" {names} ({worst.roi}: mean {show(worst.own.mean_gy, Unit.GY)} here, {show(worst.stated.mean_gy, Unit.GY)}"
        f" there{_volumes(worst)}){_factor(rows)}. Look for a dose of another calculation or plan, or for contours"
        " that have changed since."
    )


def _volumes(row: Compared) -> str:
    if row.own is None or row.stated is None or row.own.volume_cc is None or row.stated.volume_cc is None:
        return ""
    return f"; volume {show(row.own.volume_cc, Unit.CC)} and {show(row.stated.volume_cc, Unit.CC)}"


def _factor(rows: Sequence[Compared]) -> str:
    ratios = [r.own.mean_gy / r.stated.mean_gy for r in rows if r.own and r.stated and r.stated.mean_gy > 0]
    if len(ratios) < 2 or max(ratios) - min(ratios) > 0.01 * min(ratios) or abs(ratios[0] - 1) < 0.01:
        return ""
    return f"; every mean here is {sum(ratios) / len(ratios):.3f} times the stated one"


def _unjudged(compared: Sequence[Compared], evidence: Sequence[Compared]) -> Iterator[Doubt]:
    names = [row.roi for row in compared if row.agreement is Agreement.DIFFERS and row not in evidence]
    if names:
        text = f"Judged by nothing, and unlike the planning system's own curve: {listed(names)}."
        yield Doubt(Effect.NOTE, DISAGREES, text)


def _notes(rows: Sequence[Compared]) -> Iterator[Doubt]:
    for convention, names in _grouped((row.convention, row.roi) for row in rows if row.convention).items():
        text = f"Unlike the planning system's own curve, but explained by another convention ({convention}): {names}."
        yield Doubt(Effect.NOTE, "dvh-other-convention", text)
    yield from _units(rows)
    miscounted = [row.roi for row in rows if row.is_miscounted]
    if miscounted:
        text = f"The embedded curve states another number of bins than it holds; all were read: {listed(miscounted)}."
        yield Doubt(Effect.NOTE, "dvh-bin-count", text)
    for agreement, code in _CODE_OF.items():
        reasons = _grouped((row.sentence, row.roi) for row in rows if row.agreement is agreement)
        shown = [f"{names} ({why})" for why, names in list(reasons.items())[:MOST_REASONS]]
        if len(reasons) > MOST_REASONS:
            shown.append(f"others for {len(reasons) - MOST_REASONS} more reasons")
        if reasons:
            yield Doubt(Effect.NOTE, code, f"Stated by the planning system but {agreement}: {'; '.join(shown)}.")


def _units(rows: Sequence[Compared]) -> Iterator[Doubt]:
    """Say which units were not those stated."""
    if any(row.curve is not None and row.curve.is_cgy for row in rows):
        text = "The embedded curves say Gy and are in cGy: each is a hundred times ours. They were read so."
        yield Doubt(Effect.NOTE, "dvh-in-cgy", text)
    odd = [(row.curve.unit, row.roi) for row in rows if row.curve is not None and row.curve.is_odd]
    for unit, names in _grouped(odd).items():
        code = "dvh-in-cgy" if unit == "cGy" else "dvh-statistics-percent"
        text = (
            f"Minimum, mean and maximum of the embedded curves say Gy and are in {unit}, as their means show: {names}."
        )
        yield Doubt(Effect.NOTE, code, text)
    compared = [row for row in rows if row.remaining_percent is not None]
    unclear = [row.roi for row in compared if row.curve is not None and row.curve.is_contradicted]
    if unclear:
        text = (
            "Minimum, mean and maximum stated with the embedded curves are not those of the curves in any known"
            f" unit, and were left out: {listed(unclear)}."
        )
        yield Doubt(Effect.NOTE, "dvh-statistics-unclear", text)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names by what they share."""
    groups: dict[str, list[str]] = {}
    for shared, name in pairs:
        groups.setdefault(shared, []).append(name)
    return {shared: listed(names) for shared, names in groups.items()}


CHECK = Check(
    id="embedded-dvh",
    title="The planning system's own curves",
    why="A dose of another calculation or plan, or contours drawn anew, still look like a complete export.",
    mend="Calculate the dose on these contours, and export plan, dose and structures together.",
    source="DICOM PS3.3 C.8.8.4 RT DVH Module, DVH Sequence (3004,0050); measured experience with real exports.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
    unit="%",
)
