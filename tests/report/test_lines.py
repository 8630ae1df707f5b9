import pytest

from sbrt_qa.report._lines import COLORS, DASHES, Mark, dose_axis_gy, lines


def test_lines_are_sorted_and_the_first_forty_differ(make_curve):
    drawn = lines([make_curve(f"s{n:02d}", 20.0, 10.0) for n in reversed(range(40))])
    assert [line.name for line in drawn] == [f"s{n:02d}" for n in range(40)]
    assert len({(line.color, line.dash) for line in drawn}) == 40
    assert len(COLORS) * len(DASHES) == 40


def test_names_are_safe_and_short(make_curve):
    line = lines([make_curve("\x1b[31m" + "x" * 120, 20.0, 10.0)])[0]
    assert "\x1b" not in line.name
    assert len(line.name) == 28
    assert line.name.endswith("…")


def test_volume_is_per_cent_of_the_whole_structure(make_curve):
    line = lines([make_curve("Body", 20.0, 10.0, covered=0.5)])[0]
    assert line.percents[0] == pytest.approx(50.0)
    assert line.percents[-1] == 0.0


@pytest.mark.parametrize(
    ("metric", "goal", "value", "mark"),
    [
        ("D0.5cc[Gy]", "<= 30 Gy", 30.0, Mark(30.0, 5.0, "left")),
        ("D95%[Gy]", ">= 50 Gy", 50.0, Mark(50.0, 95.0, "right")),
        ("D0.5cc[%]", "<= 110 %", 110.0, Mark(55.0, 5.0, "left")),
        ("V20Gy[cc]", "< 3 cc", 3.0, Mark(20.0, 30.0, "below")),
        ("V100%[%]", ">= 95 %", 95.0, Mark(50.0, 95.0, "above")),
        ("V20Gy[cc]", "< 30 cc", 30.0, None),
        ("Mean[Gy]", "<= 10 Gy", 10.0, None),
        ("CV15Gy[cc]", ">= 700 cc", 700.0, None),
    ],
)
def test_limits_that_are_points_lie_where_they_are(
    make_evaluation, make_finding, make_curve, metric, goal, value, mark
):
    finding = make_finding(roi="Liver", metric=metric, goal=goal, goal_value=value)
    found = lines([make_curve("Liver", 20.0, 10.0)], make_evaluation([finding]))[0].marks
    assert len(found) == (mark is not None)
    if mark is not None:
        assert (found[0].dose_gy, found[0].percent) == pytest.approx((mark.dose_gy, mark.percent))
        assert found[0].side == mark.side


def test_a_limit_in_per_cent_of_an_unknown_prescription_is_not_drawn(make_evaluation, make_finding, make_curve):
    finding = make_finding(roi="PTV", metric="V100%[%]", goal=">= 95 %", goal_value=95.0)
    evaluation = make_evaluation([finding], prescription={"gy": None, "fractions": 5, "source": ""})
    assert lines([make_curve("PTV", 20.0, 10.0)], evaluation)[0].marks == ()


def test_the_dose_axis_reaches_beyond_everything_drawn(make_curve):
    drawn = lines([make_curve("Liver", 20.0, 10.0)])
    assert dose_axis_gy(drawn, None) > 32.0
    assert dose_axis_gy(drawn, 50.0) > 50.0
    assert dose_axis_gy((), None) > 0.0
