from __future__ import annotations

from dataclasses import replace

import pytest

from sbrt_qa.errors import MetricUndefined

CHECK = "roi-volume"  # the liver of the good case holds 81.00 cc


@pytest.mark.parametrize(
    ("stated_cc", "expected"),
    [
        (81.0, []),
        (77.5, []),
        (76.0, [("warn", "roi-volume-differs")]),
        (94.0, [("warn", "roi-volume-differs")]),
        (70.0, [("finding", "roi-volume-differs")]),
        (96.0, [("finding", "roi-volume-differs")]),
        (0.0, [("finding", "roi-volume-differs")]),
        (float("nan"), [("finding", "roi-volume-differs")]),
    ],
)
def test_volumes_far_from_the_stated_one(subject, swap, doubts, box, stated_cc, expected):
    liver = box("Liver", 2, half_mm=30.0, stated_volume_cc=stated_cc)
    assert doubts(CHECK, swap(subject, liver)) == expected


def test_half_a_cc_is_never_a_difference(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Liver", 2, half_mm=3.0, stated_volume_cc=0.4))) == []  # holds 0.81 cc


def test_both_volumes_are_shown(subject, swap, only, box):
    liver = box("Liver", 2, half_mm=30.0, stated_volume_cc=70.0)
    doubt = only(CHECK, swap(subject, liver), "finding", "roi-volume-differs")
    assert doubt.rois == (2,)
    assert doubt.sentence.startswith("Liver has 81.00 cc (+15.7%), but the file states 70.00 cc:")


def fails(structure):
    raise MetricUndefined(f"{structure.name} has no curve")


@pytest.mark.parametrize("curve_of", [None, fails])
def test_without_a_curve_nothing_is_compared(subject, doubts, curve_of):
    assert doubts(CHECK, replace(subject, curve=curve_of)) == []


def test_unused_structures_may_state_anything(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Ring", 4, stated_volume_cc=900.0))) == []
