"""Files that a command makes for the user to go on with: never over one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.cli._console import say
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def deliver(text: str, output: Path | None) -> None:
    """Write a text to a new file, or to standard output where none is named.

    Raises
    ------
    UsageError
        When the file is there already, or cannot be written.
    """
    if output is None:
        say(text)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"'{output}' is there already", mend="name another file, or remove it first") from error
    except OSError as error:
        what = f"'{output}' cannot be written: {error.strerror or error}"
        raise UsageError(what, mend="check the folder and its permissions") from error
    say(f"wrote {output}\n")
