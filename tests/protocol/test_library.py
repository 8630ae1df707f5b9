"""The shipped protocols: found, sound, and true to the rows they are built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbrt_qa.model import Structure
from sbrt_qa.protocol.library import folder, shipped
from sbrt_qa.protocol.load import lint, load_protocol
from sbrt_qa.protocol.names import match

ROOT = Path(__file__).parents[2]
SHIPPED = (
    "crlm-liver-bed-3fx", "crlm-liver-bed-5fx", "hytec-quantec-liver", "pmh-liver-6fx", "rtog0438-liver-10fx",
    "rtog1112-liver", "tg101-abdomen", "uw-abdomen-5fx",
)  # fmt: skip
BED = "SpinalCord Liver CTVsb PTVsb Duodenum Stomach Bowel_Small Bowel_Large Esophagus Heart"
TUMOUR = "SpinalCord Liver GTV Stomach Bowel_Small Bowel_Large Kidney_L Kidney_R"
DECISIVE = {  # what a plan cannot pass without
    "crlm-liver-bed-3fx": BED,
    "crlm-liver-bed-5fx": f"{BED} Kidney_L Kidney_R",
    "tg101-abdomen": BED.replace("PTVsb ", ""),
    "pmh-liver-6fx": "PTVsb SpinalCord Stomach Bowel_Small Bowel_Large Esophagus Heart Kidney_L Kidney_R",
    "rtog0438-liver-10fx": TUMOUR,
    "rtog1112-liver": f"{TUMOUR} Duodenum Esophagus",
    "uw-abdomen-5fx": f"{TUMOUR} PTVsb Duodenum Esophagus Heart",
}
TEMPLATES = ("crlm-liver-bed-3fx", "crlm-liver-bed-5fx")
UPPER_ABDOMEN = (
    "External", "Liver", "CTVsb", "PTVsb", "SpinalCord", "SpinalCanal", "Duodenum", "Stomach", "Bowel_Small",
    "Bowel_Large", "Kidney_L", "Kidney_R", "Heart", "Esophagus", "Chestwall", "Skin", "GreatVes", "CouchSurface",
)  # fmt: skip
HOUSE = {
    "LIVER-VOLUME",
    "LIVER-SPARED-VOLUME",
    "KIDNEYS-MEAN",
    "PTV-GI",
    "LIVER-VEFF",
}  # reported; no source states them


def test_the_shipped_files_are_found_and_called_as_their_ids():
    assert folder() == ROOT / "protocols"
    assert tuple(shipped()) == SHIPPED
    for name in shipped():
        assert lint(name) == ()
        assert load_protocol(name).id == name


def test_inside_a_wheel_the_packaged_folder_is_used(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "sbrt_qa"
    (package / "_protocols").mkdir(parents=True)
    (package / "_protocols" / "a.yaml").write_text("", encoding="utf-8")
    monkeypatch.setattr("sbrt_qa.protocol.library.__file__", str(package / "protocol" / "library.py"))
    assert dict(shipped()) == {"a": package / "_protocols" / "a.yaml"}
    (package / "_protocols" / "a.yaml").unlink()
    (package / "_protocols").rmdir()
    assert folder() is None
    assert dict(shipped()) == {}


def test_no_protocol_claims_to_be_that_of_the_trial():
    for name, path in shipped().items():
        assert "nct" not in name
        protocol = load_protocol(name)
        assert "NCT" not in protocol.title + protocol.id
        if name in TEMPLATES:
            assert protocol.status == "template"
            assert "institution template, not the trial protocol" in protocol.title
            assert (
                "NCT06120127 has published no dose or constraint set, and this is not it" in protocol.sources["about"]
            )
            header = path.read_text(encoding="utf-8").partition("schema:")[0]
            assert "This is NOT the protocol of trial NCT06120127." in header


@pytest.mark.parametrize("name", shipped())
def test_every_row_says_why_and_every_judged_row_its_remedy_and_grade(name):
    for row in load_protocol(name).constraints:
        assert row.why
        assert row.is_report or row.mend
        if row.id not in HOUSE:
            assert row.evidence
            assert row.source


def needed_roles(protocol) -> set[str]:
    """Contoured roles that a required, judged row cannot do without."""
    judged = [protocol.roles[row.structure] for row in protocol.constraints if row.required and not row.is_report]
    return {part for role in judged for part in (role.derive.roles if role.derive else {role.id})}


def upper_abdomen(protocol, without: str = "") -> list[Structure]:
    """Structures of an ordinary case; with gross tumour where the protocol subtracts it."""
    names = (*UPPER_ABDOMEN, "GTV") if "gtv" in protocol.roles else UPPER_ABDOMEN
    return [Structure(roi, number, ()) for number, roi in enumerate(names, start=1) if roi != without]


@pytest.mark.parametrize("name", shipped())
def test_an_ordinary_upper_abdomen_can_be_decided(name):
    protocol = load_protocol(name)
    assert needed_roles(protocol) <= set(match(upper_abdomen(protocol), protocol.roles).filled)


@pytest.mark.parametrize(("name", "roi"), [(name, roi) for name, rois in DECISIVE.items() for roi in rois.split()])
def test_what_decides_cannot_be_left_out(name, roi):
    protocol = load_protocol(name)
    doubts = match(upper_abdomen(protocol, without=roi), protocol.roles).doubts
    assert needed_roles(protocol) & set(doubts)


def test_the_liver_without_its_tumour_is_not_decided_for_a_bed_that_has_none():
    for name in ("uw-abdomen-5fx", "rtog1112-liver", "rtog0438-liver-10fx"):
        protocol = load_protocol(name)
        bed = upper_abdomen(protocol, without="GTV")
        assert "gtv" in needed_roles(protocol) & set(match(bed, protocol.roles).doubts)


def test_the_reported_rib_row_is_implied_by_a_judged_one():
    rows = {row.id: row for row in load_protocol("tg101-abdomen").constraints}
    judged, reported = rows["TG101-RIB-A"], rows["TG101-RIB-B"]
    assert judged.metric.part_cc < reported.metric.part_cc
    assert judged.goal.at(3).value < 30


def test_recalled_numbers_are_marked():
    for name, expected in {
        "tg101-abdomen": {"TG101-LIVER", "TG101-LUNG-PNEU", "TG101-LUNG-FUNC"},
        "pmh-liver-6fx": {"PMH6-NTCP"},
        "uw-abdomen-5fx": set(),
        "rtog0438-liver-10fx": set(),
        "hytec-quantec-liver": {"NTCP-LIVER-PRIM-BID", "NTCP-LIVER-MET-BID", "NTCP-LIVER-MET-EQD2"},
        "crlm-liver-bed-3fx": {"NTCP-LIVER-MET-EQD2"},
        "crlm-liver-bed-5fx": {"NTCP-LIVER-MET-EQD2"},
    }.items():
        assert {row.id for row in load_protocol(name).constraints if row.verify} == expected
    unmarked = {row.id for row in load_protocol("rtog1112-liver").constraints if not row.verify}
    assert unmarked == {"RTOG1112-VEFF"}


def test_a_file_of_risk_statements_judges_nothing():
    assert all(row.is_report for row in load_protocol("hytec-quantec-liver").constraints)
