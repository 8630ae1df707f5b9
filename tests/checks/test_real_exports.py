"""Every structure of two real exports through every check, with the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbrt_qa.checks import Subject, checks
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.histogram import compute

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.real

EXPECTED = {
    "dicompyler-example": [
        ("contour-overlaps", "note", "holes-nested"),  # the body
        ("contour-overlaps", "note", "holes-nested"),  # the left lung
        ("dose-grid-covers", "note", "dose-grid-too-small"),  # the body
        ("dose-type", "note", "dose-roi-override"),
        ("embedded-dvh", "note", "dvh-other-convention"),  # one structure of two slices, without end caps
        ("embedded-dvh", "note", "dvh-statistics-percent"),
        ("embedded-dvh", "note", "dvh-not-compared"),  # the body leaves the grid, the scar is small
        ("plan-usable", "note", "plan-unapproved"),
        ("prescription", "note", "prescription-missing"),  # two targets, none bound to a structure
        ("structures-usable", "finding", "structure-empty"),  # one structure was never contoured
    ],
    "eclipse-prostate": [
        ("dose-grid-covers", "note", "dose-grid-too-small"),
        ("plan-present", "limits", "plan-missing"),
        ("prescription", "note", "prescription-missing"),
    ],
}


@pytest.mark.parametrize("folder", sorted(EXPECTED))
def test_real_exports_raise_only_what_is_true_of_them(folder, run):
    if not (DATA / folder).is_dir():
        pytest.skip(f"the real export {folder} is not beside the project")
    case = read_case(DATA / folder)
    curves = {s.number: compute(s, case.dose) for s in case.structures if s.closed_contours}
    subject = Subject(
        case=case,
        used={s.name: (s,) for s in case.structures},
        targets=frozenset(s.number for s in case.structures if s.kind in {"GTV", "CTV", "PTV"}),
        curve=lambda structure: curves[structure.number],
        curve_under=lambda structure, sampling: compute(structure, case.dose, sampling),
    )
    found = [(c, str(d.effect), d.code) for c in checks() for d in run(c, subject).doubts]
    assert found == EXPECTED[folder]
