"""File text: the bytes of a small file become text that holds nothing an eye cannot see."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.faults import MAX_FAULTS, START, Faults, Place

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 1024


def is_file(path: Path) -> bool:
    """Tell whether there is a file; UsageError where nobody may look, or where no name can be so long."""
    try:
        return path.is_file()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise UsageError(f"'{path}' cannot be read: {reason}", mend="check the path and its permissions") from error


def read_file(path: Path, name: str) -> bytes:
    """Read at most one byte more than a protocol may have."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise UsageError(f"'{name}' cannot be read: {reason}", mend="check its permissions") from error


def read_text(content: bytes, faults: Faults) -> str | None:
    """Decode, and refuse what an eye cannot see; None when reading cannot go on."""
    if len(content) > MAX_BYTES:
        mend = f"a protocol needs a few kilobytes; at most {MAX_BYTES // 1024} KB are read"
        faults.add(START, "the file is too large", mend=mend, code="yaml-forbidden")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8-sig")
        place = Place(good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1)
        faults.add(place, "the text is not UTF-8", mend="save the file as UTF-8", code="yaml-forbidden")
        return None
    return text.replace("\t", " ") if _is_legible(text, faults) else None


def _is_legible(text: str, faults: Faults) -> bool:
    """Note the first hidden character of each line; True when only tabs after other text are among them."""
    is_legible = True
    for number, line in enumerate(text.split("\n"), start=1):
        body = line.removesuffix("\r")
        at = None if body.isprintable() else next((i for i, c in enumerate(body) if _is_hidden(c)), None)
        if at is None:
            continue
        is_tab = body[at] == "\t"
        what = "a tab" if is_tab else f"an invisible character (U+{ord(body[at]):04X})"
        mend = "write blanks" if is_tab else "remove it"
        if body[at] == "\0":
            mend = "remove it, or save the file as UTF-8"
        faults.add(Place(number, at + 1), f"{what} is not allowed in this file", mend=mend, code="yaml-forbidden")
        is_legible &= is_tab and bool(body[:at].strip())
        if faults.count >= MAX_FAULTS:
            return False
    return is_legible


def _is_hidden(char: str) -> bool:
    """Control and format characters and line separators can show one text and hold another."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
