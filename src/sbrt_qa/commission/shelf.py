"""The shelf of test sets: every file in ``sets/`` with a constant ``SET``. To add a set, add a file."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from sbrt_qa.commission.document import Chapter, Point
    from sbrt_qa.histogram import Sampling


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """One published test set.

    Parameters
    ----------
    id, title : str
        The word that asks for it, and its name.
    order : int
        Its place in the document.
    cases : callable
        ``quick -> tuple of cases``; a case is whatever ``measure`` understands.
    measure : callable
        ``(case, samplings, folder) -> one tuple of Point per sampling``: writes the case below the folder, reads it
        back, computes. Depends on its arguments alone.
    chapter : callable
        ``(points, sampling, quick) -> Chapter``.
    """

    id: str
    title: str
    order: int
    cases: Callable[[bool], tuple[Any, ...]]
    measure: Callable[[Any, Sequence[Sampling], Path], tuple[tuple[Point, ...], ...]]
    chapter: Callable[[tuple[Point, ...], Sampling, bool], Chapter]


@cache
def reference_sets() -> Mapping[str, ReferenceSet]:
    """Every test set by its id, in the order of the document."""
    package = importlib.import_module("sbrt_qa.commission.sets")
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
    found = [importlib.import_module(f"sbrt_qa.commission.sets.{name}").SET for name in names]
    return {entry.id: entry for entry in sorted(found, key=lambda entry: entry.order)}


def chosen(ids: Iterable[str]) -> tuple[ReferenceSet, ...]:
    """Return the sets of these ids in the order of the document, all of them without any.

    Raises
    ------
    UsageError
        For an unknown id.
    """
    known, wanted = reference_sets(), set(ids)
    unknown = sorted(wanted - set(known))
    if unknown:
        raise UsageError(f"unknown test set {unknown[0]!r}", mend=f"choose from: {', '.join(known)}")
    return tuple(entry for entry in known.values() if not wanted or entry.id in wanted)
