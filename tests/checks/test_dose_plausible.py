from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.model import Beam, DoseReference, FractionGroup

CHECK = "dose-plausible"


@pytest.mark.parametrize(("gy", "code", "text"), [(0.0, "dose-all-zero", "0 Gy"), (12.0, "dose-constant", "12.00 Gy")])
def test_the_same_dose_everywhere_is_refused(subject, alter, only, gy, code, text):
    flat = alter(subject, dose={"gy": np.full(subject.case.dose.grid.shape_zyx, gy)})
    assert f"{text} everywhere" in only(CHECK, flat, "refuse", code).sentence


@pytest.mark.parametrize("factor", [0.01, 0.1, 0.7, 2.2, 10, 100])  # the good maximum is 1.2 times 50 Gy
def test_a_dose_of_another_size_is_refused(subject, alter, only, factor):
    scaled = alter(subject, dose={"gy": subject.case.dose.gy * factor})
    doubt = only(CHECK, scaled, "refuse", "dose-implausible")
    assert f"maximum dose is {60 * factor:.2f} Gy" in doubt.sentence or factor > 10
    assert "prescription of 50.00 Gy" in doubt.sentence


@pytest.mark.parametrize("factor", [0.76, 1.0, 2.08])
def test_hot_spots_of_stereotactic_plans_are_ordinary(subject, alter, doubts, factor):
    assert doubts(CHECK, alter(subject, dose={"gy": subject.case.dose.gy * factor})) == []


def test_a_dose_per_fraction_typed_as_prescription_is_refused(subject, alter, only):
    typed = alter(subject, plan={"dose_references": (DoseReference("TARGET", prescription_gy=10.0),)})
    only(CHECK, alter(typed, plan_prescription_gy=10.0), "refuse", "dose-implausible")


def test_the_range_of_the_protocol_counts_where_the_plan_is_silent(subject, alter, doubts, only):
    silent = alter(subject, plan={"dose_references": ()}, plan_prescription_gy=None, prescription_gy=(30.0, 60.0))
    assert doubts(CHECK, silent) == []
    cold = alter(silent, dose={"gy": subject.case.dose.gy * 0.4})
    assert "30.00 Gy to 60.00 Gy" in only(CHECK, cold, "refuse", "dose-implausible").sentence


def test_a_second_target_with_more_dose_explains_a_high_maximum(subject, alter, doubts):
    boost = (DoseReference("TARGET", prescription_gy=20.0), DoseReference("TARGET", prescription_gy=50.0))
    assert doubts(CHECK, alter(subject, plan={"dose_references": boost}, plan_prescription_gy=20.0)) == []


def beams(*doses_gy):
    made = tuple(Beam(number, delivery="TREATMENT", dose_gy=gy) for number, gy in enumerate(doses_gy, 1))
    return {"dose_references": (), "fraction_groups": (FractionGroup(1, 5, made),)}


def test_what_the_beams_deliver_counts_where_nobody_prescribes(subject, alter, run, only):
    silent = alter(subject, plan=beams(4.0, 6.0), plan_prescription_gy=None, prescription_gy=None)
    assert run(CHECK, silent).good == (
        "The maximum dose is 60.00 Gy, which suits beams that together give 50.00 Gy at their dose points."
    )
    for factor in (0.1, 10.0):
        scaled = alter(silent, dose={"gy": subject.case.dose.gy * factor})
        assert "beams that together give 50.00 Gy" in only(CHECK, scaled, "refuse", "dose-implausible").sentence


def test_a_dose_whose_size_nothing_confirms_is_undecided(subject, alter, only):
    silent = alter(subject, plan=beams(4.0, None), plan_prescription_gy=None, prescription_gy=None)
    doubt = only(CHECK, silent, "check", "dose-size-unknown")
    assert "the plan prescribes no dose and its beams state none" in doubt.sentence


def test_without_a_plan_the_maximum_is_only_shown(subject, alter, run):
    silent = alter(subject, no_plan=True, plan_prescription_gy=None, prescription_gy=None)
    assert run(CHECK, silent).good == "The maximum dose is 60.00 Gy; no prescription is known to hold it against."


@pytest.mark.parametrize("gy", [0.0, -50.0, float("nan")])
def test_what_is_no_prescription_says_nothing_about_the_dose(subject, alter, doubts, only, gy):
    typed = alter(subject, plan={"dose_references": (DoseReference("TARGET", prescription_gy=gy),)})
    unknown = alter(typed, plan_prescription_gy=gy)
    assert doubts(CHECK, unknown) == []
    cold = alter(unknown, dose={"gy": subject.case.dose.gy * 0.1})
    assert "a prescription of 50.00 Gy" in only(CHECK, cold, "refuse", "dose-implausible").sentence


@pytest.fixture
def cold(subject, alter, curve):
    """A dose of a tenth, and a target of which only a share is covered."""

    def make(covered):
        return alter(subject, dose={"gy": subject.case.dose.gy * 0.1}, curve=lambda s: curve(9.0, covered, name=s.name))

    return make


def test_a_grid_beside_the_target_cannot_show_the_size_of_the_dose(cold, only):
    doubt = only(CHECK, cold(0.2), "check", "dose-implausible")
    assert doubt.sentence == (
        "The maximum dose is 6.00 Gy, and most of PTVsb lies outside the dose grid, so the size of the dose cannot be"
        " held against a prescription of 50.00 Gy; export the dose on a grid that covers the target."
    )


def test_a_target_of_which_half_is_covered_shows_it(cold, only):
    only(CHECK, cold(0.5), "refuse", "dose-implausible")


def test_a_dose_too_high_is_so_on_any_grid(cold, alter, only):
    case = cold(0.2)
    only(CHECK, alter(case, dose={"gy": case.case.dose.gy * 100}), "refuse", "dose-implausible")


def test_a_target_without_a_curve_excuses_no_dose(cold, alter, only):
    def fails(structure):
        raise MetricUndefined(f"{structure.name} bounds no volume", code="structure-empty")

    only(CHECK, alter(cold(0.2), curve=fails), "refuse", "dose-implausible")
    only(CHECK, alter(cold(0.2), curve=None), "refuse", "dose-implausible")
    only(CHECK, alter(cold(0.2), targets=frozenset()), "refuse", "dose-implausible")
