"""Differences are those of meaning: spelling and order are none, every change that matters is one."""

from __future__ import annotations

from dataclasses import fields

import pytest

from sbrt_qa.protocol.definition import CheckRule, Condition, Constraint, PrescriptionRule, Protocol, Role
from sbrt_qa.protocol.diff import differences
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.limit_table import LimitTable
from sbrt_qa.protocol.load import load_protocol, read_content, sha256_of

TEXT = """\
schema: sbrt-qa/protocol/1
id: one
title: One
version: "1.0"
status: template
sources: {own: Our own rule, tg: Their rule}
prescription: {target: ptv, fractions: [3, 5], dose: {min: 30 Gy, max: 60 Gy}}
structures:
  ptv:    {type: target, many: true, names: [PTVsb, PTV]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  spared: {derive: "liver - ptv"}
constraints:
  - {id: COVER, structure: ptv, metric: "V100%[%]", goal: ">= 95 %", acceptable: ">= 90 %", source: own}
  - {id: SPARED, structure: spared, metric: "CV15Gy[cc]", goal: ">= 700 cc", source: own, why: To work.}
  - {id: CORD, structure: cord, metric: "D0.035cc[Gy]", goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}, source: tg}
  - {id: MEAN, structure: liver, metric: "Mean[Gy]", goal: {45 Gy: "<= 15 Gy", 50 Gy: "< 13 Gy"}, source: tg}
  - {id: LIVER, structure: liver, metric: "Volume[cc]", report: true}
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm"}
"""


def read(text: str):
    reading = read_content(text.encode(), "one.yaml")
    assert not reading.faults, reading.faults.sorted()
    return reading.protocol


def changed(old: str, new: str) -> list[str]:
    assert TEXT.count(old) == 1, old
    return [f"{found.what}: {found.change}" for found in differences(read(TEXT), read(TEXT.replace(old, new)))]


CHANGES = {
    "goal stricter": ('">= 700 cc"', '">= 800 cc"', "constraint SPARED: goal >= 700 cc becomes >= 800 cc (stricter)"),
    "goal looser": ('">= 95 %"', '">= 93 %"', "constraint COVER: goal >= 95 % becomes >= 93 % (looser)"),
    "sign": ('">= 700 cc"', '"> 700 cc"', "constraint SPARED: goal >= 700 cc becomes > 700 cc (stricter)"),
    "column": ("<= 25.3", "<= 23.3", "constraint CORD: goal for 5 fractions <= 25.3 Gy becomes <= 23.3 Gy (stricter)"),
    "column gone": (', 5: "<= 25.3 Gy"', "", "constraint CORD: goal for 5 fractions <= 25.3 Gy becomes none"),
    "tier": ("45 Gy:", "40 Gy:", "constraint MEAN: goal for 45 Gy <= 15 Gy becomes none"),
    "acceptable gone": (', acceptable: ">= 90 %"', "", "constraint COVER: acceptable >= 90 % becomes none"),
    "metric": ("D0.035cc[Gy]", "D0.35cc[Gy]", "constraint CORD: metric D0.035cc[Gy] becomes D0.35cc[Gy]"),
    "structure of a row": (
        "structure: spared", "structure: liver", "constraint SPARED: structure spared becomes liver",
    ),
    "source of a row": ('700 cc", source: own', '700 cc", source: tg', "constraint SPARED: source own becomes tg"),
    "citation": ("Their rule", "Another rule", "source tg: Their rule becomes Another rule"),
    "reason": ("why: To work.", "why: To live.", "constraint SPARED: why To work. becomes To live."),
    "optional": ("why: To work.", "required: false, why: To work.", "constraint SPARED: required true becomes false"),
    "marked": ("why: To work.", "verify: true, why: To work.", "constraint SPARED: verify false becomes true"),
    "suggested": ("why: To work.", "suggested: true, why: To work.", "constraint SPARED: suggested false becomes true"),
    "name added": ("[PTVsb, PTV]", "[PTVsb, PTV, PTVx]", "structure ptv: names with PTVx"),
    "name exchanged": ("[SpinalCord]", "[SpinalCanal]", "structure cord: names without SpinalCord, with SpinalCanal"),
    "many": ("many: true, ", "", "structure ptv: many true becomes false"),
    "derivation": ('"liver - ptv"', '"liver & ptv"', "structure spared: derive liver - ptv becomes liver & ptv"),
    "fractions": ("fractions: [3, 5]", "fractions: [5]", "prescription: fractions 3, 5 becomes 5"),
    "dose": ("max: 60 Gy", "max: 55 Gy", "prescription: dose 30 to 60 Gy becomes 30 to 55 Gy"),
    "dose asked": ("checks:", "dose: {summation: MULTI_PLAN}\nchecks:", "dose: summation PLAN becomes MULTI_PLAN"),
    "check": ("<= 2.5 mm", "<= 2 mm", "check dose-grid-spacing: goal <= 2.5 mm becomes <= 2 mm"),
    "check strict": ('mm"}', 'mm", strict: true}', "check dose-grid-spacing: strict false becomes true"),
    "check gone": (
        'checks:\n  dose-grid-spacing: {goal: "<= 2.5 mm"}\n', "", "check dose-grid-spacing: its rule is removed",
    ),
    "version": ('"1.0"', '"1.1"', "version: 1.0 becomes 1.1"),
    "row gone": (
        '  - {id: LIVER, structure: liver, metric: "Volume[cc]", report: true}\n', "",
        "constraint LIVER: is removed: Volume of liver is reported, not judged.",
    ),
    "row new": (
        "  - {id: LIVER,", '  - {id: NEW, structure: cord, metric: "Mean[Gy]", report: true}\n  - {id: LIVER,',
        "constraint NEW: is added: Mean dose of cord is reported, not judged.",
    ),
    "row called otherwise": ("id: SPARED", "id: REMNANT", "constraint SPARED: is called REMNANT"),
    "row under a condition": (
        "why: To work.", 'when: {structure: liver, metric: "Volume[cc]", is: "< 1000 cc"}',
        "constraint SPARED: when none becomes Volume[cc] of liver < 1000 cc",
    ),
    "other way round": (
        '">= 700 cc"', '"<= 700 cc"', "constraint SPARED: goal >= 700 cc becomes <= 700 cc (the other way round)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(name):
    old, new, words = CHANGES[name]
    found = changed(old, new)
    assert found[0] == words
    expected = {"tier": 2, "reason": 1, "row under a condition": 2}.get(name, 1)
    assert len(found) == expected, found
    assert sha256_of(read(TEXT)) != sha256_of(read(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<= 25.3 Gy", "<=25.300 Gy"), ("30 Gy, max: 60 Gy", "30.0 Gy, max: 60.00 Gy"), ("[3, 5]", "[5, 3]"),
        ('"liver - ptv"', '"(liver)-ptv"'), ("[PTVsb, PTV]", "[PTV, PTVsb]"), ("45 Gy:", "45.0 Gy:"),
        ('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '{5: "<= 25.3 Gy", 3: "<= 20.3 Gy"}'),
        ("title: One", 'title:   "One"  # x'),
        ("why: To work.", "why: >-\n      To\n      work.\n    "), ("status:", "dose: {type: PHYSICAL}\nstatus:"),
        ('metric: "Volume[cc]"', 'metric: "Volume [cc]"'), ("checks:\n", "checks:\n  contour-overlaps: {}\n"),
    ],
)  # fmt: skip
def test_another_spelling_is_no_difference(old, new):
    if "why: >-" in new:
        old, new = (
            '{id: SPARED, structure: spared, metric: "CV15Gy[cc]", goal: ">= 700 cc", source: own, why: To work.}',
            (
                "id: SPARED\n    structure: spared\n    metric: CV15Gy[cc]\n    goal: '>= 700 cc'\n    source: own\n"
                "    why: >-\n      To\n      work."
            ),
        )
    assert changed(old, new) == []


def test_another_order_is_no_difference():
    head, rows = TEXT.split("constraints:\n")
    rows, checks = rows.split("checks:\n")
    back = "".join(reversed(rows.splitlines(keepends=True)))
    lines = head.splitlines(keepends=True)
    top, structures = lines[:8], lines[8:]
    text = "".join([*top, *reversed(structures), "constraints:\n", back, "checks:\n", checks])
    assert text != TEXT
    assert differences(read(TEXT), read(text)) == ()


def test_a_structure_that_is_called_otherwise_is_one_difference():
    text = TEXT.replace("liver", "hepar").replace("spared", "rest")
    assert [f"{found.what}: {found.change}" for found in differences(read(TEXT), read(text))] == [
        "structure liver: is called hepar", "structure spared: is called rest",
    ]  # fmt: skip


def test_what_is_only_said_is_told_apart():
    found = differences(read(TEXT), read(TEXT.replace("To work.", "To live.").replace("<= 25.3", "<= 25.2")))
    assert [difference.judged for difference in found] == [False, True]


@pytest.mark.parametrize("name", shipped())
def test_a_protocol_does_not_differ_from_itself_and_differs_from_every_other(name):
    own = load_protocol(name)
    assert differences(own, load_protocol(name)) == ()
    for other in shipped():
        assert other == name or any(found.judged for found in differences(own, load_protocol(other)))


@pytest.mark.parametrize(
    ("part", "compared"),
    [
        (Protocol, "id title version status sources prescription roles constraints checks dose_kind dose_summation"),
        (
            Constraint,
            "id structure metric goal acceptable required source why mend evidence verify suggested when",
        ),
        (Role, "id names kind many derive"),
        (PrescriptionRule, "target fractions min_gy max_gy"),
        (CheckRule, "goal acceptable strict"),
        (Condition, "structure metric limit"),
        (LimitTable, "by columns"),
    ],
)
def test_nothing_of_a_protocol_is_left_out_of_the_comparison(part, compared):
    """A new field belongs into diff, yaml_text and write_csv too."""
    assert {field.name for field in fields(part)} - {"where", "sha256"} == set(compared.split())
