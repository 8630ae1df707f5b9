"""The shelf of quirks: every file in this folder is one oddity of real files.

To add one, add a file with a module constant ``QUIRK`` beside the function that acts. A quirk restores what the
file plainly means, never guesses a dose, and always leaves its sentence in the record.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Quirk:
    """One oddity.

    Parameters
    ----------
    id : str
        Kebab-case.
    seen : str
        In which files it was seen.
    meaning : str
        Why the file plainly means what the reader takes it for.
    sentence : str
        What was done, for the record of a case where it was done.
    """

    id: str
    seen: str
    meaning: str
    sentence: str


@cache
def quirks() -> Mapping[str, Quirk]:
    """Every quirk of this folder by its id, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.dicom.quirks")
    found: dict[str, Quirk] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            quirk: Quirk = importlib.import_module(f"sbrt_qa.dicom.quirks.{info.name}").QUIRK
            if quirk.id in found:
                raise SbrtQaError(f"two quirks are called {quirk.id!r}", where=info.name)
            found[quirk.id] = quirk
    return dict(sorted(found.items()))
