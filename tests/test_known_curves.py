"""The tests' own memory of curves hands out what was computed for the very same question, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.histogram import Sampling, compute
from sbrt_qa.model import Contour, Dose, Grid, Identity, Structure

AXIS = np.arange(-10.0, 10.1, 2.0)
X, Y, Z = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
DOSE = Dose(Grid(AXIS, AXIS, AXIS), np.float32(20 + X + 2 * Y + Z * Y / 5), Identity("1"))


def made(size=5.0):
    corners = np.array([(-size, -5.0), (size, -5.0), (size, 5.0), (-size, 5.0)])
    return Structure("a", 1, tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in (-2.0, 0.0, 2.0)))


def test_the_same_question_is_answered_once_and_as_the_engine_answers(curves_known_before):
    first, again, own = curves_known_before(made(), DOSE), curves_known_before(made(), DOSE), compute(made(), DOSE)
    assert first is again
    assert np.array_equal(first.cumulative_cc, own.cumulative_cc)
    assert (first.statistics_gy, first.volume_cc, first.name) == (own.statistics_gy, own.volume_cc, own.name)


@pytest.mark.parametrize(
    ("structure", "dose", "how"),
    [
        (made(5.0001), DOSE, {}),
        (replace(made(), name="b"), DOSE, {}),
        (made(), replace(DOSE, gy=np.where(DOSE.gy == DOSE.gy.max(), 60, DOSE.gy)), {}),
        (made(), DOSE, {"sampling": Sampling(end_cap="none")}),
        (made(), DOSE, {"cold_end": False}),
    ],
    ids=["one point", "name", "one voxel", "convention", "cold end"],
)
def test_any_other_question_is_another(curves_known_before, structure, dose, how):
    known = curves_known_before(made(), DOSE)
    assert curves_known_before(structure, dose, **how) is not known
