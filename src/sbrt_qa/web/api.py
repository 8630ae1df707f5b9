"""API: the work list for other programs, as JSON, described at ``/api/openapi.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sbrt_qa._version import __version__
from sbrt_qa.web.desk import Row, Trend
from sbrt_qa.web.jobs import Job
from sbrt_qa.web.ledger import Line
from sbrt_qa.web.pages import select

if TYPE_CHECKING:
    from sbrt_qa.web.desk import Desk

router = APIRouter(prefix="/api")


@dataclass(frozen=True, slots=True)
class Cases:
    """The work list."""

    cases: list[Row]
    total: int


@dataclass(frozen=True, slots=True)
class CaseUnder:
    """A case under another protocol."""

    store: str
    protocol: str
    case: Row | None
    job: Job | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the list is served, by which version, and how often all files were looked at."""

    status: str
    version: str
    looks: int


@dataclass(frozen=True, slots=True)
class Audit:
    """Every line of the audit table, and the number of the first that was altered by other hands."""

    lines: list[Line]
    first_altered: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A protocol that cases can be evaluated by; ``protocol`` is what to ask with."""

    protocol: str
    id: str
    title: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EvaluationAsked:
    """By which protocol to evaluate again, as ``/api/protocols`` names it; empty for the one of the run."""

    protocol: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Which finding (constraint and ROI) or check is acknowledged, by whom and why; best with the record it is in."""

    item: str
    name: str
    reason: str
    roi: str = ""
    record_sha256: str = ""


@router.get("/health")
def health(request: Request) -> Health:
    """Whether the list is served."""
    return Health("ok", __version__, _desk(request).standing.looks)


@router.get("/cases")
def cases(request: Request, verdict: str = "", text: str = "", sort: str = "case") -> Cases:
    """Every case. ``verdict`` is what may be believed now, ``recorded_verdict`` what the record says."""
    rows = _desk(request).rows()
    return Cases(select(rows, verdict=verdict, text=text, sort=sort), len(rows))


@router.get("/cases/{case_id}")
def case(request: Request, case_id: str) -> Row:
    """One case."""
    return _desk(request).row(case_id)


@router.get("/cases/{case_id}/record")
def record(request: Request, case_id: str, under: str = "") -> Response:
    """Give the record as it is on disk; the header ``X-Record-State`` tells whether it is current."""
    content, _, row = _desk(request).record(case_id, under)
    return Response(content, media_type="application/json", headers={"X-Record-State": row.state})


@router.get("/cases/{case_id}/evaluations")
def evaluations(request: Request, case_id: str) -> list[CaseUnder]:
    """Return the case under other protocols, and what was asked for."""
    desk = _desk(request)
    desk.row(case_id)
    return [CaseUnder(one.store, one.protocol, one.row, one.job) for one in desk.others(case_id)]


@router.post("/cases/{case_id}/evaluations", status_code=202)
def evaluate_again(request: Request, case_id: str, asked: EvaluationAsked) -> Job:
    """Ask for an evaluation; the case is UNDECIDED until it has ended."""
    return _desk(request).ask(case_id, asked.protocol, asked.name)


@router.get("/cases/{case_id}/acknowledgements")
def acknowledgements(request: Request, case_id: str) -> list[Line]:
    """Return what was acknowledged of a case, of earlier records too."""
    return [line for line in _desk(request).ledger.lines(case_id) if line.act.kind == "acknowledged"]


@router.post("/cases/{case_id}/acknowledgements", status_code=201)
def acknowledge(request: Request, case_id: str, said: Acknowledgement) -> Line:
    """Acknowledge a finding or check; the verdict stays what it is."""
    seen = said.record_sha256
    return _desk(request).acknowledge(case_id, said.item, said.roi, said.name, said.reason, seen=seen)


@router.get("/protocols")
def protocols(request: Request) -> list[Offer]:
    """By what cases can be evaluated."""
    offered = sorted(_desk(request).protocols.values(), key=lambda one: one.store)
    return [Offer(one.store, one.id, one.title, one.version, one.sha256) for one in offered]


@router.get("/constraints")
def constraints(request: Request) -> list[str]:
    """Ids of all constraints of current records."""
    return list(_desk(request).constraints())


@router.get("/trend")
def trend(request: Request, constraint: str) -> Trend:
    """Return the values of one constraint over all current records."""
    return _desk(request).trend(constraint)


@router.get("/audit")
def audit(request: Request) -> Audit:
    """Who acknowledged and asked for what."""
    ledger = _desk(request).ledger
    return Audit(list(ledger.lines()), ledger.first_altered())


def refused(_request: Request, error: Exception) -> Response:
    """Answer what was asked wrongly."""
    told: dict[str, Any] = {"code": getattr(error, "code", "") or "asked-wrongly", "sentence": str(error)}
    return JSONResponse(told, 400)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
