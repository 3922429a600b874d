"""The status page: made on the server, without a script. Per table what is hot and cold over time, and how it does."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Annotated
from urllib.parse import parse_qs

import jinja2
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.guard import COOKIE, SIGN_IN
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import is_loopback
from archive_jobs.serving.routes import Shared, needs
from archive_jobs.serving.samples import Point, history_of
from archive_jobs.serving.status_chart import BYTES, ROWS, chart, short_bytes
from archive_jobs.serving.table_status import status_for

router = APIRouter()
_HOUR, _DAY = 3600, 86_400


@dataclass(frozen=True)
class Shown:
    """One table as the page shows it. A fact is a word, a value and, where it is one, what is bad about it."""

    name: str
    kind: str
    facts: list[tuple[str, str, str]]
    charts: list[tuple[str, Markup]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # Some of its rows are, or were, hot and cold.
    is_shared: bool = False


@cache
def _pages() -> jinja2.Environment:
    folder = files("archive_jobs.serving").joinpath("templates")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(folder)), autoescape=True, undefined=jinja2.StrictUndefined
    )


@cache
def _style() -> Markup:
    # Ours, and the same for everybody: no value stands in it.
    return Markup(files("archive_jobs.serving").joinpath("templates", "status.css").read_text())


@cache
def policy() -> str:
    """What a browser may do with a page of ours: show it in this one style, and send a form back."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def sign_in_page() -> bytes:
    """Where a browser without a token ends up."""
    return _pages().get_template("sign_in.html").render(style=_style()).encode()


@router.post(SIGN_IN, include_in_schema=False)
async def sign_in(request: Request, backend: Shared) -> Response:
    """Keep the token in a cookie that no script can read, and that no other site can have sent."""
    given = parse_qs((await request.body()).decode("ascii", "replace")).get("token", [""])[0].strip()
    address = request.client.host if request.client else ""
    principal = await backend.door.let_in(given, address) if given else None
    if principal is None:
        return HTMLResponse(sign_in_page(), 401, {"WWW-Authenticate": 'Bearer realm="archive-jobs"'})
    answer = RedirectResponse("/", 303)
    is_secure = request.url.scheme == "https" or not is_loopback(request.url.hostname or "")
    answer.set_cookie(COOKIE, given, httponly=True, samesite="strict", secure=is_secure, path="/")
    return answer


@router.get("/", include_in_schema=False)
def page(backend: Shared, caller: Annotated[Principal, needs("status")]) -> HTMLResponse:
    """A tenant sees how much of its own rows is cold; whoever has none, everything but reasons and paths."""
    shown, paused = _of_tenant(backend, caller), None
    if caller.tenant is None:
        shown, paused = _of_everybody(backend)
    text = _pages().get_template("status.html").render(
        style=_style(), schema=backend.settings.analytics_schema, tenant=caller.tenant, tables=shown, paused=paused,
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    )  # fmt: skip
    return HTMLResponse(text)


def _of_tenant(backend: Backend, caller: Principal) -> list[Shown]:
    if caller.tenant is None:
        return []
    return [
        Shown(one["table"], one["kind"], [
            ("cold rows", f"{one['rows']:,}", ""), ("cold bytes", short_bytes(one["bytes"]), ""),
            ("last archived", _moment(one["last_archived"]), ""),
        ])
        for one in status_for(backend, caller)
    ]  # fmt: skip


def _of_everybody(backend: Backend) -> tuple[list[Shown], str | None]:
    schema = backend.settings.analytics_schema
    with backend.connection() as connection:
        found = status(connection, schema)
        shown = [_shown(one, history_of(connection, schema, one.table, one.kind)) for one in found]
    return shown, "archiving is paused" if any(one.paused for one in found) else None


def _shown(one: TableStatus, points: list[Point]) -> Shown:
    # What is cold is of now; what is hot is counted now and then.
    hot = next((point for point in reversed(points) if point.hot_rows is not None), None)
    counted = f", {_moment(hot.at)}" if hot else ""
    charts = [(q.name, Markup(chart(points, q, f"{q.name} of {one.table}"))) for q in (ROWS, BYTES)]
    lag = one.lag_seconds
    facts = [
        (f"hot rows{counted}", f"{hot.hot_rows:,}" if hot else "not sampled yet", ""),
        (f"hot bytes{counted}", short_bytes(hot.hot_bytes or 0) if hot else "not sampled yet", ""),
        ("cold rows", f"{one.rows:,}", ""),
        ("of these hot too", f"{one.also_hot_rows:,}", ""),
        ("cold bytes", short_bytes(one.bytes), ""),
        ("units", f"{one.units:,}", ""),
        ("lag", "–" if lag is None else _span(lag), ""),
        ("last archived", _moment(one.last_archived), ""),
        ("last verification", _moment(one.verified_at), "" if one.verified_at else "bad"),
        ("held back", f"{one.held_back:,}", "bad" if one.held_back else ""),
        ("given up, ever", f"{one.abandoned:,}", ""),
    ]
    failures = [f"{_moment(failure['at'])}: {failure['event'].replace('_', ' ')}" for failure in one.last_failures]
    return Shown(one.table, one.kind, facts, charts, failures, any(point.both_rows for point in points))


def _moment(at: datetime | str | None) -> str:
    if at is None:
        return "never"
    return f"{datetime.fromisoformat(at) if isinstance(at, str) else at:%Y-%m-%d %H:%M}"


def _span(seconds: float) -> str:
    if seconds < _HOUR:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days"
