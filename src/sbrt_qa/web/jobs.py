"""Jobs: cases evaluated again, under the same or another protocol, one after the other in worker processes.

Records go to a store of their own per protocol, ``other/NAME/``, and never replace those of the run. A job is noted on
disk before it begins, so that one that was cut off is known to have been.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.batch import ids_of, judge_exports
from sbrt_qa.pipeline.store import Run, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sbrt_qa.pipeline.batch import Crew

WAITING, RUNNING, DONE, FAILED, INTERRUPTED = "waiting", "running", "done", "failed", "interrupted"
OTHER = "other"
AGAIN_S = 5.0  # after which a disk that was full is tried again
_SCRIPT = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS job (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id TEXT NOT NULL, protocol TEXT NOT NULL, path TEXT NOT NULL, store TEXT NOT NULL,
  state TEXT NOT NULL, why TEXT NOT NULL, asked_at TEXT NOT NULL, ended_at TEXT NOT NULL
);
"""
_COLUMNS = "number, case_id, protocol, path, store, state, why, asked_at, ended_at"


@dataclass(frozen=True, slots=True)
class Job:
    """One evaluation that was asked for.

    Parameters
    ----------
    number : int
        In the order of asking.
    case_id : str
        Which case.
    protocol, path : str
        By which protocol: its id, and the shipped id or file it is read from.
    store : str
        Name of the store its record goes to, below ``other``.
    state : str
        waiting, running, done, failed or interrupted.
    why : str
        Why it failed.
    asked_at, ended_at : str
        UTC after ISO 8601.
    """

    number: int
    case_id: str
    protocol: str
    path: str
    store: str
    state: str
    why: str
    asked_at: str
    ended_at: str

    @property
    def is_open(self) -> bool:
        """Whether what it was asked for is not known."""
        return self.state != DONE


@dataclass(frozen=True, slots=True)
class Offered:
    """A protocol that cases can be evaluated by.

    Parameters
    ----------
    id, title, version : str
        As the protocol says.
    path : str
        Shipped id or file.
    sha256 : str
        Of its meaning.
    """

    id: str
    title: str
    version: str
    path: str
    sha256: str

    @property
    def store(self) -> str:
        """Name of the folder of its records; two protocols of one id have two."""
        return f"{self.id}-{self.sha256[:12]}"


class Jobs:
    """Evaluations that were asked for in the work list.

    Parameters
    ----------
    folder : Path
        The output folder of the run; its index says where the exports are and how they are judged.
    crew : Crew
        Who does it.
    run : callable
        Returns what the records of the folder are about, None where that is not known.
    on_end : callable
        Told each job that has ended, whichever way.
    """

    def __init__(
        self, folder: Path, crew: Crew, run: Callable[[], Run | None], on_end: Callable[[Job], object]
    ) -> None:
        self._folder, self._crew, self._run, self._on_end = folder, crew, run, on_end
        self._path = folder / "worklist.sqlite"
        self._due = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        with closing(self._open()) as table:
            table.executescript(_SCRIPT)
            cut_off = (INTERRUPTED, "the work list was stopped before it ended", _now(), WAITING, RUNNING)
            table.execute("UPDATE job SET state = ?, why = ?, ended_at = ? WHERE state IN (?, ?)", cut_off)

    def begin(self) -> None:
        """Begin to work."""
        self._thread.start()

    def end(self) -> None:
        """Begin no other job; one that runs is cut off."""
        with self._due:
            self._is_over = True
            self._due.notify_all()

    def ask(self, case_id: str, offered: Offered) -> Job:
        """Ask for an evaluation.

        Returns
        -------
        Job
            The one that waits or runs already for this case and protocol, else a new one.
        """
        with self._due:
            waits = [job for job in self.of(case_id) if job.store == offered.store and job.state in {WAITING, RUNNING}]
            if waits:
                return waits[-1]
            put = f"INSERT INTO job ({_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, '', ?, '')"  # noqa: S608 - names of our own
            values = (case_id, offered.id, offered.path, offered.store, WAITING, _now())
            with closing(self._open()) as table:
                number = table.execute(put, values).lastrowid
            self._due.notify_all()
        return next(job for job in self.of(case_id) if job.number == number)

    def of(self, case_id: str) -> tuple[Job, ...]:
        """Return the latest job of a case for each protocol."""
        return self.latest().get(case_id, ())

    def latest(self) -> dict[str, tuple[Job, ...]]:
        """Return the latest job for each protocol, by case."""
        query = f"SELECT {_COLUMNS} FROM job WHERE number IN (SELECT max(number) FROM job GROUP BY case_id, store)"  # noqa: S608 - names of our own
        with closing(self._open()) as table:
            jobs = [Job(*row) for row in table.execute(query + " ORDER BY number")]
        found: dict[str, tuple[Job, ...]] = {}
        for job in jobs:
            found[job.case_id] = (*found.get(job.case_id, ()), job)
        return found

    def stores(self) -> tuple[Path, ...]:
        """Return the output folders of all jobs."""
        place = self._folder / OTHER
        return (
            tuple(sorted(one for one in place.iterdir() if one.is_dir() and not one.is_symlink()))
            if place.is_dir()
            else ()
        )

    def _work(self) -> None:
        while (job := self._insist(self._next)) is not None:
            state, why = DONE, ""
            try:
                self._do(job)
            except SbrtQaError as error:
                state, why = FAILED, str(error)
            except Exception as error:  # noqa: BLE001 - the border of the thread: one bad case never stops the rest
                state, why = FAILED, f"an internal error: {type(error).__name__}"
            self._insist(partial(self._close, job, state, why))

    def _insist(self, act: Callable[[], Job | None]) -> Job | None:
        """Use the table, again and again while it cannot be used; a case is not green meanwhile."""
        while not self._is_over:
            try:
                return act()
            except sqlite3.Error:
                time.sleep(AGAIN_S)
        return None

    def _next(self) -> Job | None:
        query = f"SELECT {_COLUMNS} FROM job WHERE state = ? ORDER BY number LIMIT 1"  # noqa: S608 - names of our own
        with self._due:
            while not self._is_over:
                with closing(self._open()) as table:
                    row = table.execute(query, (WAITING,)).fetchone()
                    if row is not None:
                        table.execute("UPDATE job SET state = ? WHERE number = ?", (RUNNING, row[0]))
                        return Job(*row)
                self._due.wait()
        return None

    def _do(self, job: Job) -> None:
        """Judge one plan; whatever it ends in is an answer, unless it does not end.

        Raises
        ------
        UsageError
            When there is no such plan any more, or its evaluation did not come to its end.
        """
        run = self._run()
        if run is None:
            raise UsageError("it is not known where the exports are", mend="run batch, watch or receive again")
        told = run.question
        asked = question(job.path, names=told.names, allow=told.allow, sampling=told.sampling, strict=told.strict)
        if not job.store.endswith(asked.protocol_sha256[:12]):
            raise UsageError("the protocol has changed since it was offered", mend="start the work list again")
        exports = [export for export in find_exports(run.root) if job.case_id in ids_of(export)]
        if not exports:
            raise UsageError("the files of this case are not there any more", mend="export it again")
        with Store(self._folder / OTHER / job.store) as store:
            store.begin(Run(run.root, asked))
            store.take_away([job.case_id])
            judge_exports(exports, store, asked, self._crew)
            stopped = next(
                (entry.stopped for entry in store.entries() if entry.id == job.case_id), "there is no record"
            )
        if stopped:
            raise UsageError(f"it did not come to its end: {stopped}", mend="ask for it again")

    def _close(self, job: Job, state: str, why: str) -> Job:
        with closing(self._open()) as table:
            put = "UPDATE job SET state = ?, why = ?, ended_at = ? WHERE number = ?"
            table.execute(put, (state, why, _now(), job.number))
        ended = replace(job, state=state, why=why)
        self._on_end(ended)
        return ended

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, timeout=30)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
