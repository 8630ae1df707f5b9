"""Every row of the hazard table: one named error in a case that passes, and only its allowed outcome.

Each error is made with a random place and size. One seed runs here; ``SBRT_QA_HAZARD_SEEDS=20 pytest tests/hazards``
runs twenty.
"""

from __future__ import annotations

import os
import zlib

import dose_hazards
import file_hazards
import numpy as np
import plan_hazards
import pytest
import structure_hazards
from hazard_case import Pile, answer_of
from hazard_kinds import TABLE, Behaviour, assert_allowed, assert_strict

from sbrt_qa.reasons import reasons

SHELVES = (dose_hazards, structure_hazards, plan_hazards, file_hazards)
NO_ERROR = {
    "S09": "keyholes are read; held to the same numbers among the benign controls",
    "S14": "uneven spacing is read",
    "S15": "the rule of the ends is a convention, stated in every report",
    "P09": "earlier treatment is in no file; every report says so",
    "Y05": "a failed limit fails whether required or not; tested with the judge",
    "Y06": "the version of a protocol is in the record; tested there",
}
KNOWN = {reason.code for reason in reasons()}
SEEDS = range(int(os.environ.get("SBRT_QA_HAZARD_SEEDS", "1")))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The answer for the case that is in order."""
    folder = tmp_path_factory.mktemp("hazards") / "good"
    pile = Pile.fresh()
    answer = answer_of(pile.write(folder), pile)
    assert (answer.verdict, answer.exit_code) == ("PASS", 0)
    return answer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("hazard", TABLE, ids=lambda hazard: hazard.name)
def test_a_hazard_has_only_its_allowed_outcome(hazard, seed, tmp_path, good):
    pile = Pile.fresh()
    hazard.spoil(pile, np.random.default_rng((zlib.crc32(hazard.name.encode()), seed)))
    folder = pile.write(tmp_path / "case")
    answer = answer_of(folder, pile)
    blocked = hazard.behaviour not in {Behaviour.NOTE, Behaviour.WARN}
    assert not (blocked and answer.exit_code == 0), f"{answer.verdict}: {sorted(answer.codes)}"
    assert_allowed(hazard, answer, good)
    assert answer.codes <= KNOWN
    if seed == 0 and hazard.behaviour in {Behaviour.WARN, Behaviour.FINDING}:
        assert_strict(answer, answer_of(folder, pile, strict=True))


def test_every_row_of_the_table_has_its_error():
    names = [hazard.name for hazard in TABLE]
    assert len(names) == len(set(names))
    counts = {"D": 25, "S": 24, "P": 11, "L": 11, "Y": 8}
    rows = {f"{letter}{number:02d}" for letter, count in counts.items() for number in range(1, count + 1)}
    assert rows - {hazard.row for hazard in TABLE} == NO_ERROR.keys()
