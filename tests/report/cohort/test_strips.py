"""How the values of a constraint are drawn: every plan once, each at its value, the limit between them."""

from __future__ import annotations

import re

import pytest
from cohort_facts import cohort_from, plan, row

from sbrt_qa.report.cohort import _strips


def drawn(values, goal="<= 30 Gy"):
    plans = [plan(n, row("DUO", "Duodenum", value, goal)) for n, value in enumerate(values)]
    (facts,) = cohort_from(plans).constraints
    return _strips.strip(facts, {one.id: number for number, one in enumerate(plans)})


def marks(strip):
    """Number of the plan -> word, x, y."""
    dots = [(word, dot) for word, dots in strip.groups for dot in dots] + list(strip.far)
    assert len({dot.number for _, dot in dots}) == len(dots)
    return {dot.number: (word, float(dot.x), float(dot.y)) for word, dot in dots}


def test_marks_lie_in_the_order_of_their_values_and_on_their_side_of_the_limit():
    values = [29.999, 31.0, 30.0, 12.0, 30.5, 3.0, 0.0, 20.0, 8.0]
    strip = drawn(values)
    found = marks(strip)
    order = sorted(range(len(values)), key=values.__getitem__)
    places = [found[number][1] for number in order]
    assert places == sorted(places)
    limit = float(strip.limits[0].x)
    assert {n: word for n, (word, _, _) in found.items()} == {
        n: "PASS" if value <= 30 else "FAIL" for n, value in enumerate(values)
    }
    assert found[2][1] == limit
    assert (found[4][1] > limit, found[0][1] <= limit) == (True, True)
    span = _strips.WIDTH - _strips.LEFT - _strips.RIGHT
    assert found[1][1] - found[3][1] == pytest.approx((31 - 12) / (31 * 1.06) * span, abs=0.2)


def test_a_mark_is_drawn_where_it_is_said_to_be():
    strip = drawn([1.0, 2.0, 31.0])
    for _, dots in strip.groups:
        for dot in dots:
            assert re.match(rf"M{re.escape(dot.x)} {re.escape(dot.y)}m", dot.path)


def test_no_mark_covers_another_as_long_as_there_is_room():
    strip = drawn([10.0, 10.1, 10.2, 10.3, 20.0, 20.05])
    places = [(x, y) for _, x, y in marks(strip).values()]
    apart = [abs(a[0] - b[0]) >= 5.4 or abs(a[1] - b[1]) >= 5.4 for k, a in enumerate(places) for b in places[:k]]
    assert all(apart)


def test_a_high_pile_stays_within_the_drawing():
    heights = [y for _, _, y in marks(drawn([10.0] * 300)).values()]
    assert min(heights) > _strips.TOP - 6
    assert len(set(heights)) > 200


def test_what_lies_beyond_the_axis_points_there_and_leaves_the_others_apart():
    strip = drawn([10.0, 11.0, 12.0, 13.0, 14.0, 5000.0])
    ((word, far),) = strip.far
    assert (word, far.number, far.says, far.beyond) == ("FAIL", 5, "5000", "right")
    found = marks(strip)
    assert found[4][1] - found[0][1] > 30
    assert float(far.x) == _strips.WIDTH - _strips.RIGHT


@pytest.mark.parametrize(("goal", "side"), [("<= 30 Gy", "right"), (">= 30 Gy", "left")])
def test_the_side_beyond_the_limit_is_shaded(goal, side):
    strip = drawn([10.0, 40.0], goal)
    start, width = map(float, strip.broken)
    limit = float(strip.limits[0].x)
    expected = (limit, _strips.WIDTH - limit) if side == "right" else (0.0, limit)
    assert (start, width) == pytest.approx(expected, abs=0.11)


def test_limits_that_differ_are_all_drawn_and_nothing_is_shaded():
    plans = [plan(0, row("DUO", "Duodenum", 10.0)), plan(1, row("DUO", "Duodenum", 12.0, "<= 20 Gy"))]
    (facts,) = cohort_from(plans).constraints
    strip = _strips.strip(facts, {"id-0": 0, "id-1": 1})
    assert [tick.label for tick in strip.limits] == ["20", "30"]
    assert strip.broken is None


@pytest.mark.parametrize("values", [[0.0], [7.0, 7.0], [-3.0, -1.0], [1e-9, 2e-9], [1e9, 1.0]])
def test_any_values_have_a_drawing(values):
    strip = drawn(values, "<= 0 Gy")
    assert len(marks(strip)) == len(values)
    assert all(0 <= float(tick.x) <= _strips.WIDTH for tick in strip.ticks)


def test_no_value_no_drawing():
    assert drawn([None]) is None
