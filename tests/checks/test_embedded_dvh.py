"""The planning system's own curves beside ours, with the real engine on the tiny case of this room."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbrt_qa.checks import Subject
from sbrt_qa.checks._comparison import difference
from sbrt_qa.checks._explanation import explanation
from sbrt_qa.checks._stated import LIMIT_PERCENT, compare
from sbrt_qa.checks._stated_curve import stated_curves
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import MetricUndefined
from sbrt_qa.histogram import DVH, Sampling, compute
from sbrt_qa.model import StatedDVH

CHECK = "embedded-dvh"
DISAGREES = "dose-disagrees-with-embedded-dvh"
DATA = Path(__file__).parents[3] / "shared" / "data"


def stated_from(curve, number, bin_gy=0.1, **changes):
    """Write a curve of ours down as a planning system would."""
    edges = np.arange(0.0, curve.max_gy + 2 * bin_gy, bin_gy)
    facts = {
        "included": (number,),
        "widths": np.full(edges.size, bin_gy),
        "volumes": np.interp(edges, curve.edges_gy, curve.cumulative_cc),
        "statistics": (curve.min_gy, curve.mean_gy, curve.max_gy),
    }
    return StatedDVH(**(facts | changes))


@pytest.fixture
def engine(subject):
    """The subject with curves of the real engine; asking for other conventions is counted in ``asked``."""
    asked = []

    def under(structure, sampling):
        asked.append(sampling)
        return compute(structure, subject.case.dose, sampling)

    curves = {s.number: compute(s, subject.case.dose) for s in subject.case.structures}
    return replace(subject, curve=lambda s: curves[s.number], curve_under=under), asked


@pytest.fixture
def stating(engine, alter):
    """Let the dose state these curves."""

    def call(*items, **changes):
        return alter(engine[0], dose={"stated_dvhs": items}, **changes)

    return call


@pytest.fixture
def own(engine):
    """Our curve by ROI number, and under other conventions."""
    subject, _ = engine

    def call(number, **sampling):
        structure = next(s for s in subject.case.structures if s.number == number)
        return compute(structure, subject.case.dose, Sampling(**sampling))

    return call


def scaled(curve, factor):
    """The same curve of a dose that is larger by a factor."""
    low, mean, high = curve.statistics_gy
    return replace(curve, edges_gy=curve.edges_gy * factor, statistics_gy=(low * factor, mean * factor, high * factor))


def test_a_dose_without_curves_is_in_order(subject, run):
    outcome = run(CHECK, subject)
    assert (outcome.doubts, outcome.measured, outcome.compared) == ((), None, ())
    assert "states no curves" in outcome.good


@pytest.mark.parametrize("changes", [{}, {"statistics": (None, None, None)}])
def test_curves_that_agree(stating, engine, own, run, changes):
    outcome = run(CHECK, stating(*(stated_from(own(n), n, **changes) for n in (1, 2, 3))))
    assert outcome.doubts == ()
    assert outcome.measured.unlimited is None
    assert outcome.measured.value < 0.01
    assert "of 3 structures were compared; the largest difference is 0.0 %" in outcome.measured.sentence
    assert [(row.roi, row.agreement) for row in outcome.compared] == [
        ("PTVsb", "agrees"),
        ("Liver", "agrees"),
        ("Kidney_L", "agrees"),
    ]
    assert engine[1] == []  # no other convention is computed where nothing has to be explained


@pytest.mark.parametrize(("factor", "differs"), [(1.02, False), (1.04, True), (0.95, True), (1.1, True), (0.5, True)])
def test_a_dose_of_another_calculation(stating, own, run, factor, differs):
    outcome = run(CHECK, stating(*(stated_from(scaled(own(n), factor), n) for n in (1, 2))))
    assert outcome.doubts == ()
    assert (outcome.measured.unlimited is not None) is differs
    assert outcome.measured.value == pytest.approx(100 * abs(1 / factor - 1), rel=0.05, abs=0.1)
    if differs:
        doubt = outcome.measured.unlimited
        assert (doubt.effect, doubt.code) == ("check", DISAGREES)
        assert f"every mean here is {1 / factor:.3f} times the stated one" in doubt.sentence
        assert "no named convention explains" in doubt.sentence


def test_a_hot_spot_alone_shows(stating, own, run):
    curve = own(1)
    low, mean, high = curve.statistics_gy
    stated = stated_from(curve, 1, statistics=(low, mean, high))
    tail = np.full(30, 0.005 * curve.volume_cc)  # half a per cent of the volume up to 3 Gy above our maximum
    volumes = np.append(np.maximum(stated.volumes[:-2], tail[0]), tail)
    hot = replace(stated, volumes=volumes, widths=np.full(volumes.size, 0.1), statistics=(None, None, None))
    outcome = run(CHECK, stating(hot))
    assert outcome.measured.value == pytest.approx(100 * 3.0 / 60.0, rel=0.1)
    assert outcome.measured.unlimited is not None


@pytest.mark.parametrize("cap", ["none", "max-1.5mm"])
def test_the_convention_that_explains_is_named(stating, own, run, box, cap, swap):
    # Three planes 10 mm apart along a steep dose: the end caps are a third of the volume.
    subject = swap(stating(), box("PTVsb", 1, half_mm=12.0, z_mm=[-10.0, 0.0, 10.0]))
    structure = subject.case.structures[0]
    theirs = compute(structure, subject.case.dose, Sampling(end_cap=cap))
    ours = compute(structure, subject.case.dose)
    subject = replace(
        subject,
        curve=lambda _: ours,
        case=replace(subject.case, dose=replace(subject.case.dose, stated_dvhs=(stated_from(theirs, 1),))),
    )
    outcome = run(CHECK, subject)
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == ("note", "dvh-other-convention")
    (row,) = outcome.compared
    assert f"end caps: {cap}" in doubt.sentence
    assert (row.agreement, row.convention) == ("explained", f"end caps: {cap}")
    assert row.difference.largest_percent > LIMIT_PERCENT > row.remaining_percent
    assert outcome.measured.value == row.remaining_percent
    assert outcome.measured.unlimited is None


def test_a_convention_explains_nothing_where_the_volume_is_ours(stating, own, run, box, swap):
    subject = swap(stating(), box("PTVsb", 1, half_mm=12.0, z_mm=[-10.0, 0.0, 10.0]))
    structure = subject.case.structures[0]
    bare = compute(structure, subject.case.dose, Sampling(end_cap="none"))
    ours = compute(structure, subject.case.dose)
    share = bare.cumulative_cc / bare.covered_cc
    theirs = replace(bare, cumulative_cc=share * ours.volume_cc, volume_cc=ours.volume_cc)
    dose = replace(subject.case.dose, stated_dvhs=(stated_from(theirs, 1),))
    subject = replace(subject, curve=lambda _: ours, case=replace(subject.case, dose=dose))
    assert run(CHECK, subject).measured.unlimited is not None


def test_between_two_conventions(stating, run, box, swap):
    subject = swap(stating(), box("PTVsb", 1, half_mm=12.0, z_mm=[-10.0, 0.0, 10.0]))
    structure = subject.case.structures[0]
    ours = compute(structure, subject.case.dose)
    bare = compute(structure, subject.case.dose, Sampling(end_cap="none"))
    edges = np.arange(0.0, 61.0, 0.05)
    half = sum(np.interp(edges, c.edges_gy, c.cumulative_cc) for c in (ours, bare)) / 2
    theirs = StatedDVH(included=(1,), widths=np.full(edges.size, 0.05), volumes=half)
    dose = replace(subject.case.dose, stated_dvhs=(theirs,))
    subject = replace(
        subject,
        curve=lambda _: ours,
        curve_under=lambda s, u: compute(s, dose, u) if u.end_cap == "none" else _fails(s),
        case=replace(subject.case, dose=dose),
    )
    (row,) = run(CHECK, subject).compared
    assert (row.agreement, row.convention) == ("explained", "end caps: between half-slice and none")


def _fails(structure):
    raise MetricUndefined(f"{structure.name} has no curve")


def test_without_other_conventions_nothing_is_explained(stating, own, run):
    subject = replace(stating(stated_from(scaled(own(1), 1.2), 1)), curve_under=None)
    assert run(CHECK, subject).measured.unlimited is not None
    subject = replace(subject, curve_under=lambda structure, _: _fails(structure))
    assert run(CHECK, subject).measured.unlimited is not None


def test_a_convention_that_leaves_the_grid_explains_nothing(stating, own, run, curve):
    subject = stating(stated_from(scaled(own(1), 1.2), 1, volume_units="PERCENT"))
    item = subject.case.dose.stated_dvhs[0]
    item = replace(item, volumes=item.volumes * 100 / item.volumes[0])
    dose = replace(subject.case.dose, stated_dvhs=(item,))
    subject = replace(subject, case=replace(subject.case, dose=dose), curve_under=lambda _, __: curve(9.0, covered=0.9))
    doubt = run(CHECK, subject).measured.unlimited
    assert "(PTVsb: mean" in doubt.sentence
    assert "volume" not in doubt.sentence  # the file states none


@pytest.mark.parametrize(("now", "asked"), [(1.0, {0.5}), (2.0, {1.0}), (0.5, {0.5})])
def test_other_conventions_are_asked_at_the_step_of_intervals(stating, engine, own, run, now, asked):
    curve = replace(own(1), sampling=Sampling(fineness=now))
    run(CHECK, replace(stating(stated_from(scaled(curve, 1.2), 1)), curve=lambda _: curve))
    assert {sampling.fineness for sampling in engine[1]} == asked
    assert [(s.end_cap, s.between, s.dose) for s in engine[1]] == [
        ("none", "slab", "trilinear"),
        ("max-1.5mm", "slab", "trilinear"),
        ("rounded", "slab", "trilinear"),
        ("half-slice", "shape", "trilinear"),
        ("half-slice", "slab", "cubic"),
    ]


def test_what_nothing_judges_is_only_noted(stating, own, run):
    subject = stating(stated_from(own(1), 1), stated_from(scaled(own(2), 1.1), 2))
    outcome = run(CHECK, replace(subject, used={"ptv": subject.used["ptv"]}))
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == ("note", DISAGREES)
    assert "Judged by nothing, and unlike the planning system's own curve: Liver." in doubt.sentence
    assert outcome.measured.unlimited is None


def test_what_nothing_judges_speaks_for_the_dose_where_nothing_else_does(stating, own, run):
    subject = stating(stated_from(scaled(own(2), 1.1), 2))
    outcome = run(CHECK, replace(subject, used={"ptv": subject.used["ptv"]}))
    assert outcome.measured.unlimited.effect == "check"


@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"included": (1, 2)}, "dvh-not-compared", "ROI 1, 2 (a curve of several structures at once"),
        ({"excluded": (3,)}, "dvh-not-compared", "ROI 1 without 3 (a curve of several structures at once"),
        ({"included": ()}, "dvh-not-compared", "a curve of no structure (a curve of several"),
        ({"included": (77,)}, "dvh-not-compared", "ROI 77 (the structure set has no structure of this number)"),
        ({"dose_type": "EFFECTIVE"}, "dvh-not-compared", "a curve of EFFECTIVE dose beside a dose that is PHYSICAL"),
        ({"volume_units": "PERCENT"}, "dvh-unreadable", "its volumes do not make a whole structure"),
        ({"fault": "DVHData holds nothing"}, "dvh-unreadable", "ROI 1 (DVHData holds nothing)"),
    ],
)
def test_what_is_not_compared_is_said(stating, own, run, changes, code, why):
    outcome = run(CHECK, stating(replace(stated_from(scaled(own(1), 1.5), 1), **changes)))
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == ("note", code)
    assert why in doubt.sentence
    assert outcome.measured is None


def test_small_structures_are_not_compared(stating, run, box, swap):
    subject = swap(stating(), box("PTVsb", 1, half_mm=2.0))
    curve = compute(subject.case.structures[0], subject.case.dose)
    dose = replace(subject.case.dose, stated_dvhs=(stated_from(scaled(curve, 1.5), 1),))
    outcome = run(CHECK, replace(subject, case=replace(subject.case, dose=dose), curve=lambda _: curve))
    assert "PTVsb (smaller than 0.50 cc" in outcome.doubts[0].sentence
    assert outcome.compared[0].own is not None
    assert outcome.measured is None


def test_structures_partly_outside_the_grid_are_not_compared(stating, own, run, curve):
    subject = replace(stating(stated_from(own(1), 1)), curve=lambda _: curve(9.0, covered=0.9))
    assert "PTVsb (partly outside the dose grid" in run(CHECK, subject).doubts[0].sentence


@pytest.mark.parametrize("curve_of", [None, _fails])
def test_without_a_curve_of_ours_nothing_is_compared(stating, own, run, curve_of):
    outcome = run(CHECK, replace(stating(stated_from(own(1), 1)), curve=curve_of))
    assert "there is no curve of ours" in outcome.doubts[0].sentence


def test_a_wrong_number_of_bins_is_noted(stating, own, run):
    item = stated_from(own(1), 1)
    (doubt,) = run(CHECK, stating(replace(item, stated_bins=65))).doubts
    assert (doubt.effect, doubt.code) == ("note", "dvh-bin-count")
    assert run(CHECK, stating(replace(item, stated_bins=item.widths.size))).doubts == ()


NUMBERS = st.floats(0, 1e308) | st.sampled_from([0.0, 1.0, 100.0])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    widths=st.lists(NUMBERS, min_size=1, max_size=6),
    volumes=st.lists(NUMBERS, min_size=6, max_size=6),
    statistics=st.tuples(*[st.none() | NUMBERS] * 3),
    words=st.tuples(
        st.sampled_from(["CUMULATIVE", "DIFFERENTIAL", "NATURAL"]),
        st.sampled_from(["GY", "CGY", "RELATIVE"]),
        st.sampled_from(["CM3", "PERCENT", "PER_U"]),
    ),
    normalization_gy=st.none() | NUMBERS,
)
def test_no_curve_makes_it_stumble_or_agree_by_chance(
    stating, run, widths, volumes, statistics, words, normalization_gy
):
    kind, dose_units, volume_units = words
    falling = sorted(volumes[: len(widths)], reverse=True)
    item = StatedDVH(
        (1,), (), kind, dose_units, "PHYSICAL", volume_units, widths, falling, statistics, normalization_gy
    )
    subject = replace(stating(item), curve_under=None)
    outcome = run(CHECK, subject)
    (row,) = outcome.compared
    if row.agreement == "agrees":
        assert outcome.measured.value <= LIMIT_PERCENT
        assert row.stated.mean_gy == pytest.approx(row.own.mean_gy, rel=0.1, abs=2 * max(widths))
    elif row.agreement == "differs":
        assert outcome.measured.unlimited is not None


def test_many_reasons_are_counted(stating, run):
    items = [StatedDVH(included=(n,), fault=f"fault {n}") for n in range(5)]
    (doubt,) = run(CHECK, stating(*items)).doubts
    assert doubt.sentence.endswith("ROI 2 (fault 2); others for 2 more reasons.")


def test_statistics_in_per_cent_are_noted(stating, own, run):
    curve = own(1)
    per_cent = tuple(2 * gy for gy in curve.statistics_gy)  # of 50 Gy
    outcome = run(CHECK, stating(stated_from(curve, 1, statistics=per_cent)))
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == ("note", "dvh-statistics-percent")
    assert "are in per cent of the prescription of 50.00 Gy, as their means show: PTVsb" in doubt.sentence
    assert outcome.compared[0].stated.min_gy == pytest.approx(curve.min_gy)


def test_curves_in_cgy_are_recognised_where_a_prescription_confirms_ours(stating, own, run, alter):
    subject = stating(*(stated_from(scaled(own(n), 100), n, bin_gy=10.0) for n in (1, 2)))
    outcome = run(CHECK, subject)
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == ("note", "dvh-in-cgy")
    assert outcome.measured.value < 0.1
    unknown = alter(subject, plan={"dose_references": (), "fraction_groups": ()})
    unknown = replace(unknown, plan_prescription_gy=None, prescription_gy=None)
    assert run(CHECK, unknown).measured.unlimited is not None


def test_one_curve_a_hundred_times_ours_is_no_unit(stating, own, run):
    subject = stating(stated_from(scaled(own(1), 100), 1, bin_gy=10.0), stated_from(own(2), 2))
    assert run(CHECK, subject).measured.unlimited is not None


def test_curves_that_say_cgy(stating, own, run):
    item = stated_from(scaled(own(1), 100), 1, bin_gy=10.0, dose_units="CGY")
    outcome = run(CHECK, stating(item))
    assert (outcome.doubts, outcome.measured.unlimited) == ((), None)


@pytest.mark.parametrize(
    ("normalization_gy", "of_gy", "agreement"),
    [(40.0, 40.0, "agrees"), (None, 50.0, "agrees"), (None, 40.0, "not compared"), (50.0, 40.0, "differs")],
)
def test_relative_curves(stating, own, run, normalization_gy, of_gy, agreement):
    item = stated_from(scaled(own(1), 100 / of_gy), 1, dose_units="RELATIVE", normalization_gy=normalization_gy)
    (row,) = run(CHECK, stating(item)).compared
    assert row.agreement == agreement


def test_relative_curves_of_a_dose_that_nobody_names(stating, own, run, alter):
    item = stated_from(own(1), 1, dose_units="RELATIVE")
    subject = alter(stating(item), plan={"dose_references": ()})
    subject = replace(subject, plan_prescription_gy=None, prescription_gy=(40.0, 50.0))
    (row,) = run(CHECK, subject).compared
    assert (row.agreement, row.sentence) == ("not compared", "per cent of a dose that nobody names")


def test_a_row_alone_shows_no_number_of_ours(stating, own, run):
    (row,) = run(CHECK, stating(stated_from(scaled(own(1), 1.5), 1))).compared
    alone = row.alone()
    assert (alone.own, alone.difference, alone.remaining_percent) == (None, None, None)
    assert alone.stated == row.stated
    (broken,) = run(CHECK, stating(StatedDVH(fault="broken"))).compared
    assert broken.alone() is broken


# --- the measures, on paper ------------------------------------------------------------------------


def even(low_gy, high_gy, volume_cc=50.0):
    edges = np.linspace(0.0, 30.0, 3001)
    share = np.clip((high_gy - edges) / (high_gy - low_gy), 0.0, 1.0)
    return DVH("even", edges, volume_cc * share, volume_cc, (low_gy, (low_gy + high_gy) / 2, high_gy))


def stated_even(low_gy, high_gy, volume_cc=50.0):
    (curve,) = stated_curves([stated_from(even(low_gy, high_gy, volume_cc), 1)], [1.0], {})
    return curve


def test_a_shift_of_one_gray():
    found = difference(stated_even(10.0, 20.0), [even(11.0, 21.0, 51.0)], 25.0)
    assert found.volume_percent == pytest.approx(2.0)
    assert found.mean_percent == pytest.approx(100 / 15)
    assert (found.d95_percent, found.d50_percent, found.d2_percent) == pytest.approx((4.0, 4.0, 4.0), abs=1e-6)
    assert found.curve_volume_percent == pytest.approx(10.0)
    assert found.curve_dose_percent == pytest.approx(4.0, abs=1e-6)
    assert found.largest_percent == pytest.approx(100 / 15)  # the mean; the curves are 5 % of 20 Gy apart


def test_half_a_cc_is_no_difference_and_more_is():
    assert difference(stated_even(10.0, 20.0, 4.0), [even(10.0, 20.0, 4.49)], 60.0).largest_percent < 0.01
    assert difference(stated_even(10.0, 20.0, 4.0), [even(10.0, 20.0, 4.6)], 60.0).largest_percent == pytest.approx(15)


def test_cool_structures_are_measured_against_a_twentieth_of_the_maximum():
    found = difference(stated_even(0.1, 0.3), [even(0.11, 0.33)], 60.0)
    assert found.mean_percent == pytest.approx(100 * 0.02 / 3.0)
    assert found.largest_percent <= 1.0


def test_a_value_between_two_curves_does_not_differ():
    found = difference(stated_even(10.0, 20.0), [even(8.0, 18.0, 40.0), even(12.0, 22.0, 60.0)], 25.0)
    assert found.largest_percent == pytest.approx(0.0, abs=1e-9)
    assert found.mean_percent == pytest.approx(-100 * 2 / 15)  # of the first alone


def under(curves, otherwise):
    """Curves by the one choice in which they differ from ours."""
    return lambda sampling: next((curve for choice, curve in curves.items() if choice in vars_of(sampling)), otherwise)


def vars_of(sampling):
    return (sampling.end_cap, sampling.between, sampling.dose)


def test_the_first_pair_of_conventions_that_holds_the_curve_between_it_is_named():
    stated, own = stated_even(12.0, 22.0), even(10.0, 20.0)
    found = explanation(stated, own, under({"none": even(14.0, 24.0)}, even(15.0, 25.0)), (25.0, LIMIT_PERCENT))
    assert found == ("end caps: between half-slice and none", pytest.approx(0.0, abs=1e-9))
    own = even(10.0, 20.0, 40.0)  # later ones hold it too, and one agrees by itself
    found = explanation(stated, own, under({"cubic": even(12.0, 22.0)}, even(14.0, 24.0, 60.0)), (25.0, LIMIT_PERCENT))
    assert found == ("dose: cubic", pytest.approx(0.0, abs=1e-6))


@pytest.mark.parametrize(("volume_cc", "explained"), [(None, True), (50.0, False), (55.0, True)])
def test_a_volume_in_per_cent_contradicts_no_convention(volume_cc, explained):
    stated = replace(stated_even(12.0, 22.0), volume_cc=volume_cc)
    found, _ = explanation(stated, even(10.0, 20.0), lambda _: even(12.0, 22.0, 55.0), (25.0, LIMIT_PERCENT))
    assert bool(found) == explained


# --- real exports ----------------------------------------------------------------------------------


def export(folder):
    if not (DATA / folder).is_dir():
        pytest.skip(f"the real export {folder} is not beside the project")
    return read_case(DATA / folder)


def subject_of(case):
    return Subject(
        case=case,
        used={s.name: (s,) for s in case.structures},
        curve=lambda s: compute(s, case.dose),
        curve_under=lambda s, sampling: compute(s, case.dose, sampling),
    )


@pytest.mark.real
def test_the_breast_export_is_reproduced():
    rows = {row.roi: row for row in compare(subject_of(export("dicompyler-example")))}
    assert {name: row.agreement for name, row in rows.items()} == {
        "BODY": "not compared",
        "Borders": "explained",
        "Breast": "agrees",
        "Heart": "agrees",
        "Lt Lung": "agrees",
        "Nodes": "agrees",
        "Scar": "not compared",
        "Tumor Bed": "agrees",
        "Tumor Bed Block": "agrees",
    }
    assert rows["Borders"].convention == "end caps: none"
    for name in set(rows) - {"BODY"}:
        assert rows[name].curve.unit == "per cent of the prescription of 14.00 Gy"
        assert rows[name].curve.reading == "bin centres"
    assert rows["Breast"].stated.mean_gy == pytest.approx(0.400966 * 14.0, abs=1e-5)
    assert rows["Tumor Bed"].stated.min_gy == pytest.approx(1.00508725 * 14.0, abs=1e-5)
    larger = {name for name, row in rows.items() if row.difference and row.difference.curve_volume_percent > 2.0}
    assert larger <= {"Nodes"}  # 0.6 cc on two slices


def eclipse(case, *, with_the_slip):
    """The table beside the prostate export; one of its lines says 0.00035604 Gy where 35.604 is meant."""
    table = (DATA / "eclipse-prostate" / "tps_dvh.csv").read_text(encoding="utf-8")
    lines = list(csv.reader(table.splitlines()))
    numbers = {s.name.replace(" ", ""): s.number for s in case.structures}
    for column in range(0, len(lines[0]) - 1, 2):
        number = numbers.get(lines[0][column].split("_")[0])
        points = np.array([(float(r[column]), float(r[column + 1])) for r in lines[1:] if r[column] and r[column + 1]])
        if not with_the_slip:
            points = points[points[:, 0] >= np.maximum.accumulate(points[:, 0])]
        volume_cc = float(lines[0][column + 1].split("% of ")[1].split(" cc")[0])
        if number is not None:
            widths = np.append(np.diff(points[:, 0]), 0.046)
            yield StatedDVH(included=(number,), widths=widths, volumes=points[:, 1] * volume_cc / 100)


@pytest.mark.real
def test_the_prostate_export_is_reproduced():
    case = export("eclipse-prostate")
    items = tuple(eclipse(case, with_the_slip=False))
    case = replace(case, dose=replace(case.dose, stated_dvhs=items))
    rows = {row.roi: row for row in compare(subject_of(case))}
    assert {name for name, row in rows.items() if row.agreement == "agrees"} == set(rows) - {"BODY"}
    assert len(rows) == 6
    for name in set(rows) - {"BODY"}:
        found = rows[name].difference
        assert abs(found.volume_percent) < 1.5
        assert abs(found.mean_percent) < 0.3
        assert abs(found.d50_percent) < 0.5
        assert found.curve_volume_percent < 1.5


@pytest.mark.real
def test_the_slip_in_the_prostate_table_makes_no_dose_axis():
    case = export("eclipse-prostate")
    assert all((item.widths < 0).any() for item in eclipse(case, with_the_slip=True))


def test_statistics_of_nothing_known_are_noted(stating, own, run):
    curve = own(1)
    thrice = tuple(3 * value for value in curve.statistics_gy)
    (doubt,) = run(CHECK, stating(stated_from(curve, 1, statistics=thrice))).doubts
    assert (str(doubt.effect), doubt.code) == ("note", "dvh-statistics-unclear")
    assert doubt.sentence.endswith("not those of the curves in any known unit, and were left out: PTVsb.")


def test_cool_structures_with_coarse_bins_do_not_hide_that_curves_are_in_cgy(stating, own, run):
    cool = StatedDVH(included=(3,), widths=np.full(3, 1e5), volumes=np.array([own(3).volume_cc, 0.0, 0.0]))
    stated = stated_from(scaled(own(1), 100.0), 1, bin_gy=5.0)
    found = {doubt.code for doubt in run(CHECK, stating(stated, cool)).doubts}
    assert "dvh-in-cgy" in found
