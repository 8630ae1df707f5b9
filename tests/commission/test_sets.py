"""What the sets hold: counts as published, definitions, tables beside the published numbers."""

import math

import pytest

from sbrt_qa.commission import published
from sbrt_qa.commission.document import Point
from sbrt_qa.commission.sets import nelms, stanley, walker
from sbrt_qa.commission.sets._nelms_tables import fine, matched, tables
from sbrt_qa.histogram import Sampling
from sbrt_qa.protocol.finding import Verdict


def all_points():
    """Every point of the whole Nelms set, right to the last digit, without computing anything."""
    return tuple(
        Point(case.label(grid), name, metric, "Gy", 1.0, 1.0, 3.0)
        for case in nelms.SET.cases(False)
        for grid in case.grids
        for name in nelms.SHAPES
        for metric in nelms.ASKS
        if metric != "Volume" or case.direction == "AP"
    )


def test_nelms_counts_as_many_points_as_published():
    points = all_points()
    assert (len(fine(points)), len(matched(points)), len(points)) == (340, 255, 2125)


def test_nelms_published_counts_add_up():
    for counts, total in ((published.NELMS_FINE, (5, 52)), (published.NELMS_MATCHED, (18, 93))):
        assert tuple(sum(pair[k].off for pair in counts.values()) for k in (0, 1)) == total


def test_nelms_judges_the_whole_and_both_published_tests():
    chapter = nelms.SET.chapter(all_points(), Sampling(), False)
    assert [(c.id, c.verdict) for c in chapter.criteria] == [
        ("NELMS-ALL", Verdict.PASS),
        ("NELMS-FINE", Verdict.PASS),
        ("NELMS-MATCHED", Verdict.PASS),
    ]
    assert "18 of 255" in chapter.criteria[2].title


@pytest.mark.parametrize(("wrong", "verdict"), [(18, Verdict.PASS), (19, Verdict.FAIL)])
def test_nelms_may_be_no_worse_than_the_better_published_system(wrong, verdict):
    points = list(all_points())
    for own in matched(points)[:wrong]:
        points[points.index(own)] = Point(own.case, own.structure, own.metric, "Gy", 2.0, 1.0, 3.0)
    chapter = nelms.SET.chapter(tuple(points), Sampling(), False)
    assert chapter.criteria[2].verdict is verdict
    assert chapter.criteria[0].verdict is Verdict.PASS


def test_nelms_tables_stand_beside_planiq_and_pinnacle():
    beside, _, by_shape, worst = tables(all_points(), nelms.SHAPES, quick=False)
    assert beside.header[3::2] == ("PlanIQ 2.1 off", "Pinnacle 9.8 off")
    assert beside.rows[-1] == ("All", "0/255", "", "18", "", "93", "")
    assert by_shape.rows[0][0] == "sphere"
    assert (worst.rows, worst.note) == ((), "None.")


def test_nelms_truth_follows_the_end_cap(chapters):
    case = nelms._Case(3.0, False, "AP", ("3",))
    from sbrt_qa.phantom.fields import Linear

    field = Linear(nelms.DIRECTIONS["SI"], nelms.CENTRE_GY)
    volumes = {
        end_cap: nelms._truth(case, "cylinder", field, Sampling(end_cap=end_cap)).volume_cc
        for end_cap in ("half-slice", "none", "max-1.5mm", "rounded")
    }
    area = math.pi * 144 / 1000
    assert volumes == pytest.approx(
        {"half-slice": 27 * area, "none": 24 * area, "max-1.5mm": 27 * area, "rounded": 24 * area}
    )
    assert nelms._truth(case, "sphere", field, Sampling()).min_gy == pytest.approx(2.5)
    assert (
        chapters["nelms"].definitions[2].startswith("Truth: the ideal solid between its first and last contour plane")
    )


def test_nelms_quick_finds_what_is_known_of_slabs(chapters):
    off = {(p.structure, p.metric) for p in chapters["nelms"].points if p.off}
    assert ("rotated cylinder", "D99%") in off
    assert not any(name in ("cylinder", "cone") for name, _ in off)
    assert not any(metric in ("Dmin", "Dmax", "Dmean", "D5%") for _, metric in off)


def test_stanley_spheres_lie_evenly_between_voxels():
    spheres = [own for case in stanley.SET.cases(False)[:10] if case.unit == "cm" for own in stanley._spheres(case)]
    off = [[own.centre_mm[k] - round(own.centre_mm[k]) for own in spheres] for k in range(3)]
    assert len(spheres) == 50
    for axis in off:
        assert sorted(axis) == pytest.approx([(k + 0.5) / 50 - 0.5 for k in range(50)])


def test_stanley_truth_is_that_of_the_samples_and_the_ideal_stands_beside_it(chapters):
    own = [p for p in chapters["stanley"].points if p.metric == "V50%" and p.case == "3 mm, model in mm"]
    assert {round(p.ideal, 4) for p in own} == {0.0279}
    assert all(p.truth > p.ideal * 1.03 for p in own)
    assert all(abs(p.error_percent) < 1.0 for p in own)


def test_stanley_in_cm_is_off_as_published_for_a_linear_program(chapters):
    own = [p for p in chapters["stanley"].points if p.metric == "V100%" and p.case == "3 mm, model in cm"]
    mean = sum(100 * (p.truth / p.ideal - 1) for p in own) / len(own)
    published_mean = published.STANLEY_V100[3.0][published.STANLEY_SYSTEMS.index("TPS-D")].mean_percent
    assert mean == pytest.approx(published_mean, abs=2.0)


def test_stanley_is_not_judged_where_the_dose_is_not_linear(chapters):
    points = chapters["stanley"].points
    chapter = stanley.SET.chapter(points, Sampling(dose="cubic"), False)
    assert [criterion.id for criterion in chapter.criteria] == ["STANLEY-VOLUME"]
    assert all(p.truth == p.ideal for p in chapter.points if p.metric != "Volume")
    assert "what cubic interpolation makes of the samples" in chapter.definitions[2]


def test_stanley_mean_volume_is_judged_by_size():
    def sphere(size, value):
        return Point(size, "Sphere 1", "Volume", "cc", value, 1.0, stanley.VOLUME_PERCENT.get(float(size[:-3]), 1.0))

    def verdict(*points):
        return stanley.SET.chapter(points, Sampling(), False).criteria[0].verdict

    assert verdict(sphere("3 mm", 1.05), sphere("3 mm", 0.98), sphere("5 mm", 1.009)) is Verdict.PASS
    assert verdict(sphere("3 mm", 1.05), sphere("3 mm", 1.0)) is Verdict.FAIL
    assert verdict(sphere("5 mm", 1.02), sphere("3 mm", 1.0)) is Verdict.FAIL


def test_walker_truths_are_one_and_the_published_gradient(chapters):
    truths = {p.metric: p.truth for p in chapters["walker"].points if p.case.startswith("R 9 mm")}
    assert truths["PCI"] == 1.0
    assert truths["MGI"] == pytest.approx((1 + 2 * math.log(2)) ** 1.5)
    assert truths["MGI"] == pytest.approx(3.69, abs=5e-3)
    assert truths["V100%"] == pytest.approx(4 / 3 * math.pi * 0.729)


def test_walker_judges_nine_millimetres_only(chapters):
    chapter = chapters["walker"]
    assert [criterion.id for criterion in chapter.criteria] == ["WALKER-PCI", "WALKER-MGI"]
    assert any(p.off for p in chapter.points if p.case.startswith("R 2 mm") and p.metric == "PCI")
    assert chapter.tables[0].rows[0][3:] == ("0.64", "0.60", "0.71")


def test_walker_asks_more_of_the_shape_than_of_slabs():
    def verdict(between, value):
        own = Point("R 9 mm, on a slice", "PTV", "PCI", "", value, 1.0, walker.LIMITS_PERCENT[between]["PCI"])
        mgi = Point("R 9 mm, on a slice", "PTV", "MGI", "", 3.7, 3.7, 2.0)
        return walker.SET.chapter((own, mgi), Sampling(between=between), False).criteria[0].verdict

    assert verdict("slab", 0.95) is Verdict.PASS
    assert verdict("shape", 0.95) is Verdict.FAIL
    assert verdict("shape", 0.985) is Verdict.PASS


def test_every_published_row_lies_in_its_range():
    for table in (published.STANLEY_VOLUME, published.STANLEY_V100, published.STANLEY_V50):
        for systems in table.values():
            assert len(systems) == len(published.STANLEY_SYSTEMS)
            assert all(s.low_percent <= s.mean_percent <= s.high_percent for s in systems)
