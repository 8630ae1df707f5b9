"""Slips of the pen that a protocol must never swallow: each at the place where it is mended."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.allow_list import load_allow_list
from sbrt_qa.protocol.exchange.import_table import import_table
from sbrt_qa.protocol.lint_hints import hints
from sbrt_qa.protocol.load import load_protocol, read_content
from sbrt_qa.protocol.site_names import load_names

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


MEANING = {
    "a limit that no plan meets": ('"<= 67 %"', '¤"< 0 %"', "met by no plan"),
    "a limit above all there is": ('">= 95 %"', '¤"> 100 %"', "met by no plan"),
    "a condition that never holds": ('is: "> 10 %"', 'is: ¤"> 100 %"', "met by no plan"),
    "a condition beyond all there is": ('is: "> 10 %"', 'is: ¤"> 150 %"', "never above 100 %"),
    "a condition that always holds": ('is: "> 10 %"', 'is: ¤">= 0 %"', "or leave out when"),
    "columns that point both ways": ('5: "<= 25.3 Gy"', '5: ¤">= 25.3 Gy"', "point in opposite directions"),
    "a column in cGy": ("{3: ", '{¤5000 cGy: "<= 9 Gy", 3: ', "write '50 Gy'"),
    "a check the wrong way round": ('"<= 2.5 mm"', '¤">= 2.5 mm"', "write '<= 2.5 mm'"),
    "a limit that begins with a zero": ('"<= 67 %"', '¤"<= 067 %"', "a number does not begin with a zero"),
    "a zero and no blank": ('"<= 67 %"', '¤"<= 067%"', "a number does not begin with a zero"),
    "a prescription that begins with a zero": ("50 Gy", "¤050 Gy", "a number does not begin with a zero"),
    "a volume without its point": ("metric: D0.035cc[Gy]", "metric: ¤D0035cc[Gy]", "or 0.035 where the point was lost"),
    "a level that begins with a zero": ("metric: V14Gy[%]", "metric: ¤V00[%]", "write 0, or 0.0 where"),
    "an alpha/beta without its point": ('"V10Gy[%]"', '¤"EQD2(ab=03):V10Gy[%]"', "begins with a zero"),
    "too many digits": ("metric: V14Gy[%]", f"metric: ¤V{'9' * 400}Gy[%]", "too many digits"),
    "a level of 0 Gy": ("metric: V14Gy[%]", "metric: ¤V0Gy[%]", "has no dose level"),
    "a level of 0 %": ("metric: V100%[%]", "metric: ¤V0.0%[%]", "has no dose level"),
    "a margin without its point": ('"grow(cord, 5 mm)"', '¤"grow(cord, 05 mm)"', "begins with a zero"),
}


@pytest.mark.parametrize("name", MEANING)
def test_a_slip_of_meaning_is_reported_at_its_place(name):
    old, new, words = MEANING[name]
    place, faults = faults_of(old, new)
    assert [where for where, _ in faults] == [place], faults
    assert words in faults[0][1]


def test_an_effective_dose_is_not_converted_again_in_a_condition():
    text = GOOD.replace("structures:", "dose: {type: EFFECTIVE}\nstructures:")
    text = text.replace('"V10Gy[%]"', '"EQD2(ab=2):V10Gy[%]"')
    [fault] = read_content(text.encode(), "slips.yaml").faults.sorted()
    assert fault.where == "slips.yaml:31:37"
    assert "cannot be converted again" in fault.what


GAPS = {
    "no column for the fractions": ('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '¤{3: "<= 20.3 Gy"}', "no limit for 5 fr"),
    "no tier for the prescription": ('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '¤{45 Gy: "<= 24 Gy"}', "limit for 50 Gy"),
    "acceptable to every plan": (
        'goal: ">= 95 %"',
        'goal: ">= 95 %"\n    acceptable: ¤">= 0 %"',
        "the row never fails",
    ),
    "far from the goal": ('goal: ">= 95 %"', 'goal: ">= 95 %"\n    acceptable: ¤">= 9 %"', "far from the goal '>= 95"),
    "left is right": ("[Kidney_L]", "¤[Spinal_Cord]", "'left' has the same names as 'cord'"),
}
NO_GAPS = (
    ('goal: ">= 95 %"\n    source: a', "report: true"),
    ('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '{50 Gy: "<= 24 Gy"}'),
    ('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '{20 cc: "<= 24 Gy", 40 cc: "<= 25 Gy"}'),
    ('goal: ">= 95 %"', 'goal: ">= 95 %"\n    acceptable: ">= 90 %"'),
    ('goal: ">= 95 %"', 'goal: ">= 95 %"\n    acceptable: {5: ">= 90 %"}'),
    ('goal: ">= 95 %"', 'goal: {5: ">= 95 %"}\n    acceptable: ">= 90 %"'),
)


def warnings_of(text: str):
    reading = read_content(text.replace("¤", "").encode(), "slips.yaml")
    assert not reading.faults, reading.faults.sorted()
    return [(hint.where, str(hint)) for hint in hints(reading) if hint.code == "hint-gap"]


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_is_pointed_at(name):
    old, new, words = GAPS[name]
    text = GOOD.replace(old, new)
    at = text.index("¤")
    [(where, said)] = warnings_of(text)
    assert where == f"slips.yaml:{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"
    assert words in said


@pytest.mark.parametrize(("old", "new"), NO_GAPS)
def test_what_leaves_no_gap_is_left_in_peace(old, new):
    assert warnings_of(GOOD.replace(old, new)) == []


@pytest.mark.parametrize("read", [load_protocol, load_names, load_allow_list, import_table])
def test_a_path_that_nobody_can_look_at_is_refused(read, tmp_path):
    path = tmp_path / f"{'a' * 5000}.yaml"
    with pytest.raises(UsageError, match=r"cannot be read: .* \(check the path and its permissions\)"):
        read(path)
