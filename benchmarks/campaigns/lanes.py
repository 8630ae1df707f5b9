"""Many small trials in a few worker processes: each with a limit of time and memory, a crash costs one trial only."""

from __future__ import annotations

import faulthandler
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

LONGEST_S = 5.0  # of processor time, for one trial
LARGEST_BYTES = 2**30  # beyond what the process holds before its first trial
HANGING_S = 60  # of the clock: then the process ends, whatever it does
BATCH = 100


class Outcome(NamedTuple):
    """What became of one trial; ``finding`` is empty when it is clean."""

    word: str
    finding: str = ""


@dataclass
class Tally:
    """Counts of words, findings by seed, and the largest effort that one trial took."""

    words: Counter[str] = field(default_factory=Counter)
    findings: dict[int, str] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, 0)
    peak_mb: float = 0.0

    @property
    def trials(self) -> int:
        """How many were made."""
        return sum(self.words.values())

    def add(self, other: Tally) -> None:
        """Take in what another process counted."""
        self.words.update(other.words)
        self.findings.update(other.findings)
        self.slowest = max(self.slowest, other.slowest)
        self.peak_mb = max(self.peak_mb, other.peak_mb)

    def note(self, seed: int, outcome: Outcome, seconds: float = 0.0) -> None:
        """Count one trial."""
        self.words[outcome.word] += 1
        if outcome.finding:
            self.findings[seed] = f"{outcome.word}: {outcome.finding}"
        self.slowest = max(self.slowest, (seconds, seed))


class Overdue(BaseException):
    """A trial took too long; no handler of the program under test may take it for its own error."""


def run(trial: Callable[[int], Outcome], seeds: range, lanes: int, tell: Callable[[Tally], object]) -> Tally:
    """Make every trial once.

    Parameters
    ----------
    trial : callable
        ``seed -> Outcome``; whatever it raises is a finding.
    seeds : range
        One trial per seed.
    lanes : int
        Worker processes; each takes every ``lanes``-th seed.
    tell : callable
        Told the tally so far, now and then.
    """
    total = Tally()
    context = multiprocessing.get_context("fork")
    waiting = [_Lane(trial, seeds[start::lanes], context) for start in range(min(lanes, len(seeds)))]
    while waiting:
        multiprocessing.connection.wait([lane.end for lane in waiting], timeout=5)
        for lane in list(waiting):
            if lane.collect(total):
                waiting.remove(lane)
        tell(total)
    return total


class _Lane:
    """One worker process; after a crash a new one goes on behind the seed that did it."""

    def __init__(self, trial: Callable[[int], Outcome], seeds: Sequence[int], context: Any) -> None:
        self._trial, self._seeds, self._context = trial, seeds, context
        self._at = context.Value("q", 0, lock=False)
        self._counted = 0
        self._start()

    def _start(self) -> None:
        self.end, other = self._context.Pipe(duplex=False)
        self._process = self._context.Process(target=_work, args=(self._trial, self._seeds, self._at, other))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # from 3.12 on fork warns where threads run, as in tests
            self._process.start()
        other.close()

    def collect(self, total: Tally) -> bool:
        """Take in what is there; True when the lane is done."""
        try:
            while self.end.poll():
                batch = self.end.recv()
                self._counted += batch.trials
                total.add(batch)
        except EOFError:
            self._process.join()
            if self._process.exitcode == 0:
                return True
            return self._after_crash(total)
        return False

    def _after_crash(self, total: Tally) -> bool:
        """Go on without the seed that did it; those since the last batch are made again, for nobody counted them."""
        crashed = self._at.value
        total.note(crashed, Outcome("crash", f"the process ended with {self._process.exitcode}"))
        self._seeds = [seed for seed in self._seeds[self._counted :] if seed != crashed]
        self._counted = 0
        if self._seeds:
            self._start()
        return not self._seeds


def _work(trial: Callable[[int], Outcome], seeds: Sequence[int], at: Any, end: Connection) -> None:
    signal.signal(signal.SIGPROF, _overdue)
    warnings.simplefilter("error")  # nobody reads a warning: it is a finding too
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + LARGEST_BYTES, held + LARGEST_BYTES))
    tally = Tally()
    for seed in seeds:
        at.value = seed
        faulthandler.dump_traceback_later(HANGING_S, exit=True)
        started = time.process_time()
        tally.note(seed, _tried(trial, seed), time.process_time() - started)
        if tally.trials >= BATCH:
            tally.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            end.send(tally)
            tally = Tally()
    tally.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    end.send(tally)
    end.close()
    os._exit(0)


def _tried(trial: Callable[[int], Outcome], seed: int) -> Outcome:
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        return trial(seed)
    except Overdue:
        return Outcome("too slow", f"took more than {LONGEST_S:g} s")
    except MemoryError:
        return Outcome("too large", f"asked for more than {LARGEST_BYTES / 2**30:g} GB")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        *_, last = traceback.extract_tb(error.__traceback__)
        return Outcome("traceback", f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _overdue(*_: object) -> NoReturn:
    raise Overdue
