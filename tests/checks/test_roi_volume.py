from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sbrt_qa.errors import MetricUndefined

CHECK = "roi-volume"  # the liver of the good case holds 81.00 cc, 72.00 cc without end caps


@pytest.mark.parametrize(
    ("stated_cc", "expected"),
    [
        (81.0, []),
        (85.0, []),
        (72.0, []),
        (69.0, []),
        (68.0, [("warn", "roi-volume-differs")]),
        (86.0, [("warn", "roi-volume-differs")]),
        (63.0, [("warn", "roi-volume-differs")]),
        (95.0, [("warn", "roi-volume-differs")]),
        (62.0, [("finding", "roi-volume-differs")]),
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
    liver = box("Liver", 2, half_mm=30.0, stated_volume_cc=60.0)
    doubt = only(CHECK, swap(subject, liver), "finding", "roi-volume-differs")
    assert doubt.rois == (2,)
    assert doubt.sentence.startswith("Liver has 81.00 cc, or 72.00 cc without end caps, but the file states 60.00 cc:")


def test_a_small_target_without_end_caps_is_no_difference(subject, swap, doubts, box):
    target = box("PTVsb", 1, half_mm=12.0, z_mm=[0.0, 2.5, 5.0], stated_volume_cc=24 * 24 * 5 / 1000)  # not 4.32 cc
    assert doubts(CHECK, swap(subject, target)) == []


def fails(structure):
    raise MetricUndefined(f"{structure.name} has no curve")


@pytest.mark.parametrize("curve_of", [None, fails])
def test_without_a_curve_nothing_is_compared(subject, doubts, curve_of):
    assert doubts(CHECK, replace(subject, curve=curve_of)) == []


def test_unused_structures_may_state_anything(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Ring", 4, stated_volume_cc=900.0))) == []


def test_without_curves_there_is_nothing_to_compare(subject, swap, doubts, box):
    assert doubts(CHECK, swap(replace(subject, curve=None), box("Liver", 2, half_mm=30.0, stated_volume_cc=1.0))) == []


def test_a_single_plane_has_no_end_caps_to_leave_out(subject, swap, only, box):
    target = box("PTVsb", 1, half_mm=12.0, z_mm=[0.0], stated_volume_cc=20.0)
    curve = lambda s: SimpleNamespace(volume_cc=1.44 if s.number == 1 else s.stated_volume_cc)  # noqa: E731 - one line
    subject = replace(swap(subject, target), curve=curve)
    doubt = only(CHECK, subject, "finding", "roi-volume-differs")
    assert "has 1.44 cc, or 1.44 cc without end caps, but the file states 20.00 cc" in doubt.sentence
