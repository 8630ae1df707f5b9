"""Heading: what the first elements of a stranger's file say, read without taking memory for what they claim.

A reader that builds objects takes gigabytes for a sequence of millions of empty items. This one walks over everything
that was not asked for, and counts its steps.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

SOP_CLASS, SOP_INSTANCE, MAKER, STUDY = 0x00080016, 0x00080018, 0x00080070, 0x0020000D
_META_LENGTH_AT = 140
_SYNTAX, _IMPLICIT = 0x00020010, "1.2.840.10008.1.2"
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_ENDS = (0xFFFEE00D, 0xFFFEE0DD)
_DELIMITERS = 0xFFFE
_UNDEFINED = 0xFFFFFFFF
_LONGEST_VALUE = 1024
_LONGEST_META = 2**16
_MOST_STEPS = 100_000
_DEEPEST = 64


class NoHeading(Exception):
    """A file whose first elements cannot be walked over."""


def heading_of(file: Path) -> dict[int, str]:
    """Read SOP class, SOP instance, manufacturer and study of a DICOM file.

    Parameters
    ----------
    file : Path
        With preamble and file meta information; little endian, not deflated.

    Returns
    -------
    dict of int to str
        By tag, without padding; a tag that is not there is missing.

    Raises
    ------
    NoHeading
        When it is no data set, or takes too many steps.
    OSError
        When it cannot be read.
    """
    with file.open("rb") as stream:
        stream.seek(_META_LENGTH_AT)
        meta = BytesIO(stream.read(min(_number(stream, 4), _LONGEST_META)))
        syntax = dict(_Walk(meta, is_explicit=True).to(_SYNTAX, (_SYNTAX,))).get(_SYNTAX, "")
        return dict(_Walk(stream, is_explicit=syntax != _IMPLICIT).to(STUDY, (SOP_CLASS, SOP_INSTANCE, MAKER, STUDY)))


class _Walk:
    """A walk over the elements of a data set."""

    def __init__(self, stream: BinaryIO, *, is_explicit: bool) -> None:
        self._stream = stream
        self._is_explicit = [is_explicit]  # how the data set is written, and each sequence that is open

    def to(self, last: int, wanted: Container[int]) -> Iterator[tuple[int, str]]:
        """Yield the wanted elements, in ascending order up to the last."""
        before = -1
        for tag, length in self._elements():
            if tag <= before:
                raise NoHeading("its elements are out of order")
            if tag > last:
                return
            before = tag
            if tag in wanted:
                yield tag, self._value(length)
            else:
                self._stream.seek(length, 1)

    def _elements(self) -> Iterator[tuple[int, int]]:
        """Yield tag and length of elements on the highest level; what has no length is walked through."""
        for _ in range(_MOST_STEPS):
            is_inside = len(self._is_explicit) > 1
            start = self._stream.read(2)
            if not start and not is_inside:
                return
            tag = int.from_bytes(start, "little") << 16 | _number(self._stream, 2)
            length, is_explicit = self._length(tag)
            if is_inside and tag in _ENDS:
                self._is_explicit.pop()
            elif length == _UNDEFINED and len(self._is_explicit) < _DEEPEST:
                self._is_explicit.append(is_explicit)
            elif is_inside:
                self._stream.seek(length, 1)
            else:
                yield tag, length
        raise NoHeading("it takes too many steps")

    def _length(self, tag: int) -> tuple[int, bool]:
        """Return the length of an element, and how what is in it is written."""
        if not self._is_explicit[-1] or tag >> 16 == _DELIMITERS:
            return _number(self._stream, 4), self._is_explicit[-1]
        kind = self._stream.read(2)
        if not (kind.isalpha() and kind.isupper()):
            raise NoHeading("it is not written as agreed")
        if kind not in _LONG:
            return _number(self._stream, 2), True
        self._stream.seek(2, 1)
        return _number(self._stream, 4), kind != b"UN"

    def _value(self, length: int) -> str:
        if length > _LONGEST_VALUE:
            raise NoHeading("a value is too long")
        return self._stream.read(length).decode("ascii", "replace").strip("\0 ")


def _number(stream: BinaryIO, size: int) -> int:
    found = stream.read(size)
    if len(found) < size:
        raise NoHeading("it ends within an element")
    return int.from_bytes(found, "little")
