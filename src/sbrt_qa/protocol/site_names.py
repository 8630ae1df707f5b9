"""Site names: the spellings that one institution uses, read from its names file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.alias_table import ALIASES
from sbrt_qa.protocol.draft import Draft
from sbrt_qa.protocol.faults import Faults
from sbrt_qa.protocol.file_text import is_file, read_file
from sbrt_qa.protocol.naming import key_of, normalised, rule_that_ignores, spellings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class SiteNames:
    """A site's own spellings.

    Parameters
    ----------
    aliases : mapping of str to tuple of str
        Spellings by TG-263 name, or by role of a protocol, as the file writes them.
    """

    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_names(path: str | os.PathLike[str]) -> SiteNames:
    """Load a site's names file (``schema: sbrt-qa/names/1``).

    Parameters
    ----------
    path : str or PathLike
        YAML: ``structures: {SpinalCord: {aliases: [Myelon, cord_2]}}``, keyed by TG-263 name or by role.

    Returns
    -------
    SiteNames

    Raises
    ------
    UsageError
        When there is no such file.
    ProtocolError
        When the file has faults: all of them, by line.
    """
    from sbrt_qa.protocol.forms import NamesForm
    from sbrt_qa.protocol.schema import judge_shape
    from sbrt_qa.protocol.yaml_source import read_yaml

    name = os.fspath(path)
    if not is_file(Path(name)):
        raise UsageError(f"there is no names file '{name}'", mend="check the path")
    faults = Faults(name)
    source = read_yaml(read_file(Path(name), name), faults)
    if source.data is not None:
        source.data = judge_shape(NamesForm, source, faults)
        _judge_aliases(Draft(source, faults))
    faults.raise_any()
    assert source.data is not None
    return SiteNames({key: tuple(entry["aliases"]) for key, entry in source.data["structures"].items()})


def slips(site: SiteNames, roles: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the keys of a names file that are neither TG-263 names nor roles, but nearly one, with what they are near.

    Such a key is no fault, for it may be a role of another protocol; its spellings stand for nothing in this one.
    """
    known = {normalised(name): name for name in (*ALIASES, *roles)}
    strangers = [key for key in site.aliases if normalised(key) not in known]
    near = [(key, get_close_matches(normalised(key), known, n=1, cutoff=_NEARLY)) for key in strangers]
    return tuple((key, known[found[0]]) for key, found in near if found)


def _judge_aliases(draft: Draft) -> None:
    """Note spellings that can never match, stand twice, or are known as another structure."""
    owner: dict[str, str] = {}
    for key, entry in draft.source.data.get("structures", {}).items():
        for number, alias in enumerate(entry.get("aliases", ())):
            if alias is None:
                continue
            path = ("structures", key, "aliases", number)
            spelling = normalised(alias)
            rule, known = rule_that_ignores(alias), key_of().get(spelling)
            if rule:
                what = f"name '{alias}' can never match: {rule}"
                draft.fault(path, what, mend="remove it, or rename the structure", code="name-never-matches")
            elif spelling in owner:
                what = f"name '{alias}' stands for {owner[spelling]} already"
                draft.fault(path, what, mend="keep one of the two", code="name-twice")
            elif known and normalised(key) in spellings_of() and normalised(key) != normalised(known):
                what = f"name '{alias}' is known as {known}, not {key}"
                draft.fault(path, what, mend=f"list it under {known}, or under a role", code="name-contradicts")
            owner.setdefault(spelling, key)
