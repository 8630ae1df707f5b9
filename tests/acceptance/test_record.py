"""The JSON record: valid, complete, the same bytes for the same case, and silent about files and folders."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections import Counter
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
from dicom_maker import Roi, box

import sbrt_qa as qa

KEYS = {
    "constraint", "structure", "roi", "metric", "verdict", "value", "unit", "interval", "goal", "acceptable", "margin",
    "borderline", "reason", "sentence",
}  # fmt: skip


@pytest.fixture(scope="session")
def validator():
    schema = json.loads(files("sbrt_qa").joinpath("report/evaluation.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def record_of(evaluation, folder) -> dict:
    path = folder / "record.json"
    qa.write_report(evaluation, path)
    text = path.read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    return json.loads(text)


def test_the_record_is_what_the_contract_says(good, protocol, tmp_path, validator, export):
    record = record_of(qa.judge(good, protocol), tmp_path)
    validator.validate(record)
    assert record["schema"] == "sbrt-qa/evaluation/1"
    assert record["verdict"] == "VARIATION"
    assert record["protocol"]["id"] == "boxes"
    assert record["protocol"]["version"] == "1"
    assert len(record["protocol"]["sha256"]) == 64
    assert {file["sha256"] for file in record["case"]["files"]} == {
        hashlib.sha256(file.read_bytes()).hexdigest() for file in good.iterdir()
    }
    assert {file["sop_uid"] for file in record["case"]["files"]} == {export.uid(w) for w in ("plan", "dose", "set")}
    for finding in record["findings"]:
        assert set(finding) >= KEYS
        assert isinstance(finding["reason"], list)
        low, high = finding["interval"]
        assert low <= finding["value"] <= high
    for check in record["checks"]:
        assert set(check) >= {"id", "verdict", "reason", "sentence"}
    assert {curve["structure"] for curve in record["curves"]} >= {"PTVsb", "Liver", "SpinalCord", "Liver − CTVsb"}
    assert record["provenance"]["sampling"]["end_cap"] == "half-slice"
    text = json.dumps(record["provenance"])
    for package in ("sbrt_qa", "numpy", "pydicom"):
        assert package in text


@pytest.mark.parametrize("case", ["good", "refused", "unreadable", "without plan", "structure missing"])
def test_every_constraint_stands_in_the_record_once(case_of, export, protocol, tmp_path, validator, case):
    changes = {
        "good": {},
        "refused": {"edit": {"dose": lambda dose: setattr(dose, "DoseSummationType", "BEAM")}},
        "unreadable": {"edit": {"dose": lambda dose: setattr(dose, "DoseUnits", "RELATIVE")}},
        "without plan": {"files": {"dose": "b", "set": "c"}},
        "structure missing": {"rois": export.rois[:2]},
    }[case]
    record = record_of(qa.judge(case_of(**changes), protocol), tmp_path)
    validator.validate(record)
    assert [finding["constraint"] for finding in record["findings"]] == [
        "PTV-COVERAGE", "LIVER-SPARED", "CORD-MAX", "CORD-COLD", "LIVER-MEAN",
    ]  # fmt: skip
    assert set(Counter(check["id"] for check in record["checks"]).values()) == {1}


def test_a_many_role_has_one_finding_for_each_roi_judged_by_its_own_prescription(case_of, export, protocol, tmp_path):
    rois = [*export.rois, Roi("PTV_SB", box((-10, 0), (-10, 10), (-10, 10)), "PTV")]
    rois[0] = replace(rois[0], name="PTVsb")
    found = [f for f in qa.judge(case_of(rois=rois), protocol).findings if f.constraint == "PTV-COVERAGE"]
    assert [(f.roi, f.verdict) for f in found] == [("PTVsb", qa.Verdict.PASS), ("PTV_SB", qa.Verdict.FAIL)]
    record = record_of(qa.judge(case_of(rois=rois), protocol), tmp_path)
    pairs = Counter((f["constraint"], f["roi"]) for f in record["findings"])
    assert pairs["PTV-COVERAGE", "PTVsb"] == pairs["PTV-COVERAGE", "PTV_SB"] == 1
    assert set(pairs.values()) == {1}


def test_the_same_case_gives_the_same_bytes(good, protocol, tmp_path, run):
    """Other file names and order, an archive, and another hash seed, time zone and locale."""
    renamed = tmp_path / "elsewhere" / "Zoë's export"
    renamed.mkdir(parents=True)
    for file, name in zip(sorted(good.iterdir(), reverse=True), ("1", "2.dcm", "z"), strict=True):
        shutil.copy(file, renamed / name)
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", good)
    written = []
    worlds = (
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "2"},
        {"PYTHONHASHSEED": "99", "TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8"},
    )
    for number, (path, world) in enumerate(zip((good, renamed, archive), worlds, strict=True)):
        outputs = [tmp_path / f"{number}.{suffix}" for suffix in ("json", "csv", "html", "svg")]
        words = [word for output in outputs for word in ("-o", output)]
        done = run("check", path, "-p", protocol, *words, **world)
        assert done.returncode == 0, done.stderr
        written.append([output.read_bytes() for output in outputs])
    assert written[0] == written[1] == written[2]


SECRET = "Secret-Place"


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("spoil", ["nothing", "no pixels", "cut short", "two plans", "two doses", "unsafe", "broken"])
def test_no_file_or_folder_name_enters_a_report(case_of, protocol, tmp_path, spoil, validator):
    edit = {"dose": lambda dose: delattr(dose, "PixelData")} if spoil == "no pixels" else {}
    folders = [case_of(edit=edit)]
    if spoil == "two plans":
        folders.append(case_of(seed="other"))
    if spoil == "two doses":
        folders.append(
            case_of(files={"dose": "b"}, edit={"dose": lambda dose: setattr(dose, "SOPInstanceUID", "1.2.3")})
        )
    path = tmp_path / SECRET
    for number, folder in enumerate(folders):
        inner = path / f"{SECRET}-{number}"
        inner.mkdir(parents=True)
        for file in folder.iterdir():
            content = file.read_bytes()
            content = cut(content) if spoil == "cut short" and file.name == "b.dcm" else content
            (inner / f"{SECRET}-{file.name}").write_bytes(content)
    if spoil in {"unsafe", "broken"}:
        path = tmp_path / f"{SECRET}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"../{SECRET}.dcm" if spoil == "unsafe" else f"{SECRET}.dcm", "content")
        path.write_bytes(path.read_bytes().replace(b"content", b"changed"))
    protocol_copy = shutil.copy(protocol, tmp_path / f"{SECRET}.yaml")
    evaluation = qa.judge(path, protocol_copy)
    assert evaluation.verdict is (qa.Verdict.VARIATION if spoil == "nothing" else qa.Verdict.UNDECIDED)
    for suffix in ("json", "csv", "html", "svg"):
        output = tmp_path / f"report.{suffix}"
        qa.write_report(evaluation, output)
        assert SECRET not in output.read_text(encoding="utf-8"), suffix
    validator.validate(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
