"""Routes that change something: archiving, jobs, holds, policies. What cannot be undone is asked for twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from starlette.responses import StreamingResponse

from archive_jobs.scheduling.queue import take_back
from archive_jobs.serving import holding, proposing
from archive_jobs.serving.archiving import begin_archiving, show_due
from archive_jobs.serving.audit import write_audit
from archive_jobs.serving.formats import MEDIA_TYPES
from archive_jobs.serving.jobs import Job, Wish, add_job, change_job, find_job, known_job, list_jobs
from archive_jobs.serving.listing import MOST, After, Limit, Page
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, not_found
from archive_jobs.serving.requests import (
    ArchiveRequest,
    HoldRequest,
    Name,
    ReleaseRequest,
    RetrievalJob,
)
from archive_jobs.serving.retrieval import wanted_by
from archive_jobs.serving.routes import Caller, Shared, needs

router = APIRouter()
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Reason = Annotated[str | None, Query(max_length=500, pattern=r"^[^\x00]*$")]
_CHUNK_BYTES = 1 << 18
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}
}


def _leads_to(parameter: str, field: str, *operations: str) -> dict[str, Any]:
    """Links by which a machine finds out what can be done with what it was given."""
    return {one: {"operationId": one, "parameters": {parameter: f"$response.body#/{field}"}} for one in operations}


_JOB: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "A job.", "content": {"application/json": {}},
        "links": _leads_to("job_id", "job_id", "read_job", "fetch_result", "cancel_job"),
    }
}  # fmt: skip
_HOLD: dict[int | str, dict[str, Any]] = {
    201: {"description": "The hold.", "links": _leads_to("hold_id", "hold_id", "release_hold")}
}
_PROPOSAL: dict[int | str, dict[str, Any]] = {
    200: {"description": "Nothing would change, or it is in force.", "content": {"application/json": {}}},
    202: {
        "description": "A proposal.", "content": {"application/json": {}},
        "links": _leads_to("proposal_id", "proposal_id", "approve_policies", "reject_policies"),
    },
}  # fmt: skip


def _accepted(job: Job, *, is_new: bool) -> Response:
    body = json.dumps(job.as_json())
    headers = {"Location": f"/api/v1/jobs/{job.job_id}"}
    return Response(body, 202 if is_new else 200, headers, "application/json")


@router.post(
    "/api/v1/archive", summary="Archive what is due: shown first, then agreed to", tags=["change"], responses=_JOB
)
def archive(
    asked: ArchiveRequest, backend: Shared, caller: Annotated[Principal, needs("archive")], key: Key = None
) -> Response:
    """Without `dry_run_token` it says what would leave and gives one. With it, exactly that is queued.

    A unit goes as a whole, a day or a month: of a range, those go that lie in it.
    """
    if asked.dry_run_token is None:
        return Response(json.dumps(show_due(backend, asked, caller)), media_type="application/json")
    job, is_new = begin_archiving(backend, asked, caller, key)
    return _accepted(job, is_new=is_new)


@router.post(
    "/api/v1/retrievals",
    summary="A retrieval as a job",
    tags=["read"],
    status_code=202,
    responses=_JOB | {200: {"description": "The job of the same request."}},
)
def retrievals(
    asked: RetrievalJob, backend: Shared, caller: Annotated[Principal, needs("retrieve")], key: Key = None
) -> Response:
    """For answers that are too large for a request; fetched from the job's result."""
    wanted_by(backend, asked, caller)  # what is wrong with it is said at once
    schema, wish = backend.settings.analytics_schema, Wish(caller, "retrieve", asked.model_dump(), key)
    backend.exports.begin(backend)
    with backend.connection() as connection:
        if (known := known_job(connection, schema, wish)) is not None:
            return _accepted(known, is_new=False)
        most, owner = backend.settings.max_waiting_jobs, backend.exports.owner_key
        job, is_new = add_job(connection, schema, wish, most=most, owner_key=owner)
    if is_new:
        backend.exports.submit(job, asked, caller)
    return _accepted(job, is_new=is_new)


@router.get("/api/v1/jobs", summary="The newest jobs", tags=["jobs"])
def jobs(
    backend: Shared, caller: Caller, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, list[dict[str, Any]]]:
    """Those of the caller's tenant."""
    _require_jobs(caller)
    backend.exports.begin(backend)
    with backend.connection() as connection:
        return {"jobs": [j.as_json() for j in list_jobs(connection, backend.settings.analytics_schema, caller, limit)]}


@router.get(
    "/api/v1/jobs/{job_id}",
    summary="How far a job has come",
    tags=["jobs"],
    operation_id="read_job",
)
def job(job_id: uuid.UUID, backend: Shared, caller: Caller) -> dict[str, Any]:
    """The number of somebody else's job is as unknown as any other."""
    return _job(backend, caller, job_id).as_json()


@router.get(
    "/api/v1/jobs/{job_id}/result",
    summary="The answer of a retrieval",
    tags=["jobs"],
    responses=_FILE,
    response_class=Response,
    operation_id="fetch_result",
)
def result(job_id: uuid.UUID, backend: Shared, caller: Annotated[Principal, needs("retrieve")]) -> Response:
    """409 before it is done, 404 after it was tidied away."""
    found = _job(backend, caller, job_id)
    if found.work != "retrieve" or found.state != "done":
        raise ApiError(409, "not-ready", f"the job is {found.state}, and has no answer to fetch")
    file = backend.exports.answers.fetched(found, backend.settings.results_seconds)
    if file is None:
        raise not_found()
    media_type = MEDIA_TYPES[RetrievalJob.model_validate(found.request).format]
    headers = {"Content-Length": str(file.stat().st_size)}
    return StreamingResponse(_chunks(file), 200, headers, media_type)


@router.post("/api/v1/jobs/{job_id}/cancel", summary="Stop a job", tags=["jobs"], operation_id="cancel_job")
def cancel(job_id: uuid.UUID, backend: Shared, caller: Caller) -> dict[str, Any]:
    """A retrieval stops at once; archiving only where nobody has begun it."""
    found = _job(backend, caller, job_id)
    with backend.connection() as connection, connection.transaction():
        if found.work == "archive":
            if found.state != "queued" or not take_back(connection, int((found.result or {})["queue_job"])):
                raise ApiError(409, "begun", "the job was begun: what has been begun is finished")
            said = {"job": found.job_id}
            write_audit(connection, backend.settings.analytics_schema, caller.name, "archive cancelled", said)
        else:
            backend.exports.stop(job_id)
        return change_job(connection, found, "cancelled").as_json()


def _job(backend: Any, caller: Principal, job_id: uuid.UUID) -> Job:
    _require_jobs(caller)
    # Where the server was restarted, this process says again that it lives: its jobs do.
    backend.exports.begin(backend)
    with backend.connection() as connection:
        return find_job(connection, backend.settings.analytics_schema, caller, job_id)


def _require_jobs(caller: Principal) -> None:
    if "archive" not in caller.scopes:
        caller.require("retrieve")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk


@router.get("/api/v1/holds", summary="The holds in force", tags=["holds"])
def holds(
    backend: Shared, _: Annotated[Principal, needs("holds")], released: Annotated[bool, Query()] = False,
    limit: Limit = MOST, after: After = None,
) -> dict[str, Any]:  # fmt: skip
    """The oldest first; with `released`, those that were, too."""
    return holding.listed(backend, Page(limit, after), released=released)


@router.post(
    "/api/v1/holds",
    summary="Keep a range from being purged or erased",
    tags=["holds"],
    status_code=201,
    responses=_HOLD,
)
def place(asked: HoldRequest, backend: Shared, caller: Annotated[Principal, needs("holds")]) -> dict[str, Any]:
    """It binds from the moment of the answer."""
    return holding.place(backend, asked, caller)


@router.post(
    "/api/v1/holds/{hold_id}/release",
    summary="Release a hold, asked for twice",
    tags=["holds"],
    operation_id="release_hold",
)
def release(
    hold_id: uuid.UUID, asked: ReleaseRequest, backend: Shared, caller: Annotated[Principal, needs("holds")]
) -> dict[str, Any]:
    """The first answer has the `dry_run_token` that the second request needs."""
    return holding.release(backend, hold_id, asked.dry_run_token, caller)


@router.get("/api/v1/policies", summary="What each table ages by", tags=["policies"])
def policies(
    backend: Shared, _: Annotated[Principal, needs("policies")], table_name: Annotated[Name | None, Query()] = None
) -> dict[str, Any]:
    """The layers' defaults first, with the version in force and who has set it."""
    return {"policies": proposing.standing(backend, table_name)}


@router.post(
    "/api/v1/policies",
    summary="Propose policies",
    tags=["policies"],
    status_code=202,
    responses=_PROPOSAL,
)
def propose(
    literals: Annotated[dict[str, Any] | list[dict[str, Any]], Body()], backend: Shared,
    caller: Annotated[Principal, needs("policies")], reason: Reason = None,
) -> Response:  # fmt: skip
    """One policy or a list, in any of the words that policies are written in. Somebody else approves of it."""
    status, said = proposing.propose(backend, literals, reason, caller)
    return Response(json.dumps(said, default=str), status, media_type="application/json")


@router.get("/api/v1/policies/proposals", summary="What waits for approval", tags=["policies"])
def proposals(
    backend: Shared, _: Annotated[Principal, needs("policies")], limit: Limit = MOST, after: After = None
) -> dict[str, Any]:
    """Open proposals, the oldest first."""
    return proposing.open_proposals(backend, Page(limit, after))


@router.post(
    "/api/v1/policies/proposals/{proposal_id}/approve",
    summary="Approve of a proposal",
    tags=["policies"],
    operation_id="approve_policies",
)
def approve(proposal_id: uuid.UUID, backend: Shared, caller: Annotated[Principal, needs("policies")]) -> dict[str, Any]:
    """Somebody else than who proposed it. From then on runs obey it."""
    return proposing.decide(backend, proposal_id, caller, is_approved=True)


@router.post(
    "/api/v1/policies/proposals/{proposal_id}/reject",
    summary="Reject a proposal",
    tags=["policies"],
    operation_id="reject_policies",
)
def reject(proposal_id: uuid.UUID, backend: Shared, caller: Annotated[Principal, needs("policies")]) -> dict[str, Any]:
    """Also one's own."""
    return proposing.decide(backend, proposal_id, caller, is_approved=False)
