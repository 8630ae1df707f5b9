"""``sbrt-qa batch``: words in, records and one exit code out."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner
from exports_below import lay
from hazard_case import PROTOCOL, Pile

from sbrt_qa.cli import main
from sbrt_qa.cli.batch import MOST_LINES, summary
from sbrt_qa.pipeline import local_crew
from sbrt_qa.pipeline.batch import Tally
from sbrt_qa.pipeline.store import Entry
from sbrt_qa.pipeline.worker import work


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command on a root, in this process; returns code, standard output and messages."""
    (tmp_path / "p.yaml").write_text(PROTOCOL, encoding="utf-8")
    monkeypatch.setattr(
        local_crew.LocalCrew, "work", lambda _self, question, tasks: ((task, work(question, task)) for task in tasks)
    )

    def call(root, *words):
        asked = ["batch", str(root), "-p", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out"), *words]
        done = CliRunner().invoke(main, asked)
        return done.exit_code, done.stdout, done.stderr

    return call


def failing():
    pile = Pile.fresh()
    pile.dose.DoseGridScaling = float(pile.dose.DoseGridScaling) * 1.5
    return pile


def undecided():
    pile = Pile.fresh()
    pile.dropped.add("structures")
    return pile


def test_exit_codes_are_those_of_check_and_fail_wins(run, tmp_path):
    root = tmp_path / "root"
    lay(root / "a")
    assert run(root)[0] == 0
    lay(root / "b", undecided())
    assert run(root)[0] == 3
    lay(root / "c", failing())
    code, printed, told = run(root)
    assert code == 1
    assert printed.startswith("FAIL\n3 plans: 1 PASS, 0 VARIATION, 1 FAIL, 1 UNDECIDED\n1 judged now, 2 unchanged\n")
    assert "Look at these first:\n  FAIL       c\n  UNDECIDED  b\n" in printed
    assert (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").count("\n") == 4
    assert (tmp_path / "out" / "junit.xml").read_bytes().count(b"<testsuite ") == 3
    assert told.splitlines() == ["1/3 PASS a", "2/3 UNDECIDED b", "3/3 FAIL c"]


def test_a_folder_without_exports_is_undecided_and_says_so(run, tmp_path):
    (tmp_path / "root").mkdir()
    code, printed, _ = run(tmp_path / "root")
    assert code == 3
    assert printed.startswith("UNDECIDED\n0 plans")
    assert "nothing was judged" in printed


def test_what_is_asked_wrongly_is_2(run, tmp_path):
    assert run(tmp_path / "none")[0] == 2
    (tmp_path / "out").touch()
    (tmp_path / "root").mkdir()
    code, printed, told = run(tmp_path / "root")
    assert (code, printed) == (2, "")
    assert "cannot write to" in told
    done = CliRunner().invoke(main, ["batch", str(tmp_path), "-o", str(tmp_path / "o")])
    assert done.exit_code == 2
    assert "a batch needs a protocol" in done.stderr


def test_a_long_list_ends_and_names_are_inert(tmp_path):
    entries = [Entry(str(n), f"a{n:03}\x1b[31m", "1.2", "L", "", "", "FAIL", "", "") for n in range(MOST_LINES + 2)]
    tally = Tally(len(entries), done=len(entries), gone=1)
    tally.verdicts["FAIL"] = len(entries)
    text = summary(tally, entries, tmp_path)
    assert "\x1b" not in text
    assert "  and 2 more\n" in text
    assert ", plan L" in text
    assert "1 not there any more" in text


def test_drafts_of_summaries_that_a_kill_left_are_removed(run, tmp_path):
    lay(tmp_path / "root" / "a")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".summary.html.123-2.part").write_bytes(b"half")
    assert run(tmp_path / "root")[0] == 0
    assert not list((tmp_path / "out").glob(".*"))


def test_a_summary_that_cannot_be_removed_is_2(run, tmp_path):
    lay(tmp_path / "root" / "a")
    (tmp_path / "out" / "summary.csv").mkdir(parents=True)
    code, printed, told = run(tmp_path / "root")
    assert (code, printed) == (2, "")
    assert "cannot remove the summaries of an earlier run" in told


def test_parquet_is_written_when_it_is_asked_for_and_a_stale_one_goes(run, tmp_path):
    lay(tmp_path / "root" / "a")
    written = tmp_path / "out" / "summary.parquet"
    assert run(tmp_path / "root", "--parquet")[0] == 0
    assert written.read_bytes().startswith(b"PAR1")
    assert run(tmp_path / "root")[0] == 0
    assert not written.exists()


def test_without_pyarrow_a_run_that_needs_it_does_not_begin(run, tmp_path, monkeypatch):
    lay(tmp_path / "root" / "a")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, told = run(tmp_path / "root", "--parquet")
    assert (code, (tmp_path / "out").exists()) == (2, False)
    assert "--parquet needs pyarrow" in told
    assert "pip install 'sbrt-qa[parquet]'" in told
    assert run(tmp_path / "root")[0] == 0
