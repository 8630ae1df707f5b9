"""``sbrt-qa commission``: the published test sets through this installation, as a document to file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import say, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sbrt_qa.histogram import Sampling

PROCESSES = 2


@click.command("commission", short_help="Test this installation on solids with known answers.")
@words.outputs("Write the document; the suffix picks the format (.html, .json, .pdf, .txt). May be repeated.")
@click.option("--set", "sets", multiple=True, metavar="SET", help="Only this set: nelms, stanley, walker. Repeatable.")
@click.option("--quick", is_flag=True, help="A part of each set, in seconds; not for filing.")
@words.sampling
def commission(outputs: tuple[Path, ...], sets: tuple[str, ...], **asked: Any) -> int:
    """Write published test sets to disk, read them back, and print every number beside the truth.

    Exit code 0: everything within the stated tolerances; 1: something is not; 3: something could not be computed.
    Without conventions every set runs under the usual ones and again with the shape between contours.
    """
    from sbrt_qa.commission.formats.text import LONGEST, render
    from sbrt_qa.commission.run import commission as run
    from sbrt_qa.commission.writing import ensure_writable, write_commissioning

    targets = words.distinct(outputs, ensure_writable)
    samplings = _samplings(asked)
    workers = 1 if asked["quick"] else min(PROCESSES, os.cpu_count() or 1)
    with _progress() as report:
        document = run(sets, samplings, quick=asked["quick"], workers=workers, on_progress=report)
    write_commissioning(document, targets)
    say(render(document, width(), longest=LONGEST))
    return {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}[document.verdict.value]


def _samplings(asked: dict[str, Any]) -> tuple[Sampling, ...] | None:
    """Return the one convention asked for, or None for the usual ones."""
    words_given = (asked["end_cap"], asked["between"], asked["dose"])
    return None if words_given == (None, None, None) else (words.sampling_of(*words_given),)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], object] | None]:
    """Yield something to tell the progress to: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Commissioning"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("commission", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


COMMAND = commission
