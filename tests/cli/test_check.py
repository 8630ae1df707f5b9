import copy
import json
import re

import pydicom
import pytest

CODES = {"passes": 0, "varies": 0, "fails": 1, "undecided": 3}
WORDS = {"passes": "PASS", "varies": "VARIATION", "fails": "FAIL", "undecided": "UNDECIDED"}


def alone(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() in set(WORDS.values())]


@pytest.mark.parametrize("name", CODES)
def test_the_exit_code_and_the_word_say_the_verdict(run, export, protocols, name):
    result = run("check", export, "-p", protocols / f"{name}.yaml")
    assert result.exit_code == CODES[name]
    assert alone(result.stdout) == [WORDS[name]]
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_strict_turns_a_variation_into_a_failure(run, export, protocols):
    result = run("check", export, "--protocol", protocols / "varies.yaml", "--strict")
    assert (result.exit_code, alone(result.stdout)) == (1, ["FAIL"])


def test_without_a_protocol_nothing_is_judged(run, export):
    result = run("check", export)
    assert (result.exit_code, alone(result.stdout)) == (3, ["UNDECIDED"])
    assert "no-protocol" in result.stdout


@pytest.mark.parametrize("name", CODES)
def test_reports_are_written_whatever_the_verdict(run, export, protocols, tmp_path, name):
    outputs = [tmp_path / f"r{suffix}" for suffix in (".json", ".csv", ".html")]
    words = [word for output in outputs for word in ("-o", output)]
    result = run("check", export, "-p", protocols / f"{name}.yaml", *words)
    assert result.exit_code == CODES[name]
    assert json.loads(outputs[0].read_bytes())["verdict"] == WORDS[name]
    assert all(output.stat().st_size > 500 for output in outputs)


def test_the_record_does_not_depend_on_file_names(run, export, protocols, tmp_path):
    other = tmp_path / "renamed"
    other.mkdir()
    for number, file in enumerate(sorted(export.iterdir(), reverse=True)):
        (other / f"{number}").write_bytes(file.read_bytes())
    for folder, name in ((export, "a.json"), (other, "b.json")):
        run("check", folder, "-p", protocols / "fails.yaml", "-o", tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "nothing"), "unknown protocol 'nothing'"),
        (("-o", "x.doc"), r"suffix '\.doc' is not known"),
        (("-o", "nowhere/x.json"), "there is no folder"),
        (("-o", "a.json", "-o", "./a.json"), "is named twice"),
        (("--end-cap", "round"), "unknown end_cap 'round'"),
        (("--names", "missing.yaml"), "missing.yaml"),
        (("--plan", "no such plan"), "no such plan"),
        (("--bogus",), "No such option"),
    ],
)
def test_asked_wrongly_is_two_and_gives_no_verdict(run, export, protocols, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    protocol = () if "-p" in words else ("-p", protocols / "passes.yaml")
    result = run("check", export, *protocol, *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert re.search(said, result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_path_is_two(run, tmp_path):
    result = run("check", tmp_path / "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no file or folder" in result.stderr


def test_a_path_that_nobody_can_look_at_is_two(run, tmp_path):
    result = run("check", tmp_path / ("a" * 5000))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr


def test_a_broken_protocol_is_two_and_names_line_and_column(run, export, protocols):
    path = protocols / "broken.yaml"
    result = run("check", export, "-p", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.match(rf"{re.escape(str(path))}:17:\d+: .*unit", result.stderr)


def test_a_case_that_cannot_be_read_is_three_with_every_constraint_undecided(run, protocols, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "notes.txt").write_text("hello")
    result = run("check", tmp_path / "case", "-p", protocols / "fails.yaml", "-o", tmp_path / "r.json")
    assert (result.exit_code, alone(result.stdout)) == (3, ["UNDECIDED"])
    assert "there is no readable RT object" in result.stderr
    record = json.loads((tmp_path / "r.json").read_bytes())
    assert [(f["constraint"], f["verdict"], f["value"]) for f in record["findings"]] == [("MEAN", "UNDECIDED", None)]
    assert record["findings"][0]["reason"] == ["case-empty"]


def test_a_cut_off_file_is_named_on_standard_error(run, export, protocols, tmp_path):
    folder = tmp_path / "cut"
    folder.mkdir()
    for file in export.iterdir():
        data = file.read_bytes()
        (folder / file.name).write_bytes(data[: len(data) // 2] if file.name == "RD.dcm" else data)
    result = run("check", folder, "-p", protocols / "passes.yaml")
    assert result.exit_code == 3
    assert "RD.dcm" in result.stderr
    assert "RD.dcm" not in result.stdout


def test_when_a_report_cannot_be_written_there_is_no_verdict(run, export, protocols, tmp_path, monkeypatch):
    import sbrt_qa.report._catalogue as catalogue

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalogue.Path, "replace", full)
    result = run("check", export, "-p", protocols / "passes.yaml", "-o", tmp_path / "r.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No space left on device" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_only_a_protocol_that_asks_for_it_judges_an_effective_or_summed_dose(run, export, protocols, tmp_path):
    for path in export.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for number, (keyword, value) in enumerate((("DoseType", "EFFECTIVE"), ("DoseSummationType", "MULTI_PLAN"))):
        dose = pydicom.dcmread(export / "RD.dcm")
        setattr(dose, keyword, value)
        dose.SOPInstanceUID = f"1.2.3.{number}"
        dose.ReferencedRTPlanSequence.append(copy.deepcopy(dose.ReferencedRTPlanSequence[0]))
        dose.ReferencedRTPlanSequence[1].ReferencedSOPInstanceUID = "1.2.3.4" if number else "2.25.1"
        if not number:
            del dose.ReferencedRTPlanSequence[1]
        dose.save_as(tmp_path / f"RD{number}.dcm")
    usual = (protocols / "passes.yaml").read_text(encoding="utf-8")
    judged = {}
    for name, asked in (
        ("usual", ""),
        ("type", "dose: {type: EFFECTIVE}\n"),
        ("sum", "dose: {summation: MULTI_PLAN}\n"),
    ):
        (tmp_path / f"{name}.yaml").write_text(usual + asked, encoding="utf-8")
        result = run("check", tmp_path, "-p", tmp_path / f"{name}.yaml", "-o", tmp_path / f"{name}.json")
        record = json.loads((tmp_path / f"{name}.json").read_bytes())
        (check,) = [check for check in record["checks"] if check["id"] == "dose-type"]
        judged[name] = (result.exit_code, record["case"]["dose_uid"][:7], check["reason"])
    (tmp_path / "RD0.dcm").unlink()
    result = run("check", tmp_path, "-p", tmp_path / "type.yaml")
    assert judged["usual"][::2] == (0, [])
    assert judged["type"] == (0, "1.2.3.0", ["dose-type-effective"])
    assert judged["sum"] == (0, "1.2.3.1", ["dose-multi-plan"])
    assert result.exit_code == 3
    assert "biologically effective dose (EFFECTIVE)" in " ".join(result.stdout.split())
