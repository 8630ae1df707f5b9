"""A comparison as files: every module beside this one with a constant ``FORMAT`` is one way out."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sbrt_qa.report.files import put, refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sbrt_qa.protocol.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Format:
    """One way out.

    Parameters
    ----------
    suffixes : tuple of str
        File name endings that ask for it, in lower case with the dot.
    write : callable
        ``Comparison -> bytes``: the complete file. The same comparison gives the same bytes.
    """

    suffixes: tuple[str, ...]
    write: Callable[[Comparison], bytes]


@cache
def formats() -> Mapping[str, Format]:
    """Every format by its suffix, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.report.comparison")
    modules = (
        importlib.import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    )
    entries: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return dict(sorted((suffix, entry) for entry in entries for suffix in entry.suffixes))


def ensure_writable(target: Path) -> None:
    """Refuse an output that cannot be written, before any work is done for it.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, a folder of that name, or no permission.
    """
    refuse_unwritable(target, formats())


def write_comparison(comparison: Comparison, targets: Iterable[Path]) -> None:
    """Write a comparison to every target: all of them, or none when one cannot be written.

    Parameters
    ----------
    comparison : Comparison
        The two evaluations.
    targets : iterable of Path
        One per file; the suffix picks the format.

    Raises
    ------
    UsageError
        As for :func:`ensure_writable`.
    """
    wanted = list(targets)
    for target in wanted:
        ensure_writable(target)
    put([(target, formats()[target.suffix.lower()].write(comparison)) for target in wanted])
