"""A deflated data set with the trailer of a gzip file behind it."""

from __future__ import annotations

import struct
import zlib

from sbrt_qa.dicom.quirks._catalogue import Quirk

QUIRK = Quirk(
    id="gzip-trailer",
    seen="Files deflated by way of a gzip library; among pydicom's test files image_dfl.dcm.",
    meaning="The eight bytes are the checksum and the length of exactly the data before them (RFC 1952, 2.3.1),"
    " so the file is whole; any other bytes there are refused.",
    sentence="A deflated file ends with the trailer of a gzip file; its checksum and length agree, and it was ignored.",
)


def is_trailer(behind: bytes, data: bytes) -> bool:
    """Whether the bytes behind a deflated data set are the gzip trailer of these data.

    Parameters
    ----------
    behind : bytes
        What follows the end of the deflated stream.
    data : bytes
        The inflated data set.

    Returns
    -------
    bool
    """
    return behind == struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
