"""Batch: every plan below a folder judged once, and only what is not finished or has changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.store import Entry
from sbrt_qa.pipeline.task import Task

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from sbrt_qa.model import Identity
    from sbrt_qa.pipeline.store import Store
    from sbrt_qa.pipeline.task import Outcome, Question


class Crew(Protocol):
    """Whoever does the work: processes of this machine, or a cluster."""

    def work(self, question: Question, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome as they come."""
        ...


@dataclass(slots=True)
class Tally:
    """How a run went.

    Parameters
    ----------
    plans : int
        How many plans there are below the root.
    done, kept : int
        How many were judged now, and how many records of earlier runs are still good.
    gone : int
        How many records there are of plans that are not below the root any more; they count for nothing.
    verdicts : Counter of str
        Of all plans below the root.
    stopped : list of (export, why)
        Evaluations that did not come to their end; the next run does them again.
    """

    plans: int
    done: int = 0
    kept: int = 0
    gone: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    stopped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """FAIL wins over UNDECIDED in a batch; a run over nothing is UNDECIDED."""
        order = ("FAIL", "UNDECIDED", "VARIATION", "PASS")
        return next((verdict for verdict in order if self.verdicts[verdict]), "UNDECIDED")


def run_batch(
    root: str | os.PathLike[str],
    store: Store,
    question: Question,
    crew: Crew,
    on_progress: Callable[[Tally, Entry], object] = lambda _tally, _entry: None,
) -> Tally:
    """Judge every plan below a folder.

    Parameters
    ----------
    root : path-like
        Where the exports are.
    store : Store
        Where records and index are kept. What is there and still good is not done again.
    question : Question
        By what is judged.
    crew : Crew
        Who does it.
    on_progress : callable, optional
        Told the tally so far and the line of the index, after each plan that is finished or was so before.

    Returns
    -------
    Tally
    """
    plans = [
        (export.name, tuple(map(str, export.paths)), uid)
        for export in find_exports(root)
        for uid in (_several(export.plans) or (None,))
    ]
    tally = Tally(len(plans))
    before = {entry.id: entry for entry in store.entries()}
    ids = {Task(name, paths, uid, "").id for name, paths, uid in plans}
    gone = before.keys() - ids
    store.set_aside(gone)
    tally.gone = len(gone)

    def due() -> Iterator[Task]:
        """Yield what is to be done, and count what is done already."""
        contents: dict[tuple[str, ...], str] = {}
        for name, paths, uid in plans:
            if paths not in contents:
                contents = {paths: fingerprint.of_files(paths)}
            task = Task(name, paths, uid, fingerprint.key_of(contents[paths], uid, question))
            entry = before.get(task.id)
            if entry is not None and entry.key == task.key and store.is_good(entry):
                tally.kept += 1
                _count(tally, entry)
                on_progress(tally, entry)
            else:
                store.take_away([task.id])
                yield task

    for task, outcome in crew.work(question, due()):
        entry = _entry(task, outcome)
        store.keep(entry, outcome.record)
        tally.done += 1
        _count(tally, entry)
        on_progress(tally, entry)
    return tally


def _several(plans: tuple[Identity, ...]) -> tuple[str, ...]:
    """Return the UIDs to choose by; nothing is to be chosen where there is one plan or none."""
    return tuple(plan.sop_uid for plan in plans) if len(plans) > 1 else ()


def _count(tally: Tally, entry: Entry) -> None:
    tally.verdicts[entry.verdict] += 1
    if entry.stopped:
        tally.stopped.append((entry.export, entry.stopped))


def _entry(task: Task, outcome: Outcome) -> Entry:
    return Entry(
        id=task.id,
        export=task.export,
        plan_uid=task.plan_uid or "",
        plan_label=outcome.plan_label,
        patient_id=outcome.patient_id,
        key=task.key,
        verdict=outcome.verdict,
        record_sha256=sha256(outcome.record).hexdigest(),
        stopped=outcome.stopped,
    )
