"""Every row of the hazard table: one named error in a case that passes, and only its allowed outcome.

Each error is made with a random place and size. Two seeds run here; ``SBRT_QA_HAZARD_SEEDS=20 pytest tests/hazards``
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

SHELVES = (dose_hazards, structure_hazards, plan_hazards, file_hazards)
SEEDS = range(int(os.environ.get("SBRT_QA_HAZARD_SEEDS", "2")))


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
    if seed == 0 and hazard.behaviour not in {Behaviour.REFUSE, Behaviour.INVALID}:
        assert_strict(answer, answer_of(folder, pile, strict=True))


def test_names_are_unique():
    names = [hazard.name for hazard in TABLE]
    assert len(names) == len(set(names))
