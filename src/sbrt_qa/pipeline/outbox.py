"""Outbox: documents that wait to be sent, and which ones need not be sent any more. It survives being killed.

A document is put there as a whole before it is sent, and is named by the record that it belongs to. What is settled
is said by a small file of its own before the document goes; killed in between, nothing is lost, and what is sent
again is the same object under the same UID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.durable import put_durably

if TYPE_CHECKING:
    from pathlib import Path

_DOCUMENT, _SETTLED = ".dcm", ".settled"


class Outbox:
    """The folder ``outbox`` of an output folder.

    Parameters
    ----------
    folder : Path
        The output folder.

    Raises
    ------
    UsageError
        When it cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "outbox"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for draft in self._folder.glob(".*.part"):
                draft.unlink()
            self._settled = {path.stem for path in self._folder.glob(f"*{_SETTLED}")}
            for key in self.waiting & self._settled:
                self.drop(key)
        except OSError as error:
            what = f"cannot write to {str(self._folder)!r}: {error.strerror or error}"
            raise UsageError(what, mend="make room or choose another folder") from error

    @property
    def waiting(self) -> frozenset[str]:
        """Keys of the documents that are there."""
        return frozenset(path.stem for path in self._folder.glob(f"*{_DOCUMENT}"))

    def is_settled(self, key: str) -> bool:
        """Whether nothing is to be done any more."""
        return key in self._settled

    def document(self, key: str) -> Path:
        """Where the document of this key is."""
        return self._folder / f"{key}{_DOCUMENT}"

    def put(self, key: str, content: bytes) -> None:
        """Keep a document until it is settled or dropped; OSError when it cannot be written."""
        put_durably(self.document(key), content)

    def settle(self, key: str, how: str) -> None:
        """Say for good what became of a document, and remove it; OSError when that cannot be written."""
        put_durably(self._folder / f"{key}{_SETTLED}", f"{how}\n".encode())
        self._settled.add(key)
        self.drop(key)

    def drop(self, key: str) -> None:
        """Remove a document that is not to be sent."""
        self.document(key).unlink(missing_ok=True)
