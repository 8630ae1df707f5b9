"""Batch: every plan below a folder judged once, and only what is not finished or has changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.store import Entry, Run
from sbrt_qa.pipeline.task import Task

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sbrt_qa.dicom.exports import Export
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
    store.begin(Run(str(Path(root).resolve()), question))
    exports = find_exports(root)
    present = {identity for export in exports for identity in ids_of(export)}
    gone = ({entry.id for entry in store.entries()} | store.unlisted()) - present
    store.set_aside(gone)
    tally = judge_exports(exports, store, question, crew, on_progress)
    tally.gone = len(gone)
    return tally


def judge_exports(
    exports: Sequence[Export],
    store: Store,
    question: Question,
    crew: Crew,
    on_progress: Callable[[Tally, Entry], object] = lambda _tally, _entry: None,
) -> Tally:
    """Judge every plan of some exports, as :func:`run_batch` does for all below a folder; other records stay.

    Returns
    -------
    Tally
        Of the plans of these exports.
    """
    tally = Tally(sum(len(ids_of(export)) for export in exports))
    before = {entry.id: entry for entry in store.entries()}

    def due() -> Iterator[Task]:
        """Yield what is to be done, and count what is done already."""
        for task in (task for export in exports for task in tasks_of(export, question)):
            entry = before.get(task.id)
            if entry is not None and is_good(store, entry, task):
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


def tasks_of(export: Export, question: Question) -> Iterator[Task]:
    """Yield the task of each plan of an export; this reads all its files, for their digest."""
    paths = tuple(map(str, export.paths))
    contents = fingerprint.of_files(paths)
    for uid in plan_uids_of(export):
        yield Task(export.name, paths, uid, fingerprint.key_of(contents, uid, question))


def is_good(store: Store, entry: Entry, task: Task) -> bool:
    """Whether what an entry stands for is what the task would give."""
    return entry.key == task.key and store.is_good(entry)


def ids_of(export: Export) -> tuple[str, ...]:
    """Return the names of the records of an export, one per plan."""
    return tuple(Task(export.name, (), uid, "").id for uid in plan_uids_of(export))


def plan_uids_of(export: Export) -> tuple[str | None, ...]:
    """Return the UIDs to choose by; nothing is to be chosen where there is one plan or none."""
    return tuple(plan.sop_uid for plan in export.plans) if len(export.plans) > 1 else (None,)


def _count(tally: Tally, entry: Entry) -> None:
    tally.verdicts[entry.verdict] += 1
    if entry.stopped:
        tally.stopped.append((entry.export, entry.stopped))


def _entry(task: Task, outcome: Outcome) -> Entry:
    return Entry(
        id=task.id,
        export=encodable(task.export),
        plan_uid=task.plan_uid or "",
        plan_label=encodable(outcome.plan_label),
        patient_id=encodable(outcome.patient_id),
        key=task.key,
        verdict=outcome.verdict,
        record_sha256=sha256(outcome.record).hexdigest(),
        stopped=outcome.stopped,
        judged_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def encodable(text: str) -> str:
    """Return text that UTF-8 can hold: names of files are bytes, and need not be of it. The id keeps them apart."""
    return text.encode("utf-8", "backslashreplace").decode()
