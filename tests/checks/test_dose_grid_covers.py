from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.model import Dose, Grid

CHECK = "dose-grid-covers"


def test_a_judged_structure_that_leaves_the_grid_is_named_with_its_share(subject, swap, only, box, curve):
    liver = box("Liver", 2, half_mm=70.0)
    outside = replace(swap(subject, liver), curve=lambda _: curve(200.0, covered=0.75))
    doubt = only(CHECK, outside, "note", "dose-grid-too-small")
    assert doubt.rois == (2,)
    assert doubt.sentence.startswith("Liver: 75.0% lies inside the dose grid; 50.00 cc of 200.00 cc lie outside")


def test_the_half_slice_beyond_the_last_contour_counts(subject, swap, doubts, box, curve):
    touching = box("Liver", 2, z_mm=np.arange(-10.0, 20.1, 2.5))  # the grid ends at 20 mm
    outside = replace(swap(subject, touching), curve=lambda _: curve(10.0, covered=0.9))
    assert doubts(CHECK, outside) == [("note", "dose-grid-too-small")]


def test_the_curve_has_the_last_word(subject, swap, doubts, box, curve):
    box_says_out = replace(swap(subject, box("Liver", 2, half_mm=70.0)), curve=lambda _: curve(10.0))
    assert doubts(CHECK, box_says_out) == []


def no_curve(structure):
    raise MetricUndefined(f"{structure.name} bounds no volume")


@pytest.mark.parametrize("curve_of", [None, no_curve])
def test_without_a_curve_the_bounding_box_speaks(subject, swap, only, box, curve_of):
    outside = replace(swap(subject, box("Liver", 2, half_mm=70.0)), curve=curve_of)
    assert "Liver reaches beyond the dose grid" in only(CHECK, outside, "note", "dose-grid-too-small").sentence


def test_unused_structures_beyond_the_grid_are_one_note(subject, swap, only, box):
    doubt = only(CHECK, swap(subject, box("External", 4, half_mm=90.0)), "note", "structure-outside-grid-unused")
    assert doubt.sentence == "Beyond the dose grid, but judged by no constraint: External."


def test_a_structure_without_contours_leaves_nothing(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("External", 4, contours=()))) == []


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_single_plane_bounds_no_volume(subject, alter, run, axis):
    dose = subject.case.dose
    axes = [dose.grid.x_mm, dose.grid.y_mm, dose.grid.z_mm]
    axes[2 - axis] = axes[2 - axis][:1]
    flat = Dose(Grid(*axes), np.take(dose.gy, [0], axis=axis), dose.identity)
    found = run(CHECK, alter(subject, dose={"grid": flat.grid, "gy": flat.gy})).doubts
    (doubt,) = [d for d in found if d.code == "dose-single-plane"]
    assert (str(doubt.effect), doubt.rois) == ("finding", (1, 2, 3))
    assert "a single plane" in doubt.sentence


def test_an_oblique_grid_is_measured_along_its_own_axes(subject, alter, doubts):
    turn = np.radians(45.0)
    c, s = float(np.cos(turn)), float(np.sin(turn))
    dose = subject.case.dose
    grid = replace(dose.grid, axes=((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0)))
    # The 55 mm corners of the body reach 78 mm along the diagonal, beyond the 60 mm of the grid.
    assert doubts(CHECK, alter(subject, dose={"grid": grid})) == [("note", "structure-outside-grid-unused")]
