"""Application: pages and API behind one gate."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from sbrt_qa._version import __version__
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.web import api, pages
from sbrt_qa.web.access import HEADERS, Access
from sbrt_qa.web.desk import Unknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from sbrt_qa.web.access import Guard
    from sbrt_qa.web.desk import Desk


def application(desk: Desk, guard: Guard) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    desk : Desk
        What it shows; it is begun and ended with the application.
    guard : Guard
        Who may see it.
    """

    @asynccontextmanager
    async def while_served(_app: FastAPI) -> AsyncIterator[None]:
        desk.begin()
        yield
        desk.end()

    app = FastAPI(
        title="sbrt-qa work list",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=while_served,
    )
    app.state.desk, app.state.guard = desk, guard
    app.include_router(pages.router)
    app.include_router(api.router)
    app.add_exception_handler(Unknown, pages.unknown)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SbrtQaError, api.refused)
    app.add_exception_handler(sqlite3.Error, _unwritten)
    app.add_exception_handler(Exception, _broken)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_middleware(Access, guard=guard)
    return app


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return pages.unknown(request, error)
    return JSONResponse({"code": "refused", "sentence": str(error.detail)}, error.status_code)


def _unwritten(_request: Request, _error: Exception) -> Response:
    sentence = "A table of the work list cannot be read or written now; is the disk full?"
    return JSONResponse({"code": "disk-fault", "sentence": sentence}, 503)


def _broken(_request: Request, _error: Exception) -> Response:
    """Answer outside the gate, so with its headers; what went wrong inside may name a patient."""
    return JSONResponse({"code": "internal-error", "sentence": "An internal error in the work list."}, 500, HEADERS)


def _malformed(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"code": "malformed", "sentence": "The request is not as /api/openapi.json describes it."}, 422)
