"""The still pictures of the page, for a browser that runs no script."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sbrt_qa.histogram.where import Spot
from sbrt_qa.model import Contour, Dose, Grid, Identity, Image, Structure
from sbrt_qa.protocol.scene import Outlined, Scene
from sbrt_qa.report import _page_stills as room
from sbrt_qa.report import page

FRAME = Identity("1.2", frame_uid="1.2.3")


def scene_with(name="Liver", **changes):
    """A dose that rises along x from 0 to 60 Gy over 60 mm, a square from 10 to 50 mm, and a CT of one grey."""
    grid = Grid(np.arange(0.0, 61.0, 5.0), np.arange(0.0, 41.0, 5.0), np.arange(-10.0, 11.0, 5.0))
    gy = np.broadcast_to(grid.x_mm, grid.shape_zyx).astype(np.float32)
    square = np.array([(10.0, 10.0, 0.0), (50.0, 10.0, 0.0), (50.0, 30.0, 0.0), (10.0, 30.0, 0.0)])
    drawn = Outlined(Structure(name, 7, (Contour(square),), kind="ORGAN"), ((0.0, -5.0, 5.0),))
    image = Image(grid, np.full(grid.shape_zyx, 40, dtype=np.int16), FRAME)
    scene = Scene(Dose(grid, gy, FRAME), image, (drawn,), (), Spot(50.0, 20.0, 0.0, 50.0))
    return replace(scene, **changes)


def test_isodoses_and_outlines_lie_where_they_are(make_evaluation, make_finding):
    (still,) = room.stills(make_evaluation([make_finding()]), scene_with())
    assert (still["width"], still["height"], still["cross"]) == (60.0, 40.0, (50.0, 20.0))
    (outline,) = still["outlines"]
    assert outline["path"] == "M10.0 10.0L50.0 10.0L50.0 30.0L10.0 30.0z"
    found = {one["label"]: set(re.findall(r"[ML]([\d.]+) ", one["path"])) for one in still["isodoses"]}
    assert found == {f"{part} %": {f"{part / 2:.1f}"} for part in (110, 100, 80, 50, 20)}
    assert still["picture"]["width"] == 65.0
    assert still["picture"]["x"] == -2.5


def test_of_a_refused_case_no_dose_is_shown(make_evaluation, make_finding):
    scene = scene_with(hottest=None, dose_stands=False)
    (still,) = room.stills(make_evaluation([make_finding(roi_number=None)]), scene)
    assert still["isodoses"] == []
    assert "Gy" not in still["title"] + still["z"]
    assert [one["name"] for one in still["outlines"]] == ["Liver"]


def test_without_a_finding_the_hottest_point_of_the_dose_is_shown(make_evaluation):
    (still,) = room.stills(make_evaluation(protocol=None), scene_with(hottest=None))
    assert still["title"] == "Hottest point of the dose"
    assert still["cross"][0] == 60.0


@pytest.mark.parametrize("name", ["<script>alert(1)</script>\"'><b>", "\u202e\x1b[31m" + "x" * 10_000])
def test_names_are_inert(make_evaluation, make_finding, name):
    evaluation = replace(make_evaluation([make_finding(roi=name)]), load_scene=lambda: scene_with(name))
    text = page.FORMAT.write(evaluation).decode("utf-8")
    assert '<svg viewBox="0 0 60.0 40.0"' in text
    assert not re.search("<script>alert|<b>|[\x1b\u202e]", text)


def test_the_page_of_a_refused_case_withholds_the_dose(make_evaluation, make_finding):
    refused = replace(make_evaluation([make_finding()]), load_scene=lambda: scene_with(hottest=None, dose_stands=False))
    text = page.FORMAT.write(refused).decode("utf-8")
    assert '"withheld":true' in text
    assert "the dose is not shown, because the case was refused" in text
    assert '<label hidden><input type="checkbox" id="layer-wash"' in text
