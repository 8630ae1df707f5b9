"""Journal: the log of a service on standard error, one event a line, without patient data.

What goes wrong is told by the kind of error and by the lines of this program that it went through, never by its words:
they may hold a name.
"""

from __future__ import annotations

import json
import threading
import traceback
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli._console import tell
from sbrt_qa.errors import ProtocolError, SbrtQaError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.cli import _options as words
    from sbrt_qa.pipeline.event import Event, Field

FORMATS = ("text", "json")
_UNDECIDED = 3
_form = {"json": False, "service": False}  # of this process, as standard error is


def log(line: str) -> None:
    """Write an event to standard error, with the time."""
    from sbrt_qa.pipeline.event import Event

    event, time = Event.of(line), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    fields = {"event": event.name, **event.fields}
    if _form["json"]:
        tell(json.dumps({"time": time, **fields}))
    else:
        tell(" ".join([time, *(f"{key}={_word(value)}" for key, value in fields.items())]))


def announce(name: str, said: str, log_format: str | None) -> None:
    """Tell something before a command begins: a service writes it into its log, any other in plain words."""
    if log_format is None:
        tell(f"{name}: {said}")
        return
    from sbrt_qa.pipeline.event import Event

    _form["json"] = log_format == "json"
    log(Event(name, used=said))


def remark(said: str) -> None:
    """Tell something about what was asked: a service as an event, any other command in plain words."""
    if not _form["service"]:
        tell(said)
        return
    from sbrt_qa.pipeline.event import Event

    log(Event("remark", what=said))


def service(command: words.Function) -> words.Function:
    """Make a command a service: ``--log-format``, and whatever goes wrong becomes an event and an exit code."""

    @wraps(command)
    def run(*args: Any, log_format: str, **asked: Any) -> Any:
        _form["json"] = log_format == "json"
        with _no_words():
            try:
                return command(*args, **asked)
            except (UsageError, ProtocolError) as error:  # about what was asked, not about a case
                if not _form["json"]:
                    raise
                log(_failure(error, why=str(error)))
                raise click.exceptions.Exit(2) from error
            except (click.ClickException, click.exceptions.Exit, click.Abort):
                raise
            except Exception as error:  # noqa: BLE001 - the border: its words may name a patient
                log(_failure(error))
                raise click.exceptions.Exit(_UNDECIDED) from None

    option = click.option(
        "--log-format", type=click.Choice(FORMATS), default="text", show_default=True, help="Lines on standard error."
    )
    return option(run)  # type: ignore[return-value]  # with the same parameters, and one more


def _failure(error: BaseException, **more: Field) -> Event:
    """Return what may be said of an error: its kind, its code, and where."""
    from sbrt_qa.pipeline.event import Event

    code = error.code if isinstance(error, SbrtQaError) else ""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    at = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    known = {"error": type(error).__name__, "code": code, "at": at}
    return Event("failed", **{key: value for key, value in known.items() if value}, **more)


@contextmanager
def _no_words() -> Iterator[None]:
    """Let neither threads nor warnings nor the logs of libraries write their own words."""
    import logging

    class Nameless(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            said = _warning(record.levelname, record.filename, record.lineno)
            log(_failure(error, of=record.name) if error else said)

    def thread_failed(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None:
            log(_failure(failed.exc_value, of="thread"))

    def warned(_message: object, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
        log(_warning(category.__name__, filename, lineno))

    before = threading.excepthook, logging.lastResort
    _form["service"] = True
    with warnings.catch_warnings():
        warnings.showwarning = warned  # type: ignore[assignment]  # it takes more than it looks at
        threading.excepthook, logging.lastResort = thread_failed, Nameless(logging.WARNING)
        try:
            yield
        finally:
            threading.excepthook, logging.lastResort = before
            _form["service"] = False


def _warning(category: str, file: str, line: int) -> Event:
    from sbrt_qa.pipeline.event import Event

    return Event("warned", category=category, at=f"{Path(file).name}:{line}")


def _word(value: Field) -> str:
    """Return a value as one word, quoted where it is not."""
    text = str(value)
    return text if text and text.isprintable() and not {" ", '"', "="} & set(text) else json.dumps(text)
