from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import sbrt_qa as qa
from sbrt_qa.errors import MetricUndefined
from sbrt_qa.histogram import DVH, Sampling
from sbrt_qa.histogram.where import Spot
from sbrt_qa.model import Contour, Grid, Identity, Image
from sbrt_qa.protocol.exhibits import Exhibits
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.names import match
from sbrt_qa.protocol.places import place_of
from sbrt_qa.protocol.scene import scene_of

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
    duodenum, *others = called(case, "Duodenum", "SpinalCord", "PTVsb")
    moved = (replace(duodenum, frame_uid="9.9"), *others)
    axis = np.arange(3.0)
    image = Image(Grid(axis, axis, axis), np.zeros((3, 3, 3)), Identity("1.2", frame_uid="9.9"))
    other = replace(case, structure_set=replace(case.structure_set, structures=moved), load_image=lambda: image)
    scene = qa.evaluate(other, qa.load_protocol("crlm-liver-bed-5fx")).load_scene()
    assert scene.image is None
    assert "Duodenum" not in [one.structure.name for one in scene.outlined]
    assert not [place for place in scene.places if "Duodenum" in place.sentence]
    assert by_id(scene, "UW5-CORD")


def test_a_case_that_could_not_be_read_has_no_scene():
    refused = qa.judge(CASE / "RD.dcm", "crlm-liver-bed-5fx")
    assert refused.verdict is Verdict.UNDECIDED
    scene = refused.load_scene()
    assert scene is None or not scene.outlined


def exhibits_of(case, *structures, **changes):
    protocol = qa.load_protocol("crlm-liver-bed-5fx")
    structure_set = replace(case.structure_set, structures=structures)
    one = replace(case, structure_set=structure_set, dose=replace(case.dose, **changes))
    return Exhibits(one, protocol, match(structures, protocol.roles, None), Sampling())


def refuse(structure):
    raise MetricUndefined(f"{structure.name} bounds no volume")


def called(case, *names):
    return [next(s for s in case.structures if s.name == name) for name in names]


@pytest.mark.parametrize("spots", [lambda _: None, refuse])
def test_a_structure_that_cannot_be_located_gives_no_place(evaluation, case, spots):
    finding = next(f for f in evaluation.findings if f.constraint == "UW5-DUO")
    assert place_of(finding, exhibits_of(case, *case.structures), spots) is None


@pytest.mark.parametrize(
    ("metric", "verdict", "goal_value", "bounds"),
    [
        ("Max[Gy]", Verdict.FAIL, 30.0, lambda _: 30.0),
        ("Max[Gy]", Verdict.VARIATION, 30.0, lambda _: 30.0),
        ("Max[Gy]", Verdict.PASS, 70.0, lambda _: None),
        ("EQD2(ab=3):Max[Gy]", Verdict.FAIL, 30.0, lambda _: None),
        ("Mean[Gy]", Verdict.FAIL, 30.0, lambda _: None),
        ("D5cc[Gy]", Verdict.FAIL, 30.0, lambda _: 30.0),
        ("D5cc[Gy]", Verdict.PASS, 70.0, lambda _: 60.0),
        ("D5cc[%]", Verdict.FAIL, 80.0, lambda _: 40.0),
        ("D5cc[Gy]", None, None, lambda _: 60.0),
        ("EQD2(ab=3):D5cc[Gy]", Verdict.FAIL, 30.0, lambda curve: curve.dose_at(cc=5)),
        ("BED(ab=3):D5%[Gy]", Verdict.FAIL, 30.0, lambda curve: curve.dose_at(percent=5)),
        ("EQD2(ab=3):DC5cc[Gy]", Verdict.FAIL, 30.0, lambda _: None),
        ("V20Gy[cc]", Verdict.FAIL, 5.0, lambda _: 20.0),
        ("V50%[cc]", Verdict.PASS, 5.0, lambda _: 25.0),
        ("EQD2(ab=3):V20Gy[cc]", Verdict.PASS, 5.0, lambda _: None),
    ],
)
def test_the_dose_that_bounds_the_deciding_part(case, metric, verdict, goal_value, bounds):
    curve = DVH("D", np.array([0.0, 10.0, 60.0]), np.array([50.0, 50.0, 0.0]), 50.0, (10.0, 35.0, 60.0))
    finding = SimpleNamespace(
        metric=metric, verdict=verdict, goal_value=goal_value, value=60.0, unit="Gy", roi_number=1, goal="<= 30 Gy",
        constraint="ROW", structure="duodenum",
    )  # fmt: skip
    exhibit = SimpleNamespace(number=1, subject=lambda: SimpleNamespace(prescription_gy=50.0))
    world = SimpleNamespace(
        protocol=SimpleNamespace(roles={"duodenum": SimpleNamespace(derive=None)}),
        for_role=lambda _: (exhibit,),
        case=SimpleNamespace(structures=(SimpleNamespace(name="D", number=1),)),
        curve=lambda _: curve,
    )
    cold, hot = Spot(0.0, 0.0, 0.0, 10.0), Spot(1.0, 0.0, 0.0, 60.0)
    place = place_of(finding, world, lambda _: (cold, hot))
    expected = bounds(curve)
    assert (place.spot, place.threshold_gy) == (hot, expected if expected is None else pytest.approx(expected))
    assert place.side == ("" if expected is None else "above")


def test_a_dose_of_one_plane_or_of_slanted_planes_has_no_scene(case):
    grid = case.dose.grid
    thin = Grid(grid.x_mm, grid.y_mm, grid.z_mm[:1])
    assert scene_of(exhibits_of(case, grid=thin, gy=case.dose.gy[:1]), ()) is None
    slanted = SimpleNamespace(shape_zyx=grid.shape_zyx, is_axis_aligned=False)
    world = SimpleNamespace(case=SimpleNamespace(dose=SimpleNamespace(grid=slanted)))
    assert scene_of(world, ()) is None


def test_the_scene_opens_at_the_first_target_that_can_be_located(case):
    (target,) = called(case, "PTVsb")
    empty = replace(target, number=91, contours=())
    away = replace(
        target, number=92, contours=tuple(Contour(c.points_mm + np.array([5000.0, 0, 0])) for c in target.contours)
    )
    scene = scene_of(exhibits_of(case, empty, away, target), ())
    assert [one.structure.number for one in scene.outlined] == [92, target.number]
    assert scene.hottest.gy == pytest.approx(qa.dvh(case, "PTVsb").max_gy, abs=1e-3)
    assert scene_of(exhibits_of(case, empty, away), ()).hottest is None


def test_a_derived_structure_is_outlined_where_a_finding_is_about_it(case):
    exhibits = exhibits_of(case, *called(case, "Liver", "CTVsb"))
    spared = exhibits.derived(exhibits.protocol.roles["liver_spared"], exhibits.sampling)
    about = SimpleNamespace(roi_number=spared.number, value=None, metric="Mean[Gy]")
    assert [one.structure.name for one in scene_of(exhibits, ()).outlined] == ["Liver", "CTVsb"]
    assert [one.structure.name for one in scene_of(exhibits, (about,)).outlined][2:] == ["Liver − CTVsb"]
