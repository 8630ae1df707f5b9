"""A DICOM data set as a tree of raw elements, and back to bytes in any little-endian encoding.

It shares no code with the reader and knows nothing of what the values mean, so that anything can be written.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import pydicom

LONG_VR = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
UNDEFINED = 0xFFFFFFFF
IMPLICIT, EXPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"


@dataclass(slots=True)
class Element:
    """One element: its value, or the items of a sequence; ``claimed`` is a length that is not the true one."""

    tag: int
    vr: str
    value: bytes | list[list[Element]]
    claimed: int | None = None


DataSet = list[Element]


class Encoding(NamedTuple):
    """How a tree is written."""

    syntax: str = EXPLICIT
    undefined: bool = False  # sequences and items end with delimiters
    bare: bool = False  # without preamble and file meta information


def tree_of(ds: pydicom.Dataset) -> DataSet:
    """Take a data set apart; the file meta information is left behind."""
    file = io.BytesIO()
    _define_lengths(ds)
    pydicom.dcmwrite(file, pydicom.Dataset(ds), implicit_vr=False, little_endian=True)
    data = file.getvalue()
    return _parsed(data, 0, len(data))


def _define_lengths(ds: pydicom.Dataset) -> None:
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = False
            for item in element.value:
                item.is_undefined_length_sequence_item = False
                _define_lengths(item)


def _parsed(data: bytes, at: int, stop: int) -> DataSet:
    found = []
    while at < stop:
        group, element, vr, length = struct.unpack_from("<HH2sH", data, at)
        at += 8
        if vr.decode() in LONG_VR:
            (length,) = struct.unpack_from("<I", data, at)
            at += 4
        value: bytes | list[DataSet] = data[at : at + length]
        if vr == b"SQ":
            value = _items(data, at, at + length)
        found.append(Element(group << 16 | element, vr.decode(), value))
        at += length
    return found


def _items(data: bytes, at: int, stop: int) -> list[DataSet]:
    found = []
    while at < stop:
        (length,) = struct.unpack_from("<I", data, at + 4)
        found.append(_parsed(data, at + 8, at + 8 + length))
        at += 8 + length
    return found


def copy(ds: DataSet) -> DataSet:
    """Copy a tree, values shared."""
    return [
        Element(e.tag, e.vr, e.value if isinstance(e.value, bytes) else [copy(item) for item in e.value], e.claimed)
        for e in ds
    ]


def every(ds: DataSet) -> list[tuple[DataSet, int]]:
    """Return the place of every element at any depth: the data set or item that holds it, and its index there."""
    found = []
    for index, element in enumerate(ds):
        found.append((ds, index))
        if isinstance(element.value, list):
            for item in element.value:
                found += every(item)
    return found


def file_of(ds: DataSet, how: Encoding) -> bytes:
    """Write a file."""
    body = bytes_of(ds, how)
    if how.bare:
        return body
    if how.syntax == DEFLATED:
        squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = squeeze.compress(body) + squeeze.flush()
    sop_class = next((e.value for e in ds if e.tag == 0x00080016 and isinstance(e.value, bytes)), b"")
    meta = [
        Element(0x00020001, "OB", b"\0\1"),
        Element(0x00020002, "UI", sop_class),
        Element(0x00020003, "UI", b"1.2.3.4"),
        Element(0x00020010, "UI", how.syntax.encode()),
    ]
    written = bytes_of(meta, Encoding())
    length = Element(0x00020000, "UL", struct.pack("<I", len(written)))
    return bytes(128) + b"DICM" + bytes_of([length], Encoding()) + written + body


def bytes_of(ds: DataSet, how: Encoding) -> bytes:
    """Write elements one after the other."""
    return b"".join([_element(element, how) for element in ds])


def _element(element: Element, how: Encoding) -> bytes:
    delimited = how.undefined and isinstance(element.value, list)
    if isinstance(element.value, list):
        value = b"".join([_item(item, how) for item in element.value])
        value += b"\xfe\xff\xdd\xe0\0\0\0\0" * delimited
    else:
        value = element.value + (b"\0" if element.vr == "UI" else b" ") * (len(element.value) % 2)
    length = UNDEFINED if delimited else len(value)
    length = length if element.claimed is None else element.claimed
    group, number = element.tag >> 16, element.tag & 0xFFFF
    if how.syntax == IMPLICIT:
        return struct.pack("<HHI", group, number, length & UNDEFINED) + value
    vr = element.vr.encode("latin-1")
    if element.vr in LONG_VR:
        return struct.pack("<HH2s2xI", group, number, vr, length & UNDEFINED) + value
    return struct.pack("<HH2sH", group, number, vr, length & 0xFFFF) + value


def _item(item: DataSet, how: Encoding) -> bytes:
    inner = bytes_of(item, how)
    if how.undefined:
        return b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + inner + b"\xfe\xff\x0d\xe0\0\0\0\0"
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner
