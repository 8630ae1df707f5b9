"""Quirks: each says where it was seen and what it means, is applied to what it is about, and leaves its sentence."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from types import SimpleNamespace

import pytest

from sbrt_qa.dicom.quirks import _catalogue, gzip_trailer, long_decimals, quirks
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError, SbrtQaError

SYNTAX = b"\x02\x00\x10\x00UI"


def test_every_quirk_says_where_it_was_seen_and_why():
    assert list(quirks()) == ["gzip-trailer", "long-decimals", "zero-placeholder-dose"]
    for quirk in quirks().values():
        for text in (quirk.seen, quirk.meaning, quirk.sentence):
            assert text[0].isupper()
            assert text.endswith(".")


def test_two_quirks_of_one_id_are_a_mistake(monkeypatch):
    monkeypatch.setattr(
        _catalogue.importlib, "import_module", lambda name: SimpleNamespace(QUIRK=gzip_trailer.QUIRK, __path__="")
    )
    monkeypatch.setattr(_catalogue.pkgutil, "iter_modules", lambda path: [SimpleNamespace(name=n) for n in "ab"])
    with pytest.raises(SbrtQaError, match="two quirks are called 'gzip-trailer'"):
        _catalogue.quirks.__wrapped__()


def deflated(made, make_trailer, content=None):
    """The case with its dose deflated, and behind that bytes that are made from the data."""
    path = made.write() / "RD.dcm"
    plain = path.read_bytes()
    at = plain.index(b"\x08\x00\x05\x00")
    head, data = plain[:at], plain[at:] if content is None else content
    head = head.replace(SYNTAX + b"\x14\x001.2.840.10008.1.2.1\0", SYNTAX + b"\x16\x001.2.840.10008.1.2.1.99")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(head + packer.compress(data) + packer.flush() + make_trailer(data))
    return made.folder


def test_the_trailer_of_gzip_is_ignored_and_said(made):
    plain = read_case(made.write())
    case = read_case(deflated(made, lambda data: struct.pack("<II", zlib.crc32(data), len(data))))
    assert case.dose.gy.tobytes() == plain.dose.gy.tobytes()
    assert case.source.quirks == (gzip_trailer.QUIRK.sentence,)
    assert plain.source.quirks == ()


@pytest.mark.parametrize("trailer", [b"\1", bytes(8), b"12345678"])
def test_other_bytes_behind_deflated_data_are_refused(made, trailer):
    with pytest.raises(CaseError, match=rf"RD\.dcm: {len(trailer)} bytes follow the deflated data set") as caught:
        read_case(deflated(made, lambda _: trailer))
    assert caught.value.code == "file-trailing-bytes"


def test_one_byte_pads_deflated_data(made):
    assert read_case(deflated(made, lambda _: b"\0")).source.quirks == ()


def test_a_deflate_bomb_is_refused_without_keeping_it(made):
    folder = deflated(made, lambda _: b"", bytes(64 * 2**20))
    tracemalloc.start()
    try:
        with pytest.raises(CaseError, match="once it is unpacked") as caught:
            read_case(folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "file-too-large"
    assert peak < 24 * 2**20


def test_long_decimal_texts_are_read_in_full(made, put):
    made.write()
    folder = made.edit(
        "RD.dcm", lambda ds: put(ds, "GridFrameOffsetVector", b"0\\2.500000000000000000\\5.0\\9.99999999999999999999")
    )
    case = read_case(folder)
    assert case.dose.grid.z_mm.tolist() == [-1.0, 1.5, 4.0, 9.0]
    assert case.source.quirks == (long_decimals.QUIRK.sentence,)


def test_sixteen_characters_and_padding_are_not_long(made, put):
    made.write()
    folder = made.edit(
        "RD.dcm", lambda ds: put(ds, "GridFrameOffsetVector", b"0\\ 2.5000000000000\\5.0\\10.0000000000000 ")
    )
    assert read_case(folder).source.quirks == ()
