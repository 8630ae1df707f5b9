"""Desk: everything that the pages and the programs' door ask for, in one place.

One rule decides what is shown: a verdict is shown as it was recorded only where the record is current and no
evaluation of the case is open; otherwise it is UNDECIDED, unless it is FAIL.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.dicom.exports import find_exports
from sbrt_qa.errors import SbrtQaError, UsageError
from sbrt_qa.pipeline.batch import encodable, ids_of, tasks_of
from sbrt_qa.pipeline.store import read_entries, read_run, record_path
from sbrt_qa.report.read_record import parse_record
from sbrt_qa.web.drawn_report import page_of
from sbrt_qa.web.jobs import FAILED, INTERRUPTED, Jobs, Offered
from sbrt_qa.web.ledger import Act, Ledger
from sbrt_qa.web.standing import CURRENT, SENTENCES, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.pipeline.batch import Crew
    from sbrt_qa.pipeline.store import Entry, Run
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.web.jobs import Job
    from sbrt_qa.web.ledger import Line
    from sbrt_qa.web.record_facts import RecordFacts
    from sbrt_qa.web.standing import Proof

WAITING, EVALUATING, EVALUATION_FAILED = "waiting", "being-evaluated", "evaluation-failed"
AT_ODDS = "evaluations-at-odds"
RANKS = {"FAIL": 0, "UNDECIDED": 1, "VARIATION": 2, "PASS": 3}


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the work list.

    Parameters
    ----------
    id : str
        Of the case: the name of its record.
    export, plan_label, patient_id : str
        Which plan; empty where it is not known.
    verdict : str
        What may be believed now.
    recorded_verdict : str
        What the record says; empty where there is none.
    state, sentence : str
        Why both differ, or that the record is current.
    judged_at : str
        UTC after ISO 8601.
    protocol : str
        Id and version.
    counts : mapping of str to int
        Findings and checks by verdict; empty where they may not be believed.
    reasons : tuple of str
        Reason codes.
    acknowledged : int
        How many findings of this record were acknowledged.
    record_sha256 : str
        Of its bytes.
    """

    id: str
    export: str
    plan_label: str
    patient_id: str
    verdict: str
    recorded_verdict: str
    state: str
    sentence: str
    judged_at: str = ""
    protocol: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    acknowledged: int = 0
    record_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A case under another protocol: the store of its record, as a row, and the job that made it where there is one."""

    store: str
    protocol: str
    row: Row | None
    job: Job | None


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a trend: of which case, when, and what became of it."""

    case_id: str
    plan_label: str
    roi: str
    at: str
    value: float
    goal: str
    goal_value: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The values of one constraint over all current records, by the time of judging."""

    constraint: str
    unit: str
    points: tuple[Point, ...]


class Unknown(LookupError):
    """There is no such case, record or protocol."""


class Desk:
    """The work list of one output folder.

    Parameters
    ----------
    folder : Path
        Output folder of batch, watch or receive.
    crew : Crew
        Who evaluates again.
    protocols : iterable of Offered
        By what cases may be evaluated.
    drawer : Crew, optional
        Who makes reports with slices.
    pause_s : float
        From one look at the files to the next.

    Raises
    ------
    UsageError
        When the work list's own file cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        crew: Crew,
        protocols: Iterable[Offered],
        *,
        drawer: Crew | None = None,
        pause_s: float = 2.0,
    ) -> None:
        self.folder = folder
        self._drawer, self._drawing, self._drawn = drawer, threading.Lock(), ("", b"")
        self.protocols = {offered.store: offered for offered in protocols}
        self.ledger = Ledger(folder / "worklist.sqlite")
        self.jobs = Jobs(folder, crew, self.run, lambda _job: self.standing.hurry())
        self.standing = Standing(lambda: (folder, *self.jobs.stores()), pause_s)

    def begin(self) -> None:
        """Begin to look at files and to do jobs."""
        self.standing.begin()
        self.jobs.begin()

    def end(self) -> None:
        """Stop both."""
        self.jobs.end()
        self.standing.end()

    def run(self) -> Run | None:
        """Return what the records are about; None where no run has begun."""
        try:
            return read_run(self.folder)
        except UsageError:
            return None

    def rows(self) -> tuple[Row, ...]:
        """Every case, those that wait too."""
        jobs = self.jobs.latest()
        acknowledged, at_odds = self._acknowledged(), self._at_odds()
        rows = [
            self._row(self.folder, entry, jobs.get(entry.id, ()), acknowledged, at_odds) for entry in self._entries()
        ]
        known = {row.id for row in rows}
        for one in self.standing.waiting:
            if one.id not in known:
                lacks = f" It lacks {', '.join(one.lacking)}." if one.lacking else ""
                sentence = f"The files are there; the case is not judged yet.{lacks}"
                rows.append(Row(one.id, encodable(one.export), "", "", "UNDECIDED", "", WAITING, sentence))
        return tuple(rows)

    def row(self, case_id: str) -> Row:
        """One case.

        Raises
        ------
        Unknown
        """
        for row in self.rows():
            if row.id == case_id:
                return row
        raise Unknown(case_id)

    def others(self, case_id: str) -> tuple[Other, ...]:
        """Return the case under other protocols, and what was asked for."""
        jobs, at_odds = {job.store: job for job in self.jobs.of(case_id)}, self._at_odds()
        rows: dict[str, Row] = {}
        for place in self.jobs.stores():
            open_jobs = (jobs[place.name],) if place.name in jobs else ()
            entry = next((one for one in _entries(place) if one.id == case_id), None)
            if entry is not None:
                rows[place.name] = self._row(place, entry, open_jobs, {}, at_odds)
        return tuple(
            Other(
                store,
                jobs[store].protocol if store in jobs else rows[store].protocol,
                rows.get(store),
                jobs.get(store),
            )
            for store in sorted(rows.keys() | jobs.keys())
        )

    def record(self, case_id: str, store: str = "") -> tuple[bytes, Evaluation, Row]:
        """Return a record as bytes and read back, with its standing.

        Raises
        ------
        Unknown
            When there is none, or it is not the one of the index.
        """
        folder = self.folder if not store else next((one for one in self.jobs.stores() if one.name == store), None)
        entry = next((one for one in _entries(folder) if one.id == case_id), None) if folder else None
        if folder is None or entry is None:
            raise Unknown(case_id)
        path = record_path(folder, case_id)
        row = self._row(folder, entry, self.jobs.of(case_id), self._acknowledged(), self._at_odds())
        try:
            content = path.read_bytes()
            if sha256(content).hexdigest() != entry.record_sha256:
                raise Unknown(case_id)  # edited, or made anew, since it was looked at
            return content, parse_record(content), row
        except (OSError, SbrtQaError) as error:
            raise Unknown(case_id) from error

    def drawn_report(self, case_id: str) -> bytes:
        """Make the report with slices of a current record; the last one made is kept.

        Raises
        ------
        Unknown
            When there is no such record, it is not current, or judging again does not give its bytes.
        """
        run, row = self.run(), self.row(case_id)
        if run is None or self._drawer is None or row.state != CURRENT:
            raise Unknown(case_id)
        with self._drawing:
            if self._drawn[0] != row.record_sha256:
                tasks = (
                    task
                    for export in find_exports(run.root)
                    if case_id in ids_of(export)
                    for task in tasks_of(export, run.question)
                    if task.id == case_id
                )
                outcomes = [outcome for _, outcome in self._drawer.work(run.question, tasks)]
                page = page_of(outcomes[0], row.record_sha256) if outcomes else b""
                if not page:
                    raise Unknown(case_id)
                self._drawn = row.record_sha256, page
            if self.row(case_id) != row:
                raise Unknown(case_id)  # it took a while
            return self._drawn[1]

    def ask(self, case_id: str, store: str, name: str = "") -> Job:
        """Ask for an evaluation of a case under an offered protocol; an empty store means the one of the run.

        Raises
        ------
        Unknown
        """
        row = self.row(case_id)
        offered = self._own() if not store else self.protocols.get(store)
        if offered is None:
            raise Unknown(store)
        job = self.jobs.ask(case_id, offered)
        self.ledger.append(Act(case_id, row.record_sha256, "evaluation", offered.store, "", name.strip()[:100], ""))
        return job

    def acknowledge(self, case_id: str, item: str, roi: str, name: str, reason: str, *, seen: str = "") -> Line:
        """Note that somebody has seen a finding or a check of a record; the verdict stays what it is.

        ``seen`` is the digest of the record that was in front of them; empty means whichever there is now.

        Raises
        ------
        Unknown
            When the record has no such finding or check.
        UsageError
            When name or reason is missing, or another record was seen.
        """
        _, evaluation, row = self.record(case_id)
        if seen and seen != row.record_sha256:
            raise UsageError("the case has another record since", mend="look at the new one, then acknowledge")
        known = {(one.constraint, one.roi or "") for one in evaluation.findings}
        known |= {(one.id, "") for one in evaluation.checks}
        if (item, roi) not in known:
            raise Unknown(item)
        return self.ledger.append(
            Act(case_id, row.record_sha256, "acknowledged", item, roi, name.strip(), reason.strip())
        )

    def constraints(self) -> tuple[str, ...]:
        """Ids of all constraints of current records, in the order of the records."""
        found = (one.constraint for _, facts in self._current() for one in facts.readings)
        return tuple(dict.fromkeys(found))

    def trend(self, constraint: str) -> Trend:
        """Return the values of one constraint.

        Raises
        ------
        Unknown
            When no current record has it.
        """
        points, unit = [], ""
        for entry, facts in self._current():
            for one in (one for one in facts.readings if one.constraint == constraint):
                unit = unit or one.unit
                points.append(
                    Point(
                        entry.id,
                        entry.plan_label,
                        one.roi,
                        entry.judged_at,
                        one.value,
                        one.goal,
                        one.goal_value,
                        one.verdict,
                    )
                )
        if not points:
            raise Unknown(constraint)
        return Trend(constraint, unit, tuple(sorted(points, key=lambda point: (point.at, point.case_id, point.roi))))

    def _own(self) -> Offered | None:
        """Return the protocol of the run itself."""
        run = self.run()
        if run is None:
            return None
        same = [one for one in self.protocols.values() if one.sha256 == run.question.protocol_sha256]
        told = run.question
        return same[0] if same else Offered(Path(told.protocol).stem, "", "", told.protocol, told.protocol_sha256)

    def _current(self) -> list[tuple[Entry, RecordFacts]]:
        """Every line whose verdict may be believed, with what its record says."""
        jobs, at_odds = self.jobs.latest(), self._at_odds()
        found = []
        for entry in self._entries():
            proof = self.standing.of(self.folder, entry)
            is_open = any(job.is_open for job in jobs.get(entry.id, ()))
            if proof.state == CURRENT and proof.facts is not None and not is_open and entry.id not in at_odds:
                found.append((entry, proof.facts))
        return found

    def _entries(self) -> tuple[Entry, ...]:
        return _entries(self.folder)

    def _acknowledged(self) -> dict[str, int]:
        """How many findings of each record were acknowledged, each once."""
        seen = {
            (line.act.record_sha256, line.act.item, line.act.roi)
            for line in self.ledger.lines()
            if line.act.kind == "acknowledged"
        }
        counts: dict[str, int] = {}
        for record_sha256, _, _ in seen:
            counts[record_sha256] = counts.get(record_sha256, 0) + 1
        return counts

    def _at_odds(self) -> set[str]:
        """Name the cases whose evaluation was repeated alike and gave another record."""
        own = self._own()
        place = None if own is None else next((one for one in self.jobs.stores() if one.name == own.store), None)
        again = {} if place is None else {entry.id: entry for entry in _entries(place)}
        return {
            entry.id
            for entry in self._entries()
            if entry.id in again
            and again[entry.id].key == entry.key
            and again[entry.id].record_sha256 != entry.record_sha256
        }

    def _row(
        self,
        folder: Path,
        entry: Entry,
        jobs: Iterable[Job],
        acknowledged: Mapping[str, int],
        at_odds: Iterable[str] = (),
    ) -> Row:
        proof = self.standing.of(folder, entry)
        state, sentence = _state(proof, jobs)
        if state == CURRENT and entry.id in at_odds:
            state, sentence = AT_ODDS, "The evaluation was repeated alike and gave another record."
        facts = proof.facts
        return Row(
            id=entry.id,
            export=entry.export,
            plan_label=entry.plan_label,
            patient_id=entry.patient_id,
            verdict=entry.verdict if state == CURRENT or entry.verdict == "FAIL" else "UNDECIDED",
            recorded_verdict=entry.verdict,
            state=state,
            sentence=sentence,
            judged_at=entry.judged_at,
            protocol="" if facts is None else facts.protocol,
            counts=dict(facts.counts) if state == CURRENT and facts is not None else {},
            reasons=() if facts is None else facts.reasons,
            acknowledged=acknowledged.get(entry.record_sha256, 0),
            record_sha256=entry.record_sha256,
        )


def _entries(folder: Path) -> tuple[Entry, ...]:
    try:
        return read_entries(folder)
    except UsageError:
        return ()


def _state(proof: Proof, jobs: Iterable[Job]) -> tuple[str, str]:
    """Return why a recorded verdict may not be believed, or that it may."""
    if proof.state != CURRENT:
        return proof.state, SENTENCES[proof.state]
    for job in jobs:
        if job.state in {FAILED, INTERRUPTED}:
            return EVALUATION_FAILED, f"The evaluation under {job.protocol} failed: {job.why}"
        if job.is_open:
            return EVALUATING, f"The case is being evaluated under {job.protocol}."
    return CURRENT, SENTENCES[CURRENT]
