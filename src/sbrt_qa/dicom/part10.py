"""A DICOM file (PS3.10): preamble, file meta information, transfer syntax, data set."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from sbrt_qa.dicom.limits import largest_unpacked, too_large
from sbrt_qa.dicom.quirks import gzip_trailer
from sbrt_qa.dicom.strict import uid
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.dicom.walk import MEND, Elements, Span, Walk
from sbrt_qa.errors import CaseError

_IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_NOT_READ = {  # first part of the UID, and what people call it
    "1.2.840.10008.1.2.2": "explicit VR big endian",
    "1.2.840.10008.1.2.4.": "JPEG or JPEG 2000",
    "1.2.840.10008.1.2.5": "RLE",
}
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_META_START = 132
_META_GROUP = 2
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"\xca\xfe\xba\xbe",
)
_AT_ONCE = 2**12  # bytes; zlib makes at most a thousand times as many of them


@dataclass(frozen=True, slots=True, eq=False)
class Part10:
    """One opened file.

    Parameters
    ----------
    elements : Elements
        The data set.
    syntax : str
        Transfer Syntax UID.
    has_meta : bool
        False for a bare data set without preamble and file meta information.
    media_class : str
        SOP class that the file meta information states; empty when it states none.
    quirks : tuple of str
        Oddities of the encoding that were put right, one sentence each.
    """

    elements: Elements
    syntax: str
    has_meta: bool
    media_class: str = ""
    quirks: tuple[str, ...] = ()


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, with or without preamble.

    Parameters
    ----------
    head : bytes
        The first bytes of it, 132 or more where there are so many.

    Returns
    -------
    bool
        True for the ``DICM`` prefix, or for a bare data set that begins in group 0008.
    """
    bare = head[:2] == b"\x08\x00" and head[3:4] in {b"\x00", b"\x01"} and len(head) > 8
    return has_prefix(head) or bare


def has_prefix(head: bytes) -> bool:
    """Whether the ``DICM`` prefix stands behind the preamble."""
    return head[128:_META_START] == b"DICM"


def open_part10(data: bytes, where: str) -> Part10:
    """Open a DICOM file.

    Parameters
    ----------
    data : bytes
        The whole file.
    where : str
        Its name, for messages.

    Returns
    -------
    Part10

    Raises
    ------
    CaseError
        ``transfer-syntax``, ``file-truncated``, ``file-trailing-bytes``, ``file-too-deep``,
        ``file-too-large``, ``preamble-not-empty`` or ``uid-invalid``.

    Notes
    -----
    Pixel data may be compressed: the data set is explicit little endian all the same. Whoever needs
    the pixels looks at ``syntax``.
    """
    if not has_prefix(data):
        if data[4:6].isalpha():  # a value representation: explicit, which a bare data set cannot declare
            raise unreadable_syntax("", where)
        walk = Walk(data, where)
        return Part10(walk.data_set(Span(0, len(data), explicit=False))[0], _IMPLICIT, has_meta=False)
    if data.startswith(_PROGRAMS):
        raise CaseError("the preamble holds a program", where=where, mend=MEND, code="preamble-not-empty")
    meta, start = Walk(data, where).data_set(Span(_META_START, len(data), explicit=True), group=_META_GROUP)
    if start == len(data):
        what = "the file is cut: nothing follows its file meta information"
        raise CaseError(what, where=where, mend=MEND, code="file-truncated")
    syntax = uid(meta, Tag.TransferSyntaxUID)
    if syntax in {"", _BIG_ENDIAN}:
        raise unreadable_syntax(syntax, where)
    quirks: tuple[str, ...] = ()
    if syntax == _DEFLATED:
        (data, quirks), start = _inflate(data[start:], where), 0
    elements, _ = Walk(data, where).data_set(Span(start, len(data), explicit=syntax != _IMPLICIT))
    return Part10(elements, syntax, has_meta=True, media_class=uid(meta, Tag.MediaStorageSOPClassUID), quirks=quirks)


def is_plain(syntax: str) -> bool:
    """Whether pixel data of this transfer syntax are plain little-endian numbers."""
    return syntax in {_IMPLICIT, _EXPLICIT, _DEFLATED}


def unreadable_syntax(syntax: str, where: str) -> CaseError:
    """Return the error for a transfer syntax that is not read."""
    called = next((f" ({name})" for start, name in _NOT_READ.items() if syntax.startswith(start)), "")
    return CaseError(
        f"transfer syntax {syntax or 'not stated'}{called} is not read",
        where=where,
        mend="export with implicit or explicit VR little endian, uncompressed",
        code="transfer-syntax",
    )


def _inflate(packed: bytes, where: str) -> tuple[bytes, tuple[str, ...]]:
    """Inflate a deflated data set: once to learn its size, keeping nothing, then into memory."""
    limit, size, at = largest_unpacked(len(packed)), 0, 0
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while at < len(packed) and not inflater.eof:
            size += len(inflater.decompress(packed[at : at + _AT_ONCE]))
            at += _AT_ONCE
            if size > limit:
                raise too_large(size, where)
    except zlib.error as error:
        what = f"the deflated data set cannot be read ({error})"
        raise CaseError(what, where=where, mend=MEND, code="file-truncated") from error
    if not inflater.eof:
        raise CaseError("the deflated data set is cut", where=where, mend=MEND, code="file-truncated")
    behind = inflater.unused_data + packed[at:]
    data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed)
    if behind in {b"", b"\0"}:  # one byte may pad to an even length (PS3.5, A.5)
        return data, ()
    if not gzip_trailer.is_trailer(behind, data):
        what = f"{len(behind)} bytes follow the deflated data set"
        raise CaseError(what, where=where, mend=MEND, code="file-trailing-bytes")
    return data, (gzip_trailer.QUIRK.sentence,)
