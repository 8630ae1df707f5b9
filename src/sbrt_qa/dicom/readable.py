"""One file of a pile, before it is read: its first bytes tell what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_BYTES = 4096


class Readable(NamedTuple):
    """One file of a folder or archive.

    Parameters
    ----------
    name : str
        Path within the folder or archive, for messages; it never enters a record.
    head : bytes
        At most its first ``HEAD_BYTES`` bytes.
    read : callable
        Reads all its bytes now; raises CaseError ``file-too-large`` before it takes too much memory.
    reopen : callable
        Reads all its bytes at any later time.
    """

    name: str
    head: bytes
    read: Callable[[], bytes]
    reopen: Callable[[], bytes]
