"""API: what other programs are told, and in which words."""

from __future__ import annotations

import json

import pytest


def test_the_list_as_json(client, ids):
    told = client.get("/api/cases").json()
    assert told["total"] == 3
    good = next(one for one in told["cases"] if one["export"] == "good")
    assert (good["verdict"], good["recorded_verdict"], good["state"]) == ("PASS", "PASS", "current")
    assert good == client.get(f"/api/cases/{ids['good']}").json()
    assert [one["export"] for one in client.get("/api/cases?verdict=FAIL").json()["cases"]] == ["hot"]


def test_a_program_sees_no_green_that_a_person_does_not_see(client, desk, place):
    file = max((place / "exports" / "good").iterdir())
    file.write_bytes(file.read_bytes() + b"\0\0")
    desk.standing.look()
    told = client.get("/api/cases").json()["cases"]
    assert {one["verdict"] for one in told} == {"UNDECIDED", "FAIL"}
    good = next(one for one in told if one["export"] == "good")
    assert (good["recorded_verdict"], good["state"]) == ("PASS", "files-changed")
    assert client.get(f"/api/cases/{good['id']}/record").headers["x-record-state"] == "files-changed"


def test_the_record_is_the_file(client, place, ids):
    answer = client.get(f"/api/cases/{ids['good']}/record")
    assert answer.content == (place / "out" / "records" / f"{ids['good']}.json").read_bytes()


def test_asking_and_acknowledging(client, secret, ids):
    headers = {"x-csrf-token": secret(client)}
    offers = client.get("/api/protocols").json()
    asked = {"protocol": offers[0]["protocol"], "name": "QA"}
    job = client.post(f"/api/cases/{ids['good']}/evaluations", json=asked, headers=headers)
    assert (job.status_code, job.json()["state"]) == (202, "waiting")
    assert client.get(f"/api/cases/{ids['good']}").json()["verdict"] == "UNDECIDED"
    (under,) = client.get(f"/api/cases/{ids['good']}/evaluations").json()
    assert (under["store"], under["case"]) == (offers[0]["protocol"], None)
    check = json.loads(client.get(f"/api/cases/{ids['hot']}/record").content)["checks"][0]["id"]
    said = {"item": check, "name": "A. Physicist", "reason": "Seen."}
    line = client.post(f"/api/cases/{ids['hot']}/acknowledgements", json=said, headers=headers)
    assert line.status_code == 201
    assert client.get(f"/api/cases/{ids['hot']}/acknowledgements").json() == [line.json()]
    audit = client.get("/api/audit").json()
    assert [one["act"]["kind"] for one in audit["lines"]] == ["evaluation", "acknowledged"]
    assert audit["first_altered"] is None


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"item": "nothing like that", "name": "A", "reason": "B"}, 404, "unknown"),
        ({"item": "x"}, 422, "malformed"),
        ([], 422, "malformed"),
    ],
)
def test_what_cannot_be_acknowledged(client, secret, ids, said, status, code):
    answer = client.post(
        f"/api/cases/{ids['hot']}/acknowledgements", json=said, headers={"x-csrf-token": secret(client)}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_missing_reason_is_said(client, secret, ids):
    check = json.loads(client.get(f"/api/cases/{ids['hot']}/record").content)["checks"][0]["id"]
    answer = client.post(
        f"/api/cases/{ids['hot']}/acknowledgements",
        json={"item": check, "name": "A", "reason": ""},
        headers={"x-csrf-token": secret(client)},
    )
    assert answer.status_code == 400
    assert "needs a reason" in answer.json()["sentence"]


def test_trends_as_json(client):
    constraints = client.get("/api/constraints").json()
    trend = client.get("/api/trend", params={"constraint": constraints[0]}).json()
    assert trend["constraint"] == constraints[0]
    assert {point["verdict"] for point in trend["points"]} <= {"PASS", "VARIATION", "UNDECIDED", "FAIL", ""}
    assert client.get("/api/trend?constraint=x").json()["code"] == "unknown"


@pytest.mark.parametrize("path", ["/api/cases/none", "/api/cases/none/record", "/api/none"])
def test_what_is_unknown(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


def test_the_api_describes_itself(client):
    told = client.get("/api/openapi.json").json()
    assert told["info"]["title"] == "sbrt-qa work list"
    assert {"/api/cases", "/api/cases/{case_id}", "/api/trend", "/api/audit"} <= told["paths"].keys()
    assert all(path.startswith("/api/") for path in told["paths"])
    for ways in told["paths"].values():
        for way in ways.values():
            assert way["summary"]


def test_health_tells_version_and_looks(client):
    told = client.get("/api/health").json()
    assert told["status"] == "ok"
    assert told["looks"] == 1
