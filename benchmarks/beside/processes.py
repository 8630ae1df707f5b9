"""One process to its end, and what it took."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent


class ProcessFailed(Exception):
    """A process that ended otherwise than it should."""


@dataclass(frozen=True)
class Run:
    """One process that ended: CPU and wall seconds, peak memory, and what it printed."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    printed: str


def run(*words: str | Path, env: dict[str, str] | None = None, codes: tuple[int, ...] = (0,)) -> Run:
    """Run one process and take its resources: user and system time of all its threads and children.

    Parameters
    ----------
    *words : str or Path
        The program and what it is told.
    env : dict, optional
        Added to the surroundings.
    codes : tuple of int
        Exit codes of a process that did its work.

    Raises
    ------
    ProcessFailed
        With its exit code on the first line, then the command and the end of what it wrote to standard error.
    """
    command = [str(word) for word in words]
    surroundings = {**os.environ, "PYTHONPATH": str(BENCHMARKS), **(env or {})}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=errors, env=surroundings)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if child.returncode not in codes:
            said = errors.read().decode(errors="replace").strip()[-2000:]
            raise ProcessFailed(f"exit code {child.returncode}\n{' '.join(command[:4])} …\n{said}")
        printed = out.read().decode(errors="replace")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, printed)
