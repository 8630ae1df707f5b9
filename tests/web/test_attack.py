"""Attacks: what somebody who means harm, a race or a broken disk could make the work list say or do."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from contextlib import closing

import httpx
import pytest

from sbrt_qa.pipeline.store import read_entries, record_path
from sbrt_qa.report.read_record import read_record
from sbrt_qa.web.access import COOKIE, Guard
from sbrt_qa.web.desk import Unknown

GREEN = ('badge PASS"', 'banner PASS"')


def until(told, seconds=20):
    end = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def row_of(client, case_id):
    return client.get(f"/api/cases/{case_id}").json()


# --- a false green --------------------------------------------------------------------------------


def _put_the_good_record_in_place_of(place, ids, name):
    """Copy a whole, self-consistent PASS record over that of another case; the list has not looked since."""
    folder = place / "out"
    shutil.copy(record_path(folder, ids["good"]), record_path(folder, ids[name]))
    assert read_record(record_path(folder, ids[name])).verdict.value == "PASS"


@pytest.mark.parametrize("what", ["report", "recorded-report", "report.pdf", "record.json"])
def test_a_record_put_in_place_of_another_is_never_given(client, place, ids, what):
    _put_the_good_record_in_place_of(place, ids, "hot")
    assert client.get(f"/cases/{ids['hot']}/{what}").status_code == 404
    assert client.get(f"/api/cases/{ids['hot']}/record").status_code == 404


def test_nothing_is_acknowledged_of_a_record_put_in_place_of_another(desk, place, ids):
    check = read_record(record_path(place / "out", ids["hot"])).checks[0].id
    _put_the_good_record_in_place_of(place, ids, "hot")
    with pytest.raises(Unknown):
        desk.acknowledge(ids["hot"], check, "", "A. Physicist", "Seen.")
    assert desk.ledger.lines() == ()


def test_a_change_within_one_tick_of_the_clock_of_the_files_is_seen(desk, place, monkeypatch):
    """Network shares keep times of a second or two: size and times can stay what they were."""
    file = max((place / "exports" / "good").iterdir(), key=lambda one: one.stat().st_size)
    monkeypatch.setattr("sbrt_qa.pipeline.fingerprint.of_stats", lambda _paths: ("the same", time.time()))
    desk.standing.look()
    assert {row.export: row.state for row in desk.rows()}["good"] == "current"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    desk.standing.look()
    row = next(row for row in desk.rows() if row.export == "good")
    assert (row.verdict, row.state) == ("UNDECIDED", "files-changed")


def test_no_page_has_a_green_word_for_a_case_that_is_evaluated(client, desk, ids):
    desk.ask(ids["good"], "")
    for path in ("/", f"/cases/{ids['good']}", f"/cases/{ids['good']}/report"):
        page = client.get(path).text
        assert not any(word in page for word in GREEN), path
    assert client.get("/api/cases?verdict=PASS").json()["cases"] == []
    assert client.get(f"/cases/{ids['good']}/report.pdf").status_code == 409
    assert ids["good"] not in json.dumps(client.get("/api/trend", params=_any(client)).json())


def _any(client):
    return {"constraint": client.get("/api/constraints").json()[0]}


def test_a_report_shown_as_recorded_says_first_that_it_is_not_current(client, desk, ids):
    desk.ask(ids["good"], "")
    page = client.get(f"/cases/{ids['good']}/recorded-report").text
    assert page.index("This record is not current") < page.index("<h1>")
    assert "is being evaluated" in page
    current = client.get(f"/cases/{ids['hot']}/recorded-report")
    assert current.headers["location"] == f"/cases/{ids['hot']}/report"


def test_a_protocol_that_changed_since_it_was_offered_judges_nothing(desk, place, ids):
    from sbrt_qa.web.protocols import offered

    (site,) = (one for one in offered(place / "site") if one.path.endswith("hazard.yaml"))
    desk.protocols = {site.store: site}
    file = place / "site" / "hazard.yaml"
    file.write_text(file.read_text().replace("title: ", "title: Other "))
    desk.jobs.begin()
    desk.ask(ids["good"], site.store)
    until(lambda: not {"waiting", "running"} & {job.state for job in desk.jobs.of(ids["good"])})
    desk.jobs.end()
    (job,) = desk.jobs.of(ids["good"])
    assert job.state == "failed"
    assert "has changed" in job.why
    assert desk.row(ids["good"]).verdict == "UNDECIDED"


@pytest.mark.parametrize("told", ["{", "[]", '{"protocol": "x"}', '{"sampling": 3}'])
def test_a_run_that_cannot_be_understood_leaves_no_green(client, desk, place, told):
    with closing(sqlite3.connect(place / "out" / "index.sqlite")) as index, index:
        index.execute("UPDATE run SET question = ?", (told,))
    desk.standing.look()
    answer = client.get("/api/cases")
    assert answer.status_code == 200
    assert "PASS" not in {one["verdict"] for one in answer.json()["cases"]}
    assert client.get("/").status_code == 200


def test_nothing_is_green_while_lines_and_records_come_and_go(client, desk, place, ids):
    """A run writes while the list is read: a line of a new record is not covered by the proof of the old one."""
    with closing(sqlite3.connect(place / "out" / "index.sqlite")) as index, index:
        index.execute("UPDATE entry SET key = 'another question' WHERE id = ?", (ids["good"],))
    assert row_of(client, ids["good"])["verdict"] == "UNDECIDED"
    page = client.get(f"/cases/{ids['good']}").text
    assert not any(word in page for word in GREEN)


# --- who acts on what -----------------------------------------------------------------------------


def test_an_acknowledgement_is_of_the_record_that_was_seen(client, desk, secret, ids):
    """The form was open while the case was judged anew: the new finding has not been seen by anybody."""
    check = json.loads(client.get(f"/api/cases/{ids['hot']}/record").content)["checks"][0]["id"]
    form = {"item": check, "roi": "", "name": "A. Physicist", "reason": "Seen.", "record": "0" * 64}
    answer = client.post(f"/cases/{ids['hot']}/acknowledgements", data={**form, "csrf": secret(client)})
    assert answer.status_code == 400
    assert "another record" in answer.text
    told = {"item": check, "name": "A. Physicist", "reason": "Seen.", "record_sha256": "0" * 64}
    headers = {"x-csrf-token": secret(client)}
    assert client.post(f"/api/cases/{ids['hot']}/acknowledgements", json=told, headers=headers).status_code == 400
    assert desk.ledger.lines() == ()
    assert (
        f'name="record" value="{row_of(client, ids["hot"])["record_sha256"]}"'
        in client.get(f"/cases/{ids['hot']}").text
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "["},
        {"host": "127.0.0.1]["},
        {"host": "[::1"},
        {"host": "127.0.0.1:8080", "origin": "http://["},
        {"host": "127.0.0.1:8080", "origin": "http://[::1"},
        {"host": "127.0.0.1:8080", "content-length": "9" * 5000},
        {"host": "127.0.0.1:8080", "content-length": "-1"},
        {"host": "127.0.0.1:8080", "cookie": f"{COOKIE}=\xff.\xff"},
        {"host": "127.0.0.1:8080", "x-csrf-token": "\xff"},
        {"host": "127.0.0.1:8080", "authorization": "Bearer \xff"},
    ],
)
def test_headers_that_are_none_are_refused_with_a_word(client, ids, headers):
    raw = {name: text.encode("latin-1") for name, text in headers.items()}
    answer = client.post(f"/api/cases/{ids['good']}/evaluations", headers=raw)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"code", "sentence"}


@pytest.mark.parametrize(
    "host", ["evil.example@10.0.0.1", "127.0.0.1@evil.example", "127.0.0.1.", "0", "localhost.", "127.0.0.1%00.evil"]
)
def test_names_that_look_like_this_machine_are_not(client, host):
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("text", ["\ud800", "A\x00B"])
def test_names_that_no_file_can_hold_are_refused(client, desk, secret, ids, text):
    check = json.loads(client.get(f"/api/cases/{ids['hot']}/record").content)["checks"][0]["id"]
    body = json.dumps({"item": check, "name": text, "reason": "Seen."})
    headers = {"x-csrf-token": secret(client), "content-type": "application/json"}
    answer = client.post(f"/api/cases/{ids['hot']}/acknowledgements", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert desk.ledger.lines() == ()


@pytest.mark.parametrize(
    "path",
    [
        "/cases/..%2f..%2f..%2fetc%2fpasswd/record.json",
        "/cases/%2e%2e/report",
        "/cases/%00/record.json",
        "/cases/%ff/report",
        "/cases/{good}/report?under=../..",
        "/cases/{good}/report?under=..",
        "/cases/{good}/record.json?under=/etc",
        "/cases/{good}/record.json?under=%00",
        "/static/..%2f..%2fapp.py",
        "/api/cases/..%2f..%2findex.sqlite/record",
    ],
)
def test_no_path_of_an_address_reaches_the_disk(client, ids, path):
    answer = client.get(path.format(**ids))
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_a_link_among_the_stores_leads_nowhere_green(desk, place, ids):
    """A folder beside the stores, or a link to the run itself, is no evaluation under another protocol."""
    (place / "out" / "other").mkdir()
    (place / "out" / "other" / "elsewhere").symlink_to(place / "out", target_is_directory=True)
    desk.standing.look()
    assert desk.others(ids["good"]) == ()


def test_a_session_of_another_process_is_none(desk, ids):
    held = Guard("").begin_session()
    assert not Guard("").is_session(held)
    assert not Guard("").is_session("")
    assert not Guard("").is_session(".")


def test_the_login_form_is_no_way_around_the_secret(client, stranger, ids):
    """Only the way in may be asked for without one, by its exact name."""
    for path in ("/login/", "/login/../cases", "//login", "/LOGIN", "/login;x"):
        assert stranger.post(path, data={"token": "x"}).status_code in {303, 401, 403, 404, 405}
        assert COOKIE not in stranger.cookies
    assert client.post("/login", data={"token": ""}).status_code == 403


# --- holding it up --------------------------------------------------------------------------------


def test_whoever_holds_a_connection_and_asks_nothing_is_let_go(desk, monkeypatch):
    import socket

    import uvicorn

    from sbrt_qa.web.app import application
    from sbrt_qa.web.patience import Impatient

    monkeypatch.setattr("sbrt_qa.web.patience.PATIENCE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(application(desk, Guard("")), http=Impatient, log_config=None, limit_concurrency=4)
        server = uvicorn.Server(config)
        served = threading.Thread(target=server.run, args=([listening],))
        served.start()
        address = listening.getsockname()
        held = [socket.create_connection(address, timeout=20) for _ in range(4)]
        held[3].sendall(b"GET / HT")
        assert [one.recv(1) for one in held] == [b""] * 4
        assert httpx.get("http://{}:{}/api/health".format(*address)).status_code == 200
        for one in held:
            one.close()
        server.should_exit = True
        served.join()


def test_a_body_that_does_not_come_is_not_waited_for(desk, monkeypatch):
    import asyncio

    from sbrt_qa.web.app import application

    monkeypatch.setattr("sbrt_qa.web.access.BODY_S", 0.01)
    headers = [(b"host", b"localhost"), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/api/cases", "headers": headers, "query_string": b""}
    sent = []

    async def say(message):
        sent.append(message)

    asyncio.run(application(desk, Guard(""))(scope, asyncio.Event().wait, say))
    assert sent[0]["status"] == 413


# --- a broken disk --------------------------------------------------------------------------------


def test_a_table_that_cannot_be_written_is_said_and_the_jobs_go_on(client, desk, secret, ids, monkeypatch):
    connect = desk.jobs._open

    def full():
        raise sqlite3.OperationalError("database or disk is full")

    headers = {"x-csrf-token": secret(client)}
    monkeypatch.setattr(desk.jobs, "_open", full)
    answer = client.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers=headers)
    assert answer.status_code == 503
    assert set(answer.json()) == {"code", "sentence"}
    monkeypatch.setattr("sbrt_qa.web.jobs.AGAIN_S", 0.01)
    desk.jobs.begin()
    time.sleep(0.05)
    assert desk.jobs._thread.is_alive()
    monkeypatch.setattr(desk.jobs, "_open", connect)
    desk.ask(ids["good"], "")
    until(lambda: desk.jobs.of(ids["good"])[0].state == "done")
    desk.jobs.end()


def test_a_job_whose_end_cannot_be_written_is_not_green_and_is_closed_later(desk, crew, ids, monkeypatch):
    closing_fails = threading.Event()
    close = desk.jobs._close

    def fails_once(*args):
        if not closing_fails.is_set():
            closing_fails.set()
            raise sqlite3.OperationalError("database or disk is full")
        close(*args)

    monkeypatch.setattr("sbrt_qa.web.jobs.AGAIN_S", 0.01)
    monkeypatch.setattr(desk.jobs, "_close", fails_once)
    desk.jobs.begin()
    desk.ask(ids["good"], "")
    until(lambda: closing_fails.is_set() and desk.jobs.of(ids["good"])[0].state in {"done", "failed"})
    assert desk.jobs._thread.is_alive()
    desk.jobs.end()


def test_an_internal_error_names_nobody_and_has_the_headers(desk, monkeypatch):
    """What went wrong inside is not told to the outside, in words or by a page without its policy."""
    import asyncio

    from sbrt_qa.web.app import application

    def breaks():
        raise RuntimeError("DOE^JANE")

    monkeypatch.setattr(desk, "rows", breaks)
    inner = httpx.ASGITransport(application(desk, Guard("")), raise_app_exceptions=False)

    async def asked(path):
        async with httpx.AsyncClient(transport=inner, base_url="http://127.0.0.1:8080") as client:
            return await client.get(path)

    answer = asyncio.run(asked("/api/cases"))
    assert answer.status_code == 500
    assert "DOE" not in answer.text
    assert answer.json()["code"] == "internal-error"
    assert "default-src 'none'" in asyncio.run(asked("/")).headers["content-security-policy"]


def test_reading_the_list_takes_no_lock_of_the_run(client, place, ids):
    """The run that writes is never held up by who looks."""
    from sbrt_qa.pipeline.store import Store

    with Store(place / "out") as store:
        assert client.get("/").status_code == 200
        store.take_away([ids["part"]])
    assert len(read_entries(place / "out")) == 2
