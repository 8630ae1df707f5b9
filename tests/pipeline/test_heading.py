"""The first elements of a stranger's file: found behind whatever is before them, or refused in few steps."""

from __future__ import annotations

import resource
import struct

import pytest

from sbrt_qa.pipeline.heading import MAKER, SOP_CLASS, SOP_INSTANCE, STUDY, NoHeading, heading_of

EXPLICIT, IMPLICIT = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0"
FOUND = {SOP_CLASS: "1.2", SOP_INSTANCE: "3.4", MAKER: "us", STUDY: "5.6"}
ENDLESS = 0xFFFFFFFF


def explicit(tag, kind, value, length=None):
    length = len(value) if length is None else length
    form = "<HH2sH" if kind in {b"UI", b"LO"} else "<HH2sxxL"
    return struct.pack(form, tag >> 16, tag & 0xFFFF, kind, length) + value


def implicit(tag, _kind, value, length=None):
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def bare(tag, content=b"", length=None):
    return implicit(tag, b"", content, length)


def item(content):
    return bare(0xFFFEE000, content, ENDLESS) + bare(0xFFFEE00D)


def sequence(element, content, kind=b"SQ"):
    return element(0x00080060, kind, content, ENDLESS) + bare(0xFFFEE0DD)


def file_of(path, data, syntax=EXPLICIT):
    meta = explicit(0x00020010, b"UI", syntax)
    path.write_bytes(b"\0" * 128 + b"DICM" + explicit(0x00020000, b"UI", struct.pack("<L", len(meta))) + meta + data)
    return path


def data_of(element, *, before_study=b""):
    first = element(SOP_CLASS, b"UI", b"1.2\0") + element(SOP_INSTANCE, b"UI", b"3.4\0")
    middle = element(0x00080050, b"LO", b"xx") + before_study + element(MAKER, b"LO", b"us")
    return first + middle + element(STUDY, b"UI", b"5.6\0") + element(0x7FE00010, b"OW", b"", 0xFFFFFFF0)


@pytest.mark.parametrize(("element", "syntax"), [(explicit, EXPLICIT), (implicit, IMPLICIT)])
def test_it_is_found_behind_sequences_of_any_kind(tmp_path, element, syntax):
    inner = element(STUDY, b"UI", b"9.9\0")
    known = element(0x00080060, b"SQ", bare(0xFFFEE000, inner))
    for before in (b"", known, sequence(element, item(inner)), sequence(element, item(sequence(element, item(inner))))):
        data = data_of(element, before_study=before)
        assert heading_of(file_of(tmp_path / "x.dcm", data, syntax)) == FOUND


def test_what_an_unknown_element_holds_is_implicit(tmp_path):
    before = sequence(explicit, item(implicit(STUDY, b"", b"9.9\0")), kind=b"UN")
    assert heading_of(file_of(tmp_path / "x.dcm", data_of(explicit, before_study=before))) == FOUND


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\0",
        b"\x08\0\x05\0XX",
        b"\x08\0\x05\0\0\0\0\0",
        explicit(STUDY, b"UI", b"1.2\0", 0xFFFF)[:-4] + b"1" * 2000,
        explicit(MAKER, b"LO", b"us") + explicit(SOP_CLASS, b"UI", b"1.2\0"),
        explicit(0x00080060, b"SQ", b"", ENDLESS),
        explicit(0x00080060, b"SQ", bare(0xFFFEE000, b"", ENDLESS) * 100, ENDLESS),
    ],
    ids=["half a tag", "half a length", "another syntax", "long value", "disorder", "no end", "depth"],
)
def test_what_cannot_be_walked_over_is_refused(tmp_path, data):
    with pytest.raises(NoHeading):
        heading_of(file_of(tmp_path / "x.dcm", data))


def test_a_million_empty_items_take_no_memory(tmp_path):
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = sequence(explicit, bare(0xFFFEE000) * 1_000_000)
    with pytest.raises(NoHeading, match="too many steps"):
        heading_of(file_of(tmp_path / "x.dcm", data_of(explicit, before_study=many)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 60_000
