"""Library rows: the same structure, metric and direction for one number of fractions; what has no limit is none."""

from __future__ import annotations

import pytest

from sbrt_qa.protocol.library_rows import other_unit_of, rows_like
from sbrt_qa.protocol.load import read_content

TEXT = """\
schema: sbrt-qa/protocol/1
id: {id}
title: T
version: "1"
status: template
sources: {{own: Own rule}}
prescription: {{target: ptv, fractions: [3, 5]}}
structures:
  ptv:  {{type: target, names: [PTV]}}
  cord: {{names: [SpinalCord]}}
constraints:
  - {{id: R, structure: cord, metric: "{metric}", goal: {goal}, source: own}}
"""


def protocol(goal, metric="D0.5cc[Gy]", name="other"):
    reading = read_content(TEXT.format(id=name, metric=metric, goal=goal).encode(), "x.yaml")
    assert not reading.faults, reading.faults.sorted()
    return reading.protocol


@pytest.mark.parametrize(
    ("goal", "fractions", "limits"),
    [
        ('"<= 25 Gy"', 3, ["<= 25 Gy"]),
        ('{3: "<= 18 Gy"}', 3, ["<= 18 Gy"]),
        ('{3: "<= 18 Gy"}', 5, []),
        ('"<= 25 Gy"', 4, []),
        ('">= 25 Gy"', 3, []),
        ('"<= 0 Gy"', 3, []),
        ('{45 Gy: "<= 18 Gy", 50 Gy: "<= 20 Gy"}', 3, []),
    ],
)
def test_what_the_library_asks_for_one_number_of_fractions(goal, fractions, limits):
    own = protocol('"<= 20 Gy"', name="own")
    found = rows_like(own.constraints[0], own, (protocol(goal),), fractions)
    assert [row.limit.text for row in found] == limits


@pytest.mark.parametrize(
    ("metric", "asks"),
    [("D0.5%[Gy]", None), ("V20Gy[%]", "V20Gy[cc]"), ("V20Gy[cc]", None), ("V21Gy[%]", None)],
)
def test_the_same_metric_in_another_unit(metric, asks):
    own = protocol('"<= 20 Gy"' if metric.endswith("[Gy]") else f'"<= 20 {metric[-3:].strip("[]")}"', metric, "own")
    found = other_unit_of(own.constraints[0], own, (protocol('"<= 5 cc"', "V20Gy[cc]"),), 5)
    assert (found and found.metric) == asks
    if found:
        assert found.name == "R in other"
