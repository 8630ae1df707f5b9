import base64
import io
import zlib

import numpy as np
import pytest
from PIL import Image as Picture

from sbrt_qa.histogram.where import Spot
from sbrt_qa.model import Contour, Dose, Grid, Identity, Image, Structure
from sbrt_qa.protocol.places import Place
from sbrt_qa.protocol.scene import Outlined, Scene
from sbrt_qa.report._page_slices import IMAGE_BYTES, note, slices


def unpacked(text):
    flat = np.frombuffer(zlib.decompress(base64.b64decode(text), -15), dtype=np.uint8)
    low, high = flat[: flat.size // 2].astype(np.uint16), flat[flat.size // 2 :].astype(np.uint16)
    return low | (high << 8)


def dose_of(data):
    shape = len(data["z"]), len(data["y"]), len(data["x"])
    apart = unpacked(data["data"]).reshape(shape)
    levels = np.cumsum(np.cumsum(apart, axis=1, dtype=np.uint16), axis=2, dtype=np.uint16)
    return levels * data["step"]


def scene(shape=(6, 8, 10), image=None, structures=()):
    rng = np.random.default_rng(1)
    grid = Grid(np.arange(shape[2]) * 2.0, np.arange(shape[1]) * 2.0, np.arange(shape[0]) * 3.0)
    dose = Dose(grid, rng.uniform(0, 60, shape), Identity("1.2.3"))
    spot = Spot(3.0, 4.0, 6.0, 59.0)
    place = Place("A<b>", 7, spot, "above", 30.0, "Hottest point of \u202eX.")
    return Scene(dose, image, tuple(structures), (place,), spot)


def test_the_dose_comes_back_within_half_a_step():
    made = scene()
    data = slices(made)["dose"]
    assert data["every"] == [1, 1, 1]
    assert np.abs(dose_of(data) - made.dose.gy).max() <= data["step"] / 2 + 1e-4


def test_a_large_grid_is_thinned_out_and_says_so():
    made = scene((120, 130, 140))
    data = slices(made)["dose"]
    assert len(data["x"]) * len(data["y"]) * len(data["z"]) <= 1_000_000
    k, j, i = data["every"]
    assert np.abs(dose_of(data) - made.dose.gy[::k, ::j, ::i]).max() <= data["step"] / 2 + 1e-4
    assert "of every" in note(made)
    assert "of every" not in note(scene())


def test_a_large_noisy_image_stays_within_its_budget_and_around_the_dose():
    rng = np.random.default_rng(2)
    x, y, z = np.arange(-60.0, 80.0, 0.5), np.arange(-60.0, 80.0, 0.5), np.arange(-30.0, 60.0, 1.0)
    hu = rng.integers(-1000, 1500, (z.size, y.size, x.size)).astype(np.int16)
    data = slices(scene((20, 40, 40), Image(Grid(x, y, z), hu, Identity("1.2.4"))))["image"]
    head, _, body = data["source"].partition(",")
    assert head == "data:image/webp;base64"
    picture = base64.b64decode(body)
    assert len(picture) <= IMAGE_BYTES
    assert data["x"][0] >= -1.0
    assert data["x"][-1] <= 79.0
    with Picture.open(io.BytesIO(picture)) as sheet:
        rows = -(-len(data["z"]) // data["columns"])
        assert sheet.size == (data["columns"] * len(data["x"]), rows * len(data["y"]))


def test_an_image_elsewhere_is_left_out():
    far = Grid(np.arange(500.0, 520.0), np.arange(500.0, 520.0), np.arange(500.0, 520.0))
    image = Image(far, np.zeros((20, 20, 20)), Identity("1.2.4"))
    assert slices(scene(image=image))["image"] is None


def test_outlines_come_back_within_their_tolerance():
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = np.column_stack([10 + 8 * np.cos(angles), 9 + 8 * np.sin(angles)])
    contours = tuple(Contour(np.column_stack([circle, np.full(200, at)])) for at in (3.0, 6.0))
    structure = Structure("PTV", 1, contours, kind="PTV", color=(255, 0, 0))
    made = Outlined(structure, ((3.0, 1.5, 4.5), (6.0, 4.5, 7.5)))
    data = slices(scene(structures=[made]))
    numbers = unpacked(data["outlines"]).view(np.int16).tolist()
    assert numbers[:4] == [2, 15, 45, 1]
    points = np.cumsum(np.array(numbers[5 : 5 + 2 * numbers[4]]).reshape(-1, 2), axis=0) / 10
    assert len(points) < 60
    assert np.abs(np.hypot(points[:, 0] - 10, points[:, 1] - 9) - 8).max() < 0.1
    assert data["structures"] == [{"name": "PTV", "roi": 1, "color": [255, 0, 0], "hidden": False, "target": True}]


def test_words_from_files_are_cleaned():
    (place,) = slices(scene())["places"]
    assert place["sentence"] == "Hottest point of \ufffdX."
    assert place["at"] == pytest.approx([3.0, 4.0, 6.0])
