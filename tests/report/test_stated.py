"""What the planning system states itself, in every report that people read."""

from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from sbrt_qa.checks import Agreement, Compared
from sbrt_qa.checks._comparison import difference, numbers_of, numbers_of_stated
from sbrt_qa.checks._stated_curve import stated_curves
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.model import StatedDVH
from sbrt_qa.report import page, svg
from sbrt_qa.report._lines import dose_axis_gy, lines
from sbrt_qa.report._stated import stated_rows
from sbrt_qa.report.record import record, schema
from sbrt_qa.report.terminal import render
from sbrt_qa.report.text import cells


def even(high_gy):
    """A dose spread evenly from 0 Gy over 20 cc."""
    edges = np.arange(0.0, 61.0, 0.1)
    return DVH("even", edges, 20.0 * np.clip(1 - edges / high_gy, 0.0, 1.0), 20.0, (0.0, high_gy / 2, high_gy))


@pytest.fixture
def rows():
    ours, theirs = even(40.0), even(50.0)
    item = StatedDVH((1,), widths=np.full(610, 0.1), volumes=theirs.cumulative_cc, statistics=(0.0, 25.0, 50.0))
    (curve,) = stated_curves([item], [1.0], {})
    found = difference(curve, [ours], 60.0)
    facts = {"curve": curve, "stated": numbers_of_stated(curve), "own": numbers_of(ours), "difference": found}
    return (
        Compared("Liver", 1, Agreement.AGREES, "read at lower bin edges", **facts, remaining_percent=0.2),
        Compared("Ring\x1b[2J", 2, Agreement.UNREADABLE, "DVHData holds\nnothing"),
        Compared("PTVsb", 3, Agreement.EXPLAINED, "", "end caps: none", **facts, remaining_percent=0.4),
        Compared("<b>Cord</b>", 4, Agreement.DIFFERS, "", **facts, remaining_percent=20.0),
        Compared(
            "Skin", 5, Agreement.NOT_COMPARED, "partly outside the dose grid", curve=curve, stated=facts["stated"]
        ),
    )


def test_what_differs_comes_first(rows, make_evaluation):
    shown = stated_rows(make_evaluation(stated_dvhs=rows))
    assert [(row.name, row.result) for row in shown] == [
        ("<b>Cord</b>", "differs by 20.0 %"),
        ("PTVsb", "0.4 % apart with end caps: none"),
        ("Liver", "agrees"),
        ("Skin", "not compared: partly outside the dose grid"),
        ("Ring�[2J", "unreadable: DVHData holds�nothing"),
    ]


def test_numbers_stand_beside_how_far_ours_is(rows, make_evaluation):
    first, *_, last = stated_rows(make_evaluation(stated_dvhs=rows))
    assert [(cell.stated, cell.apart) for cell in first.cells] == [
        ("20.00 cc", "+0.0 %"),
        ("25.00 Gy", "−20.0 %"),
        ("2.50 Gy", "−0.8 %"),
        ("25.00 Gy", "−8.3 %"),
        ("49.00 Gy", "−16.3 %"),
    ]
    assert first.curve == "20.0 % / 16.5 %"
    assert {cell.stated for cell in last.cells} == {"—"}
    assert last.curve == "—"


def test_the_record_holds_them(rows, make_evaluation):
    made = record(make_evaluation(stated_dvhs=rows))
    jsonschema.Draft202012Validator(schema()).validate(made)
    liver, ring, ptv, *_ = made["stated_dvhs"]
    assert (liver["structure"], liver["agreement"], liver["reading"]) == ("Liver", "agrees", "lower bin edges")
    assert liver["stated"]["mean_gy"] == 25.0
    assert liver["own"]["mean_gy"] == 20.0
    assert liver["difference"]["mean_percent"] == pytest.approx(-20.0)
    assert (liver["doses_gy"], liver["shares"]) == ([0.0, 50.0], [1.0, 0.0])
    assert ptv["convention"] == "end caps: none"
    assert (ring["stated"], ring["difference"], ring["doses_gy"]) == (None, None, [])


def test_an_evaluation_without_them_says_nothing(make_evaluation):
    evaluation = make_evaluation()
    assert record(evaluation)["stated_dvhs"] == []
    assert "PLANNING SYSTEM" not in render(evaluation)
    assert b"own curves" not in page.FORMAT.write(evaluation)


def test_the_terminal_shows_what_is_not_alike(rows, make_evaluation):
    shown = render(make_evaluation(stated_dvhs=rows))
    assert " PLANNING SYSTEM  1 of 3 own curves agree with ours\n" in shown
    assert "   <b>Cord</b>: differs by 20.0 %; stated: volume 20.00 cc, mean 25.00 Gy" in shown
    assert "   PTVsb: 0.4 % apart with end caps: none; stated:" in shown
    assert "Skin" not in shown
    assert "\x1b" not in shown
    assert max(cells(line) for line in render(make_evaluation(stated_dvhs=rows), width=72).splitlines()) <= 72


def test_the_terminal_shows_all_where_nothing_was_compared(rows, make_evaluation):
    alone = tuple(row.alone() for row in rows)
    shown = render(make_evaluation(stated_dvhs=alone))
    assert " PLANNING SYSTEM  its own curves, which were not compared\n" in shown
    assert "   Liver: volume 20.00 cc, mean 25.00 Gy, D95% 2.50 Gy\n" in shown


def test_the_page_has_a_table_and_escapes_names(rows, make_evaluation):
    shown = page.FORMAT.write(make_evaluation(stated_dvhs=rows)).decode()
    assert "<h2>The planning system's own curves</h2>" in shown
    assert "&lt;b&gt;Cord&lt;/b&gt;" in shown
    assert "<b>Cord" not in shown
    assert "0.4 % apart with end caps: none" in shown
    assert 'data-label="D2%"' in shown


def test_the_stated_curve_is_drawn_dotted_beside_ours(rows, make_evaluation):
    liver = replace(even(40.0), name="Liver")
    shown = page.FORMAT.write(make_evaluation(stated_dvhs=rows, curves=(liver,))).decode()
    assert shown.count('class="stated line-0"') == 1
    assert "Thin and dotted: the planning system's own curves." in shown
    (line,) = lines((liver,), make_evaluation(stated_dvhs=rows))
    assert line.stated_gy == pytest.approx((0.0, 50.0))
    assert line.stated_percents == (100.0, 0.0)
    assert dose_axis_gy((line,), None) > 50.0  # the longer of the two
    (line,) = lines((liver,), make_evaluation(stated_dvhs=(*rows, rows[0])))
    assert line.stated_gy == ()  # two of one name: neither is drawn
    assert svg.FORMAT.write(make_evaluation(stated_dvhs=rows, curves=(liver,))) != svg.FORMAT.write(
        make_evaluation(curves=(liver,))
    )
