"""Access: who may look and who may act. Everything that a request has to pass before anything is done for it.

Whoever listens beyond this machine needs a token. Without one only requests that name this machine are answered, so
that no page of a stranger can reach the list under another name. Whatever changes something needs the secret of the
session beside its cookie, or the token itself.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST_TOKEN = 16
COOKIE = "sbrt_qa_session"
LASTS_S = 12 * 3600.0
MOST_BYTES = 2**16
BODY_S = 10.0
WRONG_TOKEN_S = 1.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, browsers send forms as if from nowhere
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_OPEN = {"/login", "/api/health"}
_SAFE = {"GET", "HEAD", "OPTIONS"}


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class Guard:
    """What is known of sessions.

    Parameters
    ----------
    token : str
        Empty where none is asked for.
    hosts : frozenset of str
        Names beside those of this machine under which the list may be asked for; with a token and none, any.

    Raises
    ------
    UsageError
        When the token is too short to be one.
    """

    token: str
    hosts: frozenset[str] = frozenset()
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _until_s: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.token and len(self.token) < SHORTEST_TOKEN:
            raise UsageError(
                f"the token is shorter than {SHORTEST_TOKEN} characters",
                mend="make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )

    def is_token(self, text: str) -> bool:
        """Whether a text is the token; it takes as long when it is not."""
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())

    def begin_session(self) -> str:
        """Return the cookie of a new session."""
        name = secrets.token_urlsafe(24)
        session = f"{name}.{self.secret_of(name)}"
        if self.token:
            now_s = time.monotonic()
            for old in [key for key, until_s in self._until_s.items() if until_s < now_s]:
                del self._until_s[old]
            self._until_s[session] = now_s + LASTS_S
        return session

    def end_session(self, session: str) -> None:
        """Forget a session."""
        self._until_s.pop(session, None)

    def is_session(self, session: str) -> bool:
        """Whether this guard has begun the session, and where there is a token, whether it has not ended."""
        name, _, signature = session.partition(".")
        if not hmac.compare_digest(signature.encode(), self.secret_of(name).encode()):
            return False
        return not self.token or self._until_s.get(session, 0.0) > time.monotonic()

    def secret_of(self, session: str) -> str:
        """Return what a form of this session has to bring along."""
        return hmac.new(self._secret, session.encode(), sha256).hexdigest()

    def knows(self, host: str) -> bool:
        """Whether the list may be asked for under this name."""
        name = _netloc_and_name(f"//{host}")[1]
        if is_loopback(name) or name in self.hosts:
            return True
        return bool(self.token) and not self.hosts


class Access:
    """The gate before the application, for every request."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may not pass, and add to every answer what browsers have to know."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        session = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        fresh = ""
        if not self._guard.is_session(session):
            session = fresh = "" if self._guard.token else self._guard.begin_session()
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(receive, headers)
        except TimeoutError:
            body = None
        is_bearer = self._guard.is_token(headers.get("authorization", "").removeprefix("Bearer "))
        refusal = self._refusal(scope, headers, session if not fresh else "", is_bearer=is_bearer, body=body)
        if isinstance(refusal, _Wrong):
            await asyncio.sleep(WRONG_TOKEN_S)
        scope["state"] = {**scope.get("state", {}), "session": session, "csrf": self._guard.secret_of(session)}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told.setdefault(name, value)
                if fresh:
                    told.append("set-cookie", cookie_text(fresh, scope))
            await send(message)

        await (self._app if refusal is None else refusal)(scope, _again(body or b"", receive), answer)

    def _refusal(
        self, scope: Scope, headers: Headers, session: str, *, is_bearer: bool, body: bytes | None
    ) -> Response | None:
        """Return what to answer instead; None where a request may pass."""
        if body is None:
            return _said(scope["path"], 413, "too-large", "The request is larger than allowed, or comes too slowly.")
        if not self._guard.knows(headers.get("host", "")):
            return _said(scope["path"], 421, "unknown-host", "This list is not served under that name.")
        stranger = None if is_bearer or session or not self._guard.token else self._stranger(scope, headers)
        if stranger is not None or scope["method"] in _SAFE or is_bearer:
            return stranger
        return self._act(scope["path"], headers, session, body)

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Return what is answered to whoever has neither token nor session; None for what everybody may see."""
        path = scope["path"]
        if path in _OPEN or path.startswith("/static/"):
            return None
        if path.startswith("/api/"):
            kind = _Wrong if headers.get("authorization") else JSONResponse
            told = {"code": "token-needed", "sentence": "This list needs its token."}
            return kind(told, 401, {"WWW-Authenticate": "Bearer"})
        target = path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        return RedirectResponse(f"/login?next={quote(target, safe='')}", 303)

    def _act(self, path: str, headers: Headers, session: str, body: bytes) -> Response | None:
        """Return why something may not be done; None where it may."""
        if not _is_same_origin(headers):
            return _said(path, 403, "other-origin", "The request comes from another page.")
        if self._guard.token and path == "/login":
            return None
        given = headers.get("x-csrf-token") or _form(headers, body).get("csrf", "")
        if not session or not hmac.compare_digest(given.encode(), self._guard.secret_of(session).encode()):
            sentence = "The request does not bring the secret of this session; load the page again."
            return _said(path, 403, "no-secret", sentence)
        return None


class _Wrong(JSONResponse):
    """Said slowly: a wrong token."""


def cookie_text(session: str, scope: Scope) -> str:
    """Return the header that sets the session's cookie."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age={LASTS_S:.0f}{secure}"


def _is_same_origin(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or _netloc_and_name(origin)[0] == headers.get("host", "")


def _netloc_and_name(url: str) -> tuple[str, str]:
    """Return where an address leads, with its port and without; two empty texts where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc, parts.hostname or ""


def _form(headers: Headers, body: bytes) -> dict[str, str]:
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _said(path: str, status: int, code: str, sentence: str) -> Response:
    if path.startswith("/api/"):
        return JSONResponse({"code": code, "sentence": sentence}, status)
    return PlainTextResponse(sentence + "\n", status)


async def _body(receive: Receive, headers: Headers) -> bytes | None:
    """Read the body; None when it is larger than allowed, and then no more of it is read."""
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > len(str(MOST_BYTES)) or int(announced) > MOST_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body once more, then whatever comes."""
    is_given = False

    async def given() -> Any:
        nonlocal is_given
        if not is_given:
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return given
