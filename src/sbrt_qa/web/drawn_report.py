"""Drawn report: the page of a plan with its slices, which no record holds.

It is made by judging again, in a worker, and shown only where that gives the very bytes of the record.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sbrt_qa.pipeline.task import Outcome
from sbrt_qa.pipeline.worker import judged
from sbrt_qa.report import formats
from sbrt_qa.report.record import FORMAT as RECORD

if TYPE_CHECKING:
    from sbrt_qa.pipeline.task import Question, Task

_DIGITS = 64


def draw(question: Question, task: Task) -> Outcome:
    """Make the page of one plan.

    Returns
    -------
    Outcome
        In place of the record: the digest of the record that this judgement gives, then the page.
    """
    evaluation = judged(question, task)
    if isinstance(evaluation, str):
        return Outcome("UNDECIDED", b"", stopped=evaluation)
    digest = sha256(RECORD.write(evaluation)).hexdigest()
    return Outcome(evaluation.verdict.value, digest.encode() + formats()[".html"].write(evaluation))


def page_of(outcome: Outcome, record_sha256: str) -> bytes:
    """Return the page; no bytes where it is not the page of that record."""
    if outcome.record[:_DIGITS].decode("ascii", "replace") != record_sha256:
        return b""
    return outcome.record[_DIGITS:]
