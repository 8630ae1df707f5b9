"""Allow-list: the protocols that a site has released, by the hash of their content; by any other nothing is judged.

A text file, one protocol a line, as ``sbrt-qa protocols hash`` prints it: SHA-256, id and version. ``#`` begins a
comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.histogram import Sampling
from sbrt_qa.protocol.description import describe_case, provenance
from sbrt_qa.protocol.evaluate import refuse
from sbrt_qa.protocol.faults import Faults, Place
from sbrt_qa.protocol.file_text import is_file, read_file, read_text
from sbrt_qa.protocol.finding import CheckFinding, Verdict

if TYPE_CHECKING:
    import os

    from sbrt_qa.model import Case
    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.finding import Evaluation

NOT_ALLOWED = "protocol-not-allowed"

_ENTRY = re.compile(r"(?P<sha256>\S+)(?:\s+(?P<id>\S+))?(?:\s+(?P<version>.*\S))?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AllowList:
    """The released protocols.

    Parameters
    ----------
    entries : frozenset of (str, str, str)
        SHA-256 of the canonical form, id and version of each.
    """

    entries: frozenset[tuple[str, str, str]]

    def holds(self, protocol: Protocol) -> bool:
        """Tell whether a protocol is released: its content, its id and its version."""
        return (protocol.sha256, protocol.id, protocol.version) in self.entries

    def why_not(self, protocol: Protocol) -> str:
        """Say in one sentence why a protocol is not released."""
        name = f"Protocol {protocol.id} {protocol.version}"
        if any(entry[1:] == (protocol.id, protocol.version) for entry in self.entries):
            return f"{name} is on the allow-list with another content; this file was changed."
        if any(entry[1] == protocol.id for entry in self.entries):
            return f"{name} is not on the allow-list, which holds another version of it."
        return f"{name} is not on the allow-list."


def entry_of(protocol: Protocol) -> str:
    """Return the line that releases a protocol."""
    return f"{protocol.sha256}  {protocol.id}  {protocol.version}"


def load_allow_list(path: str | os.PathLike[str]) -> AllowList:
    """Read an allow-list.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    UsageError
        When there is no such file.
    ProtocolError
        When it has faults: all of them, each as ``file:line:column``. An empty list is one.
    """
    place = Path(path)
    if not is_file(place):
        raise UsageError(f"there is no allow-list '{place}'", mend="check the path")
    faults = Faults(str(place))
    text = read_text(read_file(place, str(place)), faults) or ""
    entries = set()
    for number, line in enumerate(text.splitlines(), start=1):
        match = _ENTRY.search(line.partition("#")[0])
        if match is None:
            continue
        if not _SHA256.fullmatch(match["sha256"]) or match["version"] is None:
            mend = "write what 'sbrt-qa protocols hash FILE' prints: SHA-256, id and version"
            faults.add(
                Place(number, match.start() + 1), "this is no entry of an allow-list", mend=mend, code="allow-entry"
            )
            continue
        entries.add((match["sha256"], match["id"], match["version"]))
    if not entries and not faults:
        mend = "add what 'sbrt-qa protocols hash FILE' prints"
        faults.add(Place(1, 1), "the allow-list allows nothing", mend=mend, code="allow-empty")
    faults.raise_any()
    return AllowList(frozenset(entries))


def hold_back(
    allowed: AllowList, protocol: Protocol, case: Case | CaseError, sampling: Sampling | None = None
) -> Evaluation:
    """Make the evaluation under a protocol that is not released: every constraint UNDECIDED, no number at all.

    Parameters
    ----------
    allowed : AllowList
        The released ones.
    protocol : Protocol
        The one asked for.
    case : Case or CaseError
        The case, or why it could not be read; that is said too.
    sampling : Sampling, optional
        Conventions, for the record.
    """
    found = CheckFinding(
        "protocol-allowed", "The protocol is released", Verdict.UNDECIDED, (NOT_ALLOWED,), allowed.why_not(protocol)
    )
    if isinstance(case, CaseError):
        refused = refuse(case, protocol, sampling)
        return replace(refused, checks=(*refused.checks, found))
    mend = "release it with 'sbrt-qa protocols hash', or judge by a released one"
    held = refuse(CaseError(found.sentence.rstrip("."), mend=mend, code=NOT_ALLOWED), protocol, sampling)
    return replace(
        held,
        checks=(found,),
        case=describe_case(case),
        provenance=provenance(sampling or Sampling(), case),
    )
