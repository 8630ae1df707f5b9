"""Ledger: who acknowledged what, and what was asked to be evaluated again; nothing in it is ever changed or removed.

Each line carries a digest of the line before it, so that a ledger that was altered by other hands shows it. What was
cut off at its end cannot be seen from the ledger alone: keep a copy of the last digest elsewhere where that matters.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_NAME, LONGEST_REASON = 100, 2000
_COLUMNS = ("at", "case_id", "record_sha256", "kind", "item", "roi", "name", "reason")
_SCRIPT = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  {", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS)},
  before TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_removed BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;
"""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did.

    Parameters
    ----------
    case_id, record_sha256 : str
        To which record.
    kind : str
        ``acknowledged`` a finding or check, or asked for ``evaluation`` again.
    item, roi : str
        Constraint id and ROI, or the id of a check; the protocol of an evaluation.
    name, reason : str
        Who says so, and why.
    """

    case_id: str
    record_sha256: str
    kind: str
    item: str
    roi: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger: its number, when it was written (UTC), the act, and its digest."""

    number: int
    at: str
    act: Act
    digest: str


class Ledger:
    """The audit table of a work list.

    Parameters
    ----------
    path : Path
        ``worklist.sqlite``.

    Raises
    ------
    UsageError
        When it cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        try:
            with closing(sqlite3.connect(path)) as table:
                table.executescript(_SCRIPT)
        except sqlite3.Error as error:
            raise UsageError(
                f"cannot write {str(path)!r}: {error}", mend="make room or choose another folder"
            ) from error

    def append(self, act: Act) -> Line:
        """Write a line.

        Raises
        ------
        UsageError
            When name or reason is missing or too long, or the line cannot be written.
        """
        if act.kind == "acknowledged":
            _ensure_text("name", act.name, LONGEST_NAME)
            _ensure_text("reason", act.reason, LONGEST_REASON)
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        told = (at, *(asdict(act)[name] for name in _COLUMNS[1:]))
        marks = ", ".join("?" * (len(_COLUMNS) + 2))
        put = f"INSERT INTO audit ({', '.join(_COLUMNS)}, before, digest) VALUES ({marks})"  # noqa: S608 - names of our own
        try:
            with self._writing, closing(sqlite3.connect(self._path, isolation_level=None)) as table:
                table.execute("BEGIN IMMEDIATE")
                last = table.execute("SELECT digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
                before = "" if last is None else last[0]
                digest = _digest(before, told)
                number = table.execute(put, (*told, before, digest)).lastrowid
                table.execute("COMMIT")
        except sqlite3.Error as error:
            raise UsageError(f"the audit table cannot be written: {error}", mend="make room on the disk") from error
        assert number is not None
        return Line(number, at, act, digest)

    def lines(self, case_id: str | None = None) -> tuple[Line, ...]:
        """Every line, or those of one case, the first first."""
        return tuple(line for line, _, _ in self._rows() if case_id is None or line.act.case_id == case_id)

    def first_altered(self) -> int | None:
        """Return the number of the first line that does not follow from the one before it; None when all do."""
        before, expected = "", 1
        for line, told, stated in self._rows():
            if line.number != expected or stated != before or line.digest != _digest(before, told):
                return line.number
            before, expected = line.digest, expected + 1
        return None

    def _rows(self) -> list[tuple[Line, tuple[str, ...], str]]:
        query = f"SELECT number, {', '.join(_COLUMNS)}, before, digest FROM audit ORDER BY number"  # noqa: S608 - names of our own
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as table:
            rows = table.execute(query).fetchall()
        return [(Line(row[0], row[1], Act(*row[2:9]), row[10]), row[1:9], row[9]) for row in rows]


def _ensure_text(what: str, text: str, longest: int) -> None:
    if not text.strip():
        raise UsageError(f"an acknowledgement needs a {what}", mend="say who acknowledges, and why")
    if any("\ud800" <= sign <= "\udfff" or (sign < " " and sign not in "\r\n\t") for sign in text):
        raise UsageError(f"the {what} is no text: it holds a sign for machines", mend="write it anew")
    if len(text) > longest:
        raise UsageError(f"the {what} is longer than {longest} characters", mend="shorten it")


def _digest(before: str, told: tuple[str, ...]) -> str:
    return sha256(json.dumps([before, *told], ensure_ascii=True).encode()).hexdigest()
