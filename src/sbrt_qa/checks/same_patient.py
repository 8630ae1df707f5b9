"""Dose, plan and structure set are of one patient and one study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome
from sbrt_qa.checks._wording import listed

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Identity

CODES = {
    "patient-differs": "The objects carry different patient IDs; the case is refused.",
    "patient-id-missing": "Some objects carry a patient ID and others none (undecided), or none does (a warning).",
    "patient-name-differs": "Same patient ID, but the name is spelt differently; a note.",
    "study-differs": "The objects are filed under different studies; a warning.",
}


def run(subject: Subject) -> Outcome:
    """Compare patient ID, patient name and study of all objects; never repeat them."""
    objects = _objects(subject)
    doubts = (*_identity_doubts(objects), *_study_doubts(objects))
    return Outcome(f"{_subjects(objects)} carry the same patient ID and study.", doubts)


def _objects(subject: Subject) -> dict[str, Identity]:
    case = subject.case
    found = {"dose": case.dose.identity, "structure set": case.structure_set.identity}
    return found if case.plan is None else {"plan": case.plan.identity, **found}


def _subjects(names: dict[str, Identity]) -> str:
    text = listed(names)
    return text[0].upper() + text[1:]


def _identity_doubts(objects: dict[str, Identity]) -> tuple[Doubt, ...]:
    stated = {identity.patient_id for identity in objects.values() if identity.patient_id}
    silent = [name for name, identity in objects.items() if not identity.patient_id]
    if len(stated) > 1:
        text = f"{_subjects(objects)} carry different patient IDs; export the objects of one patient only."
        return (Doubt(Effect.REFUSE, "patient-differs", text),)
    if silent and stated:
        text = f"No patient ID in the {listed(silent)}, although the other objects carry one."
        return (Doubt(Effect.CHECK, "patient-id-missing", text),)
    if silent:
        text = "No object carries a patient ID, so nothing confirms that they are of one patient."
        return (Doubt(Effect.WARN, "patient-id-missing", text),)
    # Trailing carets are empty name components, not another spelling.
    if len({identity.patient_name.rstrip("^ ") for identity in objects.values()}) > 1:
        text = "The patient ID agrees, but the objects spell the patient's name differently."
        return (Doubt(Effect.NOTE, "patient-name-differs", text),)
    return ()


def _study_doubts(objects: dict[str, Identity]) -> tuple[Doubt, ...]:
    if len({identity.study_uid for identity in objects.values()}) == 1:
        return ()
    text = f"{_subjects(objects)} are filed under different studies (Study Instance UID)."
    return (Doubt(Effect.WARN, "study-differs", text),)


CHECK = Check(
    id="same-patient",
    title="One patient, one study",
    why="Objects of two patients in one folder would be judged as if they were one plan.",
    mend="Export plan, dose and structure set of one patient again, into an empty folder.",
    source="DICOM PS3.3 C.7.1.1 Patient Module, C.7.2.1 General Study Module; AAPM TG-275: patient identity.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
