"""The structures are those the plan and its dose were made on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._wording import listed, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "structure-set-other": "Plan or dose was made on another structure set; the case is refused.",
    "structure-set-link-missing": "Neither plan nor dose names a structure set; a warning.",
    "structure-set-newer": "The structure set is dated more than a day after the dose; the check is undecided.",
    "rs-reference-missing-in-dose": "Only the dose names no structure set, the plan agrees; a note.",
}


def run(subject: Subject) -> Outcome:
    """Follow the references of plan and dose to the structure set, then compare the dates."""
    own = short(subject.case.structure_set.identity.sop_uid)
    doubts = (*_link_doubts(subject), *_date_doubts(subject))
    return Outcome(f"The structure set ({own}) is the one that was planned on.", doubts)


def _link_doubts(subject: Subject) -> Iterator[Doubt]:
    case = subject.case
    own = case.structure_set.identity.sop_uid
    links = {
        "plan": () if case.plan is None else case.plan.structure_set_uids,
        "dose": case.dose.structure_set_uids,
    }
    others = {name: uids for name, uids in links.items() if uids and own not in uids}
    for name, uids in others.items():
        text = (
            f"The {name} was made on structure set {listed(short(uid) for uid in uids)}, the one here is"
            f" {short(own)};"
            " export the set the dose was calculated on, or calculate again."
        )
        yield Doubt(Effect.REFUSE, "structure-set-other", text)
    if not any(links.values()):
        text = "Neither plan nor dose says which structure set it was made on."
        yield Doubt(Effect.WARN, "structure-set-link-missing", text)
    elif not others and not links["dose"]:
        text = "The dose names no structure set; the plan names this one."
        yield Doubt(Effect.NOTE, "rs-reference-missing-in-dose", text)


def _date_doubts(subject: Subject) -> Iterator[Doubt]:
    drawn, calculated = (
        _date(subject.case.structure_set.identity.date),
        _date(subject.case.dose.identity.date),
    )
    if drawn and calculated and drawn - calculated > timedelta(days=1):
        text = (
            f"The structure set is dated {drawn:%Y-%m-%d}, the dose {calculated:%Y-%m-%d}:"
            " contours may have changed since; calculate the dose again or confirm them unchanged."
        )
        yield Doubt(Effect.CHECK, "structure-set-newer", text)


def _date(text: str) -> datetime | None:
    """Date of a DICOM DA text; None when absent or not a date, because dates only add doubt."""
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None


CHECK = Check(
    id="structure-set-belongs",
    title="Structures of this plan",
    why="Contours edited or replaced after the dose calculation are not the ones the plan was made for.",
    mend="Export the structure set that plan and dose refer to, or calculate the dose again on the new one.",
    source="DICOM PS3.3 C.8.8.9 RT General Plan Module and C.8.8.3 RT Dose Module,"
    " Referenced Structure Set Sequence (300C,0060).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
