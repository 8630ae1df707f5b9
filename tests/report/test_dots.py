"""Curves in braille: what is drawn is the curve."""

import numpy as np
import pytest

from sbrt_qa.histogram.curve import DVH
from sbrt_qa.report._dots import MARGIN, MOST, ROWS, dots
from sbrt_qa.report._ink import no_paint, paint_with
from sbrt_qa.report.terminal import render
from sbrt_qa.report.text import cells


def straight(name="Ramp", end_gy=50.0):
    edges = np.array([0.0, end_gy, end_gy + 0.01])
    return DVH(name, edges, np.array([10.0, 0.0, 0.0]), 10.0, (0.0, end_gy / 2, end_gy))


def heights(drawing):
    """Percent of the uppermost dot of each cell column, from the top of the drawing."""
    body = [line[MARGIN:].ljust(200) for line in drawing if "│" in line]
    found = {}
    for row, line in enumerate(body):
        for column, character in enumerate(line):
            if 0x2800 < ord(character) < 0x2900:
                found.setdefault(column, 100 * (1 - row / ROWS))
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_straight_curve_is_drawn_straight(width):
    drawing = list(dots([straight()], width, no_paint))
    columns = min(width - MARGIN - 2, 100)
    for column, percent in heights(drawing).items():
        gy = (column + 0.5) / columns * 52.0
        assert percent == pytest.approx(max(100 - 2 * gy, 0), abs=100 / ROWS + 4)
    assert len(heights(drawing)) >= columns * 0.9
    assert all(cells(line) <= width for line in drawing)


def test_each_curve_has_its_letter_on_the_drawing_and_below(make_curve):
    curves = [make_curve(name, half, 100.0) for name, half in (("PTV", 40.0), ("Liver", 10.0), ("Cord", 20.0))]
    drawing = list(dots(curves, 80, no_paint, 50.0))
    body = "".join(line for line in drawing if "│" in line)
    assert [body.count(letter) for letter in "abc"] == [1, 1, 1]
    legend = drawing[-2].split()
    assert legend == ["a", "PTV", "b", "Liver", "c", "Cord"]
    assert drawing[-1].strip() == "┴ prescription"


def test_only_as_many_are_drawn_as_can_be_told_apart(make_curve):
    curves = [make_curve(f"S{number}", 5.0 + number, 10.0) for number in range(9)]
    assert f"S{MOST - 1}" in dots_text(curves)
    assert f"S{MOST}" not in dots_text(curves)
    assert dots_text([]) == ""
    assert dots_text([make_curve("Outside", 5.0, 10.0, covered=0.0)]) == ""


def dots_text(curves):
    return "\n".join(dots(curves, 80, no_paint))


def test_curves_in_one_place_keep_a_letter_each(make_curve):
    drawing = dots_text([make_curve(name, 10.0, 10.0) for name in ("One", "Two", "Three")])
    body = "".join(line for line in drawing.splitlines() if "│" in line)
    assert [body.count(letter) for letter in "abc"] == [1, 1, 1]


def test_the_scorecard_draws_the_judged_structures_the_worst_first_and_only_where_asked(mixed):
    assert "│⢹" not in render(mixed)
    text = render(mixed, plot=True)
    assert text.replace(text[text.index(" VOLUME") : text.index(" ~ borderline")], "") == render(mixed)
    legend = [line.split() for line in text.splitlines() if line.startswith("        a ")]
    assert legend[0][:2] == ["a", "Duodenum"]
    assert "Heart" not in text[text.index(" VOLUME") : text.index(" ~ borderline")]


def test_colour_changes_nothing_but_colour(make_curve):
    curves = [make_curve("A\x1b[31m", 10.0, 10.0)]
    painted = "".join(dots(curves, 80, paint_with))
    assert "\x1b[36m" in painted
    assert "\x1b[31m" not in painted
