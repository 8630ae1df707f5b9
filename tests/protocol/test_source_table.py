"""The library against the table of published rows: each row stands in a protocol as it was published, or is left out
with a reason; and no protocol holds a number that stands in no row."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from sbrt_qa.protocol.definition import Constraint, Limit, LimitByFractions, Protocol
from sbrt_qa.protocol.library import folder, shipped
from sbrt_qa.protocol.load import load_protocol

TABLE = Path(__file__).parents[2] / ".." / "shared" / "reference" / "constraints.csv"
CALLED = {  # role -> structure of the row, where that is not the first name of the role
    "liver_spared": {"Liver-GTV", "Liver"},
    "liver_gtv": {"Liver-GTV"},
    "kidneys": {"Kidneys"},
    "ptv": {"PTV"},
    "ptv_all": {"PTV"},
    "cord_prv": {"SpinalCord_PRV05"},
    "bowel_small_prv": {"Bowel_Small_PRV5"},
    "bowel_large_prv": {"Bowel_Large_PRV5"},
    "duodenum_prv": {"Duodenum_PRV05"},
    "stomach_prv": {"Stomach_PRV05"},
    "esophagus_prv": {"Esophagus_PRV05"},
}
HOUSE = {"LIVER-VOLUME", "KIDNEYS-MEAN", "PTV-GI", "LIVER-VEFF"}  # reported; no row states them
OTHERWISE = {  # rows that the library writes in the words of the source: metric, limit
    "PMH6-TARGET-MAX": ("Max[%]", "<= 140 %"),
    "COV-ISO-HI": ("Max[%]", "<= 167 %"),
    "COV-ISO-LO": ("Max[%]", "> 111 %"),
    "UW5-CW-HOT": ("D0.1cc[%]", "<= 105 %"),
    "UW5-CW-HOT-FB": ("D0.1cc[%]", "<= 115 %"),
}
MERGED = (  # rows of several columns or sizes, and second limits, that share one constraint
    (r"(TG101)-[135]F-(.+)", r"\1-\2"),
    (r"(HYTEC|QUANTEC)-[1-6]F-(MLD-[A-Z]+|CORD)(?:-LO|-HI)?", r"\1-\2"),
    (r"(RTOG1112-(?:VEFF|MLD))-[0-9P]+", r"\1"),
    (r"(SPILL-[A-Z0-9]+)-[0-9P]+(?:-MIN)?", r"\1"),
    (r"(.+)-FB", r"\1"),
    (r"(COV-ISO)-(?:HI|LO)", r"\1"),
    (r"VOL-(?:SPARKLE|RIGS)", "LIVER-SPARED-VOLUME"),
)


@dataclass(frozen=True)
class Published:
    """One row of the table."""

    id: str
    fractions: str
    structure: str
    metric: str
    limit: str
    tier: str
    evidence: str

    @property
    def names(self) -> list[str]:
        """Ids under which a protocol may hold the row: its own, or the one it shares."""
        return [self.id, *(re.sub(old, new, self.id) for old, new in MERGED if re.fullmatch(old, self.id))]


@pytest.fixture(scope="module")
def table() -> dict[str, Published]:
    if not TABLE.is_file():
        pytest.skip("the table of published rows is not beside the project")
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["row_id"]: published(row) for row in csv.DictReader(file)}


def published(row: dict[str, str]) -> Published:
    limit = f"{row['comparison']} {row['limit']}".strip()
    metric, limit = OTHERWISE.get(row["row_id"], (row["metric"], limit))
    return Published(row["row_id"], row["fractions"], row["structure"], metric, limit, row["tier"], row["certainty"])


@pytest.fixture(scope="module")
def left_out() -> dict[str, dict[str, str]]:
    with (folder() / "left-out.csv").open(encoding="utf-8", newline="") as file:
        return {row["row"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def library() -> dict[str, Protocol]:
    return {name: load_protocol(name) for name in shipped()}


def holders(row: Published, library: dict[str, Protocol]) -> list[tuple[Protocol, Constraint]]:
    """Every place where the library holds a row, found by its id."""
    found = []
    for protocol in library.values():
        known = {constraint.id: constraint for constraint in protocol.constraints}
        found += [(protocol, known[name]) for name in row.names if name in known][:1]
    return found


def test_what_is_left_out_is_said_as_published_with_a_reason(left_out, table):
    for row_id, said in left_out.items():
        row = table[row_id]
        assert (said["structure"], said["fractions"], said["evidence"]) == (row.structure, row.fractions, row.evidence)
        assert (said["metric"], said["limit"]) == (row.metric, row.limit)
        assert len(said["reason"]) > 20


def test_every_published_row_is_in_the_library_or_left_out(table, left_out, library):
    for row in table.values():
        held = bool(holders(row, library))
        assert held != (row.id in left_out), f"{row.id} is {'also held' if held else 'neither held nor left out'}"


def test_reasons_name_protocols_and_rows_that_exist(left_out, library):
    ids = {row.id for protocol in library.values() for row in protocol.constraints}
    for said in left_out.values():
        for name in re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+-[0-9]+fx\b|\btg101-abdomen\b", said["reason"]):
            assert name in library, name
        for row_id in re.findall(r"\b[A-Z]+[0-9]*-[A-Z0-9-]+\b", said["reason"]):
            assert row_id in ids, row_id


def test_the_library_holds_each_row_as_published(table, left_out, library):
    for row in table.values():
        for protocol, constraint in holders(row, library) if row.id not in left_out else ():
            where = f"{row.id} in {protocol.id}"
            first = protocol.roles[constraint.structure].names[:1]
            assert row.structure in CALLED.get(constraint.structure, set(first)), where
            assert_evidence(row, constraint, where)
            if constraint.is_report:
                assert_reported(row, constraint, where)
            else:
                assert_judged(row, protocol, constraint, where)


def assert_evidence(row: Published, constraint: Constraint, where: str) -> None:
    """The grade is the row's own; columns of different grades share the weaker one."""
    if constraint.id != "LIVER-SPARED-VOLUME":
        assert constraint.evidence == row.evidence or (row.evidence, constraint.evidence) == ("S2", "M-hi"), where
    if row.evidence == "M-hi":
        assert constraint.verify, where


def assert_reported(row: Published, constraint: Constraint, where: str) -> None:
    """A reported row says its published number, for its number of fractions or size, in ``why``."""
    assert row.tier != "mandatory", where
    metric, (_, value, _) = form_of(row, constraint)
    assert constraint.metric.text == metric, where
    if not row.limit:
        return
    number = rf"{re.escape(f'{value:g}')}(?:\.0)?"
    by_size = re.fullmatch(r"SPILL-.*?-([0-9P]+)(-MIN)?", row.id)
    if by_size is not None:
        cc = re.escape(by_size[1].replace("P", "."))
        asked = rf"\b{cc} cc [0-9.]+ / {number}[,;]" if by_size[2] else rf"\b{cc} cc {number} / "
    elif constraint.metric.text == row.metric and row.fractions.isdigit() and constraint.id != row.id:
        asked = rf"\b{number}\b[^,;]*\bin {row.fractions}\b"
    else:
        asked = rf"\b{number}\b"
    assert re.search(asked, constraint.why), where


def assert_judged(row: Published, protocol: Protocol, constraint: Constraint, where: str) -> None:
    limit = limit_of(row, constraint)
    assert limit is not None, where
    metric, asked = form_of(row, constraint)
    assert constraint.metric.text == metric, where
    assert (limit.comparison, limit.value, str(limit.unit)) == asked, where
    assert row.tier == "acceptable" or constraint.suggested is (row.tier == "optimal"), where
    if row.tier == "report":
        assert "this template's choice" in constraint.why, where
        assert protocol.status == "template", where


def limit_of(row: Published, constraint: Constraint) -> Limit | None:
    """The limit of a constraint that stands for a row: goal or acceptable, in its column."""
    limits = constraint.acceptable if row.tier == "acceptable" else constraint.goal
    if limits is None or limits.always is not None:
        return None if limits is None else limits.always
    if isinstance(limits, LimitByFractions):
        return limits.at(int(row.fractions))
    return limits.at(float(row.id.rpartition("-")[2].replace("P", ".")))


def form_of(row: Published, constraint: Constraint) -> tuple[str, tuple[str, float, str]]:
    """Metric and limit of a row, turned round where the constraint asks for the dose instead of the volume."""
    if not row.limit:
        return row.metric, ("", 0.0, "")
    comparison, number, *unit = row.limit.split(" ")
    threshold = re.fullmatch(r"(C?)V([0-9.]+)Gy\[(?:cc|%)\]", row.metric)
    if constraint.metric.text == row.metric or (threshold is None and row.id != "UW5-LIVER-DC700"):
        return row.metric, (comparison, float(number), unit[0] if unit else "")
    if threshold is None:
        return "CV15Gy[cc]", (">=", 700.0, "cc")
    return f"D{threshold[1]}{number}{unit[0]}[Gy]", ("<", float(threshold[2]), "Gy")


def test_no_protocol_holds_a_number_that_stands_in_no_row(table, left_out, library):
    held = {(protocol.id, constraint.id): 0 for protocol in library.values() for constraint in protocol.constraints}
    seconds = set()
    for row in table.values():
        for protocol, constraint in holders(row, library) if row.id not in left_out else ():
            key = (protocol.id, constraint.id)
            held[key] += row.tier != "acceptable"
            if row.tier == "acceptable":
                seconds.add(key)
    for protocol in library.values():
        for constraint in protocol.constraints:
            key = (protocol.id, constraint.id)
            if constraint.id in HOUSE:
                assert constraint.is_report
            elif constraint.is_report:
                assert held[key] >= 1, key
            else:
                assert held[key] == max(len(constraint.goal.columns), 1), key
            if constraint.acceptable is not None:
                assert key in seconds or "proposal of this template" in constraint.why, key
