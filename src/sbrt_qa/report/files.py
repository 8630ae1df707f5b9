"""Files that appear complete or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def refuse_unwritable(target: Path, suffixes: Collection[str] = ()) -> None:
    """Refuse a place that cannot be written, before any work is done for it.

    Parameters
    ----------
    target : Path
        Where a file is to be written.
    suffixes : collection of str
        Those that there is a format for, in lower case with the dot; empty where that is known already.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, a folder of that name, or no permission.
    """
    if suffixes and target.suffix.lower() not in suffixes:
        what = f"cannot tell the format of {target.name!r}"
        raise UsageError(what, mend=f"end the name with one of: {', '.join(suffixes)}")
    folder = target.parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {target.name!r}: there is no folder {str(folder)!r}", mend="create it first")
    if target.is_dir():
        raise UsageError(f"cannot write {str(target)!r}: it is a folder", mend="give a file name")
    if not os.access(folder, os.W_OK | os.X_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise UsageError(f"cannot write {str(target)!r}: permission denied", mend="choose another place")


def put(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write all contents beside their targets, then move them into place: all of them or none.

    Parameters
    ----------
    files : sequence of (Path, bytes)
        Where to, and what.

    Raises
    ------
    UsageError
        When one cannot be written.
    """
    drafts: list[Path] = []
    target = Path()
    try:
        for target, content in files:
            drafts.append(_draft(target, len(drafts)))
            with drafts[-1].open("xb") as stream:
                stream.write(content)
        for draft, (target, _) in zip(drafts, files, strict=True):
            draft.replace(target.resolve())
    except OSError as error:
        raise UsageError(
            f"cannot write {str(target)!r}: {error.strerror or error}", mend="choose another place"
        ) from error
    finally:
        for draft in drafts:
            with suppress(OSError):
                draft.unlink()


def _draft(target: Path, number: int) -> Path:
    final = target.resolve()
    return final.with_name(f".{final.name[:80]}.{os.getpid()}-{number}.part")
