"""A site's names file: strict like a protocol."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import ProtocolError, UsageError
from sbrt_qa.protocol.site_names import SiteNames, load_names, slips

GOOD = """\
schema: sbrt-qa/names/1
structures:
  SpinalCord: {aliases: [Myelon, cord_2]}
  liver_spared: {aliases: [NormalLiver]}
"""


@pytest.fixture
def faults_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text: str):
        (tmp_path / "names.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(ProtocolError) as caught:
            load_names("names.yaml")
        return caught.value.faults

    return run


def test_the_good_file_is_read(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_names(path).aliases == {"SpinalCord": ("Myelon", "cord_2"), "liver_spared": ("NormalLiver",)}


@pytest.mark.parametrize(
    ("old", "new", "where", "code", "words"),
    [
        ("cord_2", "z_cord", "3:34", "name-never-matches", "can never match: it begins with 'z'"),
        ("cord_2", "my elon", "3:34", "name-twice", "stands for SpinalCord already"),
        ("cord_2", "Leber", "3:34", "name-contradicts", "known as Liver, not SpinalCord (list it under Liver"),
        ("NormalLiver", "cord-2, CORD 2", "4:36", "name-twice", "'CORD 2' stands for SpinalCord already"),
        ("cord_2", "7", "3:34", "yaml-type", 'write it in quotes: "7"'),
        ("[NormalLiver]", "[]", "4:27", "yaml-type", "'aliases' is empty"),
        ("{aliases: [NormalLiver]}", "[NormalLiver]", "4:17", "yaml-type", "in a names file {aliases: [NormalLiver]}"),
        ("aliases: [N", "alias: [N", "4:18", "yaml-unknown-key", "did you mean 'aliases'?"),
        ("names/1", "names/2", "1:9", "yaml-type", "write 'sbrt-qa/names/1'"),
        ("liver_spared", "SpinalCord", "4:3", "yaml-duplicate-key", "a second time"),
    ],
)
def test_a_planted_fault_is_reported_at_its_place(old, new, where, code, words, faults_of):
    faults = [fault for fault in faults_of(GOOD.replace(old, new)) if fault.code != "yaml-missing-key"]
    assert [(fault.where, fault.code) for fault in faults] == [(f"names.yaml:{where}", code)]
    assert words in str(faults[0])


def test_a_role_may_take_a_name_that_is_known_as_something_else(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text(GOOD.replace("NormalLiver", "Leber"), encoding="utf-8")
    assert load_names(path).aliases["liver_spared"] == ("Leber",)


def test_all_faults_come_at_once(faults_of):
    text = GOOD.replace("cord_2", "_x, Leber").replace("names/1", "names/9")
    assert len(faults_of(text)) == 3


def test_a_missing_file_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="there is no names file"):
        load_names(tmp_path / "none.yaml")


def test_a_key_that_is_nearly_a_name_or_a_role_is_told():
    site = SiteNames(dict.fromkeys(["SpinalCrod", "spinal_cord", "liver_spard", "liver_spared", "my_own"], ("x",)))
    assert slips(site, ["liver_spared"]) == (("SpinalCrod", "SpinalCord"), ("liver_spard", "liver_spared"))
    assert slips(SiteNames(), ["liver"]) == ()
