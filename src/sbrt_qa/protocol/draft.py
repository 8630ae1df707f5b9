"""Draft: a protocol while it is read; it notes faults at their places and goes on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sbrt_qa.protocol.faults import Faults
    from sbrt_qa.protocol.yaml_source import Path, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being read.

    Parameters
    ----------
    source : Source
        The data, whose shape is already judged: what is present has the right type.
    faults : Faults
        Receives what is wrong.
    """

    source: Source
    faults: Faults

    def fault(self, path: Path, what: str, *, mend: str = "", code: str, key: bool = False) -> None:
        """Note one fault at a value (or its key)."""
        self.faults.add(self.source.place(path, key=key), what, mend=mend, code=code)

    def attempt(self, path: Path, read: Callable[[], T], *, code: str, key: bool = False) -> T | None:
        """Return what ``read`` gives; when it raises, note that at ``path`` (or its key) and return None."""
        try:
            return read()
        except SbrtQaError as error:
            self.fault(path, error.what, mend=error.mend, code=error.code or code, key=key)
            return None

    def has(self, path: Path) -> bool:
        """Whether the file writes this key at all, be its value right or wrong."""
        return path in self.source.keys

    def written(self, path: Path) -> list[str]:
        """Every text key the file writes directly below ``path``, be its value right or wrong."""
        below = len(path) + 1
        return [str(keys[-1]) for keys in self.source.keys if len(keys) == below and keys[:-1] == path]

    def where(self, path: Path) -> str:
        """Return the place of a value as ``file:line:column``."""
        return self.faults.where(self.source.place(path))


def near(word: str, known: Iterable[str], none: str = "nothing is defined") -> str:
    """Suggest what was meant, or list what there is."""
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=2, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(repr(folded[name]) for name in close)}?"
    return f"known are {', '.join(names)}" if names else none
