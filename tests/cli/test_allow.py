"""``check --allow``: by a protocol that is not released nothing is judged, in every format; a released one judges."""

from __future__ import annotations

import csv
import json

import pytest


@pytest.fixture
def allow(run, protocols, tmp_path):
    """Return a list that releases the named protocol alone."""

    def make(name: str):
        path = tmp_path / "protocols.allow"
        path.write_text(run("protocols", "hash", protocols / f"{name}.yaml").stdout, encoding="utf-8")
        return path

    return make


@pytest.mark.parametrize(("name", "code"), [("passes", 0), ("fails", 1), ("undecided", 3)])
def test_a_released_protocol_judges_as_ever(name, code, run, export, protocols, allow):
    asked = ("check", export, "-p", protocols / f"{name}.yaml")
    result = run(*asked, "--allow", allow(name))
    assert result.exit_code == code
    assert result.stdout == run(*asked).stdout


@pytest.mark.parametrize("words", [(), ("--strict",)])
@pytest.mark.parametrize("name", ["passes", "fails", "varies", "undecided"])
def test_by_any_other_the_case_is_undecided(name, words, run, export, protocols, allow):
    other = "passes" if name != "passes" else "fails"
    result = run("check", export, "-p", protocols / f"{name}.yaml", "--allow", allow(other), *words)
    assert result.exit_code == 3
    assert "UNDECIDED" in result.stdout
    assert "Protocol boxes 1 is on the allow-list with another content; this file was changed." in " ".join(
        result.stdout.split()
    )
    assert "protocol-not-allowed" in result.stdout


def test_every_format_says_so_and_holds_no_number(run, export, protocols, allow, tmp_path):
    files = [tmp_path / f"report.{suffix}" for suffix in ("json", "csv", "html")]
    outputs = [word for file in files for word in ("-o", file)]
    result = run("check", export, "-p", protocols / "fails.yaml", "--allow", allow("passes"), *outputs)
    assert result.exit_code == 3
    record = json.loads(files[0].read_text(encoding="utf-8"))
    assert record["verdict"] == "UNDECIDED"
    assert record["case"]["plan_uid"]
    assert record["protocol"]["sha256"]
    assert [(row["verdict"], row["value"], row["reason"]) for row in record["findings"]] == [
        ("UNDECIDED", None, ["protocol-not-allowed"])
    ]
    assert [(row["id"], row["verdict"], row["reason"]) for row in record["checks"]] == [
        ("protocol-allowed", "UNDECIDED", ["protocol-not-allowed"])
    ]
    assert record["curves"] == []
    rows = list(csv.DictReader(files[1].read_text(encoding="utf-8-sig").splitlines()))
    assert {row["verdict"] for row in rows} == {"UNDECIDED"}
    page = files[2].read_text(encoding="utf-8")
    assert "protocol-not-allowed" in page
    assert "not on the allow-list" in page or "another content" in page


def test_a_case_that_cannot_be_read_says_both(run, protocols, allow, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    record = tmp_path / "record.json"
    result = run("check", empty, "-p", protocols / "fails.yaml", "--allow", allow("passes"), "-o", record)
    assert result.exit_code == 3
    reasons = {code for row in json.loads(record.read_text(encoding="utf-8"))["checks"] for code in row["reason"]}
    assert reasons == {"case-empty", "protocol-not-allowed"}


def test_a_faulty_list_is_asked_wrongly(run, export, protocols, tmp_path):
    (tmp_path / "bad.allow").write_text("boxes 1\n", encoding="utf-8")
    for path in (tmp_path / "bad.allow", tmp_path / "none.allow"):
        result = run("check", export, "-p", protocols / "passes.yaml", "--allow", path)
        assert result.exit_code == 2
        assert result.stdout == ""


def test_hash_prints_one_line_for_each_protocol(run):
    result = run("protocols", "hash", "tg101-abdomen", "crlm-liver-bed-5fx")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[1] for line in lines] == ["tg101-abdomen", "crlm-liver-bed-5fx"]
    assert all(len(line[0]) == 64 for line in lines)
    assert run("protocols", "hash", "nothing").exit_code == 2
