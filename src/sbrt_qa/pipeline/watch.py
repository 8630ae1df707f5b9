"""Watch: a folder looked at again and again; an export is judged once, when it is complete and nobody writes to it.

Network shares tell nobody what happens on them, so names, sizes and times are compared from one look to the next.
What has been judged is known from the store alone: a watch that begins anew goes on where the last one ended.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.batch import Tally, ids_of, is_good, judge_exports, tasks_of
from sbrt_qa.pipeline.event import Event
from sbrt_qa.pipeline.store import Run

if TYPE_CHECKING:
    import os
    import threading
    from collections.abc import Callable, Sequence

    from sbrt_qa.dicom.exports import Export
    from sbrt_qa.pipeline.batch import Crew
    from sbrt_qa.pipeline.store import Entry, Store
    from sbrt_qa.pipeline.task import Question

    Say = Callable[[str], object]


_AT_ONCE = 16  # exports judged from one look to the next


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait.

    Parameters
    ----------
    poll_s : float
        From one look to the next.
    settle_s : float
        For how long no file of an export may have changed before it is judged.
    incomplete_s : float
        The same for an export without plan, dose or structure set; then it is judged as it is.
    """

    poll_s: float = 5.0
    settle_s: float = 30.0
    incomplete_s: float = 1800.0


@dataclass(slots=True)
class _Seen:
    """What is known of an export since its files last changed."""

    state: str
    since_s: float
    age_s: float
    is_done: bool


class Watch:
    """A folder under watch.

    Parameters
    ----------
    root : path-like
        Where exports arrive.
    store : Store
        Where records and index are kept.
    question : Question
        By what is judged.
    crew : Crew
        Who does it.
    patience : Patience
        How long to wait.
    say : callable
        Told what happens, a line each, without anything that comes from files or their names.
    on_record : callable, optional
        Told the line of the index of each plan that was judged, once its record is kept.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        store: Store,
        question: Question,
        crew: Crew,
        *,
        patience: Patience,
        say: Say = lambda _line: None,
        on_record: Callable[[Entry], object] = lambda _entry: None,
    ) -> None:
        self.root = Path(root)
        self._store = store
        self._question = question
        self._crew = crew
        self._patience = patience
        self.say = say
        self._on_record = on_record
        self._seen: dict[str, _Seen] = {}
        self._exports: tuple[Export, ...] = ()
        self._state = ""
        find_exports(self.root)  # refuses a folder that is not there
        store.begin(Run(str(self.root.resolve()), question))

    def look(self, now_s: float) -> bool:
        """Look once, and judge what is ready, a few exports at most: what changes meanwhile must not wait for many.

        Parameters
        ----------
        now_s : float
            Time of a clock that never goes back.

        Returns
        -------
        bool
            Whether more is ready.
        """
        state, _ = fingerprint.of_stats([self.root])
        if state != self._state and self.root.is_dir():
            self._take_note(find_exports(self.root), now_s)
            self._state = state  # only now: what could not be noted, or taken away, is tried again
        ready = [export for export in self._exports if self._is_ready(export, now_s)]
        if ready:
            judge_exports(ready[:_AT_ONCE], self._store, self._question, self._crew, self._judged)
        for export in ready[:_AT_ONCE]:
            self._seen[export.name].is_done = True
        return len(ready) > _AT_ONCE

    @property
    def waiting(self) -> frozenset[str]:
        """Names of the records that are still to come."""
        awaited = {name for export in self._exports if not self._seen[export.name].is_done for name in ids_of(export)}
        return frozenset(awaited - {entry.id for entry in self._store.entries()})

    @property
    def present(self) -> dict[str, Export]:
        """Which export each record is of, by the record's name, as of the last look."""
        return {identity: export for export in self._exports for identity in ids_of(export)}

    def standing(self) -> Tally:
        """How all plans stand: those judged now or earlier, and what waits, which is UNDECIDED."""
        entries, waiting = self._store.entries(), self.waiting
        verdicts = Counter(entry.verdict if self._store.has_record(entry) else "UNDECIDED" for entry in entries)
        verdicts["UNDECIDED"] += len(waiting)
        return Tally(len(entries) + len(waiting), verdicts=verdicts)

    def _take_note(self, exports: tuple[Export, ...], now_s: float) -> None:
        """Note what is new and what has changed, and take away every record that does not stand for it any more."""
        entries = {entry.id: entry for entry in self._store.entries()}
        seen = {}
        for export in exports:
            state, changed_s = fingerprint.of_stats(export.paths)
            known = self._seen.get(export.name)
            if known is None or known.state != state:
                known = _Seen(state, now_s, max(time.time() - changed_s, 0.0), self._is_done(export, entries))
                if not known.is_done:
                    self.say(_arrival(export))
            seen[export.name] = known
        self._store.set_aside(self._regrouped(exports, entries))
        self._exports, self._seen = exports, seen

    def _is_done(self, export: Export, entries: dict[str, Entry]) -> bool:
        """Whether every plan has a record that is still good; records that are not are taken away."""
        if entries.keys().isdisjoint(ids_of(export)):
            return False
        tasks = list(tasks_of(export, self._question))
        good = {task.id for task in tasks if task.id in entries and is_good(self._store, entries[task.id], task)}
        self._store.take_away({task.id for task in tasks} & entries.keys() - good)
        return len(good) == len(tasks)

    def _regrouped(self, exports: tuple[Export, ...], entries: dict[str, Entry]) -> list[str]:
        """Name the records of what is no export any more though its files are there: they belong to another now."""
        present = {identity for export in exports for identity in ids_of(export)}
        left = [entry for entry in entries.values() if entry.id not in present]
        return [entry.id for entry in left if fingerprint.of_stats([self.root / entry.export])[1] > 0]

    def _is_ready(self, export: Export, now_s: float) -> bool:
        seen = self._seen[export.name]
        quiet_s = now_s - seen.since_s
        if seen.is_done or quiet_s < self._patience.settle_s:
            return False
        return not export.lacking or quiet_s + seen.age_s >= self._patience.incomplete_s

    def _judged(self, _tally: Tally, entry: Entry) -> None:
        stopped = {"stopped": "yes"} if entry.stopped else {}
        self.say(Event("judged", record=_digest_of(entry.id), verdict=entry.verdict, **stopped))
        self._on_record(entry)


def keep_watch(watch: Watch, patience: Patience, stop: threading.Event, *, once: bool = False) -> None:
    """Look until told to stop; with ``once`` only as often as it takes to know what is quiet now.

    Where a record cannot be written, because the disk is full for instance, the watch says so and tries again later.
    What is stale has been taken away before, so nothing is shown as judged that is not.

    Raises
    ------
    UsageError
        When a record cannot be written, with ``once``.
    """
    if once:
        _look_at_all(watch)
        if watch.waiting and not stop.wait(patience.settle_s):
            _look_at_all(watch)
        return
    pause_s = 0.0
    while not stop.wait(pause_s):
        try:
            pause_s = 0.0 if watch.look(time.monotonic()) else patience.poll_s
        except (UsageError, OSError, sqlite3.Error) as error:
            watch.say(Event("failed", what="cannot-write", error=type(error).__name__, again="yes"))
            pause_s = max(patience.poll_s, patience.settle_s)


def _look_at_all(watch: Watch) -> None:
    while watch.look(time.monotonic()):
        pass


def _arrival(export: Export) -> Event:
    records: Sequence[str] = [_digest_of(identity) for identity in ids_of(export)]
    return Event("arrived", record=",".join(records), lacks=",".join(export.lacking) or "nothing")


def _digest_of(identity: str) -> str:
    """Return the part of a record's name that names nobody."""
    return identity.rpartition("-")[2]
