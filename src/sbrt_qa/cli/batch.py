"""``sbrt-qa batch``: every case below a folder, judged by one protocol."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import say
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from sbrt_qa.pipeline.batch import Tally

CODES = {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}


@click.command("batch", short_help="Judge every case below a folder.")
@click.argument("root", type=click.Path(path_type=Path))
@words.protocol
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Where to.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes at once; by default one per core.")
@click.option("--seconds", type=click.FloatRange(min=1), default=300, show_default=True, help="What one case may take.")
@click.option(
    "--memory", type=click.FloatRange(min=1), default=6, show_default=True, help="GB of address space per worker."
)
@words.names
@words.allow
@click.option("--strict", is_flag=True, help="Turn every VARIATION into FAIL.")
@words.sampling
def batch(root: Path, output: Path, **asked: Any) -> int:
    """Judge every plan below ROOT, one JSON record each, and go on from where an earlier run stopped.

    A plan is done again only when its files, the protocol, the options or this program have changed. What could not
    be evaluated is UNDECIDED, and never stops the rest. FAIL (1) wins over UNDECIDED (3).
    """
    if asked["protocol"] is None:
        mend = "name it with -p; 'sbrt-qa protocols list' shows the shipped ones"
        raise UsageError("a batch needs a protocol", mend=mend)
    if not root.is_dir():
        raise UsageError(f"there is no folder {str(root)!r}", mend="give the folder that holds the exports")

    from sbrt_qa.pipeline.asking import question
    from sbrt_qa.pipeline.batch import run_batch
    from sbrt_qa.pipeline.local_crew import LocalCrew
    from sbrt_qa.pipeline.store import Store

    sampling = words.sampling_of(asked["end_cap"], asked["between"], asked["dose"])
    put = question(
        asked["protocol"], names=asked["names"], allow=asked["allow"], sampling=sampling, strict=asked["strict"]
    )
    crew = LocalCrew(asked["workers"] or os.cpu_count() or 1, asked["seconds"], asked["memory"])
    with Store(output) as store:
        tally = run_batch(root, store, put, crew)
    say(_summary(tally))
    return CODES[tally.verdict]


def _summary(tally: Tally) -> str:
    counts = ", ".join(f"{tally.verdicts[word]} {word}" for word in CODES)
    return f"{tally.verdict}\n{tally.plans} plans: {counts}\n"


COMMAND = batch
