"""Legal holds over HTTP: placing one is one request, releasing one is two."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

import structlog

from archive_jobs.commands.keeping import mirror_or_say
from archive_jobs.keeping import holds
from archive_jobs.serving.audit import write_audit
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.listing import Page
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, invalid, not_found
from archive_jobs.serving.requests import HoldRequest
from archive_jobs.serving.retrieving import find_model
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError

log = structlog.get_logger("archive_jobs.serving")


def listed(backend: Backend, page: Page, *, released: bool) -> dict[str, Any]:
    """The holds there are, a page of them."""
    with backend.connection() as connection:
        schema = backend.settings.analytics_schema
        if page.after is not None and holds.find_hold(connection, schema, page.after) is None:
            raise not_found()
        found = holds.list_holds(connection, schema, released=released, after=page.after, most=page.limit + 1)
    return page.of("holds", [hold.as_json() for hold in found], "hold_id")


def place(backend: Backend, asked: HoldRequest, caller: Principal) -> dict[str, Any]:
    """Place a hold and note who did, in one transaction; then tell the lake."""
    model = find_model(backend.library, asked.table_name, asked.archive_type or "analytics", caller)
    try:
        interval = parse_interval(asked.start_time, asked.end_time)
    except (ProblemError, OverflowError):
        raise invalid("body/start_time", "expected two times, the start not after the end") from None
    schema = backend.settings.analytics_schema
    wanted = holds.HoldRequest(schema, asked.reason, model.table_name, asked.archive_type, interval.start, interval.end)
    with backend.connection() as connection:
        with connection.transaction():
            placed = holds.place_hold(connection, wanted, caller.name)
            write_audit(connection, schema, caller.name, "hold placed", placed.as_json())
        mirror_or_say(backend.settings, connection, _said)
    return placed.as_json()


def release(backend: Backend, hold_id: uuid.UUID, token: str | None, caller: Principal) -> dict[str, Any]:
    """Show what would be released and give a token; with the token, release it."""
    schema, owner = backend.settings.analytics_schema, f"{caller.name}|{hold_id}"
    with backend.connection() as connection:
        found = holds.find_hold(connection, schema, hold_id)
        if found is None:
            raise not_found()
        if found.released_at is not None:
            raise _is_released()
        if token is None:
            content = {"id": secrets.token_hex(16), "hold": found.as_json()}
            sealed = backend.signer.seal("release", owner, content, backend.settings.dry_run_seconds)
            return {"dry_run": True, "hold": found.as_json(), "dry_run_token": sealed}
        agreed = backend.signer.open("release", owner, token)
        if agreed is None or agreed["hold"] != found.as_json():
            raise ApiError(409, "not-agreed", "expected the dry_run_token of this hold by the same token, not too old")
        with connection.transaction():
            try:
                released = holds.release_hold(connection, schema, hold_id, caller.name)
            except ProblemError:
                raise _is_released() from None
            write_audit(connection, schema, caller.name, "hold released", released.as_json())
        mirror_or_say(backend.settings, connection, _said)
    return {"dry_run": False, "hold": released.as_json()}


def _is_released() -> ApiError:
    return ApiError(409, "released", "the hold is released already")


def _said(_why: str) -> None:
    log.warning("the lake does not know of a hold yet; the next run tells it")
