"""Names are decoded strictly in the declared character set."""

from __future__ import annotations

import pytest

from sbrt_qa.dicom.charset import label, text
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.dicom.walk import Span, Walk
from sbrt_qa.errors import CaseError


def named(made, put, name: bytes, charset: bytes | None):
    def change(ds):
        del ds.SpecificCharacterSet
        if charset is not None:
            put(ds, "SpecificCharacterSet", charset)
        put(ds.StructureSetROISequence[0], "ROIName", name)
        put(ds.StructureSetROISequence[1], "ROIName", b"second")

    made.write()
    made.edit("RS.dcm", change)
    path = made.folder / "RS.dcm"
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 126", b"ISO_IR 999"))  # no writer writes an unknown one
    return read_case(made.folder).structures[0]


@pytest.mark.parametrize(
    ("name", "charset", "expected"),
    [
        (b"Liver ", None, "Liver"),
        (b"Liver", b"", "Liver"),
        ("Überleber".encode("latin_1"), b"ISO_IR 100", "Überleber"),
        ("Überleber".encode(), b"ISO_IR 192", "Überleber"),
        ("Печень".encode("iso8859_5"), b"ISO_IR 144", "Печень"),
        ("肝臓".encode("gb18030"), b"GB18030", "肝臓"),
        (b"\x1b$B4NB!\x1b(B", b"\\ISO 2022 IR 87", "肝臓"),
        (b"Dose 5200[cGy]^x", b"ISO_IR 100", "Dose 5200[cGy]^x"),
    ],
)
def test_a_name_is_read_in_its_character_set(made, put, name, charset, expected):
    assert named(made, put, name, charset).name == expected


@pytest.mark.parametrize(
    ("name", "charset", "shown"),
    [
        ("Über".encode("latin_1"), None, "\\xdcber"),
        ("Über".encode("latin_1"), b"ISO_IR 192", "\\xdcber"),
        ("Über".encode("latin_1"), b"ISO_IR 6", "\\xdcber"),
        ("Über".encode(), b"ISO_IR 126", "\\xc3\\x9cber"),
        (b"\x1b$B4N\xff\x1b(B", b"\\ISO 2022 IR 87", "\x1b$B4N\\xff\x1b(B"),
        (b"Liver\x1b$)C", b"ISO_IR 100", "Liver\x1b$)C"),
        (b"Liver\xe4", b"latin_1", "Liver\\xe4"),
    ],
)
def test_a_name_that_cannot_be_decoded_is_a_fault_of_its_structure_alone(made, put, name, charset, shown):
    structure = named(made, put, name, charset)
    assert (structure.name, len(structure.contours)) == (shown, 4)
    ((code, sentence),) = structure.faults
    assert code == "charset-invalid"
    assert sentence.startswith("The name cannot be read: ROIName (3006,0026) cannot be read in the declared character")


def test_a_label_that_cannot_be_decoded_stays_visible(made, put):
    made.write()
    folder = made.edit(
        "RP.dcm", lambda ds: (put(ds, "RTPlanLabel", b"\xff1"), put(ds, "SpecificCharacterSet", b"ISO_IR 192"))
    )
    assert read_case(folder).plan.label == "\\xff1"


@pytest.mark.parametrize("term", ["ISO_IR \x0092", "latin_1", "zip", "ISO_IR 999"])
def test_what_dicom_does_not_define_is_no_character_set(term):
    name = b"Liver\xe4"
    data = b"\x06\x30\x26\x00" + len(name).to_bytes(4, "little") + name
    elements = Walk(data, "x.dcm").data_set(Span(0, len(data), explicit=False))[0]
    with pytest.raises(CaseError, match="is no character set of DICOM") as caught:
        text(elements, Tag.ROIName, (term,))
    assert caught.value.code == "charset-invalid"
    assert label(elements, Tag.ROIName, (term,)) == "Liver\\xe4"
