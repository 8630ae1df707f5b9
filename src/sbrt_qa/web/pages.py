"""Pages: the work list in a browser. Every page is whole without a script; with htmx its parts renew themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import formats
from sbrt_qa.report._scorecard import headline, limit_text
from sbrt_qa.report.templates import templates
from sbrt_qa.units import show
from sbrt_qa.web.access import COOKIE, cookie_text
from sbrt_qa.web.desk import RANKS, Unknown
from sbrt_qa.web.trend_drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from sbrt_qa.protocol.finding import Evaluation, Finding
    from sbrt_qa.web.access import Guard
    from sbrt_qa.web.desk import Desk, Row

PER_PAGE = 50
SHAPES = {"PASS": "●", "VARIATION": "▲", "UNDECIDED": "◆", "FAIL": "✖"}
SORTS = {
    "urgency": lambda row: (RANKS[row.verdict], row.export, row.plan_label),
    "judged": lambda row: (row.judged_at, row.export, row.plan_label),
    "patient": lambda row: (row.patient_id.casefold(), row.plan_label, row.export),
    "plan": lambda row: (row.plan_label.casefold(), row.export),
    "case": lambda row: (row.export.casefold(), row.plan_label),
}
_STATIC = {"htmx.min.js": "text/javascript", "worklist.css": "text/css"}
_POLICY = re.compile(r"script-src '(sha256-[A-Za-z0-9+/=]+)'")


class Said(BaseModel):
    """The form of an acknowledgement; what is missing is said on the page."""

    item: str
    roi: str = ""
    name: str = ""
    reason: str = ""
    record: str = ""


router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@cache
def _environment() -> Environment:
    made = templates("sbrt_qa.web", "templates")
    made.globals |= {"shapes": SHAPES, "show": show, "limit_text": limit_text, "words": list(reversed(Verdict))}
    return made


def page(request: Request, name: str, status: int = 200, **content: Any) -> HTMLResponse:
    """Render a template for a request."""
    guard: Guard = request.app.state.guard
    common = {"csrf": request.state.csrf, "has_token": bool(guard.token), "path": request.url.path}
    return HTMLResponse(_environment().get_template(name).render(**common, **content), status)


def unknown(request: Request, _error: Exception) -> Response:
    """Answer that there is no such thing."""
    if request.url.path.startswith("/api/"):
        from fastapi.responses import JSONResponse

        return JSONResponse({"code": "unknown", "sentence": "There is no such case, record, protocol or page."}, 404)
    return page(request, "unknown.html.jinja", 404)


@router.get("/")
def work_list(request: Request, verdict: str = "", text: str = "", sort: str = "urgency", number: int = 1) -> Response:
    """Show the cases."""
    rows = _desk(request).rows()
    found = select(rows, verdict=verdict, text=text, sort=sort)
    pages = max(ceil(len(found) / PER_PAGE), 1)
    number = min(max(number, 1), pages)
    asked = {"verdict": verdict, "text": text, "sort": sort if sort in SORTS else "urgency"}
    return page(
        request,
        "list.html.jinja",
        rows=found[(number - 1) * PER_PAGE : number * PER_PAGE],
        found=len(found),
        total=len(rows),
        counts=[(word.value, sum(row.verdict == word for row in rows)) for word in reversed(Verdict)],
        number=number,
        pages=pages,
        asked=asked,
        link=lambda **other: "/?" + urlencode({**asked, **other}),
    )


def select(rows: Iterable[Row], *, verdict: str = "", text: str = "", sort: str = "urgency") -> list[Row]:
    """Return the rows that are asked for, in the order that is asked for."""
    wanted = text.casefold().split()
    found = [row for row in rows if not verdict or row.verdict == verdict]
    found = [row for row in found if all(word in _haystack(row) for word in wanted)]
    ordered = sorted(found, key=SORTS.get(sort, SORTS["urgency"]))
    return ordered[::-1] if sort == "judged" else ordered


def _haystack(row: Row) -> str:
    parts = (row.export, row.plan_label, row.patient_id, row.protocol, row.state, row.judged_at, *row.reasons)
    return " ".join(parts).casefold()


@router.get("/cases/{case_id}")
def case(request: Request, case_id: str, shown: str = "") -> Response:
    """Show one case: what may be believed, why, and what can be done.

    A page that renews its parts says what it shows; once that is another record or state, all of it is loaded anew.
    """
    answer = _case_page(request, case_id)
    row = _desk(request).row(case_id)
    if shown and shown != f"{row.state}-{row.record_sha256}":
        answer.headers["HX-Redirect"] = f"/cases/{row.id}"
    return answer


def _case_page(request: Request, case_id: str, fault: str = "") -> Response:
    desk = _desk(request)
    try:
        _, evaluation, row = desk.record(case_id)
    except Unknown:
        evaluation, row = None, desk.row(case_id)
    lines = [line for line in desk.ledger.lines(case_id) if line.act.kind == "acknowledged"]
    return page(
        request,
        "case.html.jinja",
        400 if fault else 200,
        row=row,
        fault=fault,
        headline="" if evaluation is None else headline(evaluation),
        findings=[] if evaluation is None else sorted(_judged(evaluation), key=lambda one: (one.optional, -one.rank)),
        checks=[] if evaluation is None else sorted(evaluation.checks, key=lambda one: -one.verdict.rank),
        seen={(line.act.item, line.act.roi) for line in lines if line.act.record_sha256 == row.record_sha256},
        lines=lines,
        others=desk.others(case_id),
        protocols=sorted(desk.protocols.values(), key=lambda one: one.id),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A finding on the page of its case."""

    finding: Finding
    optional: bool
    rank: int


def _judged(evaluation: Evaluation) -> list[_Judged]:
    return [_Judged(one, is_harmless(one), one.verdict.rank) for one in evaluation.findings if one.verdict is not None]


@router.get("/cases/{case_id}/report")
def report(request: Request, case_id: str, under: str = "") -> Response:
    """Show the report of a record; one that is not current says so before all."""
    _, evaluation, row = _desk(request).record(case_id, under)
    if row.state != "current":
        return page(request, "not_current.html.jinja", row=row, under=under)
    return _report(formats()[".html"].write(evaluation))


@router.get("/cases/{case_id}/recorded-report")
def recorded_report(request: Request, case_id: str, under: str = "") -> Response:
    """Show the report of a record as it was made, for whoever was told that it is not current."""
    _, evaluation, row = _desk(request).record(case_id, under)
    if row.state == "current":
        return RedirectResponse(f"/cases/{case_id}/report" + (f"?{urlencode({'under': under})}" if under else ""), 303)
    before = _environment().get_template("recorded.html.jinja").render(row=row)
    content = formats()[".html"].write(evaluation)
    return _report(content.replace(b"<main>", f"<main>{before}".encode(), 1))


@router.get("/cases/{case_id}/drawn-report")
def drawn_report(request: Request, case_id: str) -> Response:
    """Show the report with slices, made by judging again; this takes as long as that does."""
    return _report(_desk(request).drawn_report(case_id))


def _report(content: bytes) -> Response:
    script = _POLICY.search(content.decode())
    allowed = f"script-src '{script[1]}'; " if script else ""
    never = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    policy = f"{never}; {allowed}style-src 'unsafe-inline'; img-src data:"
    return HTMLResponse(content, headers={"Content-Security-Policy": policy})


@router.get("/cases/{case_id}/record.json")
def record(request: Request, case_id: str, under: str = "") -> Response:
    """Give the record as it is on disk."""
    content, _, _ = _desk(request).record(case_id, under)
    return _download(content, "application/json", f"{case_id}.json")


@router.get("/cases/{case_id}/report.pdf")
def pdf(request: Request, case_id: str, under: str = "") -> Response:
    """Give the report on paper, of a current record only: paper does not renew itself."""
    _, evaluation, row = _desk(request).record(case_id, under)
    if row.state != "current":
        return page(request, "not_current.html.jinja", 409, row=row, under=under)
    return _download(formats()[".pdf"].write(evaluation), "application/pdf", f"{case_id}.pdf")


@router.post("/cases/{case_id}/evaluations")
def evaluate_again(
    request: Request, case_id: str, protocol: Annotated[str, Form()] = "", name: Annotated[str, Form()] = ""
) -> Response:
    """Ask for an evaluation."""
    _desk(request).ask(case_id, protocol, name)
    return RedirectResponse(f"/cases/{case_id}#others", 303)


@router.post("/cases/{case_id}/acknowledgements")
def acknowledge(request: Request, case_id: str, said: Annotated[Said, Form()]) -> Response:
    """Acknowledge a finding."""
    try:
        _desk(request).acknowledge(case_id, said.item, said.roi, said.name, said.reason, seen=said.record)
    except UsageError as error:
        return _case_page(request, case_id, str(error))
    return RedirectResponse(f"/cases/{case_id}#seen", 303)


@router.get("/trends")
def trends(request: Request, constraint: str = "") -> Response:
    """Show how the values of a constraint went."""
    desk = _desk(request)
    constraints = desk.constraints()
    chosen = constraint or (constraints[0] if constraints else "")
    trend = desk.trend(chosen) if chosen else None
    drawn = None if trend is None else drawing(trend)
    return page(request, "trends.html.jinja", constraints=constraints, trend=trend, drawing=drawn)


@router.get("/audit")
def audit(request: Request) -> Response:
    """Show who acknowledged and asked for what."""
    ledger = _desk(request).ledger
    return page(request, "audit.html.jinja", lines=ledger.lines()[::-1], altered=ledger.first_altered())


@router.get("/login")
def login(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Ask for the token."""
    return page(request, "login.html.jinja", next=next, fault="")


@router.post("/login")
async def enter(
    request: Request,
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name in the form
) -> Response:
    """Begin a session where the token is right; answer slowly where it is not."""
    import asyncio

    from sbrt_qa.web.access import WRONG_TOKEN_S

    guard: Guard = request.app.state.guard
    if not guard.is_token(token):
        await asyncio.sleep(WRONG_TOKEN_S)
        return page(request, "login.html.jinja", 401, next=next, fault="That is not the token.")
    target = next if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", next) else "/"
    cookie = cookie_text(guard.begin_session(), request.scope)
    return RedirectResponse(target, 303, headers={"Set-Cookie": cookie})


@router.post("/logout")
def leave(request: Request) -> Response:
    """End the session."""
    request.app.state.guard.end_session(request.cookies.get(COOKIE, ""))
    return RedirectResponse("/", 303)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """Give one of the few files that pages are made with."""
    if name not in _STATIC:
        raise Unknown(name)
    return Response(_static(name), media_type=_STATIC[name], headers={"Cache-Control": "max-age=3600"})


@cache
def _static(name: str) -> str:
    text = files("sbrt_qa.web").joinpath("static", name).read_text(encoding="utf-8")
    return _base_style() + text if name == "worklist.css" else text


def _base_style() -> str:
    """Return the style of every page of this package, so that the list looks as the reports do."""
    return files("sbrt_qa.report").joinpath("page.css").read_text(encoding="utf-8")


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
