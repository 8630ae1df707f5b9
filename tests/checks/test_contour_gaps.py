from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sbrt_qa.histogram import Sampling

CHECK = "contour-gaps"
PLANES = np.arange(-15.0, 15.1, 2.5)
IN_TARGET = {"name": "PTVsb", "number": 1, "kind": "PTV"}
IN_ORGAN = {"name": "Liver", "number": 2}


@pytest.fixture
def gaps(run):
    """The sentence that all doubts about gaps share, for there is one for each gap, and their ROI numbers."""

    def shared(subject):
        doubts = run(CHECK, subject).doubts
        assert {(str(doubt.effect), doubt.code) for doubt in doubts} == {("finding", "contour-gap")}
        ((sentence, rois),) = {(doubt.sentence, doubt.rois) for doubt in doubts}
        return sentence, rois

    return shared


def without(*missing):
    return [z for z in PLANES if z not in missing]


@pytest.mark.parametrize(
    ("missing", "effect", "text"),
    [
        ((0.0,), "warn", "1 contour plane missing (z -2.5 to 2.5 mm, usual step 2.5 mm)"),
        ((0.0, 2.5), "warn", "2 contour planes missing (z -2.5 to 5.0 mm"),
        ((-5.0, 5.0), "warn", "2 contour planes missing (z -7.5 to -2.5 and 2.5 to 7.5 mm"),
        ((0.0, 2.5, 5.0), "finding", "3 contour planes missing"),
    ],
)
def test_missing_planes_of_an_organ(subject, swap, only, box, missing, effect, text):
    doubt = only(CHECK, swap(subject, box(**IN_ORGAN, z_mm=without(*missing))), effect, "contour-gap")
    assert doubt.rois == (2,)
    assert f"Liver: {text}" in doubt.sentence


def test_one_missing_plane_of_a_target_is_a_finding(subject, swap, only, box):
    doubt = only(CHECK, swap(subject, box(**IN_TARGET, z_mm=without(0.0))), "finding", "contour-gap")
    assert doubt.rois == (1,)
    assert "PTVsb (a target): 1 contour plane missing" in doubt.sentence


def test_two_islands_are_a_gap(subject, swap, only, box):
    islands = [*np.arange(-15.0, -4.9, 2.5), *np.arange(5.0, 15.1, 2.5)]
    assert (
        "3 contour planes missing"
        in only(CHECK, swap(subject, box(**IN_ORGAN, z_mm=islands)), "finding", "contour-gap").sentence
    )


def test_a_plane_forgotten_next_to_the_end_is_a_gap(subject, swap, doubts, box):
    body = swap(subject, box("External", 4, half_mm=55.0, z_mm=PLANES))
    assert doubts(CHECK, swap(body, box(**IN_ORGAN, z_mm=without(12.5)))) == [("warn", "contour-gap")]


MIXED = [*np.arange(-15.0, 0.1, 2.5), 5.0, 10.0, 15.0]


def test_planes_wider_apart_where_the_image_is_are_ordinary(subject, swap, only, box):
    lower = np.arange(-10.0, 0.1, 2.5)
    quiet = swap(swap(subject, box(**IN_ORGAN, z_mm=lower)), box("Kidney_L", 3, z_mm=lower))
    drawn = swap(swap(quiet, box("External", 4, z_mm=MIXED)), box(**IN_TARGET, z_mm=MIXED))
    doubt = only(CHECK, drawn, "note", "slice-spacing-mixed")
    assert "PTVsb: planes are up to 5.0 mm apart towards an end" in doubt.sentence


def test_one_wide_step_is_the_images_only_if_another_structure_passes_through(subject, swap, only, box):
    lower = np.arange(-10.0, 0.1, 2.5)
    quiet = swap(swap(subject, box(**IN_ORGAN, z_mm=lower)), box("Kidney_L", 3, z_mm=lower))
    one_step = swap(quiet, box(**IN_TARGET, z_mm=[*lower, 5.0]))
    only(CHECK, swap(one_step, box("External", 4, z_mm=MIXED)), "note", "slice-spacing-mixed")
    only(CHECK, swap(one_step, box("External", 4, z_mm=lower)), "finding", "contour-gap")


def test_uneven_wide_steps_are_gaps(subject, swap, gaps, box):
    lower = np.arange(-10.0, 0.1, 2.5)
    quiet = swap(swap(subject, box(**IN_ORGAN, z_mm=lower)), box("Kidney_L", 3, z_mm=lower))
    gaps(swap(swap(quiet, box("External", 4, z_mm=lower)), box(**IN_TARGET, z_mm=[*lower, 5.0, 12.5])))


def test_planes_wider_apart_where_others_have_planes_are_gaps(subject, swap, gaps, box):
    body = swap(subject, box("External", 4, half_mm=55.0, z_mm=PLANES))
    assert "3 contour planes missing" in gaps(swap(body, box(**IN_TARGET, z_mm=MIXED)))[0]


def test_every_second_plane_throughout_is_a_spacing(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box(**IN_TARGET, z_mm=PLANES[::2]))) == []


def test_planes_missing_evenly_are_held_against_the_most_drawn_structure(subject, swap, gaps, box):
    body = swap(subject, box("External", 4, half_mm=55.0, z_mm=np.arange(-40.0, 40.1, 2.5)))
    sparse = swap(body, box(**IN_TARGET, z_mm=np.arange(-40.0, 40.1, 20.0)))
    assert "28 contour planes missing" in gaps(sparse)[0]


def test_two_planes_far_apart_are_held_against_the_most_drawn_structure(subject, swap, only, box):
    doubt = only(CHECK, swap(subject, box(**IN_TARGET, z_mm=[-10.0, 10.0])), "finding", "contour-gap")
    assert "7 contour planes missing" in doubt.sentence


def test_a_plane_without_area_is_missing(subject, swap, only, box):
    target = box(**IN_TARGET)
    flat = replace(target.contours[4], points_mm=np.array([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (2.0, 0.0, 0.0)]))
    contours = (*target.contours[:4], flat, *target.contours[5:])
    only(CHECK, swap(subject, replace(target, contours=contours)), "finding", "contour-gap")


@pytest.mark.parametrize("planes", [[], [0.0]])
def test_structures_with_fewer_than_two_planes_have_no_gaps(subject, swap, doubts, box, planes):
    assert doubts(CHECK, swap(subject, box(**IN_ORGAN, z_mm=planes))) == []


def test_several_contours_on_a_plane_are_one_plane(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box(**IN_ORGAN, z_mm=np.sort([*PLANES, *(PLANES + 0.02)])))) == []


def test_noise_in_the_step_is_no_gap(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box(**IN_TARGET, z_mm=[0.0, 2.5, 5.0, 8.75, 11.25]))) == []


def test_gaps_of_unused_structures_are_ordinary(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Ring", 4, z_mm=without(0.0, 2.5, 5.0)))) == []


def slabs_of(doubts, structure):
    """Where each reading alone ends the planes, as (z, low, high)."""
    return [doubt.reading.other(structure, Sampling()).slabs_mm for doubt in doubts]


def test_each_of_several_gaps_may_be_real_by_itself(subject, swap, run, gaps, box):
    organ = box(**IN_ORGAN, z_mm=without(-7.5, 0.0, 7.5))
    sentence, rois = gaps(swap(subject, organ))
    assert sentence.startswith("Liver: 3 contour planes missing (z -10.0 to -5.0, -2.5 to 2.5 and 5.0 to 10.0 mm,")
    assert rois == (2,)
    alone = slabs_of(run(CHECK, swap(subject, organ)).doubts, organ)
    parted = [[z for (z, _, high), (_, low, _) in pairwise(slabs) if low > high] for slabs in alone]
    assert parted == [[-10.0], [-2.5], [5.0]]


def test_of_many_gaps_neighbours_are_read_alike(subject, swap, run, box):
    organ = box(**IN_ORGAN, z_mm=[z for z in np.arange(-40.0, 40.1, 2.5) if z % 10 != 5])
    alone = slabs_of(run(CHECK, swap(subject, organ)).doubts, organ)
    assert [sum(low > high for (_, _, high), (_, low, _) in pairwise(slabs)) for slabs in alone] == [3, 3, 2]
