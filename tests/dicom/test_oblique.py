"""Tilted dose grids: a linear dose is exact, a Gaussian within the stated error, and nothing is invented."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from sbrt_qa.dicom import oblique
from sbrt_qa.dicom.oblique import Tilted, inscribed_box
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError
from sbrt_qa.model import Grid

CENTRE = np.array([4.0, -3.0, 6.0])
COUNTS = {"x": 25, "y": 21, "z": 19}
SPACING = np.array([2.5, 2.0, 3.0])
OFFSETS = np.arange(COUNTS["z"]) * SPACING[2]
UNEVEN = np.cumsum([0.0, *([2.0, 3.5] * 9)])
SIGMA_MM, PEAK_GY = 25.0, 60.0
SCALING = 2e-8


def turned(axis: str, degrees: float) -> np.ndarray:
    """Rotation about a patient axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return matrix


def linear(points):
    return 30 + points @ np.array([0.05, -0.08, 0.1])


def gaussian(points):
    return PEAK_GY * np.exp(-((points - CENTRE) ** 2).sum(axis=-1) / (2 * SIGMA_MM**2))


def tilt(made, rotation, field, offsets=OFFSETS):
    """Write the dose of the case on a tilted grid around ``CENTRE``."""
    columns, rows = np.arange(COUNTS["x"]) * SPACING[0], np.arange(COUNTS["y"]) * SPACING[1]
    along_x, along_y, along_z = rotation.T
    middle = [(axis[0] + axis[-1]) / 2 for axis in (columns, rows, offsets)]
    corner = CENTRE - rotation @ np.array(middle)
    points = (
        corner
        + offsets[:, None, None, None] * along_z
        + rows[None, :, None, None] * along_y
        + columns[None, None, :, None] * along_x
    )

    def change(ds):
        ds.Columns, ds.Rows, ds.NumberOfFrames = columns.size, rows.size, offsets.size
        ds.PixelSpacing = [f"{SPACING[1]}", f"{SPACING[0]}"]
        ds.ImagePositionPatient = [f"{value:.10f}"[:16] for value in corner]
        ds.ImageOrientationPatient = [f"{value:.12f}"[:16] for value in (*along_x, *along_y)]
        ds.GridFrameOffsetVector = [f"{value:.10g}" for value in offsets]
        ds.DoseGridScaling = SCALING
        ds.PixelData = np.rint(field(points) / SCALING).astype("<u4").tobytes()

    made.write()
    return made.edit("RD.dcm", change)


def nodes(grid):
    z_mm, y_mm, x_mm = np.meshgrid(grid.z_mm, grid.y_mm, grid.x_mm, indexing="ij")
    return np.stack([x_mm, y_mm, z_mm], axis=-1)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("degrees", [1, 10, 30, -20, 95])
@pytest.mark.parametrize("offsets", [OFFSETS, UNEVEN, -OFFSETS], ids=["rising", "uneven", "falling"])
def test_a_linear_dose_is_exact(made, axis, degrees, offsets):
    dose = read_case(tilt(made, turned(axis, degrees), linear, offsets)).dose
    np.testing.assert_allclose(dose.gy, linear(nodes(dose.grid)), rtol=0, atol=5e-6)
    assert dose.grid.is_axis_aligned
    assert max(dose.grid.spacing_mm) <= SPACING.max() / 2 + 1e-9


def test_a_linear_dose_is_exact_when_tilted_about_every_axis(made):
    rotation = turned("x", 8) @ turned("y", -12) @ turned("z", 20)
    dose = read_case(tilt(made, rotation, linear)).dose
    np.testing.assert_allclose(dose.gy, linear(nodes(dose.grid)), rtol=0, atol=5e-6)
    assert max(dose.grid.spacing_mm) <= SPACING.min() / 2


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("degrees", [1, 5, 15, 30])
def test_a_gaussian_is_within_the_error_of_its_own_grid(made, axis, degrees):
    dose = read_case(tilt(made, turned(axis, degrees), gaussian)).dose
    bound_gy = (SPACING**2).sum() / 8 * PEAK_GY / SIGMA_MM**2  # h²/8 times the largest second derivative, per axis
    error = dose.gy - gaussian(nodes(dose.grid))
    assert np.abs(error).max() <= bound_gy
    assert np.abs(error).max() > bound_gy / 20  # the bound is not an idle one


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_nothing_is_invented_beyond_the_tilted_grid(made, axis):
    rotation = turned(axis, 12)
    dose = read_case(tilt(made, rotation, gaussian)).dose
    local = (nodes(dose.grid)[[0, -1]][:, [0, -1]][:, :, [0, -1]].reshape(-1, 3) - CENTRE) @ rotation
    half = (np.array(list(COUNTS.values())) - 1) * SPACING / 2
    assert (np.abs(local) <= half + 1e-6).all()
    assert (np.abs(local).max(axis=0) > 0.99 * half).sum() >= 2  # and little is given away


def test_what_was_done_is_said(made):
    dose = read_case(tilt(made, turned("x", 10), linear)).dose
    assert dose.resampling == (
        "The dose grid is tilted by 10.0° against the patient axes; it was interpolated onto points"
        " 1.25 × 1.00 × 0.98 mm apart along them, in a box that holds 73% of its volume."
    )
    assert read_case(made.write()).dose.resampling == ""


def test_a_tilt_of_nothing_is_none(made):
    assert read_case(tilt(made, turned("x", 0.004), linear)).dose.resampling == ""


def test_a_curve_of_a_tilted_dose(made):
    from sbrt_qa.workflow import dvh

    case = read_case(tilt(made, turned("y", 7) @ turned("x", 4), linear))
    curve = dvh(case, "PTVsb")
    low, high = -1 - 1.25, 9 + 2.5  # half-slice caps of the planes -1, 1.5, 4, 9
    assert curve.covered == 1
    assert curve.mean_gy == pytest.approx(linear(np.array([0.25, 1.625, (low + high) / 2])), abs=1e-3)


def refused(folder, code, text):
    with pytest.raises(CaseError, match=text) as caught:
        read_case(folder)
    assert caught.value.code == code
    assert "export an axial dose grid" in str(caught.value)


def test_a_thin_grid_far_tilted_is_refused(made):
    folder = tilt(made, turned("x", 45), linear, np.array([0.0, 2.0]))
    refused(folder, "dose-oblique", r"RD\.dcm: the dose grid is tilted so far against the patient axes that 2% of it")


def test_a_grid_that_would_take_too_much_memory_is_refused(made, monkeypatch):
    folder = tilt(made, turned("x", 10), linear)
    voxels = read_case(folder).dose.gy.size
    monkeypatch.setattr(oblique, "_MOST_VOXELS", voxels)
    assert read_case(folder).dose.gy.size == voxels
    monkeypatch.setattr(oblique, "_MOST_VOXELS", voxels - 1)
    refused(folder, "dose-oblique", f"tilted and too fine: along the patient axes it would take {voxels} voxels")


def of_size(*positions_mm, axes=None):
    gy = np.ones([len(axis) for axis in positions_mm], dtype=np.float32)
    return Tilted(gy, positions_mm, np.eye(3)[::-1] if axes is None else axes, np.zeros(3))


@pytest.mark.parametrize(
    ("axis", "is_usual"),
    [
        ([0.0, 0.01], True),
        ([0.0, 0.0099, 1.0], False),
        ([0.0, 0.5, 1.0], True),
        ([0.0, 10_000.0], True),
        ([0.0, 6_000.0, 10_000.5], False),
        ([-6_000.0, 0.0, 4_000.5], False),
        ([-6_000.0, 0.0, 4_000.0], True),
    ],
)
@pytest.mark.parametrize("place", range(3))
def test_a_usual_grid_has_points_a_hundredth_of_a_millimetre_to_ten_metres_apart(axis, is_usual, place):
    axes = [np.array([0.0, 2.0])] * 3
    axes[place] = np.array(axis)
    if is_usual:
        oblique._require_usual_size(of_size(*axes), "RD.dcm")
        return
    with pytest.raises(CaseError, match=r"the tilted dose grid is .* mm long with points .* mm apart"):
        oblique._require_usual_size(of_size(*axes), "RD.dcm")


@pytest.mark.parametrize(
    ("rotation", "counts"),
    [
        (turned("z", 45), [9, 9, 11]),  # x and y lean on rows and columns, z on frames alone
        (turned("z", 0.05), [8, 9, 11]),  # so little that each leans on its own alone
        (turned("x", 45), [8, 9, 15]),
    ],
)
def test_nodes_are_half_the_finest_spacing_apart_that_their_line_leans_on(rotation, counts):
    frames, rows, columns = (np.arange(3.0) * step for step in (3.0, 2.0, 2.5))
    to_grid = rotation.T[::-1]
    assert oblique._counts(of_size(frames, rows, columns), to_grid, np.array([4.0, 4.0, 7.0])) == counts


def test_an_axis_that_leans_by_a_thousandth_crosses_no_planes_to_speak_of():
    frames, rows, columns = (np.arange(3.0) * step for step in (3.0, 2.0, 2.5))
    for lean, count in ((0.001, 8), (0.0011, 9)):
        to_grid = np.array([[0, 0, 1], [lean, 1, 0], [1, lean, 0]])
        assert oblique._counts(of_size(frames, rows, columns), to_grid, np.array([4.0, 4.0, 7.0])) == [count, 9, 11]


def test_a_tenth_of_the_grid_is_enough(made, monkeypatch):
    folder, shares, said = tilt(made, turned("x", 10), linear), [], oblique._sentence
    monkeypatch.setattr(oblique, "_sentence", lambda *facts: shares.append(facts[2]) or said(*facts))
    read_case(folder)
    monkeypatch.setattr(oblique, "_LEAST_SHARE", shares[0])
    assert read_case(folder).dose.resampling
    monkeypatch.setattr(oblique, "_MOST_VOXELS", 1000)
    refused(folder, "dose-oblique", "tilted and too fine")
    monkeypatch.setattr(oblique, "_LEAST_SHARE", np.nextafter(shares[0], 1))
    refused(folder, "dose-oblique", "tilted so far against the patient axes that 73% of it can be used")


@pytest.mark.parametrize("spacing", [["1e-200", "2"], ["900000", "2"], ["2", "2000"]])
def test_a_grid_of_no_usual_size_is_refused(made, spacing):
    folder = tilt(made, turned("x", 10), linear)
    made.edit("RD.dcm", lambda ds: setattr(ds, "PixelSpacing", spacing))
    refused(folder, "dose-spacing-invalid", "the tilted dose grid is .* mm long with points .* mm apart")


def test_absolute_offsets_are_illegal_in_a_tilted_grid(made):
    folder = tilt(made, turned("x", 10), linear)
    made.edit("RD.dcm", lambda ds: setattr(ds, "GridFrameOffsetVector", [str(v + 5) for v in OFFSETS]))
    with pytest.raises(CaseError, match=r"begins with 5\.0; 0 is expected in a tilted grid") as caught:
        read_case(folder)
    assert caught.value.code == "dose-offsets-invalid"


@pytest.mark.parametrize("degrees", [0, 3, 30, 45])
def test_the_largest_square_in_a_tilted_square(degrees):
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    box = inscribed_box(np.abs(turned("z", degrees).T), np.array([50.0, 50.0, 20.0]))
    np.testing.assert_allclose(box, [50 / (cosine + sine), 50 / (cosine + sine), 20.0], rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_box_in_any_tilted_box(seed):
    dice = np.random.default_rng(seed)
    rotation = (
        turned("x", dice.uniform(-45, 45)) @ turned("y", dice.uniform(-45, 45)) @ turned("z", dice.uniform(-45, 45))
    )
    leaning, half = np.abs(rotation.T), dice.uniform(20, 200, 3)
    box = inscribed_box(leaning, half)
    assert (leaning @ box <= half).all()
    best = minimize(
        lambda logs: -logs.sum(),
        np.log(box * 0.7),
        constraints={"type": "ineq", "fun": lambda logs: 1 - leaning @ np.exp(logs) / half},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-13},
    )
    assert np.prod(box) >= np.exp(best.x.sum()) * (1 - 1e-6)


def test_a_box_that_is_found_slowly_lies_inside_all_the_same():
    leaning, half = np.abs((turned("x", 5) @ turned("y", 40)).T), np.array([200.0, 100.0, 20.0])
    box = inscribed_box(leaning, half)
    assert (leaning @ box / half).max() == pytest.approx(1 - 1e-9, abs=1e-12)


def test_axes_a_little_longer_than_one_have_an_angle():
    tilted = of_size(*[np.array([0.0, 2.0])] * 3, axes=1.0004 * np.eye(3)[::-1])
    axis = np.arange(2.0)
    assert oblique._sentence(tilted, Grid(axis, axis, axis), 1.0).startswith("The dose grid is tilted by 0.0° against")


@pytest.mark.parametrize("sense", [1, -1])
def test_a_thin_stack_is_read_from_its_own_side(made, sense):
    dose = read_case(tilt(made, turned("z", 20), linear, sense * np.array([0.0, 0.5, 1.0]))).dose
    np.testing.assert_allclose(dose.gy, linear(nodes(dose.grid)), rtol=0, atol=5e-6)
