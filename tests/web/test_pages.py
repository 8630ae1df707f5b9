"""Pages: what a person sees, finds and does."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace

import pytest

from sbrt_qa.pipeline.store import record_path
from sbrt_qa.web.desk import Row
from sbrt_qa.web.drawn_report import draw
from sbrt_qa.web.pages import select

ROWS = [
    Row("b-1", "b", "Liver", "P2", "PASS", "PASS", "current", "", "2026-01-02T00:00:00Z"),
    Row("a-1", "a", "Bed", "p1", "FAIL", "FAIL", "current", "", "2026-01-01T00:00:00Z", reasons=("roi-missing",)),
    Row("c-1", "c", "", "", "UNDECIDED", "", "waiting", ""),
    Row("d-1", "d", "Bed", "P3", "VARIATION", "VARIATION", "current", "", "2026-01-03T00:00:00Z"),
]


def exports(rows):
    return "".join(row.export for row in rows)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "acdb"),
        ({"sort": "case"}, "abcd"),
        ({"sort": "patient"}, "cabd"),
        ({"sort": "plan"}, "cadb"),
        ({"sort": "judged"}, "dbac"),
        ({"sort": "nothing like that"}, "acdb"),
        ({"verdict": "FAIL"}, "a"),
        ({"verdict": "green"}, ""),
        ({"text": "BED"}, "ad"),
        ({"text": "bed p3"}, "d"),
        ({"text": "roi-missing"}, "a"),
        ({"text": "waiting"}, "c"),
    ],
)
def test_cases_are_found_and_sorted(asked, found):
    assert exports(select(ROWS, **asked)) == found


def test_the_list_shows_every_case(client, ids):
    page = client.get("/").text
    for name in ids.values():
        assert f'data-case="{name}"' in page
    assert page.index("FAIL</span>") < page.index("PASS</span>")


def test_the_list_is_cut_into_pages(client, desk, monkeypatch):
    many = tuple(replace(ROWS[0], id=f"x-{n}", export=f"{n:03}") for n in range(120))
    monkeypatch.setattr(desk, "rows", lambda: many)
    assert client.get("/").text.count("<tr data-case") == 50
    assert client.get("/?number=3").text.count("<tr data-case") == 20
    assert client.get("/?number=99").text.count("<tr data-case") == 20
    assert 'rel="prev"' not in client.get("/?number=1").text
    assert client.get("/?text=119").text.count("<tr data-case") == 1


def test_a_case_shows_why_and_what(client, ids):
    page = client.get(f"/cases/{ids['hot']}").text
    assert "LIVER" in page
    assert page.index("badge FAIL") < page.index("Acknowledge")


def test_hostile_words_stay_words(client, desk, place, ids):
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'
    with sqlite3.connect(place / "out" / "index.sqlite") as index:
        index.execute("UPDATE entry SET patient_id = ?, plan_label = ?, export = ?", (hostile,) * 3)
    index.close()
    desk.acknowledge(ids["hot"], _failing(client, ids["hot"]), "", hostile, hostile)
    for path in (
        "/",
        f"/cases/{ids['hot']}",
        "/trends",
        "/audit",
        "/?text=" + hostile,
        "/trends?constraint=" + hostile,
    ):
        page = client.get(path).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert "\u202e" not in page, path


def _failing(client, case_id):
    """Name a check of the case, which has no ROI."""
    record = json.loads(client.get(f"/api/cases/{case_id}/record").content)
    return record["checks"][0]["id"]


def test_an_acknowledgement_is_noted_and_changes_no_verdict(client, desk, secret, ids):
    item = _failing(client, ids["hot"])
    before = client.get(f"/api/cases/{ids['hot']}").json()
    form = {"csrf": secret(client), "item": item, "roi": "", "name": "A. Physicist", "reason": "Seen."}
    answer = client.post(f"/cases/{ids['hot']}/acknowledgements", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{ids['hot']}#seen")
    after = client.get(f"/api/cases/{ids['hot']}").json()
    assert after == {**before, "acknowledged": 1}
    page = client.get(f"/cases/{ids['hot']}").text
    assert "A. Physicist" in page
    assert "this record" in page
    assert "A. Physicist" in client.get("/audit").text
    assert len(desk.ledger.lines()) == 1


def test_an_acknowledgement_of_an_earlier_record_is_called_so(client, desk, place, ids):
    desk.acknowledge(ids["hot"], _failing(client, ids["hot"]), "", "A. Physicist", "Seen.")
    with sqlite3.connect(place / "out" / "index.sqlite") as index:
        index.execute("UPDATE entry SET record_sha256 = 'other' WHERE id = ?", (ids["hot"],))
    index.close()
    assert "an earlier record" in client.get(f"/cases/{ids['hot']}").text
    assert desk.row(ids["hot"]).acknowledged == 0


@pytest.mark.parametrize(("name", "reason"), [("", "why"), ("who", " "), ("x" * 200, "why")])
def test_an_acknowledgement_without_name_or_reason_is_none(client, desk, secret, ids, name, reason):
    item = _failing(client, ids["hot"])
    form = {"csrf": secret(client), "item": item, "name": name, "reason": reason}
    answer = client.post(f"/cases/{ids['hot']}/acknowledgements", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert desk.ledger.lines() == ()


def test_the_report_is_the_one_of_the_record(client, ids):
    page = client.get(f"/cases/{ids['good']}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "PASS" in page.text
    assert client.get(f"/cases/{ids['good']}/record.json").content.startswith(b"{")
    paper = client.get(f"/cases/{ids['good']}/report.pdf")
    assert paper.content.startswith(b"%PDF")
    assert "attachment" in paper.headers["content-disposition"]


def test_the_report_of_a_record_that_is_not_current_is_not_shown_as_if_it_were(client, desk, place, ids):
    file = max((place / "exports" / "good").iterdir())
    file.write_bytes(file.read_bytes() + b"\0\0")
    desk.standing.look()
    page = client.get(f"/cases/{ids['good']}/report").text
    assert "not current" in page
    assert "badge PASS" not in page
    assert 'class="banner PASS"' not in page
    assert client.get(f"/cases/{ids['good']}/report.pdf").status_code == 409
    assert "PASS" in client.get(f"/cases/{ids['good']}/recorded-report").text


def test_the_report_with_slices_is_that_of_the_very_record(client, desk, place, ids):
    page = client.get(f"/cases/{ids['good']}/drawn-report")
    assert page.status_code == 200
    assert len(page.content) > len(client.get(f"/cases/{ids['good']}/report").content)
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    drawer, desk._drawn = desk._drawer, ("", b"")
    drawer.outcome = lambda question, task: replace(draw(question, task), record=b"0" * 64 + b"another page")
    assert client.get(f"/cases/{ids['good']}/drawn-report").status_code == 404
    drawer.outcome = draw
    file = max((place / "exports" / "good").iterdir())
    file.write_bytes(file.read_bytes() + b"\0\0")
    desk.standing.look()
    assert client.get(f"/cases/{ids['good']}/drawn-report").status_code == 404


def test_a_record_that_was_edited_is_not_given_as_a_report(client, place, ids):
    path = record_path(place / "out", ids["good"])
    path.write_text(path.read_text().replace('"verdict": "PASS"', '"verdict": "FAIL"', 1))
    assert client.get(f"/cases/{ids['good']}/report").status_code == 404


def test_asking_for_an_evaluation_leads_back_to_the_case(client, desk, secret, ids):
    store = next(iter(desk.protocols))
    form = {"csrf": secret(client), "protocol": store}
    answer = client.post(f"/cases/{ids['good']}/evaluations", data=form)
    assert answer.headers["location"] == f"/cases/{ids['good']}#others"
    page = client.get(f"/cases/{ids['good']}").text
    assert 'class="banner UNDECIDED" data-state="being-evaluated"' in page
    assert f'data-other="{store}" data-state="waiting"' in page
    assert 'class="banner PASS"' not in page


def test_trends_show_values_with_their_goal(client):
    page = client.get("/trends").text
    assert page.count('<path class="mark ') >= 2
    assert '<path class="goal"' in page
    assert client.get("/trends?constraint=nothing").status_code == 404


def test_an_altered_audit_table_is_said_to_be(client, desk, place, ids):
    desk.acknowledge(ids["hot"], _failing(client, ids["hot"]), "", "A. Physicist", "Seen.")
    assert "follows from the one before it" in client.get("/audit").text
    with sqlite3.connect(place / "out" / "worklist.sqlite") as table:
        table.executescript("DROP TRIGGER audit_is_not_changed; UPDATE audit SET reason = 'Other'")
    table.close()
    assert "altered by other hands" in client.get("/audit").text


@pytest.mark.parametrize(
    "path", ["/cases/none", "/cases/none/report", "/static/../app.py", "/static/htmx.LICENSE.txt", "/x"]
)
def test_what_is_not_there_is_said_to_be(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "nothing here" in answer.text


def test_pages_load_nothing_from_elsewhere_and_run_nothing_of_their_own(client, ids):
    for path in ("/", f"/cases/{ids['good']}", "/trends", "/audit", "/login"):
        page = client.get(path).text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), path
        assert not re.search(r"<script(?! src)", page), path
        assert not re.search(r'\s(?:on[a-z]+|style)="', page), path
