"""``protocols``: compare, make, exchange; nothing is written over."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_diff_says_what_is_asked_and_what_is_said_differently(run, here):
    text = run("protocols", "new", "own").stdout
    (here / "a.yaml").write_text(text, encoding="utf-8")
    changed = text.replace('<= 25 Gy" ', '<= 23 Gy" ').replace('version: "0.1"', 'version: "0.2"')
    (here / "b.yaml").write_text(changed, encoding="utf-8")
    result = run("protocols", "diff", "a.yaml", "b.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        "own 0.1 → own 0.2\n\nAsked differently\n"
        "  constraint CORD-MAX: goal <= 25 Gy becomes <= 23 Gy (stricter)\n\n"
        "Asked alike, said differently\n  version: 0.1 becomes 0.2\n"
    )


def test_diff_of_one_meaning_in_two_spellings(run, here):
    text = run("protocols", "new", "own").stdout
    (here / "a.yaml").write_text(text, encoding="utf-8")
    (here / "b.yaml").write_text(text.replace('"<= 25 Gy"', "'<=25.0  Gy'"), encoding="utf-8")
    result = run("protocols", "diff", "a.yaml", "b.yaml")
    assert (result.exit_code, result.stdout) == (0, "no difference in meaning\n")


def test_diff_of_a_faulty_file_is_asked_wrongly(run, here):
    (here / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    result = run("protocols", "diff", "a.yaml", "tg101-abdomen")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "a.yaml:1:1: " in result.stderr


def test_new_makes_a_file_that_lints_clean_and_never_writes_over_one(run, here):
    assert run("protocols", "new", "our-liver", "-o", "our.yaml").stdout == "wrote our.yaml\n"
    result = run("protocols", "lint", "our.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "our.yaml: OK\n", "")
    (here / "our.yaml").write_text("mine", encoding="utf-8")
    result = run("protocols", "new", "our-liver", "-o", "our.yaml")
    assert result.exit_code == 2
    assert "'our.yaml' is there already" in result.stderr
    assert (here / "our.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="folders are another kind of obstacle there")
def test_what_cannot_be_written_is_asked_wrongly(run, here):
    assert run("protocols", "new", "own", "-o", here / "none" / "own.yaml").exit_code == 2
    assert run("protocols", "schema", "-o", here).exit_code == 2
    assert run("protocols", "new", "Own").exit_code == 2


def test_schema_is_what_the_draft_asks_for(run):
    result = run("protocols", "schema")
    assert result.exit_code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(result.stdout))


def test_export_import_and_diff_close_the_circle(run, here):
    assert run("protocols", "export", "tg101-abdomen", "-o", "table.csv").exit_code == 0
    assert run("protocols", "import", "table.csv", "-o", "again.yaml").exit_code == 0
    assert run("protocols", "diff", "tg101-abdomen", "again.yaml").stdout == "no difference in meaning\n"
    assert run("protocols", "lint", "again.yaml").exit_code == 0


def test_import_tells_what_it_did_not_read_and_is_two(run, here):
    (here / "table.csv").write_text("organ,constraint\nPTV,V100% >= 95 %\nCord,D0.03cc < 25 Gy\nLiver,V20 < 30 %\n")
    result = run("protocols", "import", "table.csv", "--fractions", "5", "--id", "our-own", "-o", "own.yaml")
    assert result.exit_code == 2
    assert result.stderr == ("not read: table.csv:4: metric 'V20' may mean 20 Gy or 20 % (write V20Gy or V20%)\n")
    made = (here / "own.yaml").read_text(encoding="utf-8")
    assert "# NOT READ: table.csv:4:" in made
    assert "id: our-own\n" in made
    assert run("protocols", "lint", "own.yaml").exit_code == 0


@pytest.mark.parametrize("words", [["none.csv"], ["table.csv"], ["table.csv", "--fractions", "0"]])
def test_import_of_nothing_is_asked_wrongly(words, run, here):
    (here / "table.csv").write_text("organ,constraint\nLiver,Mean < 15 Gy\n")
    result = run("protocols", "import", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
