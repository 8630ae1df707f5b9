"""Suggestion: a names file for one export, ready to be edited by its site.

What the built-in table knows is an entry; what is doubtful stands beside it as a comment, with the reason, so that
nothing is mapped by likeness before a person has removed the ``#``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sbrt_qa.protocol.naming import (
    key_of,
    normalised,
    read_prv,
    read_target,
    readings_of,
    rule_that_ignores,
    weak_key_of,
)
from sbrt_qa.protocol.site_names import SiteNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.model import Structure

HEAD = """\
# Structure names of one export: each entry says what its names are known as. Use the file with --names.
# A line that begins with '#' and two blanks or more is a guess: remove its '#' where it is right (and those of the
# lines above it that belong to it), delete it where it is wrong.
schema: sbrt-qa/names/1
"""


@dataclass
class _Sorted:
    """Names of an export by what is known of them, each but the known with the reason."""

    known: dict[str, list[str]] = field(default_factory=dict)
    guessed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    by_form: list[tuple[str, str]] = field(default_factory=list)
    rest: list[tuple[str, str]] = field(default_factory=list)
    never: list[tuple[str, str]] = field(default_factory=list)


def suggest_names(
    structures: Iterable[Structure], site: SiteNames | None = None, missing: Mapping[str, str] | None = None
) -> str:
    """Return a names file for the structures of an export.

    Parameters
    ----------
    structures : iterable of Structure
        All structures of the export, in file order.
    site : SiteNames, optional
        Spellings that the site has accepted already; they stay.
    missing : mapping of str to str, optional
        Roles of a protocol that nothing fills, with the names they look for; said in a comment.

    Returns
    -------
    str
        YAML that ``load_names`` accepts as it is.
    """
    found = _sorted(structures, site or SiteNames())
    lines = [HEAD.rstrip("\n")]
    if found.known:
        lines.append("structures:")
    else:
        lines += ["# No name is known. Remove the {} with the first '#' below.", "structures: {}"]
    for key in dict.fromkeys((*found.known, *found.guessed)):
        lines += _entry(key, found.known.get(key, ()), found.guessed.get(key, ()))
    lines += _comment("Read by their form, no entry needed:", found.by_form)
    lines += _comment("Not known: write them below the structure that they are, or leave them out:", found.rest)
    lines += _comment("Never used:", found.never)
    lines += _comment("Roles of the protocol that nothing fills:", list((missing or {}).items()))
    return "\n".join(lines) + "\n"


def _sorted(structures: Iterable[Structure], site: SiteNames) -> _Sorted:
    own = {normalised(alias): key for key, aliases in site.aliases.items() for alias in aliases}
    found, seen = _Sorted(), set[str]()
    for structure in structures:
        name, spelling = structure.name, normalised(structure.name)
        if rule := rule_that_ignores(name, structure.kind):
            found.never.append((name, rule))
        elif spelling in seen:
            found.rest.append((name, "a second structure of this name; rename one"))
        elif not spelling or not name.strip():
            found.rest.append((name, "has no name"))
        elif key := own.get(spelling) or key_of().get(spelling):
            found.known.setdefault(key, []).append(name)
        elif said := _form(name):
            found.by_form.append((name, said))
        else:
            _guess(name, spelling, found)
        seen.add(spelling)
    return found


def _form(name: str) -> str:
    """Return what a target or a planning-risk volume is read as; empty for any other name, or without a margin."""
    prv, target = read_prv(name), read_target(name)
    if prv is not None and prv.mm is not None:
        return f"{prv.organ} with a margin of {prv.mm} mm"
    if target is None:
        return ""
    return f"{target.type} of a bed" if target.classifier == "bed" else target.type


def _guess(name: str, spelling: str, found: _Sorted) -> None:
    if spelling in readings_of():
        keys, _, words = readings_of()[spelling]
        found.guessed.setdefault(keys[0], []).append((name, f"two readings: {words}"))
    elif (prv := read_prv(name)) is not None:
        found.rest.append((name, f"{prv.organ} with a margin that it does not state; write it into the name"))
    elif spelling in weak_key_of():
        found.guessed.setdefault(weak_key_of()[spelling], []).append((name, "a short spelling, or one of two meanings"))
    elif alike := difflib.get_close_matches(spelling, key_of(), n=1, cutoff=0.7):
        key = key_of()[alike[0]]
        found.guessed.setdefault(key, []).append((name, "only looks like it"))
    else:
        found.rest.append((name, ""))


def _entry(key: str, known: Iterable[str], guessed: Iterable[tuple[str, str]]) -> list[str]:
    aliases = tuple(known)
    mark = "" if aliases else "#"
    lines = [f"{mark}  {_key(key)}:", f"{mark}    aliases:"]
    if len(aliases) > 1:
        lines.append("      # several structures: undecided where a protocol asks for one")
    lines += [f"      - {_quoted(name)}" for name in aliases]
    return lines + [f"#      - {_quoted(name)}  # {reason}" for name, reason in guessed]


def _comment(title: str, pairs: list[tuple[str, str]]) -> list[str]:
    if not pairs:
        return []
    return ["#", f"# {title}", *(f"# · {_quoted(name)}{f': {said}' if said else ''}" for name, said in pairs)]


def _key(text: str) -> str:
    is_word = text.isascii() and text[0].isalpha() and text.replace("_", "").replace("-", "").isalnum()
    return text if is_word else _quoted(text)


def _quoted(text: str) -> str:
    """Return a text in double quotes, as YAML reads it back, on one line."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
