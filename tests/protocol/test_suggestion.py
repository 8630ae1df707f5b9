"""A names file made from an export: always valid, and nothing doubtful is in force before a person says so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.model import Structure
from sbrt_qa.protocol.alias_table import ALIASES, WEAK
from sbrt_qa.protocol.definition import Role
from sbrt_qa.protocol.names import match
from sbrt_qa.protocol.site_names import SiteNames, load_names
from sbrt_qa.protocol.suggestion import suggest_names

MIXED = (
    "External", "Liver", "Leber", "liver", "Cord", "SC", "Livr", "Liver_GTV", "PTVsb1", "Duod_PRV5", "Cord_PRV",
    "zRing", "Foo", 'Bauch: #1 "x" \\', "no", "tab\there",
)  # fmt: skip


def structures(names) -> list[Structure]:
    return [Structure(name, number, ()) for number, name in enumerate(names, start=1)]


@pytest.fixture
def read_back(tmp_path):
    def read(text: str) -> dict[str, tuple[str, ...]]:
        path = tmp_path / "names.yaml"
        path.write_text(text, encoding="utf-8")
        return dict(load_names(path).aliases)

    return read


def uncommented(text: str) -> str:
    """The file after a person has removed the ``#`` of every guess."""
    edited = re.sub(r"^#(?=  )", "", text, flags=re.MULTILINE)
    return edited if edited == text else edited.replace("structures: {}", "structures:")


def test_what_is_known_is_an_entry_and_what_is_doubtful_a_comment(read_back):
    text = suggest_names(structures(MIXED))
    known = {"External": ("External",), "Liver": ("Liver", "Leber"), "SpinalCord": ("Cord",)}
    assert read_back(text) == known
    assert '#      - "SC"  # a short spelling, or one of two meanings\n' in text
    assert '#      - "Livr"  # only looks like it\n' in text
    assert '#      - "Liver_GTV"  # two readings: Liver-GTV, or a GTV in the liver\n' in text
    assert '# · "PTVsb1": PTV of a bed\n' in text
    assert '# · "Duod_PRV5": Duodenum with a margin of 5 mm\n' in text
    assert '# · "Cord_PRV": SpinalCord with a margin that it does not state' in text
    assert '# · "liver": a second structure of this name; rename one\n' in text
    assert "# · \"zRing\": it begins with 'z'\n" in text
    assert '# · "tab\\x09here"\n' in text
    assert "several structures: undecided where a protocol asks for one" in text


def test_the_guesses_are_in_force_once_their_sign_is_removed(read_back):
    edited = read_back(uncommented(suggest_names(structures(MIXED))))
    assert edited["Liver"] == ("Liver", "Leber", "Livr")
    assert edited["SpinalCord"] == ("Cord", "SC")
    assert edited["Liver-GTV"] == ("Liver_GTV",)
    role = Role("cord", ("SpinalCord",))
    case = structures(["SC"])
    assert match(case, {"cord": role}).doubts
    assert match(case, {"cord": role}, SiteNames(edited)).filled == {"cord": tuple(case)}


def test_every_name_of_the_export_is_said_exactly_once():
    text = suggest_names(structures(["Leber", "SB", "Foo", "PTV", "zRing", "Livr"]))
    for name in ("Leber", "SB", "Foo", "PTV", "zRing", "Livr"):
        assert text.count(f'"{name}"') == 1


def test_an_export_without_a_known_name_gives_a_valid_file_too(read_back):
    text = suggest_names(structures(["Foo", "Livr"]))
    assert read_back(text) == {}
    assert read_back(uncommented(text)) == {"Liver": ("Livr",)}
    assert read_back(suggest_names([])) == {}


def test_what_a_site_has_accepted_stays_and_what_a_protocol_lacks_is_said(read_back):
    site = SiteNames({"SpinalCord": ("SC",), "bile_duct": ("Gallengang",)})
    text = suggest_names(structures(["SC", "Gallengang"]), site, {"heart": "Heart"})
    assert read_back(text) == {"SpinalCord": ("SC",), "bile_duct": ("Gallengang",)}
    assert '# Roles of the protocol that nothing fills:\n# · "heart": Heart\n' in text


def test_an_interpreted_type_keeps_a_name_out(read_back):
    text = suggest_names([Structure("Liver", 1, (), "SUPPORT")])
    assert read_back(text) == {}
    assert '# · "Liver": its interpreted type is SUPPORT\n' in text


SPELLINGS = [name for table in (ALIASES, WEAK) for names in table.values() for name in names.split("; ")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=20), st.sampled_from(SPELLINGS), st.from_regex(r"P?[CG]TV.{0,6}")), max_size=8)
)
def test_any_export_gives_a_valid_file_before_and_after_editing(tmp_path_factory, names):
    text = suggest_names(structures(names))
    path = tmp_path_factory.mktemp("names") / "names.yaml"
    for version in (text, uncommented(text)):
        path.write_text(version, encoding="utf-8", newline="")
        load_names(path)
