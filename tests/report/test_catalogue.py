import json
import os
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.report import Format, ensure_writable, formats, write_curves, write_report, write_reports

KNOWN = {".csv", ".dcm", ".htm", ".html", ".json", ".md", ".pdf", ".png", ".svg", ".xml"}


def test_every_format_says_what_it_is():
    assert set(formats()) >= KNOWN
    assert list(formats()) == sorted(formats())
    for suffix, entry in formats().items():
        assert isinstance(entry, Format)
        assert suffix in entry.suffixes
        assert entry.title


def test_every_format_writes_the_same_bytes_twice(mixed):
    for entry in set(formats().values()) - {formats()[".rtstruct.dcm"]}:  # nothing is derived here
        assert entry.write(mixed) == entry.write(mixed), entry.title


def test_the_suffix_picks_the_format_whatever_its_case(mixed, tmp_path):
    write_report(mixed, tmp_path / "record.JSON")
    assert json.loads((tmp_path / "record.JSON").read_bytes())["verdict"] == "FAIL"
    write_report(mixed, str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "record.JSON"]


def test_of_two_suffixes_that_fit_the_longer_one_picks(mixed, tmp_path):
    with pytest.raises(UsageError, match="no derived structures"):
        write_report(mixed, tmp_path / "a.RTSTRUCT.dcm")
    write_report(mixed, tmp_path / "rtstruct.dcm")
    assert pydicom.dcmread(tmp_path / "rtstruct.dcm").Modality == "DOC"


@pytest.mark.parametrize(("name", "why"), [("a.doc", "suffix '.doc' is not known"), ("a", "has no suffix")])
def test_an_unknown_suffix_lists_the_known_ones(mixed, tmp_path, name, why):
    with pytest.raises(UsageError, match=why) as caught:
        write_report(mixed, tmp_path / name)
    assert caught.value.mend == f"end the name with one of: {', '.join(formats())}"


def test_curves_go_only_where_curves_fit(make_curve, tmp_path):
    write_curves([make_curve("Liver", 20.0, 50.0)], tmp_path / "c.svg")
    assert b"<svg" in (tmp_path / "c.svg").read_bytes()
    with pytest.raises(UsageError, match=r"suffix '.json'") as caught:
        write_curves([], tmp_path / "c.json")
    assert caught.value.mend == "end the name with one of: .csv, .png, .svg"


def test_outputs_are_refused_before_the_work(tmp_path):
    with pytest.raises(UsageError, match="there is no folder") as caught:
        ensure_writable(tmp_path / "nowhere" / "a.json")
    assert caught.value.mend == "create it first"
    (tmp_path / "b.json").mkdir()
    with pytest.raises(UsageError, match="it is a folder"):
        ensure_writable(tmp_path / "b.json")


def test_a_report_replaces_an_older_one_and_follows_a_link(mixed, tmp_path):
    old = tmp_path / "old.csv"
    old.write_text("old")
    (tmp_path / "link.csv").symlink_to(old)
    write_report(mixed, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert old.read_bytes().startswith(b"kind,id")


def test_when_one_report_cannot_be_written_none_is(mixed, tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text("before")
    opened = Path.open

    def full(self, *args, **kwargs):
        if self.name.startswith(".b.csv"):
            raise OSError(28, "No space left on device")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UsageError, match=r"cannot write '.*b\.csv': No space left on device"):
        write_reports(mixed, [tmp_path / "a.json", tmp_path / "b.csv"])
    assert (tmp_path / "a.json").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
def test_files_get_ordinary_permissions(mixed, tmp_path):
    write_report(mixed, tmp_path / "a.csv")
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_knowing_the_formats_loads_no_heavy_library():
    code = (
        "import sys; from sbrt_qa.report import formats; formats();"
        "heavy = ('matplotlib', 'jinja2', 'shapely', 'pydicom', 'reportlab', 'rich', 'scipy');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
