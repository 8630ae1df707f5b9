"""``sbrt-qa batch``: every case below a folder, judged by one protocol."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _judging as judging
from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import say, tell
from sbrt_qa.cli._judging import CODES, SUMMARIES
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sbrt_qa.pipeline.batch import Crew, Tally
    from sbrt_qa.pipeline.store import Entry, Store
    from sbrt_qa.report.cohort.facts import Cohort


MOST_LINES = 20


@click.command("batch", short_help="Judge every case below a folder.")
@click.argument("root", type=click.Path(path_type=Path))
@words.protocol
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Where to.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Work on a Dask cluster, for instance tcp://10.0.0.5:8786, that sees the same files under the same paths.",
)
@click.option("--parquet", is_flag=True, help="Write summary.parquet too: one row per finding.")
@judging.options
def batch(root: Path, output: Path, *, parquet: bool, **asked: Any) -> int:
    """Judge every plan below ROOT, one JSON record each, and go on from where an earlier run stopped.

    A plan is done again only when its files, the protocol, the options or this program have changed. What could not
    be evaluated is UNDECIDED, and never stops the rest. FAIL (1) wins over UNDECIDED (3).
    """
    judging.ensure_protocol("a batch", asked)
    if not root.is_dir():
        raise UsageError(f"there is no folder {str(root)!r}", mend="give the folder that holds the exports")

    if parquet:
        _ensure_pyarrow()
    if asked["scheduler"] is None:
        from sbrt_qa.pipeline.forkserver import prepared

        prepared()  # begins to import what workers need while this process imports what it needs

    from sbrt_qa.pipeline.batch import run_batch
    from sbrt_qa.pipeline.store import Store

    put, crew, writers = judging.question_of(asked), _crew_of(asked), _writers(parquet=parquet)
    with Store(output) as store, _progress() as report:
        judging.clear_summaries(output)
        tally = run_batch(root, store, put, crew, report)
        entries = store.entries()
        _summarise(store, output, writers)
    say(summary(tally, entries, output))
    return CODES[tally.verdict]


def _crew_of(asked: Mapping[str, Any]) -> Crew:
    """Return the workers: of this machine, or of a cluster that answers."""
    here = judging.crew_of(asked)
    if asked["scheduler"] is None:
        return here
    from sbrt_qa.pipeline.cluster_crew import ClusterCrew

    there = ClusterCrew(asked["scheduler"], here)
    there.ensure_reached()
    return there


def summary(tally: Tally, entries: Sequence[Entry], output: Path) -> str:
    """Say how the run ended, and which plans need a person first."""
    from sbrt_qa.report.text import clean

    counts = ", ".join(f"{tally.verdicts[word]} {word}" for word in CODES)
    lines = [tally.verdict, f"{_plans(tally.plans)}: {counts}", f"{tally.done} judged now, {tally.kept} unchanged"]
    if tally.gone:
        lines[-1] += f", {tally.gone} not there any more (see {output / 'gone'})"
    if not tally.plans:
        lines.append("There is no RT export below this folder: nothing was judged.")
    waiting = sorted((e for e in entries if CODES[e.verdict]), key=lambda e: (CODES[e.verdict], e.export, e.plan_label))
    if waiting:
        lines += ["", "Look at these first:"]
        lines += [f"  {e.verdict:<9}  {clean(_named(e))}" for e in waiting[:MOST_LINES]]
    if len(waiting) > MOST_LINES:
        lines.append(f"  and {len(waiting) - MOST_LINES} more")
    return "\n".join([*lines, "", f"Records, index and summary: {output}", ""])


def _writers(*, parquet: bool) -> Mapping[str, Callable[[Cohort], bytes]]:
    """Return what writes each summary."""
    from sbrt_qa.report.cohort.junit import write_junit
    from sbrt_qa.report.cohort.page import write_page
    from sbrt_qa.report.cohort.parquet import write_parquet
    from sbrt_qa.report.cohort.table import write_table

    writers = (write_table, write_junit, write_page, *((write_parquet,) if parquet else ()))
    return dict(zip(SUMMARIES, writers, strict=False))


def _summarise(store: Store, output: Path, writers: Mapping[str, Callable[[Cohort], bytes]]) -> None:
    """Write what the plans have in common beside the records."""
    from sbrt_qa.pipeline.cohort import cohort_of
    from sbrt_qa.report.files import put

    cohort = cohort_of(store)
    put([(output / name, write(cohort)) for name, write in writers.items()])


def _ensure_pyarrow() -> None:
    """Refuse before any work is done, not after."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise UsageError("--parquet needs pyarrow", mend="pip install 'sbrt-qa[parquet]', or leave --parquet out")


def _plans(count: int) -> str:
    return "1 plan" if count == 1 else f"{count} plans"


def _named(entry: Entry) -> str:
    plan = f", plan {entry.plan_label}" if entry.plan_uid else ""
    return f"{entry.export}{plan}" + (f": {entry.stopped}" if entry.stopped else "")


def _line(tally: Tally, entry: Entry) -> str:
    from sbrt_qa.report.text import clean

    return f"{tally.done + tally.kept}/{tally.plans} {entry.verdict} {clean(_named(entry))}"


@contextmanager
def _progress() -> Iterator[Callable[[Tally, Entry], object]]:
    """Yield what to tell the progress to: a bar with rate and time left on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda tally, entry: tell(_line(tally, entry))
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    with Progress(
        BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        shown = bar.add_task("batch", total=None, rate="")
        began = time.monotonic()

        def report(tally: Tally, _entry: Entry) -> None:
            rate = f"{tally.done / max(time.monotonic() - began, 1e-3) * 3600:,.0f} plans/h" if tally.done else ""
            bar.update(shown, completed=tally.done + tally.kept, total=tally.plans, rate=rate)

        yield report


COMMAND = batch
