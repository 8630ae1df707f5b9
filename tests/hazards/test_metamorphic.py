"""Less is never greener: no element, file or part of the grid can be taken away to better a verdict.

A random share runs here; ``SBRT_QA_EVERY_ELEMENT=1 pytest tests/hazards/test_metamorphic.py`` takes away every one.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from deletions import DOUBT_ITSELF, FILES, closed, fresh, named, places, without
from dose_hazards import crop
from hazard_case import Pile, answer_of, reference
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset

RANK = {"PASS": 0, "VARIATION": 1, "UNDECIDED": 2, "FAIL": 3}
EVERY = os.environ.get("SBRT_QA_EVERY_ELEMENT") == "1"
SHARE = 8  # places in each of the cases below


def meets_all(pile):
    """The case that is in order, with two levels of prescription."""
    other = Dataset()
    other.DoseReferenceNumber, other.DoseReferenceType = 3, "TARGET"
    other.DoseReferenceStructureType, other.ReferencedROINumber = "VOLUME", pile.number("CTVsb")
    other.TargetPrescriptionDose = 50.0
    pile.plan.DoseReferenceSequence.append(other)


def varies(pile):
    """A limit is met only as acceptable."""
    meets_all(pile)
    pile.protocol = pile.protocol.replace('goal: "<= 8 cc", acceptable', 'goal: "<= 4 cc", acceptable')


def fails_in_one_row(pile):
    """The cord gets too much; and the second target is prescribed less."""
    meets_all(pile)
    pile.plan.DoseReferenceSequence[-1].TargetPrescriptionDose = 45.0
    pile.protocol = pile.protocol.replace("25.3 Gy", "5.3 Gy").replace("dose: 50 Gy", "dose: {min: 40 Gy, max: 60 Gy}")


def fails_the_target(pile):
    """The target is cold by its own prescription, and would not be by that of the other."""
    fails_in_one_row(pile)
    first, *_ = pile.plan.DoseReferenceSequence
    first.TargetPrescriptionDose = 54.4
    pile.protocol = pile.protocol.replace("5.3 Gy", "25.3 Gy")


def cannot_be_decided(pile):
    """Nobody drew the right kidney."""
    meets_all(pile)
    pile.roi("Kidney_R").ROIName = "Kidney_Q"


CASES = {
    meets_all: "PASS",
    varies: "VARIATION",
    fails_in_one_row: "FAIL",
    fails_the_target: "FAIL",
    cannot_be_decided: "UNDECIDED",
}


def is_greener(after, before):
    """Tell whether a verdict is better than before; to become UNDECIDED is never better."""
    return RANK[after] < RANK[before] and after != "UNDECIDED"


@pytest.fixture(scope="module", params=CASES, ids=lambda make: make.__name__)
def whole(request, tmp_path_factory):
    """One of the cases: its files, the pile they came from, and the answer."""
    pile = Pile.fresh()
    request.param(pile)
    files = closed(pile)
    answer = answer_of(pile.write(tmp_path_factory.mktemp("whole") / "case"), pile)
    assert answer.verdict == CASES[request.param], [(f["constraint"], f["verdict"]) for f in answer.judged]
    return request.param.__name__, files, pile, answer


def test_no_element_can_be_taken_away_to_better_a_verdict(whole, tmp_path):
    name, files, pile, before = whole
    every = [place for place in places(fresh(files, pile)) if keyword_for_tag(place[2]) not in DOUBT_ITSELF]
    # Contours are many and alike: one of each structure stands for all, except in the full run.
    few = [place for place in every if all(index < 2 for _, index in place[1][1:])]
    rng = np.random.default_rng(len(name))
    chosen = every if EVERY else [few[k] for k in rng.choice(len(few), SHARE, replace=False)]
    greener = []
    for place in chosen:
        less = without(fresh(files, pile), place)
        after = answer_of(less.write(tmp_path / "less"), less).verdict
        if is_greener(after, before.verdict):
            greener.append(f"{named(place)}: {before.verdict} became {after}")
    assert not greener


@pytest.mark.parametrize("gone", [("plan",), ("dose",), ("structures",), ("plan", "dose"), FILES])
def test_no_file_can_be_taken_away_to_better_a_verdict(whole, gone, tmp_path):
    _, files, pile, before = whole
    less = fresh(files, pile)
    less.dropped |= set(gone)
    after = answer_of(less.write(tmp_path / "less"), less)
    assert not is_greener(after.verdict, before.verdict)
    assert after.exit_code in {1, 3}


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_no_part_of_the_grid_can_be_taken_away_to_better_a_verdict(whole, axis, tmp_path):
    name, files, pile, before = whole
    rng = np.random.default_rng((axis, len(name)))
    for _ in range(5 if EVERY else 1):
        less = fresh(files, pile)
        size = less.pixels().shape[axis]
        first = int(rng.integers(0, size - 2))
        crop(less, axis, keep=slice(first, int(rng.integers(first + 2, size))))
        after = answer_of(less.write(tmp_path / "less"), less).verdict
        assert not is_greener(after, before.verdict)


def test_no_file_can_be_cut_to_better_a_verdict(whole, tmp_path):
    """Cut at an even byte, where an element may end and nothing betrays the cut."""
    name, files, pile, before = whole
    rng = np.random.default_rng(len(name))
    for _ in range(60 if EVERY else 3):
        less, cut = fresh(files, pile), str(rng.choice(FILES))
        stop = 2 * int(rng.integers(200, len(files[cut]) // 2))
        less.on_bytes[cut] = lambda data, stop=stop: data[:stop]
        assert not is_greener(answer_of(less.write(tmp_path / "less"), less).verdict, before.verdict)


def test_the_law_sees_what_it_looks_for(tmp_path):
    """An element whose content is the doubt does better the verdict: the run above would notice such a one."""
    pile = Pile.fresh()
    pile.plan.ApprovalStatus = "REJECTED"
    related = reference(pile.plan.SOPClassUID, "1.2.3")
    assert related.ReferencedSOPInstanceUID == "1.2.3"
    before = answer_of(pile.write(tmp_path / "case"), pile)
    del pile.plan.ApprovalStatus
    after = answer_of(pile.write(tmp_path / "less"), pile)
    assert (before.verdict, after.verdict) == ("UNDECIDED", "PASS")
    assert is_greener(after.verdict, before.verdict)
