"""Store: one record per plan as a file, and an index over them that survives being killed at any moment.

The order is the guarantee. A record is written beside its place, brought to disk and moved there; only then does the
index say that it is good, with the digest of its bytes. Whatever is interrupted in between is seen by the next run as
not done. What is stale is taken away before anything new is made, its line first: the index vouches for nothing that is
not there.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.pipeline.durable import DRAFT, locked, put_durably
from sbrt_qa.pipeline.task import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index.

    Parameters
    ----------
    id : str
        Name of the record, without its ending.
    export, plan_uid, plan_label, patient_id : str
        Which plan it is; empty where it is not known.
    key : str
        Digest of inputs, question and program it was made under.
    verdict : str
        PASS, VARIATION, UNDECIDED or FAIL.
    record_sha256 : str
        Of the bytes of the record.
    stopped : str
        Why the evaluation did not come to its end; empty when it did.
    judged_at : str
        When, in UTC after ISO 8601. It differs by nature and stays out of the record.
    """

    id: str
    export: str
    plan_uid: str
    plan_label: str
    patient_id: str
    key: str
    verdict: str
    record_sha256: str
    stopped: str
    judged_at: str = ""

    @property
    def nameless(self) -> str:
        """The part of the record's name that names nobody, for logs."""
        return self.id.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Run:
    """What the records of a folder are about.

    Parameters
    ----------
    root : str
        Where the exports are; every name of an export is a path below it.
    question : Question
        By what they are judged; a record under another key is stale.
    """

    root: str
    question: Question


_COLUMNS = tuple(field.name for field in fields(Entry))
_TABLE = f"""
CREATE TABLE IF NOT EXISTS entry (
  {", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS)},
  PRIMARY KEY (id)
)
"""
_RUN = "CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY CHECK (number = 1), root TEXT, question TEXT)"
_PUT = f"INSERT OR REPLACE INTO entry ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - names of our own


class Store:
    """The output folder of a batch: ``records/`` and ``index.sqlite``. Use it as a context manager.

    Parameters
    ----------
    folder : Path
        Made when it is not there.

    Raises
    ------
    UsageError
        When it cannot be made or written, or another run is writing to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = folder / "records"
        try:
            self.records.mkdir(parents=True, exist_ok=True)
            self._lock = locked(folder / "index.lock")
        except OSError as error:
            raise _cannot_write(folder, error) from error
        try:
            for draft in self.records.glob(f".*{DRAFT}"):
                draft.unlink(missing_ok=True)
            self._index = _index_in(folder)
        except (OSError, sqlite3.Error) as error:
            os.close(self._lock)
            raise _cannot_write(folder, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, run: Run) -> None:
        """Say what the records are about, for whoever reads them while the run goes on or later."""
        values = (1, str(run.root), json.dumps(asdict(run.question)))
        with self._writing():
            self._index.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", values)

    def close(self) -> None:
        """Close the index and let other runs in."""
        self._index.close()
        os.close(self._lock)

    def entries(self) -> tuple[Entry, ...]:
        """Every line of the index, by export and plan."""
        return read_entries(self.folder)

    def is_good(self, entry: Entry) -> bool:
        """Whether the record of a line is there, whole, and came to its end."""
        return not entry.stopped and _digest(self.path_of(entry.id)) == entry.record_sha256

    def has_record(self, entry: Entry) -> bool:
        """Whether the record of a line is there; a full disk can keep the line of one that was taken away."""
        return self.path_of(entry.id).exists()

    def unlisted(self) -> frozenset[str]:
        """Names of records without a line: a run was killed before it could write the line, or after removing it."""
        listed = {entry.id for entry in self.entries()}
        return frozenset(path.stem for path in self.records.glob("*.json")) - listed

    def path_of(self, identity: str) -> Path:
        """Where the record of this name is."""
        return record_path(self.folder, identity)

    def take_away(self, identities: Iterable[str]) -> None:
        """Remove lines and their records: they are stale, and must not be taken for good.

        Raises
        ------
        UsageError
            When the disk is full or not writable; a record whose line is left is gone, or is known as stale by its key.
        """
        for identity in identities:
            self._drop(identity, lambda record: record.unlink(missing_ok=True))

    def set_aside(self, identities: Iterable[str]) -> None:
        """Remove the lines of plans that are not there any more, and move their records to ``gone/``."""
        for identity in identities:
            self._drop(identity, self._put_aside)

    def _put_aside(self, record: Path) -> None:
        aside = self.folder / "gone"
        aside.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            record.replace(aside / record.name)

    def _drop(self, identity: str, remove: Callable[[Path], object]) -> None:
        with self._writing():
            try:
                self._index.execute("DELETE FROM entry WHERE id = ?", (identity,))
            finally:  # also where a full disk keeps the line
                remove(self.path_of(identity))

    def keep(self, entry: Entry, record: bytes) -> None:
        """Write a record, then its line.

        Raises
        ------
        UsageError
            When the disk is full or not writable; nothing half-written is left in place.
        """
        with self._writing():
            put_durably(self.path_of(entry.id), record)
            self._index.execute(_PUT, astuple(entry))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(self.folder, error) from error


def record_path(folder: Path, identity: str) -> Path:
    """Where the record of this name is in an output folder."""
    return folder / "records" / f"{identity}.json"


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Read the index of an output folder, by export and plan; also while a run writes to it.

    Raises
    ------
    UsageError
        When there is no index, or it is one of another version.
    """
    query = f"SELECT {', '.join(_COLUMNS)} FROM entry ORDER BY export, plan_label, plan_uid"  # noqa: S608 - names of our own
    return tuple(Entry(*row) for row in _rows(folder, query))


def read_run(folder: Path) -> Run | None:
    """Read what the records of an output folder are about; None where no run has said so.

    Raises
    ------
    UsageError
        When there is no index, or it is one of another version or says something else.
    """
    from sbrt_qa.histogram import Sampling

    rows = _rows(folder, "SELECT root, question FROM run")
    if not rows:
        return None
    try:
        told = json.loads(rows[0][1])
        return Run(rows[0][0], Question(**{**told, "sampling": Sampling(**told["sampling"])}))
    except (ValueError, TypeError, KeyError, SbrtQaError) as error:
        what = f"the index of {str(folder)!r} does not say what its records are about"
        raise UsageError(what, mend="run batch, watch or receive with this folder as its output") from error


def _index_in(folder: Path) -> sqlite3.Connection:
    """Open the index to write to; one of another layout is made anew, and so are its records."""
    index = sqlite3.connect(folder / "index.sqlite", isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _RUN, _TABLE):
            index.execute(statement)
        if tuple(row[1] for row in index.execute("PRAGMA table_info(entry)")) != _COLUMNS:
            index.executescript(f"BEGIN; DROP TABLE entry; {_TABLE}; COMMIT")
    except sqlite3.Error:
        index.close()
        raise
    return index


def _rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(folder / 'index.sqlite'))}?mode=ro", uri=True)) as index:
            return index.execute(query).fetchall()
    except sqlite3.Error as error:
        what = f"{str(folder)!r} holds no index that can be read: {error}"
        raise UsageError(what, mend="run batch, watch or receive with this folder as its output") from error


def _digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _cannot_write(folder: Path, error: OSError | sqlite3.Error) -> UsageError:
    why = getattr(error, "strerror", None) or str(error)
    return UsageError(
        f"cannot write to {str(folder)!r}: {why}",
        mend="make room or choose another folder; what is finished is kept, and the same command goes on from there",
    )
