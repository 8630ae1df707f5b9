"""The command line: words in, exit code out; as a process where the process matters."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from sbrt_qa.workflow import judge

SAMPLES = {"meets-all": (0, "PASS"), "duodenum-overdose": (1, "FAIL")}


def clean(done) -> None:
    """Nothing but the result on standard output, no colour, never a traceback."""
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not re.search(r'File ".*\.py"', done.stderr)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_cases_have_their_exit_codes(run, root, name, tmp_path):
    """Two as a process, with what is printed; all four are judged below."""
    record = tmp_path / "record.json"
    done = run("check", root / "sample_dicom" / name, "-p", "crlm-liver-bed-5fx", "-o", record)
    clean(done)
    code, verdict = SAMPLES[name]
    assert done.returncode == code, done.stderr
    assert done.stderr == ""
    assert re.findall(r"^ *(PASS|VARIATION|UNDECIDED|FAIL)$", done.stdout, re.MULTILINE)[0] == verdict
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    judged = json.loads(record.read_text(encoding="utf-8"))
    assert judged["verdict"] == verdict
    failed = {finding["constraint"] for finding in judged["findings"] if finding["verdict"] == "FAIL"}
    assert all("DUO" in constraint for constraint in failed)
    assert bool(failed) == (name == "duodenum-overdose")


@pytest.mark.parametrize(("name", "verdict"), [("acceptable-variation", "VARIATION"), ("no-cord", "UNDECIDED")])
def test_the_other_sample_cases_have_their_verdicts(root, name, verdict):
    assert judge(root / "sample_dicom" / name, "crlm-liver-bed-5fx").verdict == verdict


def test_strict_turns_a_variation_into_a_fail_and_changes_no_code(ask, good, protocol):
    assert ask("check", good, "-p", protocol).returncode == 0
    done = ask("check", good, "-p", protocol, "--strict")
    assert done.returncode == 1
    assert re.search(r"^ *FAIL$", done.stdout, re.MULTILINE)


def test_without_a_protocol_only_the_checks_ask(ask, good):
    done = ask("check", good)
    clean(done)
    assert done.returncode == 3
    assert "UNDECIDED" in done.stdout
    assert "no-protocol" in done.stdout


def test_planted_mistakes_are_all_named_with_file_line_and_column(ask, good, protocol_text, tmp_path):
    planted = tmp_path / "planted.yaml"
    text = protocol_text.replace("<= 25.3 Gy", "<= 25.3").replace("structure: spared", "structure: sparde")
    planted.write_text(text, encoding="utf-8")
    output = tmp_path / "never.json"
    for words in (("check", good, "-p", planted, "-o", output), ("protocols", "lint", planted)):
        done = ask(*words)
        clean(done)
        assert done.returncode == 2
        assert done.stdout == ""
        places = re.findall(rf"{re.escape(str(planted))}:(\d+):(\d+): (.*)", done.stderr)
        assert [line for line, _, _ in places] == ["20", "21"]
        lines = text.splitlines()
        assert lines[19][int(places[0][1]) - 1 :].startswith("sparde")
        assert lines[20][int(places[1][1]) - 1 :].startswith('"<= 25.3"')
        assert "did you mean 'spared'" in places[0][2]
        assert "unit" in places[1][2]
    assert not output.exists()


WRONGLY_ASKED = {
    "no command": (("chek",), "No such command 'chek'"),
    "no path": (("check",), "Missing argument 'PATH'"),
    "unknown option": (("check", "{good}", "--lenient"), "No such option"),
    "absent path": (("check", "{tmp}/absent", "-p", "{protocol}"), "there is no file or folder"),
    "unknown protocol": (("check", "{good}", "-p", "crlm-liver-bed-5"), "crlm-liver-bed-5fx"),
    "unknown suffix": (("check", "{good}", "-p", "{protocol}", "-o", "{tmp}/a.docx"), ".json"),
    "no such folder": (("check", "{good}", "-p", "{protocol}", "-o", "{tmp}/none/a.json"), "there is no folder"),
    "unknown convention": (("check", "{good}", "-p", "{protocol}", "--end-cap", "half"), "half-slice"),
    "unknown plan": (("check", "{good}", "-p", "{protocol}", "--plan", "Other"), "Other"),
    "unknown structure": (("dvh", "{good}", "-s", "Livr"), "near names: Liver"),
}


@pytest.mark.parametrize("mistake", WRONGLY_ASKED)
def test_asked_wrongly_is_2_with_a_message_and_no_verdict(run, ask, good, protocol, tmp_path, mistake):
    words, message = WRONGLY_ASKED[mistake]
    program = run if mistake == "absent path" else ask
    done = program(*(word.format(good=good, protocol=protocol, tmp=tmp_path) for word in words))
    clean(done)
    assert done.returncode == 2
    assert message in done.stderr
    assert not re.search("PASS|VARIATION|UNDECIDED|FAIL", done.stdout)


def unreadable(case_of, tmp_path, kind):
    if kind == "empty folder":
        (tmp_path / "empty").mkdir()
        return tmp_path / "empty"
    if kind == "no DICOM":
        (tmp_path / "notes.txt").write_text("nothing here")
        return tmp_path / "notes.txt"
    files = {"no dose": ("plan", "set"), "no structures": ("plan", "dose")}.get(kind, ("plan", "dose", "set"))
    folder = case_of(files={name: f"{name}.dcm" for name in files})
    if kind == "two plans":
        other = case_of(seed="other", files={"plan": "other.dcm"})
        (folder / "other.dcm").write_bytes((other / "other.dcm").read_bytes())
    if kind == "cut short":
        whole = (folder / "set.dcm").read_bytes()
        (folder / "set.dcm").write_bytes(whole[: int(0.95 * len(whole))])
    return folder


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("empty folder", "case-empty"),
        ("no DICOM", "case-empty"),
        ("no dose", "dose-missing"),
        ("no structures", "structures-missing"),
        ("two plans", "plan-ambiguous"),
        ("cut short", "file-truncated"),
    ],
)
def test_a_case_that_cannot_be_read_is_3_and_still_fills_its_record(ask, case_of, protocol, tmp_path, kind, code):
    record = tmp_path / "record.json"
    done = ask("check", unreadable(case_of, tmp_path, kind), "-p", protocol, "-o", record)
    clean(done)
    assert done.returncode == 3
    assert "UNDECIDED" in done.stdout
    assert done.stderr.strip()
    judged = json.loads(record.read_text(encoding="utf-8"))
    assert judged["verdict"] == "UNDECIDED"
    assert len(judged["findings"]) == 5
    assert all(code in finding["reason"] for finding in judged["findings"])
    if kind == "two plans":
        assert "--plan" in done.stderr


def test_a_plan_can_be_chosen_by_label_and_by_uid(ask, case_of, export, protocol):
    folder = case_of()
    other = case_of(seed="other", edit={"plan": lambda plan: setattr(plan, "RTPlanLabel", "Second")})
    for file in other.iterdir():
        (folder / f"other-{file.name}").write_bytes(file.read_bytes())
    for plan in ("Second", export.uid("plan")):
        done = ask("check", folder, "--protocol", protocol, "--plan", plan)
        assert done.returncode == 0, done.stderr
    assert ask("check", folder, "--protocol", protocol).returncode == 3


def test_curves_without_a_plan(ask, case_of, tmp_path):
    folder = case_of(files={"dose": "b.dcm", "set": "c.dcm"})
    done = ask("dvh", folder, "--structure", "Liver", "--output", tmp_path / "curves.csv")
    clean(done)
    assert done.returncode == 0, done.stderr
    liver = next(line for line in done.stdout.splitlines() if line.startswith("Liver"))
    assert liver.split()[1:5] == ["80.00", "10.00", "35.00", "60.00"]
    rows = (tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "structure,dose_gy,volume_cc,volume_percent"
    assert rows[1].startswith("Liver,0,80.0")
    done = ask("inspect", folder)
    clean(done)
    assert done.returncode == 0
    assert "RTPLAN    missing" in done.stdout


@pytest.mark.parametrize("key", ["SpinalCord", "cord"])
def test_names_of_the_site(ask, case_of, export, protocol, tmp_path, key):
    folder = case_of(rois=[replace(roi, name=roi.name.replace("SpinalCord", "Myelon")) for roi in export.rois])
    names = tmp_path / "names.yaml"
    text = f"schema: sbrt-qa/names/1\nstructures:\n  {key}: {{aliases: [Myelon, cord_2]}}\n"
    names.write_text(text, encoding="utf-8")
    done = ask("check", folder, "-p", protocol, "--names", names)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library(ask):
    listed = ask("protocols", "list").stdout
    for name in ("crlm-liver-bed-5fx", "crlm-liver-bed-3fx", "tg101-abdomen"):
        assert name in listed
    shown = ask("protocols", "show", "crlm-liver-bed-5fx").stdout
    assert "Volume of liver − ctv receiving less than 15 Gy must be at least 700 cc." in " ".join(shown.split())
    assert "NCT06120127" in shown


def modules(done) -> set[str]:
    """Every top-level package that ``-X importtime`` saw."""
    assert done.returncode == 0, done.stderr
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}


def test_help_and_lint_stay_light(run, protocol):
    timed = ("-X", "importtime")
    heavy = {"pydicom", "scipy", "shapely", "matplotlib", "numpy", "rich", "reportlab"}
    assert not heavy & modules(run("--help", python=timed))
    assert not heavy & modules(run("check", "--help", python=timed))
    assert not heavy & modules(run("protocols", "lint", protocol, python=timed))


def test_standard_output_may_be_closed_or_narrow(run, good, protocol):
    done = run("check", good, "-p", protocol, PYTHONIOENCODING="ascii", COLUMNS="20")
    assert done.returncode == 0
    done.stdout.encode("ascii")
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
