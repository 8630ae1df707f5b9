"""A share of the campaign of damaged files, and that the campaign sees what it looks for.

``python benchmarks/campaigns/fuzz.py`` makes 200,000 files and 2,000 cases; seconds of it run here.
"""

from __future__ import annotations

import os
import random
import time

import lanes
import pytest
from damage import ON_TREE, damaged
from lanes import Outcome, Tally, run
from small_case import files, trees
from tree import DEFLATED, EXPLICIT, IMPLICIT, Element, Encoding, copy, every, file_of
from twin import twin

import fuzz
from sbrt_qa.dicom.read_case import read_case

ENCODINGS = [
    Encoding(syntax, undefined) for syntax in (EXPLICIT, IMPLICIT, DEFLATED) for undefined in (False, True)
] + [Encoding(IMPLICIT, bare=True)]


def nothing(_tally):
    """Tell nobody."""


def test_damaged_files_are_read_or_refused(tmp_path):
    tally = fuzz.campaign(tmp_path, "files", range(1_000_000, 1_000_300), 1, nothing)
    assert tally.findings == {}
    assert tally.trials == 300
    assert tally.words["read"] > 50
    assert tally.words["refused: file-truncated"] > 50


def test_damaged_cases_pass_only_with_numbers_that_are_theirs(tmp_path):
    tally = fuzz.campaign(tmp_path, "cases", range(1_000_000, 1_000_020), 1, nothing)
    assert tally.findings == {}
    assert tally.trials == 20
    assert tally.words["PASS with the same numbers"] > 1
    assert tally.words["UNDECIDED"] > 5


@pytest.mark.parametrize("how", ENCODINGS, ids=str)
def test_the_case_is_the_same_in_every_encoding(how, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    fuzz._written(one, files())
    fuzz._written(other, {name: file_of(tree, how) for name, tree in trees().items()})
    case, same = read_case(one), read_case(other)
    assert (case.dose.gy == same.dose.gy).all()
    assert [s.name for s in case.structures] == [s.name for s in same.structures]
    assert case.plan == same.plan
    assert same.image.hu.shape == (3, 5, 5)


def test_a_seed_always_makes_the_same_damage():
    assert fuzz.one_damaged_file(7) == fuzz.one_damaged_file(7)
    assert fuzz.one_damaged_file(7) != fuzz.one_damaged_file(8)


def test_every_kind_of_damage_changes_the_tree_at_some_seed():
    before = trees()["RS"]
    for damage in ON_TREE:
        made = []
        for seed in range(20):
            ds = copy(before)
            damage(ds, random.Random(seed))
            made.append(ds)
        assert any(ds != before for ds in made), damage.__name__
    assert before == trees()["RS"] == copy(before)


def test_damage_is_made_to_a_copy():
    before = file_of(trees()["RP"], Encoding())
    assert damaged(trees()["RP"], random.Random(1))[0] != before
    assert file_of(trees()["RP"], Encoding()) == before


# --- what the campaign must see -------------------------------------------------------------------


def test_a_reader_that_fails_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "inventory", lambda place: {}[place.name])
    tally = fuzz.campaign(tmp_path, "files", range(4), 1, nothing)
    assert tally.words == {"traceback": 4}
    assert "KeyError" in tally.findings[0]


def test_a_pass_by_a_wrong_reading_is_found(tmp_path, monkeypatch):
    """A reader that overlooks the scaling passes with numbers that no twin has."""
    judge = fuzz._judged
    seen = []

    def misread(place, protocol):
        seen.append(place.name)
        made = judge(place, protocol)
        if place.name.endswith("case"):
            for found in made.findings:
                object.__setattr__(found, "value", (found.value or 0) + 1e-6)
        return made

    monkeypatch.setattr(fuzz, "_judged", misread)
    monkeypatch.setattr(fuzz, "damaged_case", lambda _seed: fuzz.Damaged(fuzz._in_order(), ("nothing",)))
    tally = fuzz.campaign(tmp_path, "cases", range(2), 1, nothing)
    assert tally.words == {"PASS of damaged files with other numbers": 2}


def test_a_case_that_is_only_written_otherwise_must_pass(tmp_path, monkeypatch):
    made = fuzz.Damaged({**fuzz._in_order(), "RP": b""}, ())
    monkeypatch.setattr(fuzz, "damaged_case", lambda _seed: made)
    monkeypatch.setattr(fuzz, "_protocol", fuzz._protocol.__wrapped__)
    tally = fuzz.campaign(tmp_path, "cases", range(1), 1, nothing)
    assert tally.findings == {0: "UNDECIDED: it is only written otherwise"}


def test_a_crash_costs_one_trial():
    def trial(seed):
        if seed == 5:
            os._exit(3)
        return Outcome("fine")

    tally = run(trial, range(10), 2, nothing)
    assert tally.findings == {5: "crash: the process ended with 3"}
    assert tally.words == {"crash": 1, "fine": 9}


def test_a_trial_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(lanes, "LONGEST_S", 0.05)

    def trial(seed):
        while seed == 1:
            time.process_time()
        return Outcome("fine")

    assert run(trial, range(3), 1, nothing).words == {"too slow": 1, "fine": 2}


def test_a_trial_that_hangs_ends_with_its_process(monkeypatch):
    monkeypatch.setattr(lanes, "HANGING_S", 0.2)

    def trial(seed):
        time.sleep(2 * (seed == 1))
        return Outcome("fine")

    assert run(trial, range(3), 1, nothing).words == {"crash": 1, "fine": 2}


def test_a_trial_that_takes_too_much_memory_is_stopped():
    assert run(lambda seed: Outcome(str(len(bytes(seed * 2**31)))), range(2), 1, nothing).words == {
        "0": 1,
        "too large": 1,
    }


def test_a_warning_is_a_finding():
    import warnings

    tally = run(lambda _seed: warnings.warn("x", stacklevel=1) or Outcome("fine"), range(1), 1, nothing)
    assert tally.words == {"traceback": 1}


def test_the_report_names_the_seeds():
    tally = Tally()
    tally.note(3, Outcome("read"), 0.5)
    tally.note(4, Outcome("traceback", "TypeError"), 0.1)
    text = fuzz.report("files", tally, 2)
    assert "2 damaged files in 2 s" in text
    assert "slowest 0.50 s (seed 3)" in text
    assert "FINDING seed 4: traceback: TypeError" in text
    assert text.endswith("1 findings")


# --- twins ----------------------------------------------------------------------------------------


def with_value(tag, value, *, name="RS"):
    """The file with another value in the first element of that tag."""
    ds = copy(trees()[name])
    held, index = next((held, index) for held, index in every(ds) if held[index].tag == tag)
    held[index] = Element(tag, held[index].vr, value)
    return ds


def test_the_twin_of_a_sound_file_is_the_file():
    assert twin(trees()["RS"], files()["RS"]) == trees()["RS"]


def test_the_twin_takes_over_a_legal_value():
    other = with_value(0x30060050, b"-8\\-8\\-6\\8\\-8\\-6\\8\\8\\-6\\-8\\7\\-6 ")
    assert twin(trees()["RS"], file_of(other, Encoding())) == other


@pytest.mark.parametrize(
    ("tag", "value"), [(0x30060050, b"nan\\1\\2 "), (0x30060022, b"1_0 "), (0x30060042, b"closed")]
)
def test_the_twin_keeps_its_own_value_where_another_is_illegal(tag, value):
    assert twin(trees()["RS"], file_of(with_value(tag, value), Encoding())) == trees()["RS"]


def test_the_twin_lacks_contours_that_lack_and_volumes_that_nobody_states():
    ds = copy(trees()["RS"])
    held, index = next((held, index) for held, index in every(ds) if held[index].tag == 0x30060040)
    held[index].value.pop()
    held, index = next((held, index) for held, index in every(ds) if held[index].tag == 0x3006002C)
    del held[index]
    assert twin(trees()["RS"], file_of(ds, Encoding())) == ds


def test_what_pydicom_cannot_read_has_no_twin():
    assert twin(trees()["RS"], b"") is None
