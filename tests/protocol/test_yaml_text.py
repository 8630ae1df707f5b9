"""A protocol written out again is the same protocol."""

from __future__ import annotations

import pytest

from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.load import load_protocol, read_content, sha256_of
from sbrt_qa.protocol.yaml_text import as_yaml, number_text

EVERYTHING = """\
schema: sbrt-qa/protocol/1
id: everything
title: 'Quotes " and back\\slash: # all'
version: "1.0"
status: template
sources: {own: "Our: rule # 1", "Ours 2": "δ ≤ 5", "true": "a word", "1": "a number"}
prescription: {target: ptv, fractions: [1, 3, 5]}
dose: {type: EFFECTIVE, summation: MULTI_PLAN}
structures:
  ptv:   {type: target, many: true, names: [PTV, "PTV: 2", "12", "no"]}
  skin:  {type: external, names: [External]}
  liver: {names: [Liver, 肝]}
  part:  {derive: "(liver - ptv) & ring(ptv, 0 mm, 20.5 mm)"}
constraints:
  - {id: "1", structure: ptv, metric: "V100%[%]", goal: ">= 95 %", acceptable: ">= 90 %", source: "true"}
  - {id: "2e3", structure: part, metric: "Mean[Gy]", goal: {1: "< 7 Gy", 5: "<= 15.25 Gy"}, source: "1", why: "a: b"}
  - {id: null-, structure: liver, metric: "V20Gy[%]", goal: {27.5 Gy: "< 3 %", 50 Gy: "< 4 %"}, source: own}
  - {id: w, structure: liver, metric: "V20Gy[cc]", goal: {0.5 cc: "< 3 cc", 50 cc: "< 4 cc"}, source: "Ours 2",
     when: {structure: liver, metric: "Mean[Gy]", is: "> 10 Gy"}, required: false, evidence: M-hi, verify: true}
  - {id: r, structure: liver, metric: "gEUD(a=8)[Gy]", report: true, suggested: true, mend: "- none"}
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm", acceptable: "<= 3 mm"}
  contour-gaps: {strict: true}
  contour-overlaps: {}
"""


def again(protocol):
    reading = read_content(as_yaml(protocol, ("written again", "")).encode(), "again.yaml")
    assert not reading.faults, reading.faults.sorted()
    return reading.protocol


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_protocol_is_written_out_without_loss(name):
    protocol = load_protocol(name)
    assert sha256_of(again(protocol)) == protocol.sha256


def test_every_kind_of_entry_is_written_out():
    reading = read_content(EVERYTHING.encode(), "everything.yaml")
    assert not reading.faults, reading.faults.sorted()
    assert sha256_of(again(reading.protocol)) == sha256_of(reading.protocol)


def test_a_protocol_that_only_reports_needs_no_source():
    head, rows = EVERYTHING.split("constraints:\n")
    head = "".join(line for line in head.splitlines(keepends=True) if not line.startswith("sources:"))
    text = head + "constraints:\n" + next(line for line in rows.splitlines(keepends=True) if "report: true" in line)
    reading = read_content(text.encode(), "reports.yaml")
    assert not reading.faults, reading.faults.sorted()
    assert "sources:" not in as_yaml(reading.protocol)
    assert sha256_of(again(reading.protocol)) == sha256_of(reading.protocol)


@pytest.mark.parametrize(("value", "text"), [(5.0, "5"), (27.5, "27.5"), (0.035, "0.035"), (1e-7, "0.0000001")])
def test_numbers_are_written_in_full(value, text):
    assert number_text(value) == text
    assert float(number_text(value)) == value
