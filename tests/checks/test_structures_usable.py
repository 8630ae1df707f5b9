from __future__ import annotations

from dataclasses import replace

import pytest

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.model import Contour

CHECK = "structures-usable"


def line(z_mm=0.0, count=3):
    return Contour([(x, 2.0 * x, z_mm) for x in range(count)])


def points(geometry, z_mm=0.0):
    return Contour([(0.0, 0.0, z_mm), (5.0, 0.0, z_mm), (5.0, 5.0, z_mm)], geometry)


@pytest.mark.parametrize(
    ("contours", "code", "text"),
    [
        ((), "structure-empty", "Liver has no contours"),
        (
            (points("POINT"), points("OPEN_PLANAR")),
            "structure-not-closed",
            "only OPEN_PLANAR and POINT contours",
        ),
        ((line(), line(2.5)), "contour-degenerate", "No contour of Liver bounds an area"),
        ((line(count=2), line(2.5, count=2)), "contour-degenerate", "fewer than 3 points"),
        ((line(count=2),), "structure-too-small", "a single contour of fewer than 3 points"),
        ((Contour([(1.0, 1.0, 0.0)] * 4),), "contour-degenerate", "all on a line"),
    ],
)
def test_a_structure_without_volume_is_a_finding(subject, swap, only, box, contours, code, text):
    doubt = only(CHECK, swap(subject, box("Liver", 2, contours=contours)), "finding", code)
    assert doubt.rois == (2,)
    assert text in doubt.sentence


@pytest.mark.parametrize(("half_mm", "expected"), [(1.0, [("finding", "structure-too-small")]), (1.5, [])])
@pytest.mark.parametrize("with_curve", [True, False])
def test_a_structure_below_a_tenth_of_a_cc(subject, swap, doubts, box, half_mm, expected, with_curve):
    small = swap(subject, box("Liver", 2, half_mm=half_mm))  # 9 planes: 0.090 and 0.2025 cc
    assert doubts(CHECK, small if with_curve else replace(small, curve=None)) == expected


def test_the_volume_of_the_curve_counts(subject, only, curve):
    tiny = replace(subject, curve=lambda s: curve(0.05 if s.name == "Liver" else 9.0))
    assert "Liver holds 0.050 cc" in only(CHECK, tiny, "finding", "structure-too-small").sentence


def test_without_a_curve_the_contours_are_measured(subject, doubts):
    def fails(structure):
        raise MetricUndefined(f"{structure.name} has no curve")

    assert doubts(CHECK, replace(subject, curve=fails)) == []


def test_a_single_plane_has_no_thickness(subject, swap, only, box):
    flat = replace(swap(subject, box("Liver", 2, z_mm=[0.0])), curve=None)
    assert "0.000 cc" in only(CHECK, flat, "finding", "structure-too-small").sentence


@pytest.mark.parametrize(
    ("extra", "code", "text"),
    [
        (points("POINT"), "structure-not-closed", "1 of 10 contours are not closed"),
        (line(7.5), "contour-degenerate", "bound no area are left out (z 7.5 mm)"),
        (line(7.5, count=1), "contour-degenerate", "z 7.5 mm"),
    ],
)
def test_useless_contours_beside_good_ones_are_a_warning(subject, swap, only, box, extra, code, text):
    liver = box("Liver", 2)
    doubt = only(CHECK, swap(subject, replace(liver, contours=(*liver.contours, extra))), "warn", code)
    assert text in doubt.sentence


def test_a_figure_of_eight_bounds_area(subject, swap, doubts, box):
    liver = box("Liver", 2, half_mm=20.0)
    eight = Contour([(-5.0, -5.0, 0.0), (5.0, 5.0, 0.0), (5.0, -5.0, 0.0), (-5.0, 5.0, 0.0)])  # the lobes cancel
    assert doubts(CHECK, swap(subject, replace(liver, contours=(*liver.contours, eight)))) == []


def test_contours_that_could_not_be_read_are_not_called_empty(subject, swap, only, box):
    unread = box("Liver", 2, contours=(), faults=(("contour-data-invalid", "The contours cannot be read."),))
    only(CHECK, swap(subject, unread), "finding", "contour-data-invalid")


@pytest.mark.parametrize("code", ["contour-data-invalid", "contour-offset", "charset-invalid"])
def test_what_the_reader_found_wrong_is_a_finding(subject, swap, only, box, code):
    doubt = only(CHECK, swap(subject, box("Liver", 2, faults=((code, "something is odd"),))), "finding", code)
    assert (doubt.rois, doubt.sentence) == ((2,), "Liver: something is odd.")


@pytest.mark.parametrize("contours", [(), (points("POINT"),), (line(),)])
def test_an_unused_structure_without_volume_is_a_note(subject, swap, only, box, contours):
    doubt = only(CHECK, swap(subject, box("Isocentre", 4, contours=contours)), "note", "roi-empty-unused")
    assert doubt.sentence == "Without a volume, but judged by no constraint: Isocentre."


def test_faults_of_unused_structures_are_ordinary(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Ring", 4, faults=(("contour-offset", "moved."),)))) == []


def test_an_unused_structure_whose_name_cannot_be_decoded_is_a_note(subject, swap, only, box):
    unreadable = box("K\\xf6rper", 4, faults=(("charset-invalid", "The name cannot be read."),))
    doubt = only(CHECK, swap(subject, unreadable), "note", "charset-invalid")
    assert doubt.sentence == "Names that cannot be decoded fill no role: K\\xf6rper."


def test_a_name_that_cannot_be_decoded_may_be_the_missing_structure(subject, alter, swap, only, box):
    unreadable = box("K\\xf6rper", 4, faults=(("charset-invalid", "The name cannot be read."),))
    missing = alter(swap(subject, unreadable), missing={"cord": "No structure fills 'cord'."})
    doubt = only(CHECK, missing, "check", "charset-invalid")
    assert doubt.sentence == (
        "Names that cannot be decoded fill no role: K\\xf6rper; one of them may be a structure that is missing."
    )
