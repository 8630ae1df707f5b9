"""Crew of this machine: worker processes, each case within its own limits of time and memory."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, wait
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
        from pebble import ProcessPool

        with ProcessPool(
            self.workers,
            TASKS_PER_PROCESS,
            initializer=_limit,
            initargs=(self.memory_gb, os.getpid()),
            context=prepared(),
        ) as pool:
            try:
                yield from self._work(pool, question, iter(tasks))
            except BaseException:
                pool.stop()  # type: ignore[no-untyped-call]
                raise

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

    def _work(self, pool: ProcessPool, question: Question, tasks: Iterator[Task]) -> Iterator[tuple[Task, Outcome]]:
        in_hand: dict[Future[Outcome], tuple[Task, int]] = {}

        def begin(task: Task, attempt: int) -> None:
            in_hand[pool.schedule(self.task, (question, task), timeout=self.seconds)] = task, attempt

        while True:
            while len(in_hand) < IN_HAND * self.workers and (task := next(tasks, None)) is not None:
                begin(task, 1)
            if not in_hand:
                return
            for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                task, attempt = in_hand.pop(future)
                outcome = self._outcome(future, question, attempt)
                if outcome is None:
                    begin(task, attempt + 1)
                else:
                    yield task, outcome

    def _outcome(self, future: Future[Outcome], question: Question, attempt: int) -> Outcome | None:
        """Return what became of a task; None when it is to be tried again."""
        from pebble import ProcessExpired

        try:
            return future.result()
        except TimeoutError:
            return stopped(question, f"it took more than {self.seconds:g} s")
        except MemoryError:
            return stopped(question, f"it needed more than {self.memory_gb:g} GB of memory")
        except ProcessExpired:
            return None if attempt < ATTEMPTS else stopped(question, f"its process died {ATTEMPTS} times")
        except Exception as error:  # noqa: BLE001 - the border: one bad case never stops the rest
            return stopped(question, f"an internal error: {type(error).__name__}")


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
