"""Text in the character set that the file declares (0008,0005), decoded strictly.

A replacement character in an ROI name could make it match a role it does not have, or miss its own.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from sbrt_qa.dicom.strict import fault, words
from sbrt_qa.dicom.tags import Tag

if TYPE_CHECKING:
    from sbrt_qa.dicom.walk import Elements

Charset = tuple[str, ...]

_PADDING = " \0"
_SIMPLE = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO 2022 IR 6": "ascii",
    "ISO_IR 100": "latin_1",
    "ISO_IR 192": "utf_8",
}
_ESCAPE = b"\x1b"
_RESETS = {ord("\r"), ord("\n"), ord("\f"), ord("\t")}


def charset_of(ds: Elements, default: Charset = ()) -> Charset:
    """Return the defined terms of SpecificCharacterSet (0008,0005).

    Parameters
    ----------
    ds : Elements
        Data set, or an item (which may have a character set of its own).
    default : tuple of str
        What holds when the element is absent; nothing means ASCII.

    Returns
    -------
    tuple of str
        Such as ``("ISO_IR 100",)``; the first may be empty (ASCII) with code extensions.
    """
    if Tag.SpecificCharacterSet not in ds:
        return default
    first_empty = ds.raw(Tag.SpecificCharacterSet).startswith((b"\\", b" \\"))
    return ("",) * first_empty + words(ds, Tag.SpecificCharacterSet)


def text(ds: Elements, tag: Tag, charset: Charset) -> str:
    """Return a text value, stripped of padding, decoded strictly.

    Raises
    ------
    CaseError
        ``charset-invalid`` when the bytes are not of the declared character set.
    """
    raw = ds.raw(tag)
    try:
        return _decode(raw, charset).strip(_PADDING)
    except (UnicodeError, LookupError, Warning) as error:
        declared = "\\".join(charset) or "none: ASCII"
        fault(ds, tag, f"cannot be read in the declared character set ({declared}): {error}", "charset-invalid")


def label(ds: Elements, tag: Tag, charset: Charset) -> str:
    """Return a text value that is only shown; what cannot be decoded stays visible as escapes."""
    raw = ds.raw(tag)
    try:
        return _decode(raw, charset).strip(_PADDING)
    except (UnicodeError, LookupError, Warning):
        return raw.decode("ascii", "backslashreplace").strip(_PADDING)


def _decode(raw: bytes, charset: Charset) -> str:
    if raw.isascii() and _ESCAPE not in raw:
        return raw.decode("ascii")
    if _ESCAPE in raw and not any(term.startswith("ISO 2022") for term in charset):
        raise LookupError("code extensions are used, but not declared")
    first = charset[0] if charset else ""
    if len(charset) <= 1 and first in _SIMPLE:
        return raw.decode(_SIMPLE[first])
    from pydicom.charset import convert_encodings, decode_bytes, python_encoding

    unknown = [term for term in charset if term not in python_encoding]
    if unknown:  # pydicom would take any codec of Python's
        raise LookupError(f"{unknown[0]!r} is no character set of DICOM")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pydicom warns where it replaces characters
        return decode_bytes(raw, convert_encodings(list(charset)), _RESETS)
