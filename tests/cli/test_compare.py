"""``sbrt-qa compare``: exports and records, exit codes, and what is refused."""

import json

import pytest
from click.testing import CliRunner

from sbrt_qa.cli import main


@pytest.fixture(scope="module")
def records(export, protocols, tmp_path_factory):
    """One record for each outcome."""
    folder = tmp_path_factory.mktemp("records")
    found = {name: folder / f"{name}.json" for name in ("passes", "varies", "fails", "undecided")}
    for name, path in found.items():
        CliRunner().invoke(main, ["check", str(export), "-p", str(protocols / f"{name}.yaml"), "-o", str(path)])
    return found


@pytest.mark.parametrize(
    ("a", "b", "code", "verdict"),
    [
        ("passes", "passes", 0, "PASS"),
        ("passes", "varies", 0, "VARIATION"),
        ("varies", "fails", 1, "FAIL"),
        ("fails", "varies", 1, "FAIL"),
        ("passes", "undecided", 3, "UNDECIDED"),
        ("undecided", "fails", 1, "FAIL"),
    ],
)
def test_the_exit_code_is_the_worse_of_both(run, records, a, b, code, verdict):
    done = run("compare", records[a], records[b])
    assert done.exit_code == code
    assert verdict in [line.strip() for line in done.stdout.splitlines()]


def test_exports_and_records_of_them_compare_alike(run, export, protocols, records):
    protocol = protocols / "varies.yaml"
    both = run("compare", export, export, "-p", protocol)
    mixed = run("compare", export, records["varies"], "-p", protocol)
    assert both.exit_code == mixed.exit_code == 0
    assert both.stdout == mixed.stdout
    assert "the very same files" in both.stdout
    assert "UNCHANGED (1)" in both.stdout


def test_every_format_is_written_also_at_exit_code_1(run, records, tmp_path):
    outputs = [tmp_path / f"c{suffix}" for suffix in (".html", ".json", ".csv", ".md")]
    done = run("compare", records["varies"], records["fails"], *(word for path in outputs for word in ("-o", path)))
    assert done.exit_code == 1
    assert all(path.stat().st_size for path in outputs)
    assert json.loads(outputs[1].read_text(encoding="utf-8"))["verdict"] == "FAIL"


def test_a_case_that_cannot_be_read_is_undecided_and_told_by_its_side(run, export, protocols, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run("compare", export, tmp_path / "empty", "-p", protocols / "passes.yaml")
    assert done.exit_code == 3
    assert done.stderr.startswith("B: ")
    assert "NO LONGER DECIDED (1)" in done.stdout


def test_an_edited_record_is_undecided(run, records, tmp_path):
    path = tmp_path / "edited.json"
    path.write_text(records["fails"].read_text(encoding="utf-8").replace('"FAIL"', '"PASS"'), encoding="utf-8")
    done = run("compare", records["passes"], path)
    assert done.exit_code == 3
    assert "does not follow from its value" in done.stderr
    assert "case-readable UNDECIDED" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-p", "tg101-abdomen"], "--protocol cannot be applied to a record"),
        (["--strict"], "--strict cannot be applied to a record"),
        (["--end-cap", "none", "--plan-b", "X"], "--end-cap, --plan-b cannot be applied to a record"),
        (["-o", "c.pdf"], "cannot tell the format of 'c.pdf'"),
    ],
)
def test_what_a_record_cannot_follow_is_asked_wrongly(run, records, words, says):
    done = run("compare", records["passes"], records["varies"], *words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_strict_is_never_applied_to_one_side_only(run, export, protocols, records):
    done = run("compare", records["varies"], export, "-p", protocols / "varies.yaml", "--strict")
    assert done.exit_code == 2
    assert run("compare", export, export, "-p", protocols / "varies.yaml", "--strict").exit_code == 1


def test_a_missing_path_is_asked_wrongly(run, export, tmp_path):
    assert run("compare", export, tmp_path / "none").exit_code == 2


def test_the_curves_are_drawn_only_where_asked(run, export, protocols):
    plain = run("check", export, "-p", protocols / "passes.yaml")
    drawn = run("check", export, "-p", protocols / "passes.yaml", "--plot")
    assert "VOLUME" not in plain.stdout
    assert "a PTVsb" in drawn.stdout
    assert run("check", export, "-p", protocols / "passes.yaml", "--no-plot").stdout == plain.stdout
    assert "a PTVsb" in run("dvh", export, "-s", "PTVsb", "--plot").stdout
    ascii_only = run("dvh", export, "-s", "PTVsb", "--plot", charset="ascii")
    assert "a PTVsb" not in ascii_only.stdout
