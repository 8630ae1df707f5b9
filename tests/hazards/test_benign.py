"""Nothing that is ordinary in real exports is refused, or changes a number."""

from __future__ import annotations

import os
import zlib

import numpy as np
import pytest
from benign_controls import BENIGN, ENCODED, HOLE_DRAWN_AS, with_a_hole
from hazard_case import Pile, answer_of

SEEDS = range(int(os.environ.get("SBRT_QA_HAZARD_SEEDS", "1")))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    pile = Pile.fresh()
    return answer_of(pile.write(tmp_path_factory.mktemp("benign") / "good"), pile)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("change", "tolerance"), BENIGN, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_ordinary_keeps_numbers_and_verdict(change, tolerance, seed, tmp_path, good):
    pile = Pile.fresh()
    change(pile, np.random.default_rng((zlib.crc32(change.__name__.encode()), seed)))
    answer = answer_of(pile.write(tmp_path / "case"), pile)
    assert (answer.verdict, answer.exit_code) == ("PASS", 0), sorted(answer.codes)
    assert_same(answer, good, tolerance)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hole_is_the_same_however_it_is_drawn(seed, tmp_path):
    """Nested contours, exclusive or, and a keyhole: the same numbers but for the rounding of decimal text."""
    answers = {}
    for how in HOLE_DRAWN_AS:
        pile = with_a_hole(how, np.random.default_rng(seed))
        answers[how] = answer_of(pile.write(tmp_path / how), pile)
        assert answers[how].verdict == "PASS", sorted(answers[how].codes)
    for how in HOLE_DRAWN_AS:
        assert_same(answers[how], answers["nested"], ENCODED)


def assert_same(answer, other, tolerance):
    assert answer.numbers.keys() == other.numbers.keys()
    for row, value in answer.numbers.items():
        expected = other.numbers[row]
        assert value == (expected if expected is None or tolerance == 0 else pytest.approx(expected, rel=tolerance))
