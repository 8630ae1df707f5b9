"""An output folder of three small exports, and the work list over it, without a server."""

from __future__ import annotations

import asyncio
import re
import shutil

import httpx
import pytest
from exports_below import lay
from hazard_case import PROTOCOL, Pile

from sbrt_qa.pipeline.asking import question
from sbrt_qa.pipeline.batch import run_batch
from sbrt_qa.pipeline.store import Run, Store
from sbrt_qa.pipeline.worker import work
from sbrt_qa.web.access import Guard
from sbrt_qa.web.app import application
from sbrt_qa.web.desk import Desk
from sbrt_qa.web.drawn_report import draw
from sbrt_qa.web.protocols import offered

TOKEN = "a token of many characters"
HOST = "http://127.0.0.1:8080"


class SameProcess:
    """Does the work here; can be told to do something else first."""

    def __init__(self) -> None:
        self.before = lambda: None
        self.outcome = work

    def work(self, question, tasks):
        for task in tasks:
            self.before()
            yield task, self.outcome(question, task)


class Inside(httpx.BaseTransport):
    """Carries requests to an application in this process."""

    def __init__(self, app) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=True)

    def handle_request(self, request):
        request.read()

        async def carried():
            answer = await self._inner.handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run(carried())


@pytest.fixture(scope="session")
def shipped():
    return offered()


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    """Judge three exports once: one passes, one fails, one has no structures."""
    place = tmp_path_factory.mktemp("worklist")
    (place / "site").mkdir()
    (place / "site" / "hazard.yaml").write_text(PROTOCOL, encoding="utf-8")
    lay(place / "exports" / "good")
    failing = Pile.fresh()
    failing.dose.DoseGridScaling = float(failing.dose.DoseGridScaling) * 1.5
    lay(place / "exports" / "hot", failing)
    incomplete = Pile.fresh()
    incomplete.dropped.add("structures")
    lay(place / "exports" / "part", incomplete)
    asked = question(str(place / "site" / "hazard.yaml"))
    with Store(place / "out") as store:
        run_batch(place / "exports", store, asked, SameProcess())
    return place


@pytest.fixture
def place(judged, tmp_path):
    """A copy of it all that a test may damage."""
    shutil.copytree(judged, tmp_path, dirs_exist_ok=True)
    with Store(tmp_path / "out") as store:
        store.begin(Run(str(tmp_path / "exports"), question(str(tmp_path / "site" / "hazard.yaml"))))
    return tmp_path


@pytest.fixture
def crew():
    return SameProcess()


@pytest.fixture
def desk(place, crew, shipped):
    """The work list, with everything looked at once; nothing looks on its own."""
    drawer = SameProcess()
    drawer.outcome = draw
    made = Desk(place / "out", crew, shipped, drawer=drawer, pause_s=3600)
    made.standing.look()
    return made


@pytest.fixture
def ids(desk):
    """Names of the cases by the folder of their export."""
    return {row.export: row.id for row in desk.rows()}


@pytest.fixture
def client(desk):
    """A browser without a script, on this machine."""
    return httpx.Client(transport=Inside(application(desk, Guard(""))), base_url=HOST)


@pytest.fixture
def stranger(desk):
    """A browser of another machine, for a list that asks for a token."""
    app = application(desk, Guard(TOKEN))
    return httpx.Client(transport=Inside(app), base_url="http://worklist.example")


@pytest.fixture
def secret():
    """``secret(client)``: what the forms of its session bring along."""
    return lambda client: re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(_any_case(client)).text)[1]


def _any_case(client):
    return f"/cases/{client.get('/api/cases').json()['cases'][0]['id']}"
