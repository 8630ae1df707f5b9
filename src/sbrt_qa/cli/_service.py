"""What the commands share that go on until they are told to stop: options, signals, the last word."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli._journal import log, service
from sbrt_qa.cli._judging import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sbrt_qa.cli import _options as words
    from sbrt_qa.pipeline.batch import Tally
    from sbrt_qa.pipeline.watch import Patience

__all__ = ["last_word", "log", "patience_of", "patience_options", "service", "until_told"]


def patience_options(command: words.Function) -> words.Function:
    """Add to a command how long it waits."""
    seconds = click.FloatRange(min=0)
    for flag, default, helped in (
        ("--incomplete", 1800, "Seconds without change after which an incomplete export is judged as it is."),
        ("--settle", 30, "Seconds without change after which a complete export is judged."),
        ("--poll", 5, "Seconds from one look to the next."),
    ):
        command = click.option(flag, type=seconds, default=default, show_default=True, metavar="S", help=helped)(
            command
        )
    return command


def patience_of(asked: Mapping[str, Any]) -> Patience:
    """Return how long to wait."""
    from sbrt_qa.pipeline.watch import Patience

    return Patience(asked["poll"], asked["settle"], asked["incomplete"])


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; work in hand is left by KeyboardInterrupt, which ends here.

    Records are written so that they may be left at any moment, so there is nothing to wait for.
    """
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        if not stop.is_set():
            stop.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    except KeyboardInterrupt:
        log("stopped")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def last_word(tally: Tally, waiting: int, output: Path) -> str:
    """Say how all plans stand, without naming one: this may end in a log."""
    counts = ", ".join(f"{tally.verdicts[word]} {word}" for word in CODES)
    plans = "1 plan" if tally.plans == 1 else f"{tally.plans} plans"
    lines = [tally.verdict, f"{plans}: {counts}"]
    if waiting:
        lines.append(f"{waiting} not judged yet: incomplete, or changed a moment ago (counted as UNDECIDED)")
    return "\n".join([*lines, "", f"Records and index: {output}", ""])
