"""What stands before every route: a valid token, a share that is not used up, a body that is small and flat.

Nothing behind it, not even a 404, is answered to whom it does not know.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import structlog
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from archive_jobs.failpoints import guarded
from archive_jobs.monitoring.logs import without_values
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, new_request_id, unauthenticated, unavailable
from archive_jobs.serving.requests import is_plain
from archive_jobs.serving.running import StoppedError
from archive_jobs.serving.streaming import CLIENT_GONE
from definitions_to_dbt.errors import ProblemError

COOKIE = "archive_jobs_token"
SIGN_IN = "/sign-in"
MOST_BYTES, MOST_DEPTH = 1_000_000, 32
_MOST_BYTES_UNKNOWN = 10_000  # of whoever has shown no token yet
_BROWSER_PAGES = ("/", SIGN_IN)
# A tenant is what the token says. Whoever sends one otherwise believes something that is not so, and is told.
_TENANT_HEADERS = frozenset(
    (b"x-tenant", b"x-tenant-id", b"tenant", b"tenant-id", b"x-org-id", b"x-scope-orgid", b"x-organization-id")
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# A text that never ends is one match too, and none begins inside of another: the time is that of one pass.
_TEXT, _BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL), re.compile(rb"[\[\]{}]")
log = structlog.get_logger("archive_jobs.serving")


class Guard:
    """Wraps the app."""

    def __init__(self, app: ASGIApp, backend: Backend, sign_in: Callable[[], bytes], policy: str) -> None:
        self._app, self._backend, self._sign_in = app, backend, sign_in
        self._headers = (*_HEADERS, (b"content-security-policy", policy.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        request_id, began, seen = new_request_id(), time.perf_counter(), _Seen()
        scope.setdefault("state", {})["request_id"] = request_id
        bind_contextvars(request_id=request_id)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                kept = [(k, v) for k, v in message.get("headers", []) if k.lower() not in (b"server",)]
                own = {k.lower() for k, _ in kept}
                added = [(k, v) for k, v in self._headers if k not in own]
                message = {**message, "headers": [*kept, *added, (b"x-request-id", request_id.encode())]}
            elif message["type"] == "http.response.body":
                seen.is_whole = not message.get("more_body", False)
            await send(message)

        try:
            await self._let_in(scope, receive, send_safely, seen)
        except Exception as error:  # whatever it is, the caller is told no more than that it happened
            if isinstance(error, StoppedError) and error.args == (CLIENT_GONE,):
                return None
            if not isinstance(error, ApiError):
                self._log_fault(error, request_id)
                if seen.status and not seen.is_whole:
                    # It must not look whole: uvicorn closes the connection on it.
                    raise BrokenOffError(request_id) from None
            if not seen.status:
                await problem_of(error).response(request_id)(scope, receive, send_safely)
        finally:
            self._note(scope, seen, request_id, time.perf_counter() - began)
        return None

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, seen: _Seen) -> None:
        path, method = scope["path"], scope["method"]
        headers = scope["headers"]
        if (path, method) == (SIGN_IN, "POST"):
            # The one answer without a token: whether the one in the body is valid.
            return await self._app(scope, await self._body(scope, receive), send)
        principal = await self._known(scope)
        if principal is None:
            problem = unauthenticated()
            if path in _BROWSER_PAGES and method == "GET" and b"text/html" in dict(headers).get(b"accept", b""):
                return await _html(send, 401, self._sign_in())
            raise problem
        seen.principal = principal.said
        limits = self._backend.limits
        if not limits.take_kept(principal.share):
            await asyncio.get_running_loop().run_in_executor(
                self._backend.door.known, limits.take_request, principal.share
            )
        if any(name.lower() in _TENANT_HEADERS for name, _ in headers) and guarded("tenant headers"):
            raise ApiError(400, "tenant-given", "the tenant is that of the token; no header says it")
        scope["state"]["principal"] = principal
        return await self._app(scope, await self._body(scope, receive), send)

    async def _known(self, scope: Scope) -> Principal | None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        text = ""
        if len(given) == 1 and given[0][:7].lower() == b"bearer ":
            text = given[0][7:].decode("ascii", "replace").strip()
        elif not given and scope["method"] == "GET" and scope["path"] in _BROWSER_PAGES:
            cookies = [value for name, value in scope["headers"] if name == b"cookie"]
            text = cookie_parser(cookies[0].decode("latin-1")).get(COOKIE, "") if cookies else ""
        if not text:
            return None
        return await self._backend.door.let_in(text, (scope.get("client") or ("",))[0])

    async def _body(self, scope: Scope, receive: Receive) -> Receive:
        """The whole body, read here: it is small, or refused. Afterwards what is received is the disconnect."""
        headers = dict(scope["headers"])
        most = _MOST_BYTES_UNKNOWN if scope["path"] == SIGN_IN else MOST_BYTES
        if int(headers.get(b"content-length", b"0") or 0) > most:
            raise _too_large(most)
        body = b""
        more = b"content-length" in headers or b"transfer-encoding" in headers
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            body += message.get("body", b"")
            if len(body) > most:
                raise _too_large(most)
            more = message.get("more_body", False)
        if body and scope["path"] != SIGN_IN:
            _require_flat_json(headers.get(b"content-type", b""), body)
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return message

        return replay

    def _log_fault(self, error: Exception, request_id: str) -> None:
        """What happened, and where in our code. Texts of PostgreSQL and DuckDB hold SQL and values: none of them."""
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        reason = without_values(str(error)) if isinstance(error, ProblemError) else None
        log.error("request failed", request_id=request_id, error=type(error).__name__, where=where, reason=reason)

    def _note(self, scope: Scope, seen: _Seen, request_id: str, seconds: float) -> None:
        # The route, not the path; and nothing of what was asked: values are not logged.
        route = getattr(scope.get("route"), "path", "none")
        # Any word can stand for a verb, and each would be a number of its own for ever.
        verb = scope["method"] if route != "none" and seen.status != 405 else "any"
        metrics = self._backend.metrics
        metrics.requests.labels(verb, route, str(seen.status or 499)).inc()
        metrics.seconds.labels(verb, route).observe(seconds)
        log.info(
            "request", request_id=request_id, method=verb, route=route, status=seen.status or 499,
            milliseconds=round(seconds * 1000, 1), principal=seen.principal,
        )  # fmt: skip


class BrokenOffError(Exception):
    """An answer ended in its middle. Says the request's id, and no more."""


def problem_of(error: Exception) -> ApiError:
    """What the caller is told of any error."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, (ProblemError, psycopg.Error)):
        return unavailable()
    return ApiError(500, "fault", "the service has a fault; its log knows the request's id")


class _Seen:
    """What is known of an answer."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.is_whole = False
        self.principal: str | None = None


def _too_large(most: int) -> ApiError:
    return ApiError(413, "body-too-large", f"expected a body of at most {most:,} bytes")


def _require_flat_json(content_type: bytes, body: bytes) -> None:
    if content_type.split(b";")[0].strip().lower() != b"application/json":
        raise ApiError(415, "not-json", "expected a body of application/json")
    depth = deepest = 0
    for bracket in _BRACKET.findall(_TEXT.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise ApiError(422, "too-deep", f"expected JSON of at most {MOST_DEPTH} levels")
    try:
        text = json.dumps(json.loads(body, parse_constant=_no_constant), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise ApiError(422, "not-json", "expected a body that is JSON, in UTF-8") from None
    if "\\u0000" in text or not is_plain(text):
        raise ApiError(422, "not-text", "expected text without NUL and without lone surrogates")


def _no_constant(word: str) -> Any:
    raise ValueError(word)


async def _html(send: Send, status: int, page: bytes) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(page)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
