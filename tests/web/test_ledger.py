"""Ledger: what was written stays; what was altered shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.web.ledger import LONGEST_REASON, Act, Ledger

ACT = Act("case", "ab" * 32, "acknowledged", "CORD-MAX", "SpinalCord", "A. Physicist", "Measured again.")


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "worklist.sqlite")
    for _ in range(3):
        made.append(ACT)
    return made


def test_lines_come_back_as_they_were_written(ledger, tmp_path):
    assert [line.act for line in Ledger(tmp_path / "worklist.sqlite").lines()] == [ACT] * 3
    assert [line.number for line in ledger.lines("case")] == [1, 2, 3]
    assert ledger.lines("another") == ()
    assert ledger.first_altered() is None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET name = 'B'", "DELETE FROM audit", "DELETE FROM audit WHERE number = 3"]
)
def test_nothing_can_be_changed_or_removed(ledger, tmp_path, statement):
    table = sqlite3.connect(tmp_path / "worklist.sqlite")
    with closing(table), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        table.execute(statement)
    assert len(ledger.lines()) == 3


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit SET name = 'B' WHERE number = 2", 2),
        ("UPDATE audit SET at = '2020' WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 2", 3),
        ("DELETE FROM audit WHERE number = 1", 2),
    ],
)
def test_what_other_hands_altered_shows(ledger, tmp_path, statement, first):
    with closing(sqlite3.connect(tmp_path / "worklist.sqlite")) as table:
        table.executescript(f"DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed; {statement}")
    assert ledger.first_altered() == first


@pytest.mark.parametrize(
    ("name", "reason", "says"),
    [
        ("", "why", "needs a name"),
        ("  ", "why", "needs a name"),
        ("who", "\n\t ", "needs a reason"),
        ("x" * 101, "why", "longer than 100"),
        ("who", "x" * (LONGEST_REASON + 1), "longer than 2000"),
    ],
)
def test_name_and_reason_are_needed(ledger, name, reason, says):
    with pytest.raises(UsageError, match=says):
        ledger.append(Act("case", "", "acknowledged", "X", "", name, reason))
    assert len(ledger.lines()) == 3


def test_lines_of_many_threads_follow_from_each_other(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    ledger = Ledger(tmp_path / "worklist.sqlite")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ledger.append(ACT), range(40)))
    assert len(ledger.lines()) == 40
    assert ledger.first_altered() is None
