"""Send back: the document of each plan that was judged goes to an archive, once per record, however often it is killed.

What is due follows from the index and the outbox alone, so nothing has to be remembered. A thread of its own does it: a
node that does not answer holds up nobody.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from sbrt_qa.pipeline import fingerprint
from sbrt_qa.pipeline.event import Event
from sbrt_qa.pipeline.node import Unreachable
from sbrt_qa.pipeline.store import read_entries
from sbrt_qa.pipeline.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sbrt_qa.dicom.exports import Export
    from sbrt_qa.pipeline.batch import Crew
    from sbrt_qa.pipeline.node import Node
    from sbrt_qa.pipeline.outbox import Outbox
    from sbrt_qa.pipeline.store import Entry
    from sbrt_qa.pipeline.task import Outcome, Question
    from sbrt_qa.pipeline.watch import Watch

_LEAVES_S, _TURN_S = 2.0, 0.1
_NODE = "node"


@dataclass(slots=True)
class Waits:
    """When to try again what did not work: after twice the time, up to a bound.

    Parameters
    ----------
    look_s : float
        From one look at what is due to the next.
    first_s, most_s : float
        After the first failure, and at most.
    """

    look_s: float = 5.0
    first_s: float = 5.0
    most_s: float = 600.0
    _failed: dict[str, tuple[float, float, str]] = field(default_factory=dict)

    def is_over(self, key: str) -> bool:
        """Whether it may be tried."""
        return key not in self._failed or time.monotonic() >= self._failed[key][1]

    def fail(self, key: str, why: str) -> bool:
        """Take note that it did not work; whether that is news."""
        last_s, _, before = self._failed.get(key, (0.0, 0.0, ""))
        wait_s = min(2 * last_s or self.first_s, self.most_s)
        self._failed[key] = wait_s, time.monotonic() + wait_s, why
        return why != before

    def succeed(self, key: str) -> None:
        """Forget earlier failures."""
        self._failed.pop(key, None)


class SendBack:
    """Sends what is due. Used as a context manager it does so again and again, in a thread of its own.

    Parameters
    ----------
    watch : Watch
        Knows what each record was made of.
    folder : Path
        The output folder with the index.
    question : Question
        By what was judged.
    crew : Crew
        Who makes documents.
    outbox : Outbox
        Where they wait.
    node : Node
        Where they go.
    waits : Waits
        When to try again.
    say : callable
        Told what happens, a line each, without patient data.
    at_the_end : bool
        True sends once, when the context is left, instead.
    """

    def __init__(
        self,
        watch: Watch,
        folder: Path,
        question: Question,
        crew: Crew,
        *,
        outbox: Outbox,
        node: Node,
        waits: Waits | None = None,
        say: Callable[[str], object] = lambda _line: None,
        at_the_end: bool = False,
    ) -> None:
        self._watch, self._folder, self._question, self._crew = watch, folder, question, crew
        self._outbox, self._node, self._waits, self._say = outbox, node, waits or Waits(), say
        self._present: Mapping[str, Export] = {}
        self._at_the_end = at_the_end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Self:
        if not self._at_the_end:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._at_the_end:
            self._try()
            return
        self._stop.set()
        until_s = time.monotonic() + _LEAVES_S  # whatever it does may be left at any moment
        while self._thread.is_alive() and time.monotonic() < until_s:
            self._node.hang_up()
            self._thread.join(_TURN_S)

    def once(self) -> None:
        """Make and send what is due now."""
        self._present = self._watch.present
        due = {_key_of(entry): entry for entry in read_entries(self._folder)}
        for key in self._outbox.waiting - due.keys():
            self._outbox.drop(key)
            self._say(Event("dropped", document=key[:12], why="outdated"))
        due = {
            key: entry for key, entry in due.items() if not self._outbox.is_settled(key) and self._waits.is_over(key)
        }
        self._make({key: entry for key, entry in due.items() if key not in self._outbox.waiting})
        waiting = self._outbox.waiting
        self._send({key: entry for key, entry in due.items() if key in waiting})

    def _go_on(self) -> None:
        while True:
            self._try()
            if self._stop.wait(self._waits.look_s):
                return

    def _try(self) -> None:
        try:
            self.once()
        except Exception as error:  # noqa: BLE001 - the border: a thread that ended would be missed by nobody
            self._failed(_NODE, Event("not-sent", why=type(error).__name__))

    # --- making ---------------------------------------------------------------------------------

    def _make(self, due: Mapping[str, Entry]) -> None:
        tasks = {}
        for key, entry in due.items():
            if entry.stopped:
                self._settle(key, entry, "kept-back", "not-judged-to-its-end")
            elif not self._is_current(entry):
                self._waits.fail(key, "changes")
            elif (task := self._task_of(entry)) is None:
                self._failed(key, Event("not-made", record=entry.nameless, why="its-files-are-gone"))
            else:
                tasks[task] = key, entry
        for task, outcome in self._crew.work(self._question, tasks) if tasks else ():
            self._keep(*tasks[task], outcome)
            if self._stop.is_set():
                return

    def _keep(self, key: str, entry: Entry, outcome: Outcome) -> None:
        if outcome.stopped or outcome.verdict != entry.verdict:
            why = (outcome.stopped or "another verdict").replace(" ", "-")
            self._failed(key, Event("not-made", record=entry.nameless, why=why))
        elif not outcome.record:
            self._settle(key, entry, "kept-back", "patient-or-study-unknown")
        else:
            self._outbox.put(key, outcome.record)
            self._waits.succeed(key)

    def _is_current(self, entry: Entry) -> bool:
        """Whether a record stands for what is there now; where its files were put away, it stands as it is."""
        task = self._task_of(entry)
        if task is None:
            return self._watch.root.is_dir() and not (self._watch.root / entry.export).exists()
        return fingerprint.key_of(fingerprint.of_files(task.paths), task.plan_uid, self._question) == entry.key

    def _task_of(self, entry: Entry) -> Task | None:
        """Return what a record was made of; None where it is not there, or nobody has looked yet."""
        export = self._present.get(entry.id)
        if export is None:
            return None
        return Task(export.name, tuple(map(str, export.paths)), entry.plan_uid or None, entry.key)

    # --- sending --------------------------------------------------------------------------------

    def _send(self, due: Mapping[str, Entry]) -> None:
        if not due or self._stop.is_set() or not self._waits.is_over(_NODE):
            return
        try:
            with self._node.reached() as send:
                for key, entry in due.items():
                    if self._stop.is_set():
                        return
                    self._send_one(key, entry, send)
                    self._waits.succeed(_NODE)
        except Unreachable as error:
            self._failed(_NODE, Event("not-sent", why=str(error)))

    def _send_one(self, key: str, entry: Entry, send: Callable[[Path], int]) -> None:
        if not self._is_current(entry):
            self._waits.fail(key, "changes")
        elif status := send(self._outbox.document(key)):
            self._failed(key, Event("not-sent", record=entry.nameless, why=f"status-{status:04X}H"))
        else:
            self._settle(key, entry, "sent", "")

    def _settle(self, key: str, entry: Entry, how: str, why: str) -> None:
        event = Event(how, record=entry.nameless, **({"why": why} if why else {}))
        self._outbox.settle(key, event)
        self._waits.succeed(key)
        self._say(event)

    def _failed(self, key: str, event: Event) -> None:
        if self._waits.fail(key, event):
            self._say(event)


def _key_of(entry: Entry) -> str:
    """Return by what a document is known: its record; a record that names no patient may be that of several plans."""
    return entry.record_sha256 if entry.patient_id else f"{entry.record_sha256}-{entry.nameless}"
