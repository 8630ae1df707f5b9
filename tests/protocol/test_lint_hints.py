"""Hints: slips are pointed at, at their place; what tables really ask for is left in peace."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import ProtocolError, SbrtQaError
from sbrt_qa.protocol import lint_hints
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.lint_hints import hints
from sbrt_qa.protocol.load import load_protocol, read, read_content
from sbrt_qa.protocol.usual_sense import usual_sense

HEAD = """\
schema: sbrt-qa/protocol/1
id: example
title: Example
version: "1.0"
status: template
sources: {own: Own rule}
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv:   {type: target, names: [PTV]}
  liver: {names: [Liver]}
  cord:  {names: [Myelon]}
  duo:   {names: [Duodenum]}
  spared: {derive: "liver - ptv"}
  shell: {derive: "ring(ptv, 0 mm, 20 mm)"}
  core:  {derive: "ptv - duo"}
  both:  {derive: "ptv & duo"}
constraints:
"""
ROW = '  - {{id: R, structure: {}, metric: "{}", goal: {}, source: own}}\n'


def hints_of(structure: str, metric: str, goal: str, head: str = HEAD):
    limit = goal if goal.startswith("{") else f'"{goal}"'
    reading = read_content((head + ROW.format(structure, metric, limit)).encode(), "own.yaml")
    assert not reading.faults, reading.faults.sorted()
    return hints(reading)


SLIPS = {
    "cGy for Gy": ("cord", "D0.5cc[Gy]", "<= 2500 Gy", "hint-unit", "for cGy write '<= 25 Gy'"),
    "cGy level": ("liver", "CV1500Gy[cc]", ">= 700 cc", "hint-unit", "for cGy write CV15Gy[cc]"),
    "% for cc in the metric": ("cord", "D0.035%[Gy]", "<= 30 Gy", "hint-unit", "did you mean D0.035cc[Gy]?"),
    "cc for % in the metric": ("ptv", "D95cc[Gy]", ">= 50 Gy", "hint-unit", "did you mean D95%[Gy]?"),
    "% of dose for Gy": ("liver", "V15%[%]", "<= 30 %", "hint-unit", "did you mean V15Gy[%]?"),
    "% for cc in the limit": ("duo", "V35Gy[%]", "<= 0.03 %", "hint-unit", "did you mean V35Gy[cc]?"),
    "cc for % in the limit": ("ptv", "V100%[cc]", ">= 95 cc", "hint-unit", "did you mean V100%[%]?"),
    "a slip behind a prefix": ("duo", "BED(ab=3):D0.03%[Gy]", "<= 80 Gy", "hint-unit", "mean BED(ab=3):D0.03cc[Gy]?"),
    "coverage down": ("ptv", "V100%[%]", "<= 95 %", "hint-direction", "did you mean '>= 95 %'?"),
    "coverage dose down": ("ptv", "D95%[Gy]", "<= 50 Gy", "hint-direction", "did you mean '>= 50 Gy'?"),
    "target maximum up": ("ptv", "D0.03cc[Gy]", ">= 60 Gy", "hint-direction", "usual sense of D0.03cc[Gy] of 'ptv'"),
    "organ dose up": ("cord", "D0.5cc[Gy]", ">= 25 Gy", "hint-direction", "did you mean '<= 25 Gy'?"),
    "organ mean up": ("spared", "Mean[Gy]", ">= 15 Gy", "hint-direction", "did you mean '<= 15 Gy'?"),
    "organ volume up": ("duo", "V18Gy[cc]", "> 5 cc", "hint-direction", "did you mean '<= 5 cc'?"),
    "spared volume down": ("spared", "CV15Gy[cc]", "<= 700 cc", "hint-direction", "did you mean '>= 700 cc'?"),
    "shell dose up": ("shell", "D2%[Gy]", ">= 30 Gy", "hint-direction", "did you mean '<= 30 Gy'?"),
    "a digit too many": ("cord", "D0.5cc[Gy]", "<= 75 Gy", "hint-library", "is 3 times the '<= 25 Gy' of UW5-CORD in"),
    "a digit too few": ("cord", "D0.5cc[Gy]", "<= 2.5 Gy", "hint-library", "check number and unit"),
    "maximum beside a maximum": ("cord", "D0.03cc[Gy]", "<= 61 Gy", "hint-library", "times the '<="),
    "another unit than the library": ("duo", "V18Gy[%]", "< 5 %", "hint-library", "did you mean V18Gy[cc]?"),
    "a conversion for one point": (
        "cord", "EQD2(ab=2):D0.5cc[Gy]", "<= 30 Gy", "hint-conversion", "D0.5cc[Gy] <= 20.00 Gy says the same",
    ),
    "a model as a judge": ("liver", "NTCP(michigan-liver)[%]", "<= 5 %", "hint-model", "write report: true instead"),
    "a BED for one point": ("cord", "BED(ab=2):Max[Gy]", "<= 60 Gy", "hint-conversion", "Max[Gy] <= 20.00 Gy says"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_pointed_at_once_with_its_remedy(name):
    structure, metric, goal, code, words = SLIPS[name]
    found = hints_of(structure, metric, goal)
    assert [hint.code for hint in found] == [code], [str(hint) for hint in found]
    assert words in str(found[0])
    assert found[0].where.startswith("own.yaml:18:")


@pytest.mark.parametrize(
    ("structure", "metric", "goal"),
    [
        ("ptv", "V100%[%]", ">= 95 %"), ("ptv", "D95%[Gy]", ">= 50 Gy"), ("ptv", "Mean[Gy]", ">= 52 Gy"),
        ("ptv", "Mean[Gy]", "<= 60 Gy"), ("ptv", "D2%[Gy]", "<= 62 Gy"), ("ptv", "DC0.035cc[Gy]", ">= 45 Gy"),
        ("ptv", "CV50Gy[cc]", "<= 2 cc"), ("core", "D99%[Gy]", ">= 45 Gy"), ("both", "D50%[Gy]", ">= 30 Gy"),
        ("both", "D50%[Gy]", "<= 30 Gy"), ("cord", "D0.5cc[Gy]", "<= 25 Gy"), ("cord", "D0.5cc[Gy]", "<= 13 Gy"),
        ("liver", "D33%[Gy]", "< 15 Gy"), ("spared", "DC700cc[Gy]", "< 15 Gy"), ("duo", "V18Gy[cc]", "< 5 cc"),
        ("liver", "Volume[cc]", ">= 1000 cc"), ("liver", "V50%[%]", "<= 30 %"),
        ("ptv", "BED(ab=10):D95%[Gy]", ">= 250 Gy"),
        ("liver", "EQD2(ab=3):Mean[Gy]", "<= 20 Gy"),
    ],
)  # fmt: skip
def test_what_tables_ask_for_is_left_in_peace(structure, metric, goal):
    assert [str(hint) for hint in hints_of(structure, metric, goal) if hint.code != "hint-conversion"] == []


def place(text: str, part: str) -> str:
    line = next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)
    return f"own.yaml:{line}:{text.splitlines()[line - 1].index(part) + 1}"


@pytest.mark.parametrize(("metric", "goal", "part"), [
    ("D0.5cc[Gy]", ">= 25 Gy", '">= 25 Gy"'), ("D0.035%[Gy]", "<= 30 Gy", '"D0.035'),
])  # fmt: skip
def test_the_place_is_that_of_the_limit_or_of_the_metric(metric, goal, part):
    (hint,) = hints_of("cord", metric, goal)
    assert hint.where == place(HEAD + ROW.format("cord", metric, f'"{goal}"'), part)


def test_the_physical_limit_of_a_conversion_is_that_of_the_formula():
    (hint,) = hints_of("cord", "EQD2(ab=2):D0.5cc[Gy]", "<= 30 Gy")
    assert 20 * (20 / 5 + 2) / (2 + 2) == 30
    assert "<= 20.00 Gy" in hint.mend


def test_columns_are_compared_each_with_its_own_number_of_fractions():
    head = HEAD.replace("fractions: 5", "fractions: [3, 5]")
    assert hints_of("cord", "D1.2cc[Gy]", '{3: "< 12.3 Gy", 5: "< 14.5 Gy"}', head) == ()
    (hint,) = hints_of("cord", "D1.2cc[Gy]", '{3: "< 12.3 Gy", 5: "< 145 Gy"}', head)
    assert "in 5 fractions '< 145 Gy' is 10 times the '< 14.5 Gy' of TG101-CORD-B in tg101-abdomen" in hint.what


def test_a_prescription_in_cgy_is_pointed_at():
    head = HEAD.replace("50 Gy}", "5000 Gy}")
    (hint,) = hints_of("liver", "D33%[Gy]", "< 15 Gy", head)
    assert (hint.where, hint.code) == (place(head, "5000 Gy"), "hint-unit")
    assert "for cGy write 50 Gy" in hint.mend


def test_a_file_with_faults_still_gets_the_hints_of_its_sound_rows():
    rows = ROW.format("cord", "D0.5cc[Gy]", '"<= 2500 Gy"') + ROW.format("hart", "Max[Gy]", '"<= 30"')
    reading = read_content((HEAD + rows).encode(), "own.yaml")
    assert len(reading.faults.sorted()) == 3
    assert [hint.code for hint in hints(reading)] == ["hint-unit"]
    assert hints(read_content(b"- a", "own.yaml")) == ()
    assert hints(read_content(b"\xff", "own.yaml")) == ()


def test_a_slip_in_a_column_by_dose_is_pointed_at_as_a_whole():
    (hint,) = hints_of("cord", "D0.5cc[Gy]", '{45 Gy: "<= 15 Gy", 50 Gy: "<= 1600 Gy"}')
    assert (hint.code, hint.mend) == ("hint-unit", "for cGy write '<= 16 Gy'")
    assert hint.where == place(HEAD + ROW.format("cord", "D0.5cc[Gy]", '{45 Gy: "<='), "{45 Gy")


def test_a_damaged_installation_spoils_no_hint(monkeypatch):
    def refuse(name):
        raise ProtocolError((SbrtQaError(f"{name} is damaged"),))

    monkeypatch.setattr(lint_hints, "load_protocol", refuse)
    assert lint_hints._shipped.__wrapped__("any") is None


@pytest.mark.parametrize("name", shipped())
def test_the_library_gives_no_cause_for_hints(name):
    assert [str(hint) for hint in hints(read(name))] == []


def test_the_usual_sense_of_every_shipped_row_is_its_own():
    for name in shipped():
        protocol = load_protocol(name)
        for row in protocol.constraints:
            for limit in () if row.goal is None or row.goal.always is None else (row.goal.always,):
                assert usual_sense(row, protocol.roles) in {"", "<=" if limit.is_upper else ">="}, row.id
