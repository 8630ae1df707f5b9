"""The walk: reads what pydicom reads where a file is sound, and refuses where pydicom shortens it."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from sbrt_qa.dicom.part10 import open_part10
from sbrt_qa.dicom.walk import Span, Walk
from sbrt_qa.errors import CaseError
from sbrt_qa.phantom.writer import Export

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REAL = [
    pytest.param(
        DATA / name, marks=[pytest.mark.real, pytest.mark.skipif(not (DATA / name).exists(), reason="no real exports")]
    )
    for name in (
        "dicompyler-example/rtplan.dcm",
        "dicompyler-example/rtdose.dcm",
        "eclipse-prostate/RD.dcm",
    )
]
BUNDLED = ["rtplan.dcm", "rtdose.dcm", "rtstruct.dcm", "rtdose_1frame.dcm", "image_dfl.dcm", "reportsi.dcm"]


def bytes_of(*elements: tuple[int, bytes], explicit: bytes = b"") -> bytes:
    """Implicit VR elements, or explicit ones of one short VR."""
    return b"".join(
        (tag >> 16).to_bytes(2, "little")
        + (tag & 0xFFFF).to_bytes(2, "little")
        + (explicit + len(value).to_bytes(2, "little") if explicit else len(value).to_bytes(4, "little"))
        + value
        for tag, value in elements
    )


def walked(data: bytes, *, explicit: bool = False):
    return Walk(data, "file.dcm").data_set(Span(0, len(data), explicit=explicit))[0]


def raw_items(ds: pydicom.Dataset) -> list[tuple[int, bytes]]:
    """The values pydicom has not yet converted."""
    return [(tag, item.value) for tag in ds.keys() if isinstance((item := ds.get_item(tag)).value, bytes)]  # noqa: SIM118


@pytest.mark.parametrize("path", [*map(get_testdata_file, BUNDLED), *REAL])
def test_the_walk_agrees_with_pydicom(path):
    data = Path(path).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(io.BytesIO(data), force=True)
        assert_deep(open_part10(data, "file.dcm").elements, ds)


def assert_deep(elements, ds: pydicom.Dataset) -> None:
    raw = raw_items(ds)
    assert raw
    for tag, value in raw:
        assert elements.raw(tag) == value, tag
    for tag in ds.keys():  # noqa: SIM118
        if ds[tag].VR == "SQ" and ds[tag].value:
            items = elements.items(tag)
            assert len(items) == len(ds[tag].value)
            for own, theirs in zip(items, ds[tag].value, strict=True):
                assert_deep(own, theirs)


@pytest.mark.parametrize("implicit_vr", [False, True])
@pytest.mark.parametrize("undefined", [False, True])
def test_defined_and_undefined_lengths_are_the_same_to_a_reader(made, undefined, implicit_vr):
    made.write(export=Export(implicit_vr=implicit_vr))

    def loosen(ds):
        for element in ds:
            if element.VR == "SQ":
                element.is_undefined_length = undefined
                for item in element.value:
                    item.is_undefined_length_sequence_item = undefined
                    loosen(item)

    made.edit("RS.dcm", loosen)
    data = (made.folder / "RS.dcm").read_bytes()
    assert (b"\xfe\xff\xdd\xe0" in data) == undefined
    rois = open_part10(data, "RS.dcm").elements.items(0x30060039)
    assert [len(roi.items(0x30060040)) for roi in rois] == [4, 0, 2]


def test_a_sequence_of_unknown_vr_is_implicit_inside():
    inner = bytes_of((0x00081155, b"1.2."))
    item = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
    head = b"\x08\x00\x40\x11UN\x00\x00\xff\xff\xff\xff"
    elements = walked(head + item + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00", explicit=True)
    assert [found.raw(0x00081155) for found in elements.items(0x00081140)] == [b"1.2."]


def nested(depth: int) -> bytes:
    data = bytes_of((0x00100020, b"me"))
    for _ in range(depth):
        item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + data + b"\xfe\xff\x0d\xe0\x00\x00\x00\x00"
        data = b"\x08\x00\x40\x11\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    return data


def test_thirty_levels_are_read_and_a_thousand_are_refused():
    assert 0x00081140 in walked(nested(30))
    with pytest.raises(CaseError, match="deeper than 32") as caught:
        walked(nested(1000))
    assert caught.value.code == "file-too-deep"


TWO = bytes_of((0x00100010, b"ab"), (0x00100020, b"cd"))
SEQUENCE = b"\x08\x00\x40\x11\xff\xff\xff\xff"
ITEM = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("data", "text", "code"),
    [
        (TWO[:-1], r"\(0010,0020\) at byte 10 needs 2 bytes, 1 are left", "file-truncated"),
        (TWO + b"\0", "1 byte follows the data set, from byte 20 on", "file-trailing-bytes"),
        (TWO + b"\0\0\0", "3 bytes follow the data set, from byte 20 on", "file-trailing-bytes"),
        (TWO + b"\x10\x00\x30", "element at byte 20 has no room for its header", "file-truncated"),
        (TWO + bytes(64), "64 bytes follow the data set", "file-trailing-bytes"),
        (TWO + TWO, r"\(0010,0010\) comes twice", "file-truncated"),
        (TWO + b"\xfe\xff\x0d\xe0\x00\x00\x00\x00", "does not belong there", "file-truncated"),
        (SEQUENCE, "sequence at byte 8 has no end", "file-truncated"),
        (SEQUENCE + ITEM, "item at byte 16 has no end", "file-truncated"),
        (SEQUENCE + ITEM + TWO, "item at byte 16 has no end", "file-truncated"),
        (SEQUENCE + TWO, r"an item was expected at byte 8, found \(0010,0010\)", "file-truncated"),
        (SEQUENCE + b"\xfe\xff\x00\xe0\x10\x00\x00\x00", "item at byte 8 needs 16 bytes, 0 are left", "file-truncated"),
        (SEQUENCE + b"\xfe\xff", "no room for its header", "file-truncated"),
    ],
)
def test_damage_is_named(data, text, code):
    with pytest.raises(CaseError, match=text) as caught:
        walked(data)
    assert caught.value.code == code
    assert str(caught.value).startswith("file.dcm: ")
    assert "export the file again" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x10\x00\x10\x00XX\x02\x00ab", r"\(0010,0010\) at byte 0 has no known value representation \(b'XX'\)"),
        (b"\x10\x00\x10\x00OB\x00\x00", "no room for its length"),
        (b"\x10\x00\x10\x00OB\x00\x00\x08\x00\x00\x00ab", "needs 8 bytes, 2 are left"),
    ],
)
def test_damage_in_explicit_vr_is_named(data, text):
    with pytest.raises(CaseError, match=text):
        walked(data, explicit=True)


def test_items_that_do_not_fit_their_sequence_are_refused_when_it_is_opened():
    short = b"\xfe\xff\x00\xe0\x20\x00\x00\x00" + TWO
    elements = walked(bytes_of((0x00081140, short)))
    with pytest.raises(CaseError, match="needs 32 bytes, 20 are left"):
        elements.items(0x00081140)


def test_an_absent_element_is_empty():
    elements = walked(TWO)
    assert elements.raw(0x00081140) == b""
    assert elements.items(0x00081140) == []
    assert 0x00081140 not in elements


def defined(depth: int, tag: bytes = b"\x08\x00\x40\x11") -> bytes:
    """Nested sequences of defined length, which nobody needs to open."""
    data = bytes_of((0x00100020, b"me"))
    for _ in range(depth):
        item = b"\xfe\xff\x00\xe0" + len(data).to_bytes(4, "little") + data
        data = tag + len(item).to_bytes(4, "little") + item
    return data


@pytest.mark.parametrize("tag", [b"\x08\x00\x40\x11", b"\x09\x00\x40\x11"])
def test_depth_is_looked_for_where_nobody_reads(tag):
    walked(defined(32, tag)).require_shallow()
    for depth in (33, 40, 300):
        with pytest.raises(CaseError, match="deeper than 32") as caught:
            walked(defined(depth, tag)).require_shallow()
        assert caught.value.code == "file-too-deep"


@pytest.mark.parametrize("where", [0x00081140, 0x00091140])
def test_only_a_private_sequence_may_be_of_any_shape(where):
    elements = walked(bytes_of((where, b"\xfe\xff\x00\xe0\x00\x10\x00\x00" + bytes(600))))
    if where == 0x00091140:
        elements.require_shallow()
    else:
        with pytest.raises(CaseError, match="needs 4096 bytes, 600 are left"):
            elements.require_shallow()


def test_pixels_that_look_like_a_sequence_are_none():
    walked(bytes_of((0x7FE00010, b"\xfe\xff\x00\xe0" + bytes(600)))).require_shallow()


def test_compressed_pixels_are_passed_over():
    pixels = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\x04\x00\x00\x00\xff\xd8\xff\xd9"
    assert 0x7FE00010 in walked(pixels + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00", explicit=True)
    with pytest.raises(CaseError, match="has no end"):
        walked(pixels, explicit=True)


def test_a_sequence_is_opened_once():
    elements = walked(defined(2))
    assert elements.items(0x00081140) is elements.items(0x00081140)


def test_a_file_that_nests_too_deep_is_refused(made):
    from sbrt_qa.dicom.read_case import read_case

    path = made.write(export=Export(implicit_vr=True)) / "RP.dcm"
    path.write_bytes(path.read_bytes() + defined(40, b"\x0f\x30\x10\x10"))
    with pytest.raises(CaseError, match="deeper than 32") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-too-deep"
