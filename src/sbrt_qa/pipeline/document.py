"""Document: the report on a plan that was judged, as the DICOM object that is sent back.

It is made by judging again, in a worker: slices can be drawn only from the case itself, and the service stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.folder import RT_ROLES, DicomObject, scan
from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.pipeline.task import Outcome
from sbrt_qa.pipeline.worker import judged
from sbrt_qa.report.encapsulated_pdf import study_of, write

if TYPE_CHECKING:
    from sbrt_qa.pipeline.task import Question, Task


def bind(question: Question, task: Task) -> Outcome:
    """Make the document of one plan.

    Returns
    -------
    Outcome
        With the DICOM file in place of the record; no bytes where nobody can tell whose it is.
    """
    evaluation = judged(question, task)
    if isinstance(evaluation, str):
        return Outcome("UNDECIDED", b"", stopped=evaluation)
    verdict = evaluation.verdict.value
    filed = {} if study_of(evaluation.case) else _said_by_files(task)
    if not study_of({**evaluation.case, **filed}):
        return Outcome(verdict, b"")
    return Outcome(verdict, write(evaluation, filed))


def _said_by_files(task: Task) -> dict[str, str]:
    """Return whose files they are, for a case that could not be read; nothing unless all say the same."""
    try:
        found = [item.identity for item in scan(task.paths) if isinstance(item, DicomObject) and item.role in RT_ROLES]
    except (CaseError, UsageError):
        return {}
    whose = {(one.patient_id, one.study_uid) for one in found}
    names = {one.patient_name for one in found}
    if len(whose) != 1:
        return {}
    ((patient_id, study_uid),) = whose
    return {"patient_id": patient_id, "study_uid": study_uid, "patient_name": names.pop() if len(names) == 1 else ""}
