"""The shelf of formats: every file in this folder with a ``FORMAT`` is one way out.

To add a format, add a file with a module constant ``FORMAT``; nothing else is edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.report.files import put, refuse_unwritable

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation


@dataclass(frozen=True, slots=True)
class Format:
    """One way out.

    Parameters
    ----------
    suffixes : tuple of str
        File name endings that ask for it, in lower case with the dot; of two that fit, the longer one does.
    title : str
        What it is, in a few words.
    write : callable
        ``Evaluation -> bytes``: the complete file. The same evaluation gives the same bytes.
    curves : callable or None
        ``sequence of DVH -> bytes``: curves alone, for formats that can hold them.
    """

    suffixes: tuple[str, ...]
    title: str
    write: Callable[[Evaluation], bytes]
    curves: Callable[[Sequence[DVH]], bytes] | None = None


@cache
def formats() -> Mapping[str, Format]:
    """Every format of this folder by its suffix, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.report")
    found: dict[str, Format] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        entry: Format | None = getattr(importlib.import_module(f"sbrt_qa.report.{info.name}"), "FORMAT", None)
        if entry is None:
            continue
        for suffix in entry.suffixes:
            if suffix in found:
                raise SbrtQaError(f"two formats claim {suffix}", where=info.name)
            found[suffix] = entry
    return dict(sorted(found.items()))


def write_report(evaluation: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write one report; the suffix picks the format.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement to render.
    path : path-like
        Where to. The file appears complete or not at all.

    Raises
    ------
    UsageError
        For an unknown suffix (the known ones are listed) or an output that cannot be written.
    """
    write_reports(evaluation, [path])


def write_reports(evaluation: Evaluation, paths: Iterable[str | os.PathLike[str]]) -> None:
    """Write several reports of one evaluation: all of them, or none when one cannot be written.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement to render.
    paths : iterable of path-like
        One per report; the suffix picks the format.

    Raises
    ------
    UsageError
        As for :func:`write_report`.
    """
    targets = [Path(path) for path in paths]
    for target in targets:
        ensure_writable(target)
    put([(target, _format_of(target).write(evaluation)) for target in targets])


def write_curves(curves: Sequence[DVH], path: str | os.PathLike[str]) -> None:
    """Write curves alone; the suffix picks the format.

    Parameters
    ----------
    curves : sequence of DVH
        What to write.
    path : path-like
        Where to.

    Raises
    ------
    UsageError
        For a suffix whose format holds no curves, or an output that cannot be written.
    """
    target = Path(path)
    ensure_writable(target, curves=True)
    write = _format_of(target, curves=True).curves
    if write is not None:
        put([(target, write(curves))])


def ensure_writable(path: str | os.PathLike[str], *, curves: bool = False) -> None:
    """Refuse an output that cannot be written, before any work is done for it.

    Parameters
    ----------
    path : path-like
        The file to be written.
    curves : bool
        True when curves alone are to be written.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, a folder of that name, or no permission.
    """
    target = Path(path)
    _format_of(target, curves=curves)
    refuse_unwritable(target)


def _format_of(path: Path, *, curves: bool = False) -> Format:
    known = {suffix: entry for suffix, entry in formats().items() if entry.curves or not curves}
    asked = [suffix for suffix in known if path.name.lower().endswith(suffix) and path.name.lower() != suffix]
    entry = known[max(asked, key=len)] if asked else None
    if entry is None:
        why = f"the suffix {path.suffix!r} is not known here" if path.suffix else "it has no suffix"
        raise UsageError(
            f"cannot tell the format of {path.name!r}: {why}",
            mend=f"end the name with one of: {', '.join(known)}",
        )
    return entry
