"""What is exported can be imported again: the same protocol, with the same hash."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from sbrt_qa.protocol.diff import differences
from sbrt_qa.protocol.exchange.import_table import import_table
from sbrt_qa.protocol.exchange.inert import as_meant, inert
from sbrt_qa.protocol.exchange.write_csv import write_csv
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.load import load_protocol, read_content, sha256_of

EVERYTHING = """\
schema: sbrt-qa/protocol/1
id: everything
title: 'Quotes ", commas; and # all'
version: "1.0"
status: published
sources: {own: "Our; rule, # 1", "Ours 2": "δ ≤ 5\\""}
prescription: {target: ptv, fractions: [1, 3, 5], dose: 50 Gy}
dose: {type: EFFECTIVE, summation: MULTI_PLAN}
structures:
  ptv:   {type: target, many: true, names: [PTV, "PTV, 2"]}
  skin:  {type: external, names: [External]}
  liver: {names: [Liver, 肝]}
  part:  {derive: "(liver - ptv) & ring(ptv, 0 mm, 20.5 mm)"}
constraints:
  - {id: A, structure: ptv, metric: "V100%[%]", goal: ">= 95 %", acceptable: ">= 90 %", source: own, why: "a, b; c"}
  - {id: B, structure: part, metric: "Mean[Gy]", goal: {1: "< 7 Gy", 5: "<= 15.25 Gy"}, source: own, mend: '"x"'}
  - {id: C, structure: liver, metric: "V20Gy[%]", goal: {27.5 Gy: "< 3 %", 50 Gy: "< 4 %"}, source: own,
     acceptable: {27.5 Gy: "< 5 %", 50 Gy: "< 6 %"}}
  - {id: D, structure: liver, metric: "V20Gy[cc]", goal: {0.5 cc: "< 3 cc", 50 cc: "< 4 cc"}, source: "Ours 2",
     when: {structure: liver, metric: "Mean[Gy]", is: "> 10 Gy"}, required: false, evidence: M-hi, verify: true}
  - {id: E, structure: liver, metric: "gEUD(a=8)[Gy]", report: true, required: false}
  - {id: F, structure: ptv, metric: "PCI[]", goal: ">= 0.8", suggested: true, source: own}
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm", acceptable: "<= 3 mm"}
  contour-gaps: {strict: true}
"""


def again(protocol, folder):
    path = folder / "table.csv"
    path.write_text(write_csv(protocol), encoding="utf-8")
    made = import_table(path)
    assert (made.refused, made.notes) == ((), ())
    reading = read_content(made.text.encode(), "again.yaml")
    assert not reading.faults
    return reading.protocol


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_protocol_survives_a_spreadsheet(name, tmp_path):
    protocol = load_protocol(name)
    other = again(protocol, tmp_path)
    assert differences(protocol, other) == ()
    assert sha256_of(other) == protocol.sha256


def test_every_kind_of_entry_survives_a_spreadsheet(tmp_path):
    reading = read_content(EVERYTHING.encode(), "everything.yaml")
    assert not reading.faults, reading.faults.sorted()
    other = again(reading.protocol, tmp_path)
    assert differences(reading.protocol, other) == ()
    assert sha256_of(other) == sha256_of(reading.protocol)


COMPUTED = ["=1+1", "+1", "-1", "@SUM(1)", " =1", "'=1", "''-1", "\t=1", "\r=1", "a\r=1", "＝1"]


@pytest.mark.parametrize("text", COMPUTED)
def test_a_text_like_a_formula_is_inert_in_a_spreadsheet(text):
    reading = read_content(EVERYTHING.encode(), "everything.yaml")
    reading.protocol.sources["own"] = text
    first, *others = reading.protocol.constraints
    protocol = replace(reading.protocol, title=text, constraints=(replace(first, why=text, mend=text), *others))
    written = list(csv.reader(write_csv(protocol).splitlines(keepends=True)))
    assert not [cell for row in written for cell in row if cell.strip()[:1] in {*"=+-@＝"}]
    assert [as_meant(cell) for row in written for cell in row].count(text) == 4


@pytest.mark.parametrize("text", ["=1+1", "'=1", "-1", "@x", r"a\r=1", r"a\L=1"])
def test_an_import_takes_the_guard_away(text, tmp_path):
    reading = read_content(
        EVERYTHING.replace("'Quotes \", commas; and # all'", f'"{text}"').encode(), "everything.yaml"
    )
    other = again(reading.protocol, tmp_path)
    assert other.title == reading.protocol.title
    assert sha256_of(other) == sha256_of(reading.protocol)


@pytest.mark.parametrize("text", ["'quoted' words", "'", "5 Gy", "", "a=1"])
def test_other_cells_stay_as_they_are(text):
    assert inert(text) == as_meant(text) == text


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_spreadsheet_may_change_the_separator_and_pad_the_lines(separator, tmp_path):
    protocol = load_protocol("tg101-abdomen")
    rows = list(csv.reader(write_csv(protocol).splitlines()))
    wide = max(map(len, rows))
    with (tmp_path / "table.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([*row, *[""] * (wide - len(row))] for row in rows)
    made = import_table(tmp_path / "table.csv")
    assert made.refused == ()
    assert sha256_of(read_content(made.text.encode(), "x").protocol) == protocol.sha256


def test_a_row_added_in_the_spreadsheet_is_one_difference(tmp_path):
    protocol = load_protocol("tg101-abdomen")
    text = write_csv(protocol) + "OWN,duodenum,Mean[Gy],<= 9 Gy,,,,,,,tg101,,true,,\n"
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    made = import_table(tmp_path / "table.csv")
    (found,) = differences(protocol, read_content(made.text.encode(), "x").protocol)
    assert (found.what, found.judged) == ("constraint OWN", True)
