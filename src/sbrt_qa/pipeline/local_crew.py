"""Crew of this machine: worker processes, each case within its own limits of time and memory."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sbrt_qa.pipeline.forkserver import prepared
from sbrt_qa.pipeline.worker import stopped, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pebble import ProcessPool

    from sbrt_qa.pipeline.task import Outcome, Question, Task

ATTEMPTS = 3  # a worker that dies may be killed by the system for another's sake
TASKS_PER_PROCESS = 100
IN_HAND = 2  # tasks per worker that wait in memory
_ONE_AT_A_TIME = Lock()  # the environment belongs to all threads


@dataclass(frozen=True, slots=True)
class LocalCrew:
    """Worker processes of this machine.

    Parameters
    ----------
    workers : int
        How many.
    seconds : float
        What one case may take.
    memory_gb : float
        Address space that one worker may take, in units of 10⁹ bytes.
    task : callable, optional
        What a worker does with a task; by default it judges.
    """

    workers: int
    seconds: float
    memory_gb: float
    task: Callable[[Question, Task], Outcome] = work

    def work(self, question: Question, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome as they come, in any order; tasks are asked for as workers are free."""
        due = _Due(tasks)
        while not due.is_over:
            yield from self._work_with_a_pool(question, due)

    def alone(self, question: Question, task: Task) -> Outcome:
        """Do one task in a process of its own, within the same limits; for those who are workers themselves."""
        from pebble import concurrent

        with _ONE_AT_A_TIME:
            # the library's types call it mp_context, but it is not read under that name
            begin = concurrent.process(timeout=self.seconds, context=prepared())(_bounded)  # type: ignore[call-overload]
        attempt, outcome = 0, None
        while outcome is None:
            attempt += 1
            future = begin(self.memory_gb, os.getpid(), self.task, question, task)
            outcome = self._outcome(future, question, attempt)
        return outcome

    def _work_with_a_pool(self, question: Question, due: _Due) -> Iterator[tuple[Task, Outcome]]:
        """Work until nothing is due, or the pool is of no use: a worker that dies as it reads a task can break it."""
        from pebble import ProcessPool

        with ProcessPool(
            self.workers,
            TASKS_PER_PROCESS,
            initializer=_limit,
            initargs=(self.memory_gb, os.getpid()),
            context=prepared(),
        ) as pool:
            try:
                yield from self._work(pool, question, due)
            except BaseException:
                pool.stop()  # type: ignore[no-untyped-call]
                raise

    def _work(self, pool: ProcessPool, question: Question, due: _Due) -> Iterator[tuple[Task, Outcome]]:
        in_hand: dict[Future[Outcome], tuple[Task, int]] = {}
        is_broken = False
        while True:
            while not is_broken and len(in_hand) < IN_HAND * self.workers and (given := due.take()) is not None:
                future = self._scheduled(pool, question, given[0])
                is_broken = _tells_of_a_broken_pool(future)
                in_hand[future] = given
            if not in_hand:
                return
            for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                task, attempt = in_hand.pop(future)
                is_broken = is_broken or _tells_of_a_broken_pool(future)
                outcome = self._outcome(future, question, attempt)
                if outcome is None:
                    due.give_back(task, attempt)
                else:
                    yield task, outcome

    def _scheduled(self, pool: ProcessPool, question: Question, task: Task) -> Future[Outcome]:
        try:
            return pool.schedule(self.task, (question, task), timeout=self.seconds)
        except RuntimeError as error:  # the library's word for a pool that is broken
            future: Future[Outcome] = Future()
            future.set_exception(BrokenProcessPool(str(error)))
            return future

    def _outcome(self, future: Future[Outcome], question: Question, attempt: int) -> Outcome | None:
        """Return what became of a task; None when it is to be tried again."""
        from pebble import ProcessExpired

        try:
            return future.result()
        except TimeoutError:
            return stopped(question, f"it took more than {self.seconds:g} s")
        except MemoryError:
            return stopped(question, f"it needed more than {self.memory_gb:g} GB of memory")
        except (ProcessExpired, BrokenProcessPool):
            return None if attempt < ATTEMPTS else stopped(question, f"its process died {ATTEMPTS} times")
        except Exception as error:  # noqa: BLE001 - the border: one bad case never stops the rest
            return stopped(question, f"an internal error: {type(error).__name__}")


def _tells_of_a_broken_pool(future: Future[Outcome]) -> bool:
    return future.done() and not future.cancelled() and isinstance(future.exception(), BrokenProcessPool)


class _Due:
    """Tasks that are to be done, first of all those that are to be tried again."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._fresh = iter(tasks)
        self._again: list[tuple[Task, int]] = []
        self._is_drained = False

    @property
    def is_over(self) -> bool:
        """Whether the last one has been taken."""
        return self._is_drained and not self._again

    def take(self) -> tuple[Task, int] | None:
        """Return a task and which attempt this is; None when nothing is due."""
        if self._again:
            return self._again.pop()
        task = next(self._fresh, None)
        self._is_drained = task is None
        return None if task is None else (task, 1)

    def give_back(self, task: Task, attempt: int) -> None:
        """Let a task be tried again."""
        self._again.append((task, attempt + 1))


def _bounded(
    memory_gb: float, parent: int, work: Callable[[Question, Task], Outcome], question: Question, task: Task
) -> Outcome:
    _limit(memory_gb, parent)
    return work(question, task)


def _limit(memory_gb: float, parent: int) -> None:
    """Bound the memory of this process, and leave with its parent."""
    import resource
    import threading
    import time

    most = int(memory_gb * 1e9)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))

    def leave_with_parent() -> None:
        while True:
            time.sleep(1)
            try:
                os.kill(parent, 0)
            except ProcessLookupError:
                os._exit(1)

    threading.Thread(target=leave_with_parent, daemon=True).start()
