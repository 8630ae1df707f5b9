"""Names: which structures of a case fill which roles of a protocol.

A structure fills a role when its name equals one of these, after normalisation (see ``naming``):

1. a name the role lists;
2. for a listed name that is a TG-263 name of the built-in table: its accepted spellings, never weak ones;
3. a spelling that the site's names file gives for the listed name or for the role;
4. for a listed planning-risk volume of a known organ: the same organ and margin in another spelling
   (``SpinalCord_PRV05``, ``Cord+5``); a PRV without a margin leaves such a role undecided;
5. for a role with ``type: target`` and ``many: true``: a target name of the type and class of a listed plain
   one (``PTV``, ``PTVsb``), with a number, image, site, level or dose added. ``PTV`` collects ``PTV1`` and
   ``PTV_5000``, not ``PTVsb1``; ``PTVsb`` collects ``PTVsb1`` and ``PTVtb_50Gy``. The digits of ``PTV50`` are
   a number or a dose; either way it is a PTV, so it is collected. Without ``many`` only rules 1 to 3 count.

Names that are never used (``_x``, ``z_x``, rings, copies, couch) are put aside first, whatever lists them.
A name with two readings (``Liver_GTV``) leaves every role undecided that it would fill under one of them,
unless the site's names file says what it means there.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.naming import (
    Prv,
    key_of,
    normalised,
    read_prv,
    read_target,
    readings_of,
    rule_that_ignores,
    spellings_of,
    weak_key_of,
)
from sbrt_qa.protocol.site_names import SiteNames, load_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.model import Structure
    from sbrt_qa.protocol.definition import Role

__all__ = ["Ignored", "Matching", "RoleMatch", "SiteNames", "load_names", "match"]


@dataclass(frozen=True, slots=True)
class RoleMatch:
    """What fills one role.

    Parameters
    ----------
    role : str
        Role id.
    structures : tuple of Structure
        Every structure that fills it, in file order; several are good only for a ``many`` role.
    reason : str
        Empty when the role is filled, else ``structure-missing`` or ``structure-ambiguous``.
    sentence : str
        The reason in plain words, with the remedy; empty when the role is filled.
    near : tuple of str
        Names of structures that may have been meant; suggested, never used.
    """

    role: str
    structures: tuple[Structure, ...]
    reason: str = ""
    sentence: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A structure that was put aside before matching, with the rule that hit."""

    structure: Structure
    rule: str


@dataclass(frozen=True, slots=True)
class Matching:
    """Roles and structures brought together.

    Parameters
    ----------
    roles : mapping of str to RoleMatch
        Every role that is not derived, in protocol order.
    ignored : tuple of Ignored
        Structures that may fill no role.
    unused : tuple of Structure
        Structures that could, and fill none.
    """

    roles: Mapping[str, RoleMatch]
    ignored: tuple[Ignored, ...] = ()
    unused: tuple[Structure, ...] = ()

    @property
    def filled(self) -> dict[str, tuple[Structure, ...]]:
        """Structures by role, for the roles that are filled."""
        return {role: found.structures for role, found in self.roles.items() if not found.reason}

    @property
    def doubts(self) -> dict[str, tuple[str, str]]:
        """Reason code and sentence by role, for the roles that are not filled."""
        return {role: (found.reason, found.sentence) for role, found in self.roles.items() if found.reason}


def match(structures: Iterable[Structure], roles: Mapping[str, Role], site_names: SiteNames | None = None) -> Matching:
    """Find the structures that fill each role that is not derived.

    Parameters
    ----------
    structures : iterable of Structure
        All structures of the case, empty ones included.
    roles : mapping of str to Role
        As in the protocol.
    site_names : SiteNames, optional
        The site's own spellings.

    Returns
    -------
    Matching
    """
    candidates, ignored = [], []
    for structure in structures:
        rule = rule_that_ignores(structure.name, structure.kind)
        if rule:
            ignored.append(Ignored(structure, rule))
        else:
            candidates.append(structure)
    site = site_names or SiteNames()
    found = {
        role.id: _fill(role, _accepted(role, site), candidates, ignored)
        for role in roles.values()
        if role.derive is None
    }
    used = {id(structure) for filled in found.values() for structure in filled.structures}
    unused = tuple(structure for structure in candidates if id(structure) not in used)
    return Matching(found, tuple(ignored), unused)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """What one role accepts: normalised names, and the wider rules for targets and planning-risk volumes."""

    listed: frozenset[str]
    names: frozenset[str]
    site: frozenset[str]
    targets: frozenset[tuple[str, str]]
    prvs: frozenset[Prv]

    def takes(self, name: str) -> bool:
        """Whether a structure of this name fills the role, by exactly one reading."""
        key = normalised(name)
        if key in self.site:
            return True
        if key in readings_of():
            return False
        target = read_target(name) if self.targets else None
        return (
            key in self.names
            or (target is not None and target[:2] in self.targets)
            or bool(self.prvs and read_prv(name) in self.prvs)
        )

    def may_take(self, name: str) -> str:
        """Return both readings of a name that would fill the role under one of them, else an empty text."""
        key = normalised(name)
        if key in self.site or key not in readings_of():
            return ""
        names, target, words = readings_of()[key]
        is_reading = any(normalised(reading) in self.listed for reading in names)
        return words if is_reading or key in self.names or (target, "") in self.targets else ""

    def lacks_margin(self, name: str) -> bool:
        """Whether a name is a planning-risk volume of the role's organ that does not state its margin."""
        prv = read_prv(name) if self.prvs else None
        return prv is not None and prv.mm is None and any(prv.organ == own.organ for own in self.prvs)


def _accepted(role: Role, site: SiteNames) -> _Accepted:
    listed = {normalised(name) for name in role.names}
    listed |= {normalised(key_of()[name]) for name in listed if name in key_of()}
    names = {normalised(name) for name in role.names}
    names |= {spelling for name in tuple(names) for spelling in spellings_of().get(name, ())}
    own = {
        normalised(alias)
        for key, aliases in site.aliases.items()
        for alias in aliases
        if key == role.id or normalised(key) in listed
    }
    is_wide = role.kind == "target" and role.many
    plain = [target for name in role.names if (target := read_target(name)) is not None and target.is_plain]
    prvs = {prv for name in role.names if (prv := read_prv(name)) is not None and prv.mm is not None}
    return _Accepted(
        listed=frozenset(listed),
        names=frozenset(names),
        site=frozenset(own),
        targets=frozenset((target.type, target.classifier) for target in plain if is_wide),
        prvs=frozenset(prvs),
    )


def _fill(role: Role, accepted: _Accepted, candidates: list[Structure], ignored: list[Ignored]) -> RoleMatch:
    hits = tuple(structure for structure in candidates if accepted.takes(structure.name))
    doubtful = {s.name: words for s in candidates if (words := accepted.may_take(s.name))}
    if doubtful:
        said = "; ".join(f"{name!r} may be {words}" for name, words in doubtful.items())
        sentence = f"'{role.id}' cannot be decided: {said}; rename it, or map it in a names file"
        return RoleMatch(role.id, hits, "structure-ambiguous", sentence, tuple(doubtful))
    if len(hits) == 1 or (hits and role.many):
        return RoleMatch(role.id, hits)
    if hits:
        called = " and ".join(f"{structure.name!r} (ROI {structure.number})" for structure in hits)
        sentence = f"{len(hits)} structures fill '{role.id}': {called}; rename or remove all but one"
        return RoleMatch(role.id, hits, "structure-ambiguous", sentence)
    marginless = tuple(s.name for s in candidates if accepted.lacks_margin(s.name))
    if marginless:
        called = " and ".join(map(repr, marginless))
        sentence = f"'{role.id}' cannot be decided: {called} does not state its margin; write it into the name"
        return RoleMatch(role.id, (), "structure-ambiguous", sentence, marginless)
    return _missing(role, accepted, candidates, ignored)


def _missing(role: Role, accepted: _Accepted, candidates: list[Structure], ignored: list[Ignored]) -> RoleMatch:
    near = _near(role, accepted, [structure.name for structure in candidates])
    asked, whose = ", ".join(role.names), "its" if len(role.names) == 1 else "their"
    sentence = f"no structure fills '{role.id}' (looked for {asked} and {whose} known spellings)"
    if near:
        sentence += f"; near names: {', '.join(map(repr, near))}: rename it, or map it in a names file"
    aside = [entry for entry in ignored if _close(entry.structure.name, accepted.names)]
    if aside:
        sentence += f"; {aside[0].structure.name!r} is not used because {aside[0].rule}"
    return RoleMatch(role.id, (), "structure-missing", sentence, near)


def _near(role: Role, accepted: _Accepted, names: list[str]) -> tuple[str, ...]:
    """Find names that may have been meant: weak spellings and kindred targets first, then the look-alikes."""
    kindred = {target[:2] for name in role.names if (target := read_target(name)) is not None}
    meant = [
        name
        for name in names
        if normalised(weak_key_of().get(normalised(name), "")) in accepted.listed - {""}
        or ((target := read_target(name)) is not None and target[:2] in kindred)
    ]
    alike = [name for name in names if normalised(name) not in key_of() and _close(name, accepted.names)]
    return tuple(dict.fromkeys(meant + alike))[:3]


def _close(name: str, accepted: frozenset[str]) -> bool:
    return bool(difflib.get_close_matches(normalised(name), accepted, n=1, cutoff=0.7))
