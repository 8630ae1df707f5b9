"""Every structure that the protocol requires is there, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "structure-missing": "No structure fills a role that a required constraint needs; undecided.",
    "structure-ambiguous": "More than one structure fills a role that takes one; undecided, never the first.",
}


def run(subject: Subject) -> Outcome:
    """Report the roles that the names of the structures leave open."""
    doubts = tuple(Doubt(Effect.CHECK, _code(subject, role), text) for role, text in subject.missing.items())
    return Outcome(_good(len(subject.required)), doubts)


def _code(subject: Subject, role: str) -> str:
    several = role in subject.ambiguous or len(subject.used.get(role, ())) > 1
    return "structure-ambiguous" if several else "structure-missing"


def _good(roles: int) -> str:
    return f"All {roles} required roles are filled." if roles else "No structure is required."


CHECK = Check(
    id="structures-present",
    title="Required structures present",
    why="A constraint whose structure is not found would be skipped, and an old copy may be judged in its place.",
    mend="Contour or rename the structure, or add its name to the protocol or to a names file.",
    source="AAPM TG-263 (names), TG-275 and MPPG 11.a: required structures are contoured.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
