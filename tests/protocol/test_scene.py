"""What pictures of a case that was not judged are made of."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sbrt_qa as qa
from sbrt_qa.histogram import Sampling
from sbrt_qa.model import Grid, Image
from sbrt_qa.protocol.scene import scene_without_findings

CASE = Path(__file__).resolve().parents[2] / "sample_dicom" / "duodenum-overdose"


@pytest.fixture(scope="module")
def case():
    return qa.read_case(CASE)


def with_image(case):
    grid = Grid(np.arange(-200.0, 200.0, 2.0), np.arange(-150.0, 150.0, 2.0), np.arange(-60.0, 60.0, 3.0))
    image = Image(grid, np.zeros(grid.shape_zyx, dtype=np.int16), case.dose.identity)
    return replace(case, load_image=lambda: image)


def test_without_a_protocol_dose_and_contours_are_shown(case):
    scene = qa.evaluate(case, None).load_scene()
    assert scene.dose is case.dose
    assert scene.dose_stands
    assert (scene.image, scene.places, scene.hottest) == (None, (), None)
    assert [one.structure.name for one in scene.outlined][:3] == ["External", "CTVsb", "PTVsb"]


def test_of_a_refused_case_the_image_and_contours_alone(case):
    scene = scene_without_findings(with_image(case), Sampling(), refused=True)
    assert not scene.dose_stands
    assert not scene.dose.gy.any()
    assert (scene.dose.grid.z_mm == scene.image.grid.z_mm).all()
    assert len(scene.outlined) > 10


@pytest.mark.parametrize("refused", [False, True])
def test_a_single_plane_shows_nothing(case, refused):
    grid = Grid(case.dose.grid.x_mm, case.dose.grid.y_mm, case.dose.grid.z_mm[:1])
    image = Image(grid, np.zeros(grid.shape_zyx, dtype=np.int16), case.dose.identity)
    thin = replace(case, dose=replace(case.dose, grid=grid, gy=case.dose.gy[:1]), load_image=lambda: image)
    assert scene_without_findings(thin, Sampling(), refused=refused) is None


def test_a_refused_case_without_an_image_shows_nothing(case):
    assert scene_without_findings(case, Sampling(), refused=True) is None


def test_a_judgement_that_refuses_the_case_withholds_its_dose(case):
    strange = replace(
        with_image(case),
        structure_set=replace(case.structure_set, identity=replace(case.structure_set.identity, patient_id="another")),
    )
    for protocol in (None, qa.load_protocol("tg101-abdomen")):
        scene = qa.evaluate(strange, protocol).load_scene()
        assert not scene.dose_stands
        assert not scene.dose.gy.any()
