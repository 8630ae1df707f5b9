import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.histogram.where import Spot
from sbrt_qa.model import Contour, Dose, Grid, Image, Structure
from sbrt_qa.phantom.writer import identity
from sbrt_qa.protocol.places import Place
from sbrt_qa.protocol.scene import Outlined, Scene
from sbrt_qa.report import _key_slices as shared
from sbrt_qa.report import _print_slices as room
from sbrt_qa.report import pdf

AXIS = np.arange(-30.0, 31.0, 2.0)
SPOT = Spot(4.0, -6.0, 0.0, 60.0)


def square(name: str, number: int, half_mm: float, kind: str = "ORGAN") -> Outlined:
    corners = np.array([(-half_mm, -half_mm), (half_mm, -half_mm), (half_mm, half_mm), (-half_mm, half_mm)])
    planes = (-4.0, 0.0, 4.0)
    contours = tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in planes)
    return Outlined(Structure(name, number, contours, kind), tuple((z, z - 2, z + 2) for z in planes))


@pytest.fixture
def scene():
    grid = Grid(AXIS, AXIS, AXIS)
    _z, y, x = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
    gy = 60.0 - np.hypot(x - 4, y + 6)  # cones about the spot: every isodose is a circle
    image = Image(grid, np.zeros(grid.shape_zyx, dtype=np.int16), identity("S", "CT"))
    outlined = (square("Body", 3, 25.0, "EXTERNAL"), square("Duodenum", 7, 10.0), square("Spleen", 9, 5.0))
    place = Place("UW5-DUO", 7, Spot(0.0, 0.0, 4.0, 53.0), "above", 30.0, "30 Gy and more")
    return Scene(Dose(grid, gy.astype(np.float32), identity("S", "RTDOSE")), image, outlined, (place,), SPOT)


@pytest.fixture
def drawn(scene):
    return room.Slice(scene, SPOT, 50.0, frozenset({7}))


def test_what_is_judged_and_the_body_are_outlined(drawn):
    assert [outline.name for outline in drawn.outlines] == ["Body", "Duodenum"]
    (ring,) = drawn.outlines[1].rings
    assert set(ring) == {(-10.0, -10.0), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0)}


def test_front_is_above_and_the_patients_left_on_the_right(drawn):
    x, y = drawn._at(SPOT.x_mm, SPOT.y_mm)
    assert drawn._at(SPOT.x_mm + 1, SPOT.y_mm)[0] > x
    assert drawn._at(SPOT.x_mm, SPOT.y_mm - 1)[1] > y
    assert drawn._at(AXIS[0], AXIS[-1]) == (0.0, drawn.keys)


def test_an_isodose_lies_where_the_dose_is(scene):
    (line,) = shared.isodose(shared.plane(scene.dose, 1.0), scene.dose, 50.0)
    radii = [np.hypot(x - 4, y + 6) for x, y in line]
    assert np.allclose(radii, 10.0, atol=0.1)


def test_a_plane_between_two_is_linear():
    grid = Grid(AXIS, AXIS, np.array([0.0, 2.0]))
    gy = np.stack([np.full((AXIS.size, AXIS.size), dose) for dose in (10.0, 20.0)]).astype(np.float32)
    plane = shared.plane(Dose(grid, gy, identity("S", "RTDOSE")), 0.5)
    assert np.allclose(plane, 12.5)


def test_the_target_comes_first_then_the_worst_finding(mixed, scene):
    keys = shared.keys(mixed, scene)
    assert [key.title for key in keys] == [
        "Hottest point of the target",
        "Duodenum: where UW5-DUO is decided",
    ]
    near = replace(scene, places=(replace(scene.places[0], spot=SPOT),))
    assert len(shared.keys(mixed, near)) == 1


def test_the_document_shows_them_with_the_image_and_the_same_bytes(mixed, scene, tmp_path):
    evaluation = replace(mixed, load_scene=lambda: scene)
    made = pdf.FORMAT.write(evaluation)
    assert made == pdf.FORMAT.write(evaluation)
    assert made.count(b"/Subtype /Image") == 1  # both planes hold the same pixels
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not here")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=made, capture_output=True, check=True)
    text = done.stdout.decode("utf-8")
    for said in ("z = 0.0 mm · cross: 60.0 Gy", "z = 4.0 mm", "Isodoses, % of prescription:", "110", "Body"):
        assert said in text
