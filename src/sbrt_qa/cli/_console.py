"""The two streams: results go to standard output, messages to standard error."""

from __future__ import annotations

import os
import shutil
import sys

from sbrt_qa.errors import UsageError

NARROW, WIDE = 80, 120
_ASCII = str.maketrans(
    {"≤": "<=", "≥": ">=", "−": "-", "–": "-", "→": "->", "—": "-", "·": "|", "│": "|", "─": "-", "…": "~"}
    | dict.fromkeys("█▌▐", "#")
)


class OutputClosed(Exception):
    """Standard output was closed before everything was written."""


def say(text: str) -> None:
    """Write a result to standard output, to the last byte.

    Raises
    ------
    OutputClosed
        When the reader went away.
    UsageError
        When standard output cannot be written, for instance on a full disk.
    """
    try:
        sys.stdout.write(_encodable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_rest()
        raise OutputClosed from None
    except OSError as error:
        _discard_rest()
        raise UsageError(f"standard output cannot be written: {error.strerror or error}") from error


def finish() -> None:
    """Flush what click itself wrote: a closed pipe is noticed here, not when the interpreter ends."""
    say("")


def tell(text: str) -> None:
    """Write a message to standard error, with what came from files made harmless."""
    from sbrt_qa.report.text import clean

    safe = "\n".join(clean(line) for line in text.splitlines())
    try:
        sys.stderr.write(f"{safe}\n".encode(_encoding(sys.stderr), "backslashreplace").decode(_encoding(sys.stderr)))
        sys.stderr.flush()
    except OSError:
        return  # there is no third stream to complain to


def colored() -> bool:
    """Tell whether standard output is a terminal that wants colour (``NO_COLOR`` is respected)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Return the width to print to: the terminal's within limits, 80 where there is none."""
    if not sys.stdout.isatty():
        return NARROW
    return max(NARROW, min(shutil.get_terminal_size((NARROW, 24)).columns, WIDE))


def draws(asked: bool | None) -> bool:  # noqa: FBT001 - an option that may be left open
    """Tell whether to draw curves in braille: on a terminal unless asked otherwise, and only in UTF-8."""
    try:
        "⣿".encode(_encoding(sys.stdout))
    except (UnicodeEncodeError, LookupError):
        return False
    if asked is not None:
        return asked
    return sys.stdout.isatty() and os.environ.get("TERM") not in {"dumb", "linux"}


def _encoding(stream: object) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _encodable(text: str) -> str:
    encoding = _encoding(sys.stdout)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _discard_rest() -> None:
    """Point the closed stream to nowhere, so that the interpreter does not stumble over it when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
