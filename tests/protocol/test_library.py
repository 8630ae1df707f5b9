"""The shipped protocols: found, sound, and true to the rows they are built from."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from sbrt_qa.model import Structure
from sbrt_qa.protocol.library import folder, shipped
from sbrt_qa.protocol.load import lint, load_protocol
from sbrt_qa.protocol.names import match

ROOT = Path(__file__).parents[2]
ROWS = ROOT / ".." / "shared" / "reference" / "constraints.csv"
TEMPLATES = ("crlm-liver-bed-3fx", "crlm-liver-bed-5fx")
UPPER_ABDOMEN = (
    "External", "Liver", "CTVsb", "PTVsb", "SpinalCord", "SpinalCanal", "Duodenum", "Stomach", "Bowel_Small",
    "Bowel_Large", "Kidney_L", "Kidney_R", "Heart", "Esophagus", "Chestwall", "Skin", "GreatVes", "CouchSurface",
)  # fmt: skip
ROLE_NAMES = {  # role -> the structure of the source row, where it is not the role's first name
    "liver_spared": {"Liver-GTV", "Liver"},
    "kidneys": {"Kidneys"},
    "ptv": {"PTV"},
    "jejunum": {"Jejunum_Ileum"},
    "colon": {"Colon"},
}
HOUSE = {"LIVER-VOLUME", "LIVER-SPARED-VOLUME", "KIDNEYS-MEAN"}  # reported; no source states them


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, str]]:
    if not ROWS.is_file():
        pytest.skip("the table of source rows is not beside the project")
    with ROWS.open(encoding="utf-8", newline="") as file:
        return {row["row_id"]: row for row in csv.DictReader(file)}


def test_the_shipped_files_are_found_and_called_as_their_ids():
    assert folder() == ROOT / "protocols"
    assert tuple(shipped()) == ("crlm-liver-bed-3fx", "crlm-liver-bed-5fx", "tg101-abdomen")
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
        if not row.is_report:
            assert row.mend
            assert row.evidence
            assert row.source


@pytest.mark.parametrize("name", shipped())
def test_an_ordinary_upper_abdomen_can_be_decided(name):
    protocol = load_protocol(name)
    case = [Structure(roi, number, ()) for number, roi in enumerate(UPPER_ABDOMEN, start=1)]
    filled = set(match(case, protocol.roles).filled)
    for row in protocol.constraints:
        if row.required:
            role = protocol.roles[row.structure]
            assert (role.derive.roles if role.derive else {role.id}) <= filled, row.id


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize(
    "roi", ["SpinalCord", "Liver", "CTVsb", "PTVsb", "Duodenum", "Stomach", "Bowel_Small", "Bowel_Large"]
)
def test_what_decides_cannot_be_left_out(name, roi):
    protocol = load_protocol(name)
    case = [Structure(other, number, ()) for number, other in enumerate(UPPER_ABDOMEN, start=1) if other != roi]
    doubts = match(case, protocol.roles).doubts
    needed = set()
    for row in protocol.constraints:
        if row.required and not row.is_report:
            role = protocol.roles[row.structure]
            needed |= role.derive.roles if role.derive else {role.id}
    assert needed & set(doubts) or protocol.prescription.target in doubts


def same_structure(protocol, row, source_row) -> bool:
    names = ROLE_NAMES.get(row.structure, set(protocol.roles[row.structure].names[:1]))
    return source_row["structure"] in names


def limit_of(source_row) -> tuple[str, float, str]:
    number, unit = source_row["limit"].split(" ")
    return source_row["comparison"], float(number), unit


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_row_of_a_template_is_its_source_row(name, rows):
    protocol = load_protocol(name)
    for row in protocol.constraints:
        if row.id in HOUSE:
            assert row.is_report
            continue
        source_row = rows[row.id]
        assert same_structure(protocol, row, source_row), row.id
        assert row.evidence == source_row["certainty"], row.id
        assert source_row["certainty"] in {"S", "S2", "C"}
        assert source_row["fractions"] in {str(*protocol.prescription.fractions), "3-5", "3-6"}, row.id
        if row.id == "UW5-LIVER-DC700":  # DC700cc[Gy] < 15 Gy, written as in the second source
            source_row = rows["EVIQ5-LIVER"]
        assert row.metric.text == source_row["metric"], row.id
        if source_row["tier"] == "report" and not row.is_report:
            assert "this template's choice" in row.why, row.id
        if not row.is_report:
            limit = row.goal.always
            assert (limit.comparison, limit.value, limit.unit) == limit_of(source_row), row.id


def test_second_limits_are_a_fallback_of_the_source_or_said_to_be_a_proposal(rows):
    for name in shipped():
        for row in load_protocol(name).constraints:
            if row.acceptable is None:
                continue
            second = row.acceptable.always
            fallback = rows.get(f"{row.id}-FB")
            if fallback is None:
                assert "proposal" in row.why
            else:
                assert (second.comparison, second.value, second.unit) == limit_of(fallback)
                assert row.metric.text == fallback["metric"]


def turned_round(metric: str, limit: str) -> tuple[str, float]:
    """Return the dose form of a threshold rule: V18Gy[cc] of 5 cc is D5cc of 18 Gy."""
    number, unit = limit.split(" ")
    threshold = re.fullmatch(r"(C?)V([0-9.]+)Gy\[(?:cc|%)\]", metric)
    if threshold is None:
        return metric, float(number)
    return f"D{threshold[1]}{number}{unit}[Gy]", float(threshold[2])


def test_tg101_holds_every_row_of_its_table_in_its_column(rows):
    protocol = load_protocol("tg101-abdomen")
    constraints = {row.id: row for row in protocol.constraints}
    seen = set()
    for row_id, source_row in rows.items():
        parts = re.fullmatch(r"TG101-([135])F-(.+)", row_id)
        if parts is None or parts[2] == "CORDSEG":
            continue
        row, fractions = constraints[f"TG101-{parts[2]}"], int(parts[1])
        metric, gy = turned_round(source_row["metric"], source_row["limit"])
        assert row.metric.text == metric, row_id
        assert same_structure(protocol, row, source_row), row_id
        assert source_row["certainty"] == row.evidence or (source_row["certainty"], row.evidence) == ("S2", "M-hi")
        seen.add((row.id, fractions))
        if row.is_report:
            assert row.id == "TG101-RIB-B"
            continue
        limit = row.goal.at(fractions)
        is_volume_rule = source_row["metric"] != metric
        assert (limit.comparison, limit.value) == ("<" if is_volume_rule else source_row["comparison"], gy), row_id
    assert seen == {(row.id, n) for row in protocol.constraints for n in (row.goal.columns if row.goal else (3,))}


def test_the_reported_rib_row_is_implied_by_a_judged_one():
    rows = {row.id: row for row in load_protocol("tg101-abdomen").constraints}
    judged, reported = rows["TG101-RIB-A"], rows["TG101-RIB-B"]
    assert judged.metric.part_cc < reported.metric.part_cc
    assert judged.goal.at(3).value < 30


def test_recalled_numbers_are_marked():
    marked = {row.id for row in load_protocol("tg101-abdomen").constraints if row.verify}
    assert marked == {"TG101-LIVER", "TG101-LUNG-PNEU", "TG101-LUNG-FUNC"}
    for name in TEMPLATES:
        assert not any(row.verify for row in load_protocol(name).constraints)
