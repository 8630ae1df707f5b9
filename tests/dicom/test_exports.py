"""Exports below a folder: folders first, and joined only within one study."""

from __future__ import annotations

import io
import os
import zipfile

import pydicom
import pytest
from hazard_case import Pile, bytes_of

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import UsageError

PARTS = ("plan", "dose", "structures")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def lay(folder, study="1.2.3.4", parts=PARTS):
    """Put some files of a case into a folder, as part of a study."""
    pile = Pile.fresh()
    for part in PARTS:
        getattr(pile, part).StudyInstanceUID = study
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        (folder / f"{part}.dcm").write_bytes(pile.files()[f"{part}.dcm"])


def names(root):
    return [export.name for export in find_exports(root)]


def test_each_folder_is_an_export_and_even_copies_stay_apart(root):
    for name in ("b/second", "a", "b/first"):
        lay(root / name)
    assert names(root) == ["a", "b/first", "b/second"]
    assert [export.paths for export in find_exports(root)] == [(root / name,) for name in names(root)]
    assert {len(export.plans) for export in find_exports(root)} == {1}


def test_the_folder_itself_may_be_the_export(root):
    lay(root)
    assert names(root) == ["."]


def test_folders_by_modality_of_one_study_are_joined(root):
    for part in PARTS:
        lay(root / "patient" / part, parts=[part])
    (export,) = find_exports(root)
    assert export.paths == (root / "patient",)
    assert read_case(export.paths[0]).plan is not None


def test_parts_of_two_studies_are_not_joined(root):
    lay(root / "one", parts=["plan", "dose"])
    lay(root / "two", study="1.2.3.5", parts=["structures"])
    assert names(root) == ["one", "two"]


def test_an_incomplete_export_beside_a_complete_one_is_not_lost(root):
    lay(root / "one")
    lay(root / "two", study="1.2.3.5", parts=["dose"])
    assert names(root) == ["one", "two"]
    assert find_exports(root)[1].plans == ()


def image():
    made = pydicom.dcmread(io.BytesIO(Pile.fresh().files()["dose.dcm"]))
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    made.StudyInstanceUID = "1.2.3.4"
    return bytes_of(made)


def test_images_beside_the_only_export_belong_to_it(root):
    lay(root / "p" / "rt")
    (root / "p" / "ct").mkdir()
    (root / "p" / "ct" / "1.dcm").write_bytes(image())
    lay(root / "q", study="1.2.3.5")
    assert names(root) == ["p", "q"]


def test_plans_beside_the_only_export_do_not(root):
    lay(root / "p" / "rt")
    lay(root / "p" / "other", parts=["plan"])
    assert names(root) == ["p/other", "p/rt"]


def test_loose_files_beside_exports_are_an_export_of_their_own(root):
    lay(root, study="1.2.3.5")
    lay(root / "one")
    lay(root / "two", study="1.2.3.6")
    loose, one, two = find_exports(root)
    assert (loose.name, one.name, two.name) == (".", "one", "two")
    assert loose.paths == tuple(root / f"{part}.dcm" for part in sorted(PARTS))
    assert read_case(loose.paths).plan.identity.sop_uid == loose.plans[0].sop_uid


def test_every_plan_of_a_pile_is_named_once(root):
    lay(root)
    lay(root / "again")
    other = Pile.fresh()
    other.plan.SOPInstanceUID = "1.2.3"
    (root / "other.dcm").write_bytes(other.files()["plan.dcm"])
    (root / "copy.dcm").write_bytes(other.files()["plan.dcm"])
    plans = {export.name: [plan.sop_uid for plan in export.plans] for export in find_exports(root)}
    assert len(plans["."]) == 2
    assert "1.2.3" in plans["."]


def test_an_archive_is_an_export(root):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in Pile.fresh().files().items():
            archive.writestr(name, data)
    (root / "a.zip").write_bytes(packed.getvalue())
    (root / "broken.zip").write_bytes(packed.getvalue()[:200])
    archive, broken = find_exports(root)
    assert (archive.name, archive.paths, len(archive.plans)) == ("a.zip", (root / "a.zip",), 1)
    assert (broken.name, broken.plans) == ("broken.zip", ())


def test_what_is_no_export_is_left_out(root, tmp_path):
    (root / "notes").mkdir()
    (root / "notes" / "readme.txt").write_text("nothing here")
    (root / "images").mkdir()
    (root / "images" / "1.dcm").write_bytes(image())
    lay(tmp_path / "elsewhere")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    assert names(root) == []


def test_what_may_be_a_plan_is_not_lost(root):
    (root / "cut").mkdir()
    (root / "cut" / "plan.dcm").write_bytes(Pile.fresh().files()["plan.dcm"][:150])
    (export,) = find_exports(root)
    assert (export.name, export.plans) == ("cut", ())


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to the superuser")
def test_a_closed_folder_hides_no_other(root):
    lay(root / "one")
    (root / "closed").mkdir(mode=0)
    (root / "closed.dcm").touch(mode=0)
    assert names(root) == ["one"]


def test_a_file_or_folder_that_cannot_be_opened_is_passed(root, monkeypatch):
    lay(root / "one")
    (root / "two").mkdir()
    (root / "one" / "zz.dcm").write_bytes(b"")
    usual, opened = os.scandir, type(root).open

    def scandir(path):
        if path == root / "two":
            raise PermissionError(13, "Permission denied")
        return usual(path)

    def closed(path, *words, **more):
        if path.name == "zz.dcm":
            raise PermissionError(13, "Permission denied")
        return opened(path, *words, **more)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(type(root), "open", closed)
    assert names(root) == ["one"]


def test_there_must_be_a_folder(root):
    with pytest.raises(UsageError, match=r"no such folder.*give the folder that holds the exports"):
        find_exports(root / "none")


def test_an_export_says_what_it_lacks(root):
    lay(root / "whole")
    lay(root / "part", study="1.2.3.5", parts=["dose"])
    with zipfile.ZipFile(root / "case.zip", "w") as archive:
        archive.writestr("plan.dcm", Pile.fresh().files()["plan.dcm"])
    lacking = {export.name: export.lacking for export in find_exports(root)}
    assert lacking == {"whole": (), "part": ("RTPLAN", "RTSTRUCT"), "case.zip": ()}
