"""The walk: where every element lies in the bytes, with every declared length checked.

A reader that trusts the bytes it gets reads a file cut at 95 % as a file with one contour less.
Here each element must end within its parent, each sequence or item of undefined length must have
its delimiter, no element may come twice, and the data set must end exactly where the bytes end.
Values stay raw; only sequences that somebody asks for are opened.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from sbrt_qa.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

MEND = "export the file again from the planning system"

_DEEPEST = 32
_UNDEFINED = 0xFFFFFFFF
_DELIMITERS = 0xFFFE
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_IMPLICIT = struct.Struct("<HHI")
_EXPLICIT = struct.Struct("<HH2sH")
_LENGTH = struct.Struct("<I")
_LONG_VR = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_VR = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())


class Span(NamedTuple):
    """A run of bytes and how it is encoded.

    Parameters
    ----------
    start, stop : int
        First byte and the byte after the last one that may belong to it.
    explicit : bool
        Explicit VR little endian; else implicit VR little endian.
    depth : int
        Level of nesting, 0 for the data set itself.
    delimited : bool
        It is of undefined length: a delimiter ends it before ``stop``.
    """

    start: int
    stop: int
    explicit: bool
    depth: int = 0
    delimited: bool = False


class Elements:
    """One data set, or one item of a sequence: raw values by tag.

    Parameters
    ----------
    walk : Walk
        The bytes.
    places : mapping of tag to Span
        Where each value lies.
    """

    __slots__ = ("_places", "_walk")

    def __init__(self, walk: Walk, places: Mapping[int, Span]) -> None:
        self._walk = walk
        self._places = places

    @property
    def where(self) -> str:
        """The file, for messages."""
        return self._walk.where

    def __contains__(self, tag: int) -> bool:
        return tag in self._places

    def raw(self, tag: int) -> bytes:
        """Return the value's bytes, padding included; empty when the element is absent or empty."""
        place = self._places.get(tag)
        return b"" if place is None else self._walk.buffer[place.start : place.stop]

    def view(self, tag: int) -> memoryview:
        """Return the value's bytes without copying them."""
        place = self._places[tag]
        return memoryview(self._walk.buffer)[place.start : place.stop]

    def items(self, tag: int) -> list[Elements]:
        """Return the items of a sequence, in file order; none when the element is absent or empty.

        Raises
        ------
        CaseError
            ``file-truncated`` when the value is no sequence or an item does not fit into it.
        """
        place = self._places.get(tag)
        return [] if place is None else self._walk.items(place)


class Walk:
    """Bytes to be walked.

    Parameters
    ----------
    buffer : bytes
        The whole file.
    where : str
        Its name, for messages.
    """

    __slots__ = ("buffer", "where")

    def __init__(self, buffer: bytes, where: str) -> None:
        self.buffer = buffer
        self.where = where

    def data_set(self, span: Span, *, group: int | None = None) -> tuple[Elements, int]:
        """Walk the elements of a data set or item.

        Parameters
        ----------
        span : Span
            Where to walk.
        group : int, optional
            Stop before the first element of another group (the file meta information).

        Returns
        -------
        (Elements, int)
            The elements, and the byte at which they end.
        """
        places: dict[int, Span] = {}
        at = span.start
        while at < span.stop:
            if group is not None and not group.to_bytes(2, "little").startswith(self.buffer[at : at + 2]):
                break
            tag, vr, start, length = self._header(at, span)
            if tag == _ITEM_END and span.delimited:
                return Elements(self, places), at
            if tag in places or tag >> 16 in (0, _DELIMITERS):
                self._stray(tag, at, span, known=tag in places)
            value = Span(start, start + length, span.explicit and vr != b"UN", span.depth + 1)
            if length == _UNDEFINED:
                value = value._replace(stop=self._sequence_end(value._replace(stop=span.stop, delimited=True)))
                at = value.stop + _IMPLICIT.size
            elif value.stop > span.stop:
                self._cut(f"element {_name(tag)} at byte {at} needs {length} bytes, {span.stop - start} are left")
            else:
                at = value.stop
            places[tag] = value
        if span.delimited:
            self._cut(f"the item at byte {span.start} has no end")
        return Elements(self, places), at

    def items(self, span: Span) -> list[Elements]:
        """Open every item of a sequence (its delimiter excluded)."""
        found = []
        at = span.start
        while at < span.stop:
            inner = self._item(at, span)
            elements, end = self.data_set(inner)
            found.append(elements)
            at = end + _IMPLICIT.size if inner.delimited else end
        return found

    def _sequence_end(self, span: Span) -> int:
        """Byte at which the delimiter of a sequence of undefined length stands."""
        at = span.start
        while at < span.stop:
            if self._header(at, span._replace(explicit=False))[0] == _SEQUENCE_END:
                break
            inner = self._item(at, span)
            at = self.data_set(inner)[1] + _IMPLICIT.size if inner.delimited else inner.stop
        else:
            self._cut(f"the sequence at byte {span.start} has no end")
        return at

    def _item(self, at: int, span: Span) -> Span:
        tag, _, start, length = self._header(at, span._replace(explicit=False))
        if tag != _ITEM:
            self._cut(f"an item was expected at byte {at}, found {_name(tag)}")
        if length == _UNDEFINED:
            return Span(start, span.stop, span.explicit, span.depth, delimited=True)
        if start + length > span.stop:
            self._cut(f"the item at byte {at} needs {length} bytes, {span.stop - start} are left")
        return Span(start, start + length, span.explicit, span.depth)

    def _header(self, at: int, span: Span) -> tuple[int, bytes, int, int]:
        """Tag, VR (empty when implicit), first byte of the value, length."""
        if span.depth > _DEEPEST:
            raise CaseError(f"sequences nest deeper than {_DEEPEST}", where=self.where, mend=MEND, code="file-too-deep")
        if span.stop - at < _IMPLICIT.size:
            if span.depth == 0:
                self._trailing(at, span)
            self._cut(f"an element at byte {at} has no room for its header")
        group, element, length = _IMPLICIT.unpack_from(self.buffer, at)
        tag = group << 16 | element
        if not span.explicit or group == _DELIMITERS:
            return tag, b"", at + 8, length
        _, _, vr, length = _EXPLICIT.unpack_from(self.buffer, at)
        if vr in _SHORT_VR:
            return tag, vr, at + 8, length
        if group == 0:
            self._trailing(at, span)
        if vr not in _LONG_VR:
            self._cut(f"element {_name(tag)} at byte {at} has no known value representation ({vr!r})")
        if span.stop - at < 12:
            self._cut(f"element {_name(tag)} at byte {at} has no room for its length")
        return tag, vr, at + 12, _LENGTH.unpack_from(self.buffer, at + 8)[0]

    def _stray(self, tag: int, at: int, span: Span, *, known: bool) -> NoReturn:
        if known:
            self._cut(f"element {_name(tag)} comes twice, again at byte {at}")
        if tag >> 16 == 0 and span.depth == 0:
            self._trailing(at, span)
        self._cut(f"element {_name(tag)} at byte {at} does not belong there")

    def _trailing(self, at: int, span: Span) -> NoReturn:
        what = f"{span.stop - at} bytes follow the data set, from byte {at} on"
        raise CaseError(what, where=self.where, mend=MEND, code="file-trailing-bytes")

    def _cut(self, what: str) -> NoReturn:
        raise CaseError(f"the file is cut or damaged: {what}", where=self.where, mend=MEND, code="file-truncated")


def _name(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
