"""Slips of the pen that a protocol must never swallow: each at the place where it is mended."""

from __future__ import annotations

import pytest

from sbrt_qa.protocol.load import read_content

GOOD = """\
schema: sbrt-qa/protocol/1
id: slips-5fx
title: Slips
version: "1.0"
status: template
sources:
  a: "Author, Journal Year"
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv: {type: target, names: [PTV]}
  cord: {names: [SpinalCord]}
  left: {names: [Kidney_L]}
  cord_prv: {derive: "grow(cord, 5 mm)"}
constraints:
  - id: COVERAGE
    structure: ptv
    metric: V100%[%]
    goal: ">= 95 %"
    source: a
  - id: CORD
    structure: cord
    metric: D0.035cc[Gy]
    goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}
    source: a
  - id: LEFT
    structure: left
    metric: V14Gy[%]
    goal: "<= 67 %"
    source: a
    when: {structure: cord, metric: "V10Gy[%]", is: "> 10 %"}
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm"}
"""

SYNTAX = {
    "limit without quotes": ('goal: ">= 95 %"', "goal: ¤>= 95 %", "write it in quotes"),
    "limit without quotes in a row": ('is: "> 10 %"', "is: ¤> 10 %", "cannot start any token"),
    "quotes not closed": ('"1.0"', '¤"1.0', "the quotes that open here are closed only in line 7"),
    "quotes not closed before a limit": ('goal: ">= 95 %"', 'goal: ¤">= 95 %', "closed only in line 23"),
    "quotes of a name not closed": ("[SpinalCord]", '[¤"SpinalCord]', "closed only in line 13"),
    "quotes never closed": ("title: Slips", "title: ¤'Slips", "close what is opened here"),
    "brackets not closed": ("{names: [Kidney_L]}", "¤{names: [Kidney_L]", "close what is opened here"),
    "brackets not closed at the end": ('{goal: "<= 2.5 mm"}', '¤{goal: "<= 2.5 mm"', "close what is opened here"),
    "no blank after the colon": ("title: Slips", "¤title:Slips", "write the key, a colon and a blank"),
    "no colon": ("title: Slips", "¤title Slips", "write the key, a colon and a blank"),
    "a wide colon": ("title: Slips", "¤title\uff1a Slips", "write the key, a colon and a blank"),
    "a star for a dash": ("- id: LEFT", "¤* id: LEFT", "write it in quotes"),
    "an exclamation mark": ('goal: ">= 95 %"', "goal: ¤!> 95 %", "write it in quotes"),
    "an apostrophe in single quotes": ("title: Slips", "title: 'Men'¤s'", "begun in line 1"),
    "an unknown directive": ("schema: s", "¤%FOO x\n---\nschema: s", "a directive (%)"),
    "a directive below a comment": ("schema: s", "# x\n¤%YAML 1.1\n---\nschema: s", "a directive (%)"),
}


def faults_of(old: str, new: str):
    """Return place and text of each fault, and the place that ``¤`` marks."""
    assert GOOD.count(old) == 1, old
    text = GOOD.replace(old, new)
    at = text.index("¤")
    place = f"slips.yaml:{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"
    faults = read_content(text.replace("¤", "").encode(), "slips.yaml").faults.sorted()
    return place, [(fault.where, str(fault)) for fault in faults]


def test_the_file_without_slips_is_good():
    assert read_content(GOOD.encode(), "slips.yaml").faults.sorted() == ()


@pytest.mark.parametrize("name", SYNTAX)
def test_a_slip_of_the_form_is_reported_where_it_begins(name):
    old, new, words = SYNTAX[name]
    place, faults = faults_of(old, new)
    assert [where for where, _ in faults] == [place], faults
    assert words in faults[0][1]
