from __future__ import annotations

from sbrt_qa.checks import checks


def test_every_check_is_listed_with_its_title(run):
    result = run("checks", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(checks())
    for line, check in zip(lines, checks().values(), strict=True):
        assert line.endswith(check.title)


def test_a_check_is_explained(run):
    result = run("checks", "show", "dose-grid-spacing")
    assert result.exit_code == 0
    check = checks()["dose-grid-spacing"]
    said = " ".join(result.stdout.split())
    for text in (f"{check.id}: {check.title}", check.why, check.mend, check.source, "in mm", *check.meanings.values()):
        assert text in said
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_reason_code_is_explained_whoever_says_it(run):
    assert "said by reading the export" in " ".join(run("checks", "show", "dose-units-relative").stdout.split())
    assert "said by plan-usable" in " ".join(run("checks", "show", "plan-rejected").stdout.split())


def test_an_unknown_word_is_asked_wrongly(run):
    result = run("checks", "show", "dose-unit-relative")
    assert result.exit_code == 2
    assert "there is no check or reason code 'dose-unit-relative' (near: dose-units-relative" in result.stderr
    assert "see sbrt-qa checks list" in run("checks", "show", "x").stderr
