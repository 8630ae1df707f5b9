"""What a reader takes from a curve, on curves whose answers are known."""

from __future__ import annotations

import pytest

from beside.ask_plastimatch import values, voxel_cc
from beside.curve import METRICS, dose_at, read_off

GY = [0.0, 10.0, 20.0, 30.0]
CC = [2.0, 2.0, 1.0, 0.0]  # nothing below 10 Gy, then evenly up to 30 Gy


def test_everything_that_is_asked_is_read_off():
    found = read_off(GY, CC)
    assert tuple(found) == METRICS
    assert found["Volume"] == 2.0
    assert (found["Dmin"], found["Dmax"]) == (10.0, 20.0)
    assert found["Dmean"] == pytest.approx(20.0)
    assert found["D50%"] == pytest.approx(20.0)
    assert found["D95%"] == pytest.approx(11.0)
    assert found["D0.03cc"] == pytest.approx(29.7)


def test_a_curve_that_ends_in_its_last_bin():
    assert read_off([0.0, 10.0], [1.0, 1.0])["Dmean"] == 10.0
    assert dose_at([0.0, 10.0], [1.0, 1.0], 0.5) == 10.0


def test_more_than_there_is_receives_the_lowest_dose():
    assert dose_at(GY, CC, 3.0) == 0.0


def test_a_table_in_voxels_becomes_cc_by_the_size_it_prints():
    lines = ["Creating Histogram...", "checking voxel size...", "2 2 2.5 ", "2 2 2.5 "]
    assert voxel_cc(lines) == pytest.approx(0.01)
    table = [["Dose (Gy)", "PTV", "empty"], ["0", "200", "0"], ["10", "200", "0"], ["20", "100", "0"], ["30", "0", "0"]]
    found = values(table, 0.01)
    assert list(found) == ["PTV"]
    assert found["PTV"] == pytest.approx(read_off(GY, CC))
