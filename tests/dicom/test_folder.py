"""Any pile of files: what is used, what is skipped, what is refused."""

from __future__ import annotations

import os
import re
import shutil
import zipfile

import pytest

from sbrt_qa.dicom.folder import DicomObject, Skipped, scan
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError, UsageError


def skipped(path):
    return {item.name: item.reason for item in scan(path) if isinstance(item, Skipped)}


def test_names_and_nesting_do_not_matter(made, tmp_path):
    plain = read_case(made.write())
    deep = tmp_path / "deep" / "er"
    deep.mkdir(parents=True)
    for number, name in enumerate(("RS.dcm", "RP.dcm", "RD.dcm")):
        shutil.copy(made.folder / name, deep.parent / f"er/{number}" if number else deep.parent / "zzz")
    other = read_case(tmp_path / "deep")
    assert other.source == plain.source
    assert other.id == plain.id
    assert other.dose.gy.tobytes() == plain.dose.gy.tobytes()


def test_files_are_listed_by_role_uid_and_hash(made):
    import hashlib

    files = read_case(made.write()).source.files
    assert [f.role for f in files] == ["RTDOSE", "RTPLAN", "RTSTRUCT"]
    assert files[0].sha256 == hashlib.sha256((made.folder / "RD.dcm").read_bytes()).hexdigest()


def test_other_files_are_skipped_with_the_reason(made):
    made.write()
    (made.folder / "notes.txt").write_text("08 words about a plan " * 20)
    (made.folder / "empty").touch()
    (made.folder / "old.zip").write_bytes(b"PK\3\4" + bytes(200))
    (made.folder / "link.dcm").symlink_to(made.folder / "RD.dcm")
    (made.folder / "linked").symlink_to(made.folder)
    os.mkfifo(made.folder / "pipe")
    assert skipped(made.folder) == {
        "notes.txt": "not DICOM",
        "empty": "not DICOM",
        "old.zip": "an archive inside is not opened",
        "link.dcm": "a link; links are not followed",
        "linked": "a link; links are not followed",
        "pipe": "not an ordinary file",
    }
    assert read_case(made.folder).plan is not None


def test_the_path_itself_may_be_a_link(made, tmp_path):
    made.write()
    (tmp_path / "latest").symlink_to(made.folder)
    (tmp_path / "dose.dcm").symlink_to(made.folder / "RD.dcm")
    assert read_case(tmp_path / "latest").plan is not None
    (found,) = scan(tmp_path / "dose.dcm")
    assert isinstance(found, DicomObject)


def test_no_such_path(tmp_path):
    with pytest.raises(UsageError, match="no such file or folder"):
        read_case(tmp_path / "absent")


@pytest.mark.parametrize("content", [None, b"", b"hello", bytes(1000), b"PK\3\4"])
def test_nothing_readable(tmp_path, content):
    path = tmp_path
    if content is not None:
        path = tmp_path / "file"
        path.write_bytes(content)
    with pytest.raises(CaseError) as caught:
        read_case(path)
    assert caught.value.code == ("archive-unreadable" if content == b"PK\3\4" else "case-empty")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_a_folder(made, tmp_path, compression):
    plain = read_case(made.write(images=True))
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.mkdir("inner")
        for path in sorted(made.folder.iterdir()):
            archive.write(path, f"inner/{path.name}")
        archive.writestr("readme.txt", "an export")
    case = read_case(packed)
    assert case.source == plain.source
    assert case.dose.gy.tobytes() == plain.dose.gy.tobytes()
    assert case.image.hu.tobytes() == plain.image.hu.tobytes()
    assert skipped(packed) == {"readme.txt": "not DICOM"}


@pytest.mark.parametrize("name", ["../RD.dcm", "/RD.dcm", "a/../../RD.dcm", "C:/RD.dcm"])
def test_a_zip_that_points_outside_is_refused(tmp_path, name):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(CaseError, match="points outside") as caught:
        read_case(packed)
    assert caught.value.code == "archive-unsafe"


def test_a_link_in_a_zip_is_refused(tmp_path):
    packed = tmp_path / "export.zip"
    link = zipfile.ZipInfo("RD.dcm")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(CaseError) as caught:
        read_case(packed)
    assert caught.value.code == "archive-unsafe"


def test_a_zip_bomb_is_refused(tmp_path):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("RD.dcm", bytes(17 * 2**20))
    with pytest.raises(CaseError, match="it holds 17825792 bytes or more once it is unpacked") as caught:
        read_case(packed)
    assert caught.value.code == "file-too-large"


def test_a_damaged_zip_is_refused(made, tmp_path):
    made.write()
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(made.folder / "RD.dcm", "RD.dcm")
    data = bytearray(packed.read_bytes())
    data[1000] ^= 255
    packed.write_bytes(data)
    with pytest.raises(CaseError, match="archive cannot be read") as caught:
        read_case(packed)
    assert caught.value.code == "archive-unreadable"


@pytest.mark.parametrize(
    ("syntax", "called"),
    [
        ("1.2.840.10008.1.2.2", " (explicit VR big endian)"),
        ("1.2.840.10008.1.2.5", " (RLE)"),
        ("1.2.840.10008.1.2.4.70", " (JPEG or JPEG 2000)"),
        ("1.2.3", ""),
    ],
)
def test_another_transfer_syntax_is_refused(made, syntax, called):
    made.write()
    path = made.folder / "RD.dcm"
    data = path.read_bytes()
    padded = syntax.encode() + b"\0" * (len(syntax) % 2)
    old = b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0"
    assert old in data
    path.write_bytes(data.replace(old, b"\x02\x00\x10\x00UI" + len(padded).to_bytes(2, "little") + padded))
    with pytest.raises(CaseError, match=re.escape(f"RD.dcm: transfer syntax {syntax}{called} is not read")) as caught:
        read_case(made.folder)
    assert caught.value.code == "transfer-syntax"


def test_a_deflated_file_is_read(made):
    made.write()
    plain = read_case(made.folder)
    made.edit("RS.dcm", lambda ds: setattr(ds.file_meta, "TransferSyntaxUID", "1.2.840.10008.1.2.1.99"))
    case = read_case(made.folder)
    assert [len(s.contours) for s in case.structures] == [len(s.contours) for s in plain.structures]
    path = made.folder / "RS.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CaseError, match="deflated data set is cut") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-truncated"


def test_a_bare_data_set_is_read_as_implicit_with_a_warning(made):
    from sbrt_qa.phantom.writer import Export

    made.write(export=Export(implicit_vr=True))
    path = made.folder / "RD.dcm"
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"\x08\x00\x05\x00") :])
    said = "The RTDOSE has no file meta information; it was read as implicit VR."
    assert read_case(made.folder).source.warnings == (("file-meta-missing", said),)


def test_a_bare_explicit_data_set_is_refused(made):
    path = made.write() / "RD.dcm"
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"\x08\x00\x05\x00") :])
    with pytest.raises(CaseError, match="transfer syntax not stated is not read") as caught:
        read_case(made.folder)
    assert caught.value.code == "transfer-syntax"


def test_an_encrypted_zip_is_refused(tmp_path):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("RD.dcm", "x")
    data = bytearray(packed.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    packed.write_bytes(data)
    with pytest.raises(CaseError, match=r"holds a member that is encrypted .*without a password") as caught:
        read_case(packed)
    assert caught.value.code == "archive-unsafe"


def test_members_that_are_too_large_together_are_refused_before_any_is_unpacked(tmp_path):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.dcm", bytes(4 * 2**20))
    with pytest.raises(CaseError, match="it holds 20971520 bytes or more") as caught:
        next(scan(packed))
    assert caught.value.code == "file-too-large"


def test_an_archive_has_a_largest_size_however_well_it_is_packed(made, tmp_path, monkeypatch):
    made.write()
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in made.folder.iterdir():
            archive.write(path, path.name)
    monkeypatch.setattr("sbrt_qa.dicom.archive.LARGEST_TOGETHER", 5000)
    with pytest.raises(CaseError, match=r"it holds [5-9][0-9]{3} bytes or more") as caught:
        read_case(packed)
    assert caught.value.code == "file-too-large"


def test_a_member_shorter_than_it_says_is_refused(tmp_path):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("RD.dcm", b"x" * 100)
    data = bytearray(packed.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = (1000).to_bytes(4, "little")
    packed.write_bytes(data)
    with pytest.raises(CaseError, match="it ends after 100 of 1000 bytes") as caught:
        list(scan(packed))
    assert caught.value.code == "archive-unreadable"


def test_odd_members_of_a_zip_are_left_aside(made, tmp_path):
    made.write()
    packed = tmp_path / "export.zip"
    pipe = zipfile.ZipInfo("pipe")
    pipe.external_attr = 0o010644 << 16
    with zipfile.ZipFile(packed, "w") as archive:
        for path in made.folder.iterdir():
            archive.write(path, f"10:30 export\\{path.name}")
        archive.writestr(pipe, "")
        archive.writestr("inner.zip", b"PK\3\4" + bytes(100))
    assert skipped(packed) == {"inner.zip": "an archive inside is not opened", "pipe": "not an ordinary file"}
    assert read_case(packed).plan is not None


def test_a_file_too_large_to_read_is_refused_by_its_size_alone(made):
    made.write()
    with (made.folder / "RD.dcm").open("r+b") as file:
        file.truncate(2**40)  # a hole: it takes no space
    with pytest.raises(CaseError, match=r"RD\.dcm: it holds 1099511627776 bytes") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-too-large"


def directory(ds):
    """Make a DICOMDIR of an RT object: records that name it, in its stead."""
    from pydicom.dataset import Dataset

    record = Dataset()
    record.DirectoryRecordType = "RT DOSE"
    record.ReferencedFileID = ["EXPORT", "RD"]
    record.ReferencedSOPClassUIDInFile = ds.SOPClassUID
    record.ReferencedSOPInstanceUIDInFile = ds.SOPInstanceUID
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    ds.clear()
    ds.FileSetID = "MEDIUM"
    ds.DirectoryRecordSequence = [record]


def test_a_directory_of_a_medium_is_not_followed(made):
    made.write()
    made.edit("RD.dcm", directory, to="DICOMDIR")
    assert skipped(made.folder) == {"DICOMDIR": "the directory of a medium; the files themselves are read instead"}
    assert read_case(made.folder).plan is not None


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.66.1", "1.2.840.10008.5.1.4.1.1.481.1"])
def test_a_damaged_object_that_is_not_needed_does_not_matter(made, sop_class):
    made.write()

    def change(ds):
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class

    path = made.edit("RD.dcm", change, to="other.dcm") / "other.dcm"
    path.write_bytes(path.read_bytes()[:-9])
    assert "cut or damaged" in skipped(made.folder)["other.dcm"]
    assert read_case(made.folder).plan is not None


def test_a_damaged_object_that_claims_to_be_a_dose_is_never_overlooked(made):
    made.write()

    def change(ds):
        ds.SOPInstanceUID = "1.2.3"
        ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"  # one of the two is wrong

    path = made.edit("RD.dcm", change, to="other.dcm") / "other.dcm"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CaseError, match="cut or damaged"):
        read_case(made.folder)


def test_a_file_that_cannot_be_opened_is_listed(made, monkeypatch):
    made.write()
    (made.folder / "other.dcm").write_bytes((made.folder / "RD.dcm").read_bytes())
    usual = type(made.folder).read_bytes

    def failing(path):
        if path.name == "other.dcm":
            raise PermissionError(13, "Permission denied")
        return usual(path)

    monkeypatch.setattr(type(made.folder), "read_bytes", failing)
    assert skipped(made.folder) == {"other.dcm": "cannot be read: Permission denied"}


def test_a_folder_or_file_that_cannot_be_looked_into_is_listed(made, monkeypatch):
    made.write()
    (made.folder / "closed").mkdir()
    (made.folder / "other.dcm").write_bytes(b"x")
    usual_open, usual_scandir = type(made.folder).open, os.scandir

    def opening(path, *words, **named):
        if path.name == "other.dcm":
            raise PermissionError(13, "Permission denied")
        return usual_open(path, *words, **named)

    def scanning(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return usual_scandir(path)

    monkeypatch.setattr(type(made.folder), "open", opening)
    monkeypatch.setattr(os, "scandir", scanning)
    reason = "cannot be read: Permission denied"
    assert skipped(made.folder) == {"other.dcm": reason, str(made.folder / "closed"): reason}


def test_damage_far_inside_a_member_is_found(made, tmp_path):
    made.write()
    made.edit("RD.dcm", lambda ds: ds.private_block(0x3009, "TEST", create=True).add_new(1, "OB", bytes(9000)))
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(made.folder / "RD.dcm", "RD.dcm")
    data = bytearray(packed.read_bytes())
    data[8000] ^= 255
    packed.write_bytes(data)
    with pytest.raises(CaseError, match=r"RD\.dcm: Bad CRC-32") as caught:
        read_case(packed)
    assert caught.value.code == "archive-unreadable"


def test_an_archive_that_is_gone_has_no_pictures(made, tmp_path):
    made.write(images=True)
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in made.folder.iterdir():
            archive.write(path, path.name)
    case = read_case(packed)
    packed.unlink()
    assert case.image is None


def test_a_deflated_file_of_nonsense_is_refused(made):
    made.write()
    path = (
        made.edit("RS.dcm", lambda ds: setattr(ds.file_meta, "TransferSyntaxUID", "1.2.840.10008.1.2.1.99")) / "RS.dcm"
    )
    head = path.read_bytes().partition(b"1.2.840.10008.1.2.1.99")
    path.write_bytes(head[0] + head[1] + b"\xff" * 500)
    with pytest.raises(CaseError, match="deflated data set cannot be read") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-truncated"


def test_modality_text_does_not_decide(made):
    made.write()
    made.edit("RS.dcm", lambda ds: setattr(ds, "Modality", "RTDOSE"))
    case = read_case(made.folder)
    assert len(case.structures) == 3
    assert (
        dict(case.source.notes)["modality-text-differs"] == "The RTSTRUCT calls itself 'RTDOSE'; its SOP class decides."
    )


def test_a_program_in_the_preamble_is_refused(made):
    made.write()
    path = made.folder / "RD.dcm"
    path.write_bytes(b"MZ" + path.read_bytes()[2:])
    with pytest.raises(CaseError, match="preamble holds a program") as caught:
        read_case(made.folder)
    assert caught.value.code == "preamble-not-empty"


@pytest.mark.parametrize("uid", ["", "../../x", "1.2.3; rm"])
def test_an_object_without_a_proper_uid_is_refused(made, put, uid):
    made.write()
    folder = made.edit("RD.dcm", lambda ds: put(ds, "SOPInstanceUID", uid.encode()))
    with pytest.raises(CaseError, match=r"SOPInstanceUID \(0008,0018\)") as caught:
        read_case(folder)
    assert caught.value.code == "uid-invalid"
