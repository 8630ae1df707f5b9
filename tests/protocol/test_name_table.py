"""The built-in names against the collected table of names, entry by entry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sbrt_qa.model import Structure
from sbrt_qa.protocol.alias_table import ALIASES, WEAK
from sbrt_qa.protocol.definition import Role
from sbrt_qa.protocol.names import match
from sbrt_qa.protocol.naming import (
    key_of,
    normalised,
    read_prv,
    read_target,
    readings_of,
    rule_that_ignores,
    target_parts,
    weak_key_of,
)

TABLE = Path(__file__).parents[2] / ".." / "shared" / "reference" / "names.yaml"


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    if not TABLE.is_file():
        pytest.skip("the table of names is not beside the project")
    return YAML(typ="safe", pure=True).load(TABLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def corpus(table) -> list[str]:
    """Every name that the table writes anywhere, and each with what marks it as something else."""
    names = [name for entry in table["structures"].values() for name in entry["aliases"] + entry.get("weak", [])]
    names += [entry["name"] for part in ("ambiguous", "must_not_match") for entry in table[part]]
    names += [entry["name"] for part in ("prv", "targets") for entry in table[part]["examples"]]
    marks = ("z_{}", "z{}", "_{}", "{}_opt", "{}_old", "Ring_{}", "{}~", "{}^x", "{}_PRV05", "{}+3", "{}_PRV", "PTV-{}")
    return [*names, *(mark.format(name) for mark in marks for name in names)]


def test_every_spelling_of_the_table_is_known_as_what_it_is(table):
    assert set(ALIASES) == set(table["structures"])
    for key, entry in table["structures"].items():
        for alias in entry["aliases"]:
            assert key_of()[normalised(alias)] == key
        for alias in entry.get("weak", ()):
            weak = normalised(alias)
            assert weak not in key_of()
            assert weak_key_of().get(weak) == key or weak in readings_of()


def test_the_built_in_names_hold_no_spelling_beyond_the_table(table):
    for known, part in ((ALIASES, "aliases"), (WEAK, "weak")):
        for key, names in known.items():
            listed = {normalised(name) for name in table["structures"][key][part]}
            assert {normalised(name) for name in names.split("; ")} <= listed


def test_names_with_two_readings_are_those_of_the_table(table):
    assert {normalised(entry["name"]) for entry in table["ambiguous"]} == set(readings_of())
    for entry in table["ambiguous"]:
        named = readings_of()[normalised(entry["name"])][0]
        assert set(named) <= set(entry["readings"])


def test_names_that_are_never_used_are_those_of_the_table(table, corpus):
    patterns = [re.compile(pattern) for pattern in table["never"]["patterns"]]
    for name in corpus:
        assert bool(rule_that_ignores(name)) == any(pattern.search(name) for pattern in patterns), name
    for kind in table["never"]["interpreted_types"]:
        assert rule_that_ignores("Liver", kind)


def test_targets_are_read_as_in_the_table(table, corpus):
    pattern = re.compile(table["targets"]["pattern"], re.IGNORECASE)
    for name in corpus:
        found = pattern.fullmatch(name)
        assert target_parts(name) == ({} if found is None else found.groupdict(default="")), name
    for example in table["targets"]["examples"]:
        parts = target_parts(example["name"])
        assert {key: parts[key] for key in parts.keys() & example.keys()} == {
            key: str(example[key]) for key in parts.keys() & example.keys()
        }
    for classifier, said in table["targets"]["classifiers"].items():
        is_bed = "bed" in said["means"]
        assert read_target(f"CTV{classifier}").classifier == ("bed" if is_bed else classifier)


def test_planning_risk_volumes_are_read_as_in_the_table(table):
    for example in table["prv"]["examples"]:
        organ = key_of()[normalised(example["organ"])]
        assert read_prv(example["name"]) == (organ, example["mm"])


def test_what_must_not_match_does_not(table):
    for entry in table["must_not_match"]:
        is_target = read_target(entry["role"]) is not None
        role = Role("role", (entry["role"],), kind="target" if is_target else "", many=is_target)
        found = match([Structure(entry["name"], 1, ())], {"role": role}).roles["role"]
        assert found.structures == (), entry
