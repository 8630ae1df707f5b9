"""Worker: one task to its outcome. The same function runs in a process of this machine and on a cluster."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sbrt_qa.errors import CaseError
from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.task import Outcome
from sbrt_qa.report.record import FORMAT as RECORD
from sbrt_qa.workflow import answer, ask, refused

if TYPE_CHECKING:
    from sbrt_qa.pipeline.task import Question, Task
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.workflow import Asked


def work(question: Question, task: Task) -> Outcome:
    """Judge one plan.

    Parameters
    ----------
    question : Question
        By what; its files must be readable here and unchanged.
    task : Task
        What.

    Returns
    -------
    Outcome
        Also for a case that cannot be read, and for one that changed while it was read.
    """
    evaluation = judged(question, task)
    return stopped(question, evaluation) if isinstance(evaluation, str) else _outcome(evaluation)


def judged(question: Question, task: Task) -> Evaluation | str:
    """Return the evaluation of one plan, or why it would not be that of its task."""
    asked = _asked(question)
    if asked.protocol is None or asked.protocol.sha256 != question.protocol_sha256:
        return "the protocol file changed while the run went on"
    evaluation = answer(asked, task.paths if len(task.paths) > 1 else task.paths[0], plan=task.plan_uid)
    if fingerprint.key_of(fingerprint.of_files(task.paths), task.plan_uid, question) != task.key:
        return "the files changed while they were read"
    return evaluation


def stopped(question: Question, why: str) -> Outcome:
    """Return the outcome of an evaluation that did not come to its end: UNDECIDED, and to be done again."""
    error = CaseError(
        f"the evaluation did not come to its end: {why}", mend="judge this plan by itself", code="evaluation-stopped"
    )
    return _outcome(refused(_asked(question), error), why)


def _outcome(evaluation: Evaluation, why: str = "") -> Outcome:
    case = evaluation.case
    return Outcome(
        verdict=evaluation.verdict.value,
        record=RECORD.write(evaluation),
        plan_label=str(case.get("plan_label") or ""),
        patient_id=str(case.get("patient_id") or ""),
        stopped=why,
    )


@lru_cache(maxsize=1)
def _asked(question: Question) -> Asked:
    return ask(
        question.protocol,
        names=question.names,
        allow=question.allow,
        sampling=question.sampling,
        strict=question.strict,
    )
