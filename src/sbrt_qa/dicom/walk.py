"""The walk: where every element lies in the bytes, with every declared length checked.

A reader that trusts the bytes it gets reads a file cut at 95 % as a file with one contour less.
Here each element must end within its parent, each sequence or item of undefined length must have
its delimiter, no element may come twice, and the data set must end exactly where the bytes end.
Values stay raw; only sequences that somebody asks for are opened, and each only once.
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
_LEAST_LEVEL = 16  # bytes that one more level of nesting takes: the header of a sequence and of its item
_DELIMITERS, _PIXELS = 0xFFFE, 0x7FE0
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_ITEM_BYTES = b"\xfe\xff\x00\xe0"
_IMPLICIT = struct.Struct("<HHI")
_EXPLICIT = struct.Struct("<HH2sH")
_LENGTH = struct.Struct("<I")
_LONG_VR = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_OPAQUE = frozenset(b"OB OW".split())
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
    opened : dict of tag to Elements
        The items of the sequences that are already open.
    """

    __slots__ = ("_opened", "_places", "_walk")

    def __init__(self, walk: Walk, places: Mapping[int, Span], opened: dict[int, list[Elements]]) -> None:
        self._walk = walk
        self._places = places
        self._opened = opened

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
        if tag not in self._places:
            return []
        if tag not in self._opened:
            self._opened[tag] = self._walk.items(self._places[tag])
        return self._opened[tag]

    def require_shallow(self) -> None:
        """Open every sequence that could nest too deep.

        Raises
        ------
        CaseError
            ``file-too-deep``; ``file-truncated`` when such a sequence is damaged, unless it is a private one,
            whose content may be of any shape.
        """
        for tag, place in self._places.items():
            if tag not in self._opened and not self._walk.may_be_deep(place, tag):
                continue
            try:
                items = self.items(tag)
            except CaseError as error:
                if error.code == "file-too-deep" or not tag >> 16 & 1:
                    raise
                continue
            for item in items:
                item.require_shallow()


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
        opened: dict[int, list[Elements]] = {}
        at = span.start
        while at < span.stop:
            if group is not None and not group.to_bytes(2, "little").startswith(self.buffer[at : at + 2]):
                break
            tag, vr, start, length = self._header(at, span)
            if tag == _ITEM_END and span.delimited:
                return Elements(self, places, opened), at
            if tag in places or tag >> 16 in (0, _DELIMITERS):
                self._stray(tag, at, span, known=tag in places)
            value = Span(start, start + length, span.explicit and vr != b"UN", span.depth + 1)
            if length == _UNDEFINED:
                opened[tag], end = self._delimited_items(value._replace(stop=span.stop), opaque=vr in _OPAQUE)
                value = value._replace(stop=end)
                at = end + _IMPLICIT.size
            elif value.stop > span.stop:
                self._cut(f"element {_name(tag)} at byte {at} needs {length} bytes, {span.stop - start} are left")
            else:
                at = value.stop
            places[tag] = value
        if span.delimited:
            self._cut(f"the item at byte {span.start} has no end")
        return Elements(self, places, opened), at

    def may_be_deep(self, span: Span, tag: int) -> bool:
        """Whether a value looks like a sequence and is long enough to nest too deep."""
        is_long = span.stop - span.start >= _LEAST_LEVEL * (_DEEPEST + 1 - span.depth)
        return is_long and tag >> 16 != _PIXELS and self.buffer.startswith(_ITEM_BYTES, span.start)

    def items(self, span: Span) -> list[Elements]:
        """Open every item of a sequence of defined length."""
        found = []
        at = span.start
        while at < span.stop:
            elements, at = self._next_item(at, span)
            found.append(elements)
        return found

    def _delimited_items(self, span: Span, *, opaque: bool) -> tuple[list[Elements], int]:
        """Open every item of a sequence of undefined length; with the byte at which its delimiter stands.

        The items of an opaque value are pieces of compressed pixels and are passed over.
        """
        found: list[Elements] = []
        at = span.start
        while at < span.stop and self._header(at, span._replace(explicit=False))[0] != _SEQUENCE_END:
            if opaque:
                at = self._item(at, span).stop
            else:
                elements, at = self._next_item(at, span)
                found.append(elements)
        if at >= span.stop:
            self._cut(f"the sequence at byte {span.start} has no end")
        return found, at

    def _next_item(self, at: int, span: Span) -> tuple[Elements, int]:
        inner = self._item(at, span)
        elements, end = self.data_set(inner)
        return elements, end + _IMPLICIT.size if inner.delimited else end

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
            if span.depth == 0 and not any(self.buffer[at : span.stop]):
                self._trailing(at, span)  # padding; anything else may be the beginning of the next element
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
        left = span.stop - at
        what = f"{'1 byte follows' if left == 1 else f'{left} bytes follow'} the data set, from byte {at} on"
        raise CaseError(what, where=self.where, mend=MEND, code="file-trailing-bytes")

    def _cut(self, what: str) -> NoReturn:
        raise CaseError(f"the file is cut or damaged: {what}", where=self.where, mend=MEND, code="file-truncated")


def _name(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
