"""Durable: a file that is there as a whole or not at all, and a lock that ends with its process."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = ".part"  # ending of what is being written


def put_durably(target: Path, content: bytes) -> None:
    """Write a file so that after any interruption it is there as a whole or not at all."""
    draft = target.with_name(f".{target.name}{DRAFT}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def locked(path: Path) -> int:
    """Hold a lock that the system lets go of when this process ends, however it ends."""
    import fcntl

    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise UsageError(
            "another run is writing to this folder",
            where=str(path.parent),
            mend="wait for it, or choose another folder",
        ) from error
    return held
