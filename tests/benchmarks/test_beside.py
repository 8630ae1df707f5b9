"""Numbers beside the truth, programs by turns, peers that are not there, and what is put on the page."""

from __future__ import annotations

import pytest

from beside import accuracy, accuracy_text, programs, race, speed_text
from beside.environments import NotInstalled
from beside.page import MarksMissing, put, table
from beside.processes import ProcessFailed, run
from beside.race import CHECK, Line, Seconds, Turn

CASE, CUT = "contours-2-aligned/grid-2-AP", "contours-2-aligned/cut-2-AP"
TRUE = {"Volume": 10.0, "Dmin": 4.0, "Dmean": 16.0, "D95%": 8.0}
TRUTHS = {name: {"sphere": TRUE} for name in (CASE, CUT, CASE.replace("AP", "SI"))}


def given(values, *, refused=None, said=()):
    return {"values": {"sphere": values}, "refused": {"sphere": refused or {}}, "said": list(said)}


def answers(**values):
    return {case: given(values, said=["bins 256"]) for case in TRUTHS}


# ---- accuracy


def test_volumes_are_counted_once_and_cut_grids_not_at_all():
    found = accuracy.points(TRUTHS, answers(**TRUE))
    assert [(p.case[-2:], p.metric) for p in found] == [
        *(("AP", metric) for metric in TRUE),
        *(("SI", metric) for metric in ("Dmin", "Dmean", "D95%")),
    ]
    assert accuracy.summary(found).worst == 0.0


def test_what_is_off_and_what_is_missing():
    found = accuracy.points(TRUTHS, answers(**TRUE | {"D95%": 0.0, "Dmin": 4.1, "Dmean": float("nan")}))
    whole = accuracy.by_metric(found)
    assert (whole["D95%"].off, whole["D95%"].worst) == (2, -100.0)
    assert (whole["Dmin"].off, whole["Dmin"].median) == (0, pytest.approx(2.5))
    assert (whole["Dmean"].missing, whole["Dmean"].off) == (2, 0)
    assert (whole["all"].points, whole["all"].missing, whole["all"].off) == (7, 2, 2)


def test_a_structure_that_a_program_loses_is_missing_not_right():
    lost = {case: {"values": {}, "refused": {}, "said": []} for case in TRUTHS}
    assert accuracy.summary(accuracy.points(TRUTHS, lost)).missing == 7


def test_only_new_lines_count_and_numbers_are_no_news():
    then = ["Rasterized in 0.12 seconds", "Plane 4.5 not found", "Plane -12 not found"]
    assert accuracy.only_then(then, ["Rasterized in 3 seconds"]) == ("Plane 4.5 not found",)


def test_refusals_and_silence_on_a_cut_grid_are_shown():
    loud = answers(**TRUE) | {CUT: given({"Volume": 10.0}, refused={"D95%": "26 % lies outside"})}
    quiet = answers(**TRUE | {"D95%": 0.0})
    truths = TRUTHS | {CUT.replace("AP", "SI"): TRUTHS[CUT]}
    loud[CUT.replace("AP", "SI")], quiet[CUT.replace("AP", "SI")] = loud[CUT], quiet[CUT]
    text = accuracy_text.cropped({"ours": accuracy.cuts(truths, loud), "peer": accuracy.cuts(truths, quiet)})
    assert "| ours | 10.00 | refused | refused | refused | 26 % lies outside |" in text
    assert "| peer | 10.00 | 4.00 | 16.00 | 0.00 | nothing |" in text


# ---- speed


def turn(seconds, inner=None):
    return Turn(Seconds(seconds, seconds), inner and Seconds(inner, inner), 100.0)


def test_medians_and_programs_that_cannot_be_taken_apart():
    found = race.line([turn(3.0), turn(1.0), turn(2.0)])
    assert found.inner == found.whole == Seconds(2.0, 2.0)
    assert race.line([turn(3.0, 1.0)]).inner == Seconds(1.0, 1.0)


def test_a_peer_that_fails_is_left_out_and_we_are_not(monkeypatch, tmp_path):
    def fails_for(name):
        def curves(program, case):
            if program.name == name:
                raise ProcessFailed("exit code 9\nthe command")
            return turn(1.0)

        return curves

    both = [programs.Program(name, "1", "", "", "") for name in ("sbrt_qa", "peer")]
    monkeypatch.setattr(race, "check", lambda case, record: turn(2.0))
    monkeypatch.setattr(race, "curves", fails_for("peer"))
    found = race.contest(both, tmp_path, 2)
    assert (list(found.lines), found.failed) == ([CHECK, "sbrt_qa"], {"peer": "exit code 9"})
    monkeypatch.setattr(race, "curves", fails_for("sbrt_qa"))
    with pytest.raises(ProcessFailed):
        race.contest(both, tmp_path, 2)


def contest_lines(wall_per_cpu=1.0):
    taken = {"sbrt_qa": (0.5, 0.3), CHECK: (2.0, 2.0), "plastimatch": (3.1, 3.1), "dicompyler-core": (14.0, 14.0)}
    return {
        name: Line(Seconds(whole, whole * wall_per_cpu), Seconds(inner, inner), 1.0)
        for name, (whole, inner) in taken.items()
    }


def test_goals_beside_peers():
    lines = contest_lines()
    text = speed_text.goals_beside_peers(lines)
    assert "| 10 times faster | 10.3 times (CPU 10.3) | yes |" in text
    assert "| 50 times faster | 46.7 times (CPU 46.7) | **no** |" in text
    assert "| less time | 0.65 of it (CPU 0.65) | yes |" in text
    assert "plastimatch" not in speed_text.goals_beside_peers({name: lines[name] for name in ("sbrt_qa", CHECK)})


def test_a_busy_machine_is_told_and_flatters_nobody():
    assert speed_text.clock(contest_lines())[0] == "wall_s"
    by, why = speed_text.clock(contest_lines(2.0))
    assert (by, "2.0 times its CPU time" in why) == ("cpu_s", True)
    waited = contest_lines() | {"plastimatch": Line(Seconds(1.9, 8.0), Seconds(1.9, 8.0), 1.0)}
    text = speed_text.goals_beside_peers(waited)
    assert "| 26.7 times (CPU 6.3) | **no** |" in text
    assert "| 0.25 of it (CPU 1.05) | **no** |" in text


def test_no_record_is_no_time(monkeypatch, tmp_path):
    monkeypatch.setattr(race, "run", lambda *_, **__: None)
    with pytest.raises(ProcessFailed, match="ended without a record"):
        race.check(tmp_path, tmp_path / "record.json")


def test_an_exit_code_that_is_not_expected_stops_the_run():
    with pytest.raises(ProcessFailed, match=r"^exit code 4\n"):
        run("sh", "-c", "exit 4")
    assert run("sh", "-c", "echo told; exit 3", codes=(0, 3)).printed == "told\n"


# ---- peers that are not there


def test_peers_that_cannot_be_had_are_named_with_the_reason(monkeypatch, tmp_path):
    def refuse(environment, cache):
        raise NotInstalled("no index")

    monkeypatch.setattr(programs, "interpreter", refuse)
    monkeypatch.setattr(programs.shutil, "which", lambda name: None)
    assert list(programs.peers(tmp_path)) == [
        "plastimatch is left out: it is not on the path, and cannot be installed (no index)",
        "dicompyler-core is left out: it cannot be installed here (no index)",
        "PlatiPy is left out: it cannot be installed here (no index)",
    ]


# ---- the page


def test_only_what_stands_between_the_marks_changes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- peers -->\nold\n<!-- end of peers -->\nafter\n", encoding="utf-8")
    put(page, "peers", table(("what", "n"), [("a", "1")], "lr"))
    put(page, "peers", table(("what", "n"), [("a", "2")], "lr"))
    assert page.read_text(encoding="utf-8") == (
        "before\n<!-- peers -->\n| what | n |\n| --- | ---: |\n| a | 2 |\n<!-- end of peers -->\nafter\n"
    )


@pytest.mark.parametrize("text", ["nothing", "<!-- peers -->\n", "<!-- end of peers -->\n<!-- peers -->\n"])
def test_a_page_without_marks_is_left_alone(tmp_path, text):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(MarksMissing, match=r"page\.md: needs one '<!-- peers -->'"):
        put(page, "peers", "new")
    assert page.read_text(encoding="utf-8") == text
