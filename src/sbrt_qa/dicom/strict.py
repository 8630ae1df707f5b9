"""Checked access to values: what DICOM allows, and nothing that Python happens to accept.

``float()`` takes ``nan``, ``inf`` and ``1_000``, and turns 1e400 into infinity; a second value in a
single-valued element is easily overlooked. Every number passes through here: first the text is
checked against the grammar of its value representation (PS3.5, 6.2), then the number itself.
An absent or empty element gives None (or empty text): the caller decides what that means.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NoReturn

from sbrt_qa.dicom.walk import MEND
from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from sbrt_qa.dicom.tags import Tag
    from sbrt_qa.dicom.walk import Elements

_DECIMAL = re.compile(rb" *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? *")
_INTEGER = re.compile(rb" *[+-]?\d{1,11} *")
_UID = re.compile(rb"[0-9.]{1,64}")
_PADDING = b" \0"
_US_BYTES = 2
_FARTHEST_MM = 1e6


def fault(ds: Elements, tag: Tag, what: str, code: str) -> NoReturn:
    """Raise the error of one element.

    Parameters
    ----------
    ds : Elements
        Where it stands.
    tag : Tag
        Which element.
    what : str
        What is wrong with it.
    code : str
        Reason code.
    """
    raise CaseError(f"{tag} {what}", where=ds.where, mend=MEND, code=code)


def decimals(ds: Elements, tag: Tag, code: str) -> tuple[float, ...]:
    """All values of a DS element.

    Parameters
    ----------
    ds : Elements
        Data set or item.
    tag : Tag
        The element.
    code : str
        Reason code when a value is no DICOM decimal text or not finite.

    Returns
    -------
    tuple of float
        Empty when the element is absent or empty.
    """
    raw = ds.raw(tag).rstrip(b"\0")
    if not raw.strip(_PADDING):
        return ()
    values = []
    for part in raw.split(b"\\"):
        if not _DECIMAL.fullmatch(part) or not math.isfinite(float(part)):
            fault(ds, tag, f"holds {_shown(part)}, which is no decimal number", code)
        values.append(float(part))
    return tuple(values)


def decimal(ds: Elements, tag: Tag, code: str) -> float | None:
    """Return the one value of a DS element; None when it is absent or empty. See `decimals`."""
    values = decimals(ds, tag, code)
    if len(values) > 1:
        fault(ds, tag, f"holds {len(values)} values, one is expected", code)
    return values[0] if values else None


def lengths_mm(ds: Elements, tag: Tag, code: str) -> tuple[float, ...]:
    """All values of a DS element that are millimetres: as `decimals`, and none beyond a kilometre."""
    values = decimals(ds, tag, code)
    for value in values:
        if abs(value) > _FARTHEST_MM:
            fault(ds, tag, f"holds {value:g} mm, which is no length in a patient", code)
    return values


def integer(ds: Elements, tag: Tag, code: str) -> int | None:
    """Return the one value of an IS element; None when it is absent or empty. See `decimals`."""
    raw = ds.raw(tag).rstrip(b"\0")
    if not raw.strip(_PADDING):
        return None
    if not _INTEGER.fullmatch(raw) or not -(2**31) <= int(raw) < 2**31:
        fault(ds, tag, f"holds {_shown(raw)}, which is no whole number", code)
    return int(raw)


def unsigned(ds: Elements, tag: Tag, code: str) -> int | None:
    """Return the one value of a US element; None when it is absent or empty. See `decimals`."""
    raw = ds.raw(tag)
    if not raw:
        return None
    if len(raw) != _US_BYTES:
        fault(ds, tag, f"has {len(raw)} bytes, two are expected", code)
    return int.from_bytes(raw, "little")


def uid(ds: Elements, tag: Tag) -> str:
    """Return a UID, stripped of padding; empty when it is absent or empty.

    Raises
    ------
    CaseError
        ``uid-invalid`` when it holds anything but digits and dots, or more than 64 of them.
    """
    raw = ds.raw(tag).strip(_PADDING)
    if raw and not _UID.fullmatch(raw):
        fault(ds, tag, f"holds {_shown(raw)}, which is no UID", "uid-invalid")
    return raw.decode("ascii")


def uids(ds: Elements, sequence: Tag, tag: Tag) -> tuple[str, ...]:
    """Return the UIDs in the items of a sequence, in file order, empty ones left out."""
    return tuple(found for item in ds.items(sequence) if (found := uid(item, tag)))


def word(ds: Elements, tag: Tag) -> str:
    """Return a CS, DA or other plain text, stripped of padding; what is not ASCII shows as escapes."""
    return ds.raw(tag).strip(_PADDING).decode("ascii", "backslashreplace")


def words(ds: Elements, tag: Tag) -> tuple[str, ...]:
    """Return all values of a CS element, stripped of padding, empty ones left out."""
    return tuple(part.strip() for part in word(ds, tag).split("\\") if part.strip())


def _shown(raw: bytes) -> str:
    text = raw[:24].decode("ascii", "backslashreplace")
    return repr(text + ("…" if len(raw) > 24 else ""))
