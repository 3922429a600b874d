"""The status page: server-rendered, without a script."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from archive_jobs.serving.guard import COOKIE, SIGN_IN
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import is_loopback
from archive_jobs.serving.routes import Shared, needs

router = APIRouter()


def sign_in_page() -> bytes:
    """Where a browser without a token ends up."""
    return b"<!doctype html><title>archive</title><form method=post action=/sign-in><input name=token></form>"


@router.post(SIGN_IN, include_in_schema=False)
async def sign_in(request: Request, backend: Shared) -> Response:
    """Keep the token in a cookie that no script can read, and that no other site can have sent."""
    given = parse_qs((await request.body()).decode("ascii", "replace")).get("token", [""])[0].strip()
    principal = await asyncio.to_thread(backend.principal, given) if given else None
    if principal is None:
        return HTMLResponse(sign_in_page(), 401, {"WWW-Authenticate": 'Bearer realm="archive-jobs"'})
    answer = RedirectResponse("/", 303)
    is_secure = request.url.scheme == "https" or not is_loopback(request.url.hostname or "")
    answer.set_cookie(COOKIE, given, httponly=True, samesite="strict", secure=is_secure, path="/")
    return answer


@router.get("/", include_in_schema=False)
def page(_backend: Shared, _: Annotated[Principal, needs("status")]) -> HTMLResponse:
    """Per table what is hot and cold."""
    return HTMLResponse("<!doctype html><title>archive</title>")
