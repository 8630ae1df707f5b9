"""Standing: which records still say the truth about the files that they were made from.

A record is current when its bytes are those of the index, when its verdict is the one of the index, and when the files
of its export, the protocol, the options and this program are those it was made with. Nothing else is ever shown green.
What is known is looked up; it is found out in a thread of its own, cheaply as long as names, sizes and times of the
files stay as they were.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.errors import CaseError, SbrtQaError, UsageError
from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.batch import ids_of, plan_uids_of
from sbrt_qa.pipeline.store import read_entries, read_run, record_path
from sbrt_qa.pipeline.task import Task
from sbrt_qa.report.read_record import parse_record
from sbrt_qa.web.record_facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sbrt_qa.dicom.exports import Export
    from sbrt_qa.pipeline.store import Entry, Run
    from sbrt_qa.pipeline.task import Question
    from sbrt_qa.web.record_facts import RecordFacts

CURRENT = "current"
VERIFYING = "being-verified"
CHANGED = "files-changed"
GONE = "files-gone"
DAMAGED = "record-damaged"
STOPPED = "evaluation-stopped"
SETTLED_S = 3.0  # some file systems keep times of a second or two: what changed just now may change unseen
LASTS_S = 120.0  # whoever looks may be held up by a file system that does not answer
SENTENCES = {
    CURRENT: "The record was made from the files that are there now.",
    VERIFYING: "It is being verified whether this record was made from the files that are there now.",
    CHANGED: "The files, the protocol, the options or the program have changed since this record was made.",
    GONE: "The files that this record was made from are not there any more.",
    DAMAGED: "The record is damaged or is not the one of the index; judge the case again.",
    STOPPED: "The evaluation did not come to its end; it will be done again.",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found about one record.

    Parameters
    ----------
    key, record_sha256 : str
        Of the line of the index that it is about; for another line it proves nothing.
    state : str
        One of the words of this module.
    facts : RecordFacts or None
        What the record says; None when it cannot be read.
    at_s : float
        When it was found, by the clock of this process: a proof does not last.
    """

    key: str
    record_sha256: str
    state: str
    facts: RecordFacts | None
    at_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that arrived and has no record: its id, the export it is in, and what the export lacks."""

    id: str
    export: str
    lacking: tuple[str, ...]


class Standing:
    """What is known of the records of some folders.

    Parameters
    ----------
    folders : callable
        Returns the output folders to look at, the main one first.
    pause_s : float
        From one look to the next.
    """

    def __init__(self, folders: Callable[[], Iterable[Path]], pause_s: float = 2.0) -> None:
        self._folders = folders
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="standing", daemon=True)
        self._states: dict[tuple[str, ...], tuple[str, str]] = {}
        self._questions: dict[Question, tuple[str, Question | None]] = {}
        self._exports: dict[str, tuple[str, tuple[Export, ...]]] = {}
        self._read: dict[tuple[Path, str], tuple[tuple[int, ...], RecordFacts | None]] = {}
        self._proofs: dict[tuple[Path, str], Proof] = {}
        self._waiting: tuple[Waiting, ...] = ()
        self._looks = 0

    def begin(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def hurry(self) -> None:
        """Look now: something has changed."""
        self._wake.set()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Plans of the main folder that have no record."""
        return self._waiting

    @property
    def looks(self) -> int:
        """How often everything was looked at so far."""
        return self._looks

    def of(self, folder: Path, entry: Entry) -> Proof:
        """Return what is known of a line of an index; that it is being verified where nothing is."""
        if entry.stopped:
            return Proof(entry.key, entry.record_sha256, STOPPED, None)
        proof = self._proofs.get((folder, entry.id))
        is_about_it = proof is not None and (proof.key, proof.record_sha256) == (entry.key, entry.record_sha256)
        if proof is None or not is_about_it or time.monotonic() - proof.at_s > LASTS_S:
            return Proof(entry.key, entry.record_sha256, VERIFYING, None)
        return proof

    def _keep_looking(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the border of the thread: what is not known is not green
                self._proofs.clear()
            self._wake.wait(self._pause_s)
            self._wake.clear()

    def look(self) -> None:
        """Look at every record and every export once; stops in between when told to."""
        for number, folder in enumerate(self._folders()):
            try:
                run, entries = read_run(folder), {entry.id: entry for entry in read_entries(folder)}
            except UsageError:
                self._forget(folder, ())  # no index yet, or one of another version: then nothing is believed
                continue
            found: set[str] = set()
            if run is not None:
                exports = self._exports_of(run.root)
                found = self._verify(folder, run, exports, entries)
                if number == 0:
                    self._waiting = tuple(_waiting(exports, entries))
            for entry in (entries[name] for name in entries.keys() - found):
                self._prove(folder, entry, GONE)
            self._forget(folder, entries.keys())
        self._looks += 1

    def _verify(self, folder: Path, run: Run, exports: Iterable[Export], entries: dict[str, Entry]) -> set[str]:
        """Prove every record of some exports; returns the names of the records that the exports have."""
        found: set[str] = set()
        asked = self._question_now(run.question)
        for export in exports:
            names = {Task(export.name, (), uid, "").id: uid for uid in plan_uids_of(export)}
            found |= names.keys()
            here = [(entries[name], uid) for name, uid in names.items() if name in entries]
            if self._stop.is_set() or not here:
                continue
            contents = self._contents(tuple(map(str, export.paths)))
            for entry, uid in here:
                is_same = asked is not None and fingerprint.key_of(contents, uid, asked) == entry.key
                self._prove(folder, entry, CURRENT if is_same else CHANGED)
        return found

    def _prove(self, folder: Path, entry: Entry, state: str) -> None:
        facts = self._facts(record_path(folder, entry.id), entry)
        if facts is None or facts.verdict != entry.verdict:
            state = DAMAGED
        self._proofs[folder, entry.id] = Proof(entry.key, entry.record_sha256, state, facts, time.monotonic())

    def _exports_of(self, root: str) -> tuple[Export, ...]:
        """Find the exports below a folder again when anything below it has changed."""
        state = _settled([root])
        known = self._exports.get(root)
        if known is None or known[0] != state:
            try:
                known = self._exports[root] = state, find_exports(root)
            except UsageError:
                return ()  # the folder is not there: its files are gone
        return known[1]

    def _question_now(self, told: Question) -> Question | None:
        """Return the question as its files ask it now; None where they cannot be read any more."""
        paths = [path for path in (told.protocol, told.names, told.allow) if path is not None]
        state = _settled(paths)
        known = self._questions.get(told)
        if known is None or known[0] != state:
            try:
                now = question(
                    told.protocol, names=told.names, allow=told.allow, sampling=told.sampling, strict=told.strict
                )
            except (SbrtQaError, OSError):
                now = None
            known = self._questions[told] = state, now
        return known[1]

    def _contents(self, paths: tuple[str, ...]) -> str:
        """Return the digest of the contents of files, read again only where names, sizes or times have changed."""
        state = _settled(paths)
        known = self._states.get(paths)
        if known is None or known[0] != state:
            known = self._states[paths] = state, fingerprint.of_files(paths)
        return known[1]

    def _facts(self, path: Path, entry: Entry) -> RecordFacts | None:
        """Read a record when it has changed; None when it cannot be read or is not the one of the index."""
        try:
            found = path.stat()
            state = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            known = self._read.get((path, entry.record_sha256))
            if known is None or known[0] != state:
                content = path.read_bytes()
                is_ours = sha256(content).hexdigest() == entry.record_sha256
                known = state, facts_of(parse_record(content)) if is_ours else None
                self._read[path, entry.record_sha256] = known
        except (OSError, CaseError, SbrtQaError):
            return None
        return known[1]

    def _forget(self, folder: Path, present: Iterable[str]) -> None:
        """Keep nothing of records that are not there any more."""
        keep = set(present)
        for place, name in [key for key in self._proofs if key[0] == folder and key[1] not in keep]:
            del self._proofs[place, name]
        hashes = {(record_path(place, name), proof.record_sha256) for (place, name), proof in self._proofs.items()}
        for key in [key for key in self._read if key not in hashes]:
            del self._read[key]
        paths = {tuple(map(str, export.paths)) for _, exports in self._exports.values() for export in exports}
        for gone in [known for known in self._states if known not in paths]:
            del self._states[gone]


def _settled(paths: Iterable[str]) -> str:
    """Return a digest of names, sizes and times; never the same one twice while these may hide a change."""
    state, changed_s = fingerprint.of_stats(paths)
    now_s = time.time()
    return state if now_s - changed_s > SETTLED_S else f"{state} at {now_s}"


def _waiting(exports: Iterable[Export], entries: dict[str, Entry]) -> Iterator[Waiting]:
    for export in exports:
        yield from (Waiting(name, export.name, export.lacking) for name in ids_of(export) if name not in entries)
