"""Crew of a Dask cluster: its workers judge, each case in a process of its own; a shared file system is assumed.

Nothing but the client writes records, so a task that a cluster does twice does no harm. A worker judges only what it
sees as the client does: the same files under the same paths, the same protocol, the same program.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.pipeline import asking
from sbrt_qa.pipeline.local_crew import IN_HAND, LocalCrew
from sbrt_qa.pipeline.worker import stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from distributed import Client, Future

    from sbrt_qa.pipeline.task import Outcome, Question, Task

REACHED_WITHIN_S = 5.0
LOOKED_AFTER_S = 1.0
DECIDE_NUMBERS = ("numpy", "scipy", "shapely", "scikit-image", "pydicom")


@dataclass(frozen=True, slots=True)
class ClusterCrew:
    """Workers of an existing Dask cluster.

    Parameters
    ----------
    scheduler : str
        Its address, for instance ``tcp://10.0.0.5:8786``.
    limits : LocalCrew
        What one case may take on a worker, and what is done with it.
    patience_s : float
        How long there may be no worker at all before the run ends.
    """

    scheduler: str
    limits: LocalCrew
    patience_s: float = 120.0

    def ensure_reached(self) -> None:
        """Raise UsageError, within seconds, when there is no such scheduler."""
        with _connected(self.scheduler):
            pass

    def work(self, question: Question, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome as they come, in any order; tasks are asked for as workers are free.

        Raises
        ------
        UsageError
            When the scheduler cannot be reached, or is lost, or has no worker for too long. What was yielded stays.
        """
        with _connected(self.scheduler) as client:
            yield from self._work(client, question, iter(tasks))

    def _work(self, client: Client, question: Question, tasks: Iterator[Task]) -> Iterator[tuple[Task, Outcome]]:
        in_hand: dict[Future[Outcome | str], Task] = {}
        finished: SimpleQueue[Future[Outcome | str]] = SimpleQueue()
        staffed_at_s = time.monotonic()
        while True:
            threads = self._threads(client)
            if threads:
                staffed_at_s = time.monotonic()
            elif time.monotonic() - staffed_at_s > self.patience_s:
                raise UsageError(f"the cluster at {self.scheduler} has no workers", mend="start some; then run again")
            while len(in_hand) < max(1, IN_HAND * threads) and (task := next(tasks, None)) is not None:
                future = client.submit(judge_here, self.limits, program(), question, _absolute(task), pure=False)
                in_hand[future] = task
                future.add_done_callback(finished.put)  # type: ignore[no-untyped-call]
            if not in_hand:
                return
            with suppress(Empty):
                future = finished.get(timeout=LOOKED_AFTER_S)
                yield in_hand.pop(future), self._outcome(future, question)

    def _threads(self, client: Client) -> int:
        """Return how many cases the cluster can do at once."""
        try:
            return sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise _lost(self.scheduler) from error

    def _outcome(self, future: Future[Outcome | str], question: Question) -> Outcome:
        from distributed import CancelledError, KilledWorker

        try:
            found = future.result()
        except CancelledError as error:
            raise _lost(self.scheduler) from error
        except KilledWorker as error:
            return stopped(question, f"workers that died while they had it: {error.allowed_failures + 1}")
        except Exception as error:  # noqa: BLE001 - the border: one bad case never stops the rest
            return stopped(question, f"an error on the cluster: {type(error).__name__}")
        return stopped(question, found) if isinstance(found, str) else found


def _absolute(task: Task) -> Task:
    return replace(task, paths=tuple(map(os.path.abspath, task.paths)))


def program() -> tuple[str, ...]:
    """Return what must be the same on all machines: this program, and the libraries that numbers depend on."""
    return (f"sbrt-qa {__version__}", *(f"{name} {version(name)}" for name in DECIDE_NUMBERS))


def judge_here(limits: LocalCrew, wanted: tuple[str, ...], question: Question, task: Task) -> Outcome | str:
    """Do a task on this worker of a cluster.

    Parameters
    ----------
    limits : LocalCrew
        What one case may take.
    wanted : tuple of str
        The client's :func:`program`.
    question, task
        As for :func:`sbrt_qa.pipeline.worker.work`; paths are absolute.

    Returns
    -------
    Outcome or str
        Why nothing was judged, where this worker sees anything else than the client does.
    """
    if wanted != program():
        ours, theirs = next((pair for pair in zip(program(), wanted, strict=False) if pair[0] != pair[1]), ("?", "?"))
        return f"a worker of the cluster has {ours} where {theirs} is wanted"
    try:
        _ensure_same(question)
    except (SbrtQaError, OSError):
        return "a worker of the cluster does not read the same protocol, names or list of released protocols"
    if not all(Path(path).exists() for path in task.paths):
        return "a worker of the cluster does not see the files: a shared file system is needed"
    # a nanny marks its worker as one that has no children; these leave with it all the same
    multiprocessing.current_process().daemon = False
    return limits.alone(question, task)


@lru_cache(maxsize=4)
def _ensure_same(question: Question) -> None:
    """Raise an error unless the question's files are here what they are for the client."""
    seen = asking.question(
        question.protocol,
        names=question.names,
        allow=question.allow,
        sampling=question.sampling,
        strict=question.strict,
    )
    if seen != question:
        raise UsageError("the files of the question are others here")


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    if find_spec("distributed") is None:
        raise UsageError("working on a cluster needs Dask", mend="pip install 'sbrt-qa[cluster]'")
    from distributed import Client

    words: dict[str, Any] = {"timeout": REACHED_WITHIN_S, "set_as_default": False}
    try:
        client = Client(scheduler, **words)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, MemoryError) as error:  # whoever answers need not be a scheduler
        what = f"cannot reach a Dask scheduler at {scheduler!r} within {REACHED_WITHIN_S:g} s"
        raise UsageError(what, mend="give the address that 'dask scheduler' prints") from error
    with client:
        yield client


def _lost(scheduler: str) -> UsageError:
    return UsageError(
        f"the scheduler at {scheduler} is lost", mend="run again; what is finished is not done a second time"
    )
