from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sbrt_qa as qa
from sbrt_qa.model import Grid, Identity, Image
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.places import place_of

CASE = Path(__file__).resolve().parents[2] / "sample_dicom" / "duodenum-overdose"


@pytest.fixture(scope="module")
def case():
    return qa.read_case(CASE)


@pytest.fixture(scope="module")
def evaluation(case):
    return qa.evaluate(case, qa.load_protocol("crlm-liver-bed-5fx"))


@pytest.fixture(scope="module")
def scene(evaluation):
    return evaluation.load_scene()


def by_id(scene, constraint):
    return next(place for place in scene.places if place.constraint == constraint)


def test_a_broken_limit_outlines_what_lies_above_it(scene, case):
    place = by_id(scene, "UW5-DUO")
    assert (place.side, place.threshold_gy) == ("above", 30.0)
    assert place.spot.gy == pytest.approx(qa.dvh(case, "Duodenum").max_gy, abs=0.02)
    assert place.sentence == "Hottest point of Duodenum: 59.77 Gy. Outlined: its part at 30.00 Gy and more."


def test_a_kept_limit_outlines_the_hottest_part_itself(scene, evaluation):
    finding = next(f for f in evaluation.findings if f.constraint == "UW5-CORD")
    place = by_id(scene, "UW5-CORD")
    assert finding.verdict is Verdict.PASS
    assert (place.side, place.threshold_gy) == ("above", finding.value)


def test_coverage_leads_to_the_coldest_part_of_the_target(scene, case):
    place = by_id(scene, "UW5-PTV-V99")
    assert (place.side, place.threshold_gy) == ("below", pytest.approx(49.5))
    assert place.spot.gy == pytest.approx(qa.dvh(case, "PTVsb").min_gy, abs=0.02)


def test_a_volume_that_nothing_reaches_says_so(scene):
    assert by_id(scene, "UW5-HEART-V45").sentence.endswith("None of it reaches 45.00 Gy.")


def test_what_has_no_value_or_is_about_no_place_has_none(scene, evaluation):
    placed = {place.constraint for place in scene.places}
    assert {f.constraint for f in evaluation.findings if f.value is None}.isdisjoint(placed)
    assert "LIVER-VOLUME" not in placed


def test_the_scene_draws_nothing_of_another_frame_and_opens_at_the_hottest_point(scene, case):
    names = [one.structure.name for one in scene.outlined]
    assert names[:3] == ["External", "CTVsb", "PTVsb"]
    assert "Liver − CTVsb" in names
    assert "Clip_Gallbladder" not in names
    assert scene.hottest.gy == pytest.approx(qa.dvh(case, "PTVsb").max_gy, abs=1e-3)
    assert scene.image is None


def test_a_structure_or_image_of_another_frame_is_neither_drawn_nor_led_to(case):
    moved = tuple(replace(s, frame_uid="9.9") if s.name == "Duodenum" else s for s in case.structures)
    axis = np.arange(3.0)
    image = Image(Grid(axis, axis, axis), np.zeros((3, 3, 3)), Identity("1.2", frame_uid="9.9"))
    other = replace(case, structure_set=replace(case.structure_set, structures=moved), load_image=lambda: image)
    scene = qa.evaluate(other, qa.load_protocol("crlm-liver-bed-5fx")).load_scene()
    assert scene.image is None
    assert "Duodenum" not in [one.structure.name for one in scene.outlined]
    assert not [place for place in scene.places if "Duodenum" in place.sentence]
    assert by_id(scene, "UW5-CORD")


def test_a_refused_case_and_a_run_without_a_protocol_have_no_scene(case):
    assert qa.evaluate(case, None).load_scene() is None
    refused = qa.judge(CASE / "RD.dcm", "crlm-liver-bed-5fx")
    assert refused.verdict is Verdict.UNDECIDED
    scene = refused.load_scene()
    assert scene is None or not scene.outlined


def test_a_structure_that_cannot_be_located_gives_no_place(evaluation, case):
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.protocol.exhibits import Exhibits
    from sbrt_qa.protocol.names import match

    protocol = qa.load_protocol("crlm-liver-bed-5fx")
    exhibits = Exhibits(case, protocol, match(case.structures, protocol.roles, None), Sampling())
    finding = next(f for f in evaluation.findings if f.constraint == "UW5-DUO")
    assert place_of(finding, exhibits, lambda structure: None) is None
