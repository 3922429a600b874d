"""Routes that only read: rows, status, health, metrics."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from archive_jobs.monitoring.metrics import CONTENT_TYPE, exposition
from archive_jobs.serving.formats import MEDIA_TYPES
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import forbidden
from archive_jobs.serving.requests import RetrievalQuery
from archive_jobs.serving.retrieval import Stopper, answer_page, answer_stream, require_within_quota, wanted_by
from archive_jobs.serving.retrieving import as_interval
from archive_jobs.serving.routes import Caller, Shared, needs
from archive_jobs.serving.streaming import Streamed, watched
from archive_jobs.serving.table_status import status_for

router = APIRouter()
_ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows: a page of JSON, or a stream.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}
        | {kind: {} for kind in MEDIA_TYPES.values() if kind != "application/json"},
    }
}


_TEXT: dict[int | str, dict[str, Any]] = {200: {"description": "Metrics.", "content": {CONTENT_TYPE: {}}}}


@router.get(
    "/api/v1/retrieve",
    summary="Rows of a range, hot and cold as one",
    responses=_ROWS,
    tags=["read"],
    response_class=Response,
)
async def retrieve(
    request: Request, asked: Annotated[RetrievalQuery, Query()], backend: Shared,
    caller: Annotated[Principal, needs("retrieve")],
) -> Response:  # fmt: skip
    """From one snapshot: no row is missing and none comes twice, whatever is being archived meanwhile."""
    held, stopper = ExitStack(), Stopper()
    is_streamed = False
    try:
        if asked.format == "json":
            body = await watched(
                request.receive, backend.threads, lambda: answer_page(backend, asked, caller, held, stopper), stopper
            )
            return Response(body, media_type="application/json")
        streamed = asked.format

        def begin() -> Any:
            wanted = wanted_by(backend, asked, caller)
            require_within_quota(backend, wanted, caller)
            return wanted, answer_stream(backend, wanted, streamed, caller, held, stopper)

        wanted, chunks = await watched(request.receive, backend.threads, begin, stopper)
        interval = as_interval(wanted.interval)
        headers = {
            "Content-Disposition": f'attachment; filename="{wanted.model.table_name}.{asked.format}"',
            "X-Interval-Start": interval["start"] or "", "X-Interval-End-Excluded": interval["end_excluded"] or "",
        }  # fmt: skip
        is_streamed, seconds = True, backend.settings.stream_seconds
        return Streamed(chunks, held, stopper, backend.threads, MEDIA_TYPES[asked.format], headers, seconds)
    finally:
        if not is_streamed:
            await asyncio.get_running_loop().run_in_executor(backend.threads, held.close)


@router.get("/api/v1/status", summary="What is archived of each table", tags=["read"])
def status(backend: Shared, caller: Annotated[Principal, needs("status")]) -> dict[str, Any]:
    """A tenant is told of its own rows."""
    return {"tables": status_for(backend, caller)}


@router.get("/api/v1/health", summary="Whether the service, PostgreSQL and the lake answer", tags=["read"])
def health(backend: Shared, _: Caller) -> dict[str, str]:
    """503 where one of them does not."""
    with backend.connection() as connection:
        connection.execute("select 1")
    next(iter(backend.store.folders(backend.settings.analytics_schema)), None)
    return {"status": "ok"}


@router.get("/api/v1/metrics", summary="For Prometheus", tags=["read"], responses=_TEXT, response_class=Response)
def metrics(backend: Shared, caller: Annotated[Principal, needs("status")]) -> Response:
    """Of the service by route and status, of this process's jobs, and of the catalogue; for tokens of no tenant."""
    if caller.tenant is not None:
        raise forbidden("metrics are about every tenant")
    return Response(backend.metrics.text() + exposition(backend.settings), media_type=CONTENT_TYPE)
