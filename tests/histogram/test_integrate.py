"""Ramps and points into a cumulative histogram, on paper: exact at every edge, nothing lost at the ends."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.histogram.cells import Cells, Lattice, Places
from sbrt_qa.histogram.integrate import Histogram, integrate
from sbrt_qa.model import Dose, Grid, Identity

NAN = float("nan")


def filled(highest_gy, *pieces):
    histogram = Histogram(highest_gy)
    histogram.add(*(np.array(column, dtype=float) for column in zip(*pieces, strict=True)))
    return histogram


@pytest.mark.parametrize(
    ("highest_gy", "bin_gy"), [(70.0, 0.01), (1.5, 0.01), (1.0, 0.01), (0.5, 0.005), (1e-6, 1e-8), (0.0, 1e-8)]
)
def test_a_low_dose_has_bins_of_a_hundredth_of_its_own(highest_gy, bin_gy):
    histogram = Histogram(highest_gy)
    assert histogram.bin_gy == pytest.approx(bin_gy, rel=1e-12)
    edges_gy, volume = histogram.curve()
    assert edges_gy[-1] == pytest.approx(np.ceil(highest_gy / bin_gy) * bin_gy + 3 * bin_gy)
    assert not volume.any()


@pytest.mark.parametrize(
    ("gy", "last"), [(5.0, 500), (5.004, 500), (float(np.float32(5.1)), 510), (0.0, 0), (20, 1002)]
)
def test_a_point_reaches_every_edge_up_to_its_dose(gy, last):
    _, volume = filled(10.0, (gy, 0.0, 3.0)).curve()
    assert volume.tolist() == [3.0] * (last + 1) + [0.0] * (1004 - last - 1)


@pytest.mark.parametrize(
    ("gy", "span_gy", "first", "volumes"),
    [
        (1.0, 0.02, 98, [4, 4, 2, 0, 0]),
        (1.0, 0.005, 98, [4, 4, 2, 0, 0]),
        (1.0, 0.04, 97, [4, 4, 3, 2, 1, 0, 0]),
        (0.005, 0.02, 0, [4, 2, 0, 0]),  # cut off at 0 and moved up by as much
        (10.03, 0.02, 1000, [4, 4, 0, 0]),  # beyond the highest dose nothing is lost
        (10.2, 0.02, 1000, [4, 4, 0, 0]),
        (1.0025, 0.01, 99, [4, 3, 0, 0]),
    ],
)
def test_a_ramp_falls_evenly_between_its_ends(gy, span_gy, first, volumes):
    _, volume = filled(10.0, (gy, span_gy, 4.0)).curve()
    assert volume[first : first + len(volumes)] == pytest.approx(volumes, abs=1e-9)
    assert volume[0] == pytest.approx(4.0)


def test_points_and_ramps_add_up_with_their_volume_and_dose():
    histogram = filled(10.0, (1.0, 0.0, 1.0), (2.0, 0.02, 4.0), (3.0, 1e-6, 2.0))
    assert (histogram.volume, histogram.dose_volume) == pytest.approx((7.0, 15.0))
    histogram.add(*np.zeros((3, 0)))
    _, volume = histogram.curve()
    assert volume[[0, 100, 101, 199, 200, 201, 300, 301]] == pytest.approx([7, 7, 6, 6, 4, 2, 2, 0])


# --- cells: the dose is x + 10 y + 100 z + 4 y z, in a box of 1 mm ---------------------------------------

AXIS = np.arange(2.0)
DOSE = Dose(
    Grid(AXIS, AXIS, AXIS),
    AXIS + 10 * AXIS[:, None] + (100 + 4 * AXIS[:, None]) * AXIS[:, None, None],
    Identity("1.2"),
)


def cells(parts, middle, *, whole=1, part=0, share=1.0, offset=(0, 0, 0), width=(1, 1, 1)):
    y_parts, z_parts = parts
    fy, fz = (np.array([at], dtype=np.float32) for at in middle)
    index, columns = np.zeros(whole, dtype=np.intp), np.zeros(part, dtype=np.intp)
    return Cells(
        Lattice(DOSE.grid, y_parts, z_parts),
        Places(fy, fz, np.array([1 / (y_parts * z_parts)])),
        index,
        index,
        columns,
        columns,
        np.full(part, share),
        np.repeat(np.array(offset, dtype=float)[:, None], part, axis=1),
        np.repeat(np.array(width, dtype=float)[:, None], part, axis=1),
    )


@pytest.mark.parametrize(
    ("parts", "middle", "at"),
    [
        ((1, 1), (NAN, NAN), (0.5, 0.5)),  # of a cell that is not cut, the middle is known
        ((2, 1), (0.25, NAN), (0.25, 0.5)),
        ((1, 2), (NAN, 0.75), (0.5, 0.75)),
        ((2, 4), (0.75, 0.125), (0.75, 0.125)),
    ],
)
def test_a_whole_part_goes_in_with_its_mean_and_spread(parts, middle, at):
    (y_parts, z_parts), (y, z) = parts, at
    gy, rises = 0.5 + 10 * y + 100 * z + 4 * y * z, (1, (10 + 4 * z) / y_parts, (100 + 4 * y) / z_parts)
    histogram = Histogram(115.0)
    integrate(cells(parts, middle), DOSE, histogram)
    volume = 1 / (y_parts * z_parts)
    assert (histogram.volume, histogram.dose_volume) == pytest.approx((volume, volume * gy), rel=1e-6)
    assert (histogram.low, histogram.high) == pytest.approx((gy, gy), rel=1e-6)
    edges_gy, curve = histogram.curve()
    span_gy = float(np.linalg.norm(rises))
    start_gy = max(gy - span_gy / 2, 0.0)
    expected = np.clip((start_gy + span_gy - edges_gy) / span_gy, 0, 1) * volume
    assert curve[edges_gy <= 115.0] == pytest.approx(expected[edges_gy <= 115.0], abs=1e-4)


def test_a_part_that_is_covered_in_part_goes_in_where_its_centroid_is():
    histogram = Histogram(115.0)
    covered = cells((2, 1), (0.25, NAN), whole=0, part=1, share=0.5, offset=(0.1, 0.2, -0.1), width=(1, 0.5, 0.25))
    integrate(covered, DOSE, histogram)
    rise_y, rise_z = (10 + 4 * 0.5) / 2, 100 + 4 * 0.25
    gy, span_gy = 53.5 + 0.1 + 0.2 * rise_y - 0.1 * rise_z, (1 + (rise_y / 2) ** 2 + (rise_z / 4) ** 2) ** 0.5
    assert (histogram.volume, histogram.dose_volume) == pytest.approx((0.25, 0.25 * gy), rel=1e-6)
    assert (histogram.low, histogram.high) == (np.inf, -np.inf)  # a centroid bounds no dose
    edges_gy, curve = histogram.curve()
    expected = np.clip((gy + span_gy / 2 - edges_gy) / span_gy, 0, 1) * 0.25
    assert curve == pytest.approx(expected, abs=1e-5)


def test_more_parts_than_are_worked_on_at_a_time_all_count():
    histogram = Histogram(115.0)
    integrate(cells((1, 1), (NAN, NAN), whole=50_000, part=50_000, share=0.5), DOSE, histogram)
    assert histogram.volume == pytest.approx(75_000)
    assert histogram.curve()[1][0] == pytest.approx(75_000)
