"""Faults of a file: collected with their places, reported all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sbrt_qa.errors import ProtocolError, SbrtQaError


class Place(NamedTuple):
    """A place in a text file, both counted from 1."""

    line: int
    column: int


START = Place(1, 1)
MAX_FAULTS = 100  # reading ends here; an alias bomb would have thousands


@dataclass(slots=True)
class Faults:
    """The faults found so far in one file.

    Parameters
    ----------
    file : str
        The file's name as the user gave it; it opens every ``where``.
    """

    file: str
    _found: list[tuple[Place, SbrtQaError]] = field(default_factory=list)

    def add(self, place: Place, what: str, *, mend: str = "", code: str) -> None:
        """Note one fault at a place."""
        self._found.append((place, SbrtQaError(what, where=self.where(place), mend=mend, code=code)))

    def where(self, place: Place) -> str:
        """Return a place as ``file:line:column``."""
        return f"{self.file}:{place.line}:{place.column}"

    def sorted(self) -> tuple[SbrtQaError, ...]:
        """Every fault by line, then column; faults of one place in the order they were found."""
        return tuple(fault for _, fault in sorted(self._found, key=lambda entry: entry[0]))

    def raise_any(self) -> None:
        """Raise one ``ProtocolError`` with every fault, if there is one."""
        if self._found:
            raise ProtocolError(self.sorted())

    @property
    def count(self) -> int:
        """Number of faults found so far."""
        return len(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)
