"""Renewal: a page that stays open never keeps what does not hold any more."""

from __future__ import annotations

import json
import os
import re
import time

from exports_below import lay

from sbrt_qa.pipeline.store import record_path
from sbrt_qa.web.desk import AT_ODDS


def renewal_of(page):
    """The address that an open page of a case asks for again and again."""
    return re.search(r'id="standing"[^>]* hx-get="([^"]+)"', page)[1]


def test_a_page_of_a_case_is_loaded_anew_once_it_shows_something_else(client, desk, ids):
    address = renewal_of(client.get(f"/cases/{ids['good']}").text)
    assert "hx-redirect" not in client.get(address).headers
    desk.ask(ids["good"], "")
    assert client.get(address).headers["hx-redirect"] == f"/cases/{ids['good']}"
    address = renewal_of(client.get(f"/cases/{ids['good']}").text)
    assert "hx-redirect" not in client.get(address).headers


def test_what_is_not_renewed_hides_itself(client, ids):
    style = client.get("/static/worklist.css").text
    assert ".renewed > * { animation: ages 0s 20s forwards; }" in style
    for path in ("/", f"/cases/{ids['good']}"):
        page = client.get(path).text
        assert re.search(r'<section id="(cases|standing)" class="renewed"', page)
        assert "has not answered for 20 seconds" in page


def test_a_case_that_changed_has_no_counts_of_pass(client, desk, place, ids):
    file = place / "exports" / "good" / "one more.dcm"
    file.write_bytes(b"")
    desk.standing.look()
    row = client.get(f"/api/cases/{ids['good']}").json()
    assert (row["state"], row["counts"]) == ("files-changed", {})
    page = client.get(f"/cases/{ids['good']}").text
    assert "tally PASS" not in page
    assert "badge PASS" not in page


def test_evaluations_at_odds_are_green_in_no_table(client, desk, ids, monkeypatch):
    desk.jobs.begin()
    desk.ask(ids["good"], "")
    while desk.jobs.of(ids["good"])[0].state != "done":
        time.sleep(0.01)
    desk.jobs.end()
    desk.standing.look()
    monkeypatch.setattr(desk, "_at_odds", lambda: {ids["good"]})
    (other,) = client.get(f"/api/cases/{ids['good']}/evaluations").json()
    assert (other["case"]["verdict"], other["case"]["state"]) == ("UNDECIDED", AT_ODDS)
    assert "badge PASS" not in client.get(f"/cases/{ids['good']}").text


def test_names_that_are_not_of_utf_8_are_listed(client, desk, place):
    lay(place / "exports" / os.fsdecode(b"caf\xe9"))
    desk.standing.look()
    assert "caf\\udce9" in {row["export"] for row in client.get("/api/cases").json()["cases"]}
    assert client.get("/").status_code == 200


def test_a_record_edited_since_the_last_look_is_not_shown(client, place, ids):
    path = record_path(place / "out", ids["part"])
    path.write_text(json.dumps({"verdict": "PASS"}))
    assert client.get(f"/cases/{ids['part']}/report").status_code == 404
    assert client.get(f"/cases/{ids['part']}/report.pdf").status_code == 404
