from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.model import Contour

CHECK = "contour-planes"


def spoilt(structure, shift_mm):
    """The structure with its fourth contour's points moved along z."""
    contours = list(structure.contours)
    points = np.array(contours[3].points_mm)
    points[:, 2] += shift_mm
    contours[3] = Contour(points)
    return replace(structure, contours=tuple(contours))


TILT, TWIST = np.array([-1.0, 1.0, 1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])


@pytest.mark.parametrize(
    ("shape", "code", "word"),
    [(TILT, "contour-not-axial", "tilted"), (TWIST, "contour-not-planar", "not flat")],
)
@pytest.mark.parametrize(("size_mm", "effect"), [(3.0, "finding"), (1.05, "finding"), (0.95, "warn"), (0.3, "warn")])
def test_contours_out_of_plane(subject, swap, only, box, shape, code, word, size_mm, effect):
    doubt = only(CHECK, swap(subject, spoilt(box("Liver", 2, half_mm=30.0), size_mm * shape)), effect, code)
    assert doubt.rois == (2,)
    assert doubt.sentence == f"Liver: 1 of 9 contours are {word}, the worst by {size_mm:.2f} mm at z -2.5 mm."


@pytest.mark.parametrize("shape", [TILT, TWIST])
def test_noise_is_nothing(subject, swap, doubts, box, shape):
    assert doubts(CHECK, swap(subject, spoilt(box("Liver", 2), 0.09 * shape))) == []


def test_unused_structures_may_be_tilted(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, spoilt(box("Ring", 4), 3.0 * TILT))) == []


def test_a_structure_without_contours_is_for_another_check(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Liver", 2, contours=()))) == []
