"""The run: every case of every set through writer, reader and engine, on one or two processes, to the same result."""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.commission.document import Commissioning
from sbrt_qa.commission.shelf import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sbrt_qa.commission.document import Point
    from sbrt_qa.histogram import Sampling


@dataclass(frozen=True, slots=True)
class _Task:
    """One case: which set, which of its cases, under which conventions, and where its files go."""

    set_id: str
    index: int
    quick: bool
    samplings: tuple[Sampling, ...]
    folder: Path


def commission(
    sets: Iterable[str] = (),
    samplings: Sequence[Sampling] | None = None,
    *,
    quick: bool = False,
    workers: int = 1,
    on_progress: Callable[[int, int], object] | None = None,
) -> Commissioning:
    """Run the published test sets through the installed engine.

    Every case is written to disk as DICOM, read back as a clinical export would be, and computed.

    Parameters
    ----------
    sets : iterable of str
        Ids of test sets; all of them by default.
    samplings : sequence of Sampling, optional
        The conventions; by default the usual one, and the same with the shape between contours.
    quick : bool
        Only a part of each set, for a first look in seconds.
    workers : int
        Processes. The result does not depend on it.
    on_progress : callable, optional
        Told after every case how many are done, and of how many.

    Returns
    -------
    Commissioning

    Raises
    ------
    UsageError
        For an unknown set.
    """
    wanted = chosen(sets)
    conventions = tuple(samplings if samplings is not None else usual_samplings())
    points: dict[tuple[str, Sampling], list[Point]] = {(s.id, c): [] for s in wanted for c in conventions}
    with tempfile.TemporaryDirectory(prefix="sbrt-qa-commission-") as folder:
        tasks = [
            _Task(entry.id, index, quick, conventions, Path(folder) / f"{entry.id}-{index}")
            for entry in wanted
            for index in range(len(entry.cases(quick)))
        ]
        for done, (task, found) in enumerate(zip(tasks, _results(tasks, workers), strict=True), start=1):
            for sampling, measured in zip(conventions, found, strict=True):
                points[task.set_id, sampling] += measured
            if on_progress is not None:
                on_progress(done, len(tasks))
    chapters = tuple(s.chapter(tuple(points[s.id, c]), c, quick) for s in wanted for c in conventions)
    return Commissioning(chapters, _versions(), quick)


def usual_samplings() -> tuple[Sampling, ...]:
    """Return the usual convention, and the same with every other choice between contours."""
    from dataclasses import replace

    from sbrt_qa.histogram.sampling import BETWEEN, Sampling

    usual = Sampling()
    return (usual, *(replace(usual, between=choice) for choice in BETWEEN if choice != usual.between))


def _results(tasks: Sequence[_Task], workers: int) -> Iterator[tuple[tuple[Point, ...], ...]]:
    if workers <= 1 or len(tasks) < 2:
        yield from map(_measure, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_measure, tasks)


def _measure(task: _Task) -> tuple[tuple[Point, ...], ...]:
    import shutil

    from sbrt_qa.commission.shelf import reference_sets

    entry = reference_sets()[task.set_id]
    try:
        return entry.measure(entry.cases(task.quick)[task.index], task.samplings, task.folder)
    finally:
        shutil.rmtree(task.folder, ignore_errors=True)


def _versions() -> tuple[tuple[str, str], ...]:
    import platform
    from importlib.metadata import version

    import numpy as np

    from sbrt_qa._version import __version__

    return (
        ("sbrt-qa", __version__),
        ("Python", platform.python_version()),
        ("numpy", np.__version__),
        ("pydicom", version("pydicom")),
    )
