"""Access: who may look, who may act, and what every answer tells the browser."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.web import access
from sbrt_qa.web.access import COOKIE, Guard, is_loopback

HOST, TOKEN = "http://127.0.0.1:8080", "a token of many characters"
PAGES = (
    "/",
    "/trends",
    "/audit",
    "/api/cases",
    "/api/openapi.json",
    "/static/worklist.css",
    "/nothing",
    "/api/nothing",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_tells_the_browser_what_may_not_happen(client, path):
    told = client.get(path).headers
    assert "default-src 'none'" in told["content-security-policy"]
    assert "unsafe" not in told["content-security-policy"]
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert told["cross-origin-opener-policy"] == "same-origin"
    assert "cache-control" in told


def test_a_report_may_run_its_own_script_only(client, ids):
    answer = client.get(f"/cases/{ids['good']}/report")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'sha256-" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8080", "localhost.evil:8080"])
def test_a_name_that_is_not_this_machine_is_not_answered(client, host):
    answer = client.get("/api/cases", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "unknown-host"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:1", "[::1]:8080", "127.0.0.2"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/api/cases", headers={"host": host}).status_code == 200


def test_whoever_changes_something_brings_the_secret_of_the_session(client, secret, ids):
    path, mine = f"/api/cases/{ids['good']}/evaluations", secret(client)
    assert client.post(path, json={}).json()["code"] == "no-secret"
    assert client.post(path, json={}, headers={"x-csrf-token": "0" * 64}).status_code == 403
    assert client.post(path, json={}, headers={"x-csrf-token": mine}).status_code == 202


def test_the_secret_of_another_session_is_none(client, secret, ids, desk):
    mine = secret(client)
    client.cookies.clear()
    answer = client.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers={"x-csrf-token": mine})
    assert answer.status_code == 403
    client.cookies.set(COOKIE, "made.up")
    answer = client.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers={"x-csrf-token": mine})
    assert answer.status_code == 403
    assert desk.jobs.of(ids["good"]) == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_origin_changes_nothing_even_with_the_secret(client, secret, ids, headers):
    mine = secret(client)
    answer = client.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers={"x-csrf-token": mine, **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "other-origin")
    own = {"origin": HOST, "sec-fetch-site": "same-origin", "x-csrf-token": mine}
    assert client.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers=own).status_code == 202


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_no_method_changes_anything_without_the_secret(client, ids, method):
    assert client.request(method, f"/api/cases/{ids['good']}").status_code == 403


def test_a_list_with_a_token_shows_nothing_without_it(stranger, ids):
    for path in ("/", f"/cases/{ids['good']}", "/trends", "/audit", f"/cases/{ids['good']}/record.json"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=")
        assert ids["good"] not in answer.text
    for path in ("/api/cases", "/api/audit", "/api/openapi.json", "/api/nothing"):
        assert stranger.get(path).status_code == 401
    assert stranger.get("/api/health").status_code == 200
    assert stranger.get("/static/worklist.css").status_code == 200


@pytest.fixture
def _quick(monkeypatch):
    monkeypatch.setattr(access, "WRONG_TOKEN_S", 0.0)


@pytest.mark.usefixtures("_quick")
def test_the_token_lets_programs_in(stranger, ids):
    right = {"authorization": f"Bearer {TOKEN}"}
    assert stranger.get("/api/cases", headers=right).status_code == 200
    assert stranger.post(f"/api/cases/{ids['good']}/evaluations", json={}, headers=right).status_code == 202
    for wrong in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "", f"Basic {TOKEN}"):
        assert stranger.get("/api/cases", headers={"authorization": wrong}).status_code == 401


def test_a_wrong_token_is_answered_slowly(stranger, monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    assert stranger.get("/api/cases", headers={"authorization": "Bearer guess"}).status_code == 401
    assert stranger.post("/login", data={"token": "guess"}).status_code == 401
    assert waited.count(access.WRONG_TOKEN_S) == 2


@pytest.mark.usefixtures("_quick")
def test_logging_in_and_out(stranger, secret):
    assert stranger.post("/login", data={"token": "wrong"}).status_code == 401
    assert stranger.get("/").status_code == 303
    answer = stranger.post("/login", data={"token": TOKEN, "next": "/trends"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/trends")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="))
    assert stranger.get("/").status_code == 200
    held = stranger.cookies[COOKIE]
    assert stranger.post("/logout", data={"csrf": secret(stranger)}).status_code == 303
    stranger.cookies.set(COOKIE, held)
    assert stranger.get("/").status_code == 303


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
)
def test_logging_in_leads_nowhere_else(stranger, target):
    answer = stranger.post("/login", data={"token": TOKEN, "next": target})
    assert answer.headers["location"] == "/"


def test_names_that_are_allowed_are_the_only_ones(desk):
    guard = Guard(TOKEN, frozenset({"worklist.example"}))
    assert guard.knows("worklist.example:8080")
    assert not guard.knows("other.example")
    assert Guard(TOKEN).knows("other.example")


def test_a_session_ends(monkeypatch):
    guard = Guard(TOKEN)
    session = guard.begin_session()
    assert guard.is_session(session)
    monkeypatch.setattr(access.time, "monotonic", lambda: 1e12)
    assert not guard.is_session(session)


def test_a_request_that_is_too_large_is_not_read(client):
    assert client.post("/api/cases", content=b"x" * (access.MOST_BYTES + 1)).status_code == 413
    parts = (b"x" * 1000 for _ in range(100))
    assert client.post("/api/cases", content=parts).status_code == 413


def test_a_token_that_can_be_guessed_is_refused():
    with pytest.raises(UsageError, match="shorter than 16"):
        Guard("short")


@pytest.mark.parametrize(
    ("host", "is_it"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x", False)]
)
def test_what_this_machine_is(host, is_it):
    assert is_loopback(host) is is_it
