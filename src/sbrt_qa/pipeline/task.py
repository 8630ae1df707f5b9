"""Task and outcome: one plan to judge, and what became of it. Both travel between processes and machines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.histogram import Sampling

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Question:
    """By what every case of a run is judged.

    Parameters
    ----------
    protocol : str
        Shipped id, or path of a protocol file that every worker can open.
    protocol_sha256 : str
        Of its meaning; a worker that finds another refuses to judge.
    names, allow : str or None
        Paths of the site's names and of the list of released protocols.
    files_sha256 : str
        Of the bytes of both.
    sampling : Sampling
        Conventions.
    strict : bool
        True turns every VARIATION into FAIL.
    """

    protocol: str
    protocol_sha256: str
    names: str | None
    allow: str | None
    files_sha256: str
    sampling: Sampling
    strict: bool

    @property
    def key(self) -> str:
        """What decides, beside the inputs and the program, whether a record is still good."""
        return repr((self.protocol_sha256, self.files_sha256, self.sampling, self.strict))


@dataclass(frozen=True, slots=True)
class Task:
    """One plan of one export.

    Parameters
    ----------
    export : str
        Name of the export: its path below the root.
    paths : tuple of str
        What to read.
    plan_uid : str or None
        Which plan, where the export holds several.
    key : str
        Digest of inputs, question and program: a record made under another key is stale.
    """

    export: str
    paths: tuple[str, ...]
    plan_uid: str | None
    key: str

    @property
    def id(self) -> str:
        """Its name in index and records: the export's path in plain letters, and a digest that keeps names apart."""
        digest = sha256(f"{self.export}\0{self.plan_uid or ''}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
        plain = _NOT_PLAIN.sub("-", self.export).strip("-")[-_LONGEST:].strip("-")
        return f"{plain}-{digest}" if plain else digest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    Parameters
    ----------
    verdict : str
        PASS, VARIATION, UNDECIDED or FAIL.
    record : bytes
        The JSON record.
    plan_label, patient_id : str
        For the index; empty where the case could not be read.
    stopped : str
        Why the evaluation did not come to its end, in words; empty when it did. Such a task is done again.
    """

    verdict: str
    record: bytes
    plan_label: str = ""
    patient_id: str = ""
    stopped: str = ""
