"""Protocols: by what the cases of a work list can be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.load import load_protocol
from sbrt_qa.web.jobs import Offered

if TYPE_CHECKING:
    from pathlib import Path


def offered(folder: Path | None = None) -> tuple[Offered, ...]:
    """Return every shipped protocol, and those of a folder of the site.

    Raises
    ------
    UsageError, ProtocolError
        When there is no such folder, or a file in it is wrong.
    """
    paths = list(shipped())
    if folder is not None:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {str(folder)!r}", mend="give the folder of your protocol files")
        paths += [str(file.resolve()) for file in sorted(folder.glob("*.y*ml"))]
    return tuple(_offered(path) for path in paths)


def _offered(path: str) -> Offered:
    protocol = load_protocol(path)
    return Offered(protocol.id, protocol.title, protocol.version, path, protocol.sha256)
