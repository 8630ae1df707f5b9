"""Words of the commands that judge many plans: by what, and by whom."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sbrt_qa.pipeline.local_crew import LocalCrew
    from sbrt_qa.pipeline.task import Question

CODES = {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}
SUMMARIES = ("summary.csv", "junit.xml", "summary.html", "summary.parquet")  # stale as soon as a record changes


def options(command: words.Function) -> words.Function:
    """Add to a command how cases are judged: limits of the workers, names, released protocols, conventions."""
    command = words.sampling(command)
    for option in (
        click.option("--strict", is_flag=True, help="Turn every VARIATION into FAIL."),
        words.allow,
        words.names,
        click.option(
            "--memory",
            type=click.FloatRange(min=1),
            default=6,
            show_default=True,
            help="GB of address space per worker.",
        ),
        click.option(
            "--seconds", type=click.FloatRange(min=1), default=300, show_default=True, help="What one case may take."
        ),
        click.option(
            "--workers", type=click.IntRange(1), metavar="N", help="Processes at once; by default one per core."
        ),
    ):
        command = option(command)
    return command


def ensure_protocol(who: str, asked: Mapping[str, Any]) -> None:
    """Refuse to go on without a protocol."""
    if asked["protocol"] is None:
        mend = "name it with -p; 'sbrt-qa protocols list' shows the shipped ones"
        raise UsageError(f"{who} needs a protocol", mend=mend)


def clear_summaries(output: Path) -> None:
    """Remove the summaries of an earlier run, which are stale as soon as a record changes, and drafts of them.

    Raises
    ------
    UsageError
        When one cannot be removed.
    """
    try:
        for name in SUMMARIES:
            (output / name).unlink(missing_ok=True)
            for draft in output.glob(f".{name}.*.part"):
                draft.unlink(missing_ok=True)
    except OSError as error:
        what = f"cannot remove the summaries of an earlier run from {str(output)!r}: {error.strerror or error}"
        raise UsageError(what, mend="choose another folder") from error


def question_of(asked: Mapping[str, Any]) -> Question:
    """Return by what is judged; UsageError or ProtocolError where it is wrong."""
    from sbrt_qa.pipeline.asking import question

    words.tell_slips(asked["names"], asked["protocol"])
    sampling = words.sampling_of(asked["end_cap"], asked["between"], asked["dose"])
    return question(
        asked["protocol"], names=asked["names"], allow=asked["allow"], sampling=sampling, strict=asked["strict"]
    )


def crew_of(asked: Mapping[str, Any]) -> LocalCrew:
    """Return the workers."""
    from sbrt_qa.pipeline.local_crew import LocalCrew

    return LocalCrew(asked["workers"] or os.cpu_count() or 1, asked["seconds"], asked["memory"])
