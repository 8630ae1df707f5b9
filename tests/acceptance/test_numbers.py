"""Numbers against closed forms: solids in linear doses of 1 Gy/mm, end caps, holes, orientations, encodings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dicom_maker import Export, Roi, box, ring, write
from truth_on_paper import AXES, SOLIDS, Stack, level_of

import sbrt_qa as qa

GRID = (np.arange(-30, 30.1, 2.0), np.arange(-30, 30.1, 2.5), np.arange(-33, 33.1, 3.0))
OFFSET_GY = 40.0
SPAN = (-40.0, 40.0)


@pytest.fixture(scope="session")
def linear(tmp_path_factory):
    """One case per axis: all solids on 1 mm contours in a dose of 40 Gy + 1 Gy/mm along that axis."""
    rois = [Roi(name, solid.contours(1.0)) for name, solid in SOLIDS.items()]
    cases = {}
    for axis, index in AXES.items():
        export = Export(rois, lambda x, y, z, index=index: OFFSET_GY + (x, y, z)[index] + 0 * (x + y + z), GRID)
        cases[axis] = qa.read_case(write(tmp_path_factory.mktemp(f"linear-{axis}"), export))
    return cases


@pytest.mark.parametrize("name", SOLIDS)
@pytest.mark.parametrize("axis", AXES)
def test_against_the_stack_of_polygons_as_written(linear, axis, name):
    curve = qa.dvh(linear[axis], name)
    stack = Stack(SOLIDS[name].contours(1.0))
    assert curve.volume_cc * 1000 == pytest.approx(stack.volume_mm3, rel=1e-3)
    for percent in (99, 98, 95, 80, 50, 20, 5, 2, 1):
        expected = OFFSET_GY + stack.dose_gy(axis, percent, SPAN)
        assert curve.dose_at(percent=percent) == pytest.approx(expected, abs=0.03), percent
    assert curve.covered == 1.0


@pytest.mark.parametrize("name", ["Sphere", "Cylinder", "Cone"])
@pytest.mark.parametrize("axis", AXES)
def test_against_the_solid(linear, axis, name):
    curve, solid = qa.dvh(linear[axis], name), SOLIDS[name]
    assert curve.volume_cc * 1000 == pytest.approx(solid.volume_mm3, rel=3e-3)
    for percent in (95, 5):
        expected = OFFSET_GY + level_of(percent / 100, lambda level: solid.share_beyond(axis, level), SPAN)
        assert curve.dose_at(percent=percent) == pytest.approx(expected, abs=0.1), percent


@pytest.mark.parametrize("name", SOLIDS)
def test_minimum_mean_and_maximum_of_a_linear_dose(linear, name):
    for axis, index in AXES.items():
        curve = qa.dvh(linear[axis], name)
        stack = Stack(SOLIDS[name].contours(1.0))
        ends = stack.faces if axis == "z" else stack.points[..., index]
        assert curve.min_gy == pytest.approx(OFFSET_GY + np.min(ends), abs=2e-3)
        assert curve.max_gy == pytest.approx(OFFSET_GY + np.max(ends), abs=2e-3)
        assert curve.min_gy <= curve.mean_gy <= curve.max_gy
        layers = np.average(np.convolve(stack.faces, [0.5, 0.5], "valid"), weights=np.diff(stack.faces) * stack.areas)
        assert curve.mean_gy == pytest.approx(OFFSET_GY + (layers if axis == "z" else 0.0), abs=5e-3)


def test_end_caps_of_a_box(linear, tmp_path):
    export = Export([Roi("Box", box((-10, 10), (-5, 5), (-8, 8)))], lambda x, y, z: 40 + z + 0 * (x + y), GRID)
    case = qa.read_case(write(tmp_path, export))
    assert qa.dvh(case, "Box").volume_cc == pytest.approx(3.2, rel=1e-6)
    assert qa.dvh(case, "Box", qa.Sampling(end_cap="none")).volume_cc == pytest.approx(2.8, rel=1e-6)
    assert qa.dvh(case, "Box").max_gy == pytest.approx(48.0, abs=2e-3)
    assert qa.dvh(case, "Box", qa.Sampling(end_cap="none")).max_gy == pytest.approx(47.0, abs=2e-3)


# --- holes ----------------------------------------------------------------------------------------


def circle(radius: float, points: int, turn: float = 1.0) -> np.ndarray:
    angle = turn * np.arange(points) * 2 * np.pi / points
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def test_a_hole_by_keyhole_is_the_hole_by_nested_contours(tmp_path):
    outer, inner = circle(18, 96), circle(7, 60, turn=-1.0)
    keyhole = np.vstack([outer, outer[:1], inner, inner[:1], outer[:1]])
    planes = np.arange(-14, 14.1, 2.0)
    rois = [
        Roi("Nested", [ring(points, z) for z in planes for points in (outer, inner)]),
        Roi("Keyhole", [ring(keyhole, z) for z in planes]),
        Roi("Xor", [ring(points, z) for z in planes for points in (inner, outer)], contour_type="CLOSEDPLANAR_XOR"),
        Roi("Filled", [ring(outer, z) for z in planes]),
    ]
    export = Export(rois, lambda x, y, z: 40 + 0.7 * x + 0.4 * y + 0.3 * z, GRID)
    case = qa.read_case(write(tmp_path, export))
    nested, keyhole_curve, xor = (qa.dvh(case, name) for name in ("Nested", "Keyhole", "Xor"))
    for other in (keyhole_curve, xor):
        assert other.volume_cc == pytest.approx(nested.volume_cc, rel=1e-9)
        assert other.mean_gy == pytest.approx(nested.mean_gy, rel=1e-9)
        for percent in (99, 95, 50, 5, 1):
            assert other.dose_at(percent=percent) == pytest.approx(nested.dose_at(percent=percent), abs=1e-9)
        for gy in (25, 35, 40, 45, 55):
            assert other.volume_at(gy=gy) == pytest.approx(nested.volume_at(gy=gy), abs=1e-9)
    stack = {roi.name: Stack(roi.contours) for roi in (rois[3], Roi("Hole", [ring(inner, z) for z in planes]))}
    assert nested.volume_cc * 1000 == pytest.approx(stack["Filled"].volume_mm3 - stack["Hole"].volume_mm3, rel=1e-3)


# --- orientation and encoding ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def lopsided():
    """A structure and a dose without any symmetry, on a grid whose three spacings and counts all differ."""
    corners = np.array([(-12.0, -9.0), (15.0, -6.0), (11.0, 14.0), (-4.0, 8.0)])
    contours = [ring(corners * (1 + 0.03 * k), -9.0 + 2.0 * k) for k in range(10)]
    grid = (np.arange(-24.0, 30.1, 2.0), np.arange(-20.0, 25.1, 2.5), np.arange(-18.0, 21.1, 3.0))
    return Export(
        [Roi("Organ", contours)],
        lambda x, y, z: 30 * np.exp(-(((x - 6) / 20) ** 2) - ((y + 3) / 14) ** 2) + 0.6 * z + 0.1 * x + 15,
        grid,
    )


def numbers(case) -> list[float]:
    curve = qa.dvh(case, "Organ")
    doses = [curve.dose_at(percent=p) for p in (99, 95, 50, 5, 1)] + [curve.dose_at(cc=0.03)]
    return [curve.volume_cc, curve.min_gy, curve.mean_gy, curve.max_gy, curve.volume_at(gy=30), *doses]


@pytest.mark.parametrize("position", ["HFP", "FFS", "FFP"])
def test_every_orientation_gives_the_same_numbers(lopsided, tmp_path, position):
    first = numbers(qa.read_case(write(tmp_path / "HFS", lopsided)))
    other = numbers(qa.read_case(write(tmp_path / position, replace(lopsided, patient_position=position))))
    assert other == pytest.approx(first, abs=1e-6)


def test_absolute_frame_offsets_are_the_relative_ones(lopsided, tmp_path):
    relative = qa.read_case(write(tmp_path / "relative", lopsided))
    absolute = qa.read_case(write(tmp_path / "absolute", replace(lopsided, absolute_offsets=True)))
    assert numbers(absolute) == pytest.approx(numbers(relative), abs=1e-9)


@pytest.mark.parametrize("position", ["HFP", "FFS", "FFP"])
def test_absolute_frame_offsets_are_refused_elsewhere(lopsided, tmp_path, position):
    folder = write(tmp_path, replace(lopsided, patient_position=position, absolute_offsets=True))
    with pytest.raises(qa.SbrtQaError) as error:
        qa.read_case(folder)
    assert error.value.code == "dose-offsets-invalid"


def test_16_and_32_bits_hold_the_same_dose(lopsided, tmp_path):
    few = qa.read_case(write(tmp_path / "16", lopsided))
    many = qa.read_case(write(tmp_path / "32", replace(lopsided, bits=32)))
    assert many.dose.gy.max() == pytest.approx(few.dose.gy.max(), rel=1e-6)
    assert np.abs(many.dose.gy - few.dose.gy).max() < 1e-3
    assert numbers(many) == pytest.approx(numbers(few), abs=2e-3)


def test_frames_may_be_unevenly_spaced_and_run_downwards(lopsided, tmp_path):
    uneven = np.array([-18.0, -14.0, -11.0, -9.0, -4.0, 0.0, 1.0, 5.0, 9.5, 14.0, 21.0])
    grid = (*lopsided.axes_mm[:2], uneven)
    linear = replace(lopsided, axes_mm=grid, gy=lambda x, y, z: 40 + z + 0 * (x + y))
    up = qa.read_case(write(tmp_path / "up", linear))

    def downwards(dose):
        frames = np.frombuffer(dose.PixelData, "<u2").reshape(len(uneven), -1)[::-1]
        dose.PixelData = np.ascontiguousarray(frames).tobytes()
        dose.ImagePositionPatient = [*dose.ImagePositionPatient[:2], 21.0]
        dose.GridFrameOffsetVector = [f"{plane - 21.0:g}" for plane in uneven[::-1]]

    down = qa.read_case(write(tmp_path / "down", replace(linear, edit={"dose": downwards})))
    assert numbers(down) == pytest.approx(numbers(up), abs=1e-6)
    assert numbers(up)[1] == pytest.approx(30.0, abs=2e-3)
    assert numbers(up)[3] == pytest.approx(50.0, abs=2e-3)
