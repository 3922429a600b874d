"""Jobs that were asked for over HTTP: kept in the catalogue, seen by whoever asked for them, cancelled, tidied away."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.moving.owners import IS_ALIVE
from archive_jobs.scheduling.queue import state_of
from archive_jobs.serving.limits import too_many
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, not_found

Work = Literal["archive", "retrieve"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
_COLUMNS = """job_id, principal, tenant, work, request, request_sha256, state, owner_key, created_at, started_at,
    finished_at, result, reason, scopes"""
_FROM_QUEUE: dict[str, State] = {
    "todo": "queued", "doing": "running", "succeeded": "done", "failed": "failed", "cancelled": "cancelled",
    "aborting": "running", "aborted": "cancelled",
}  # fmt: skip
_ENDED = "the process that was at it has ended; ask for it again"


@dataclass(frozen=True)
class Job:
    """One job, as the catalogue has it."""

    job_id: uuid.UUID
    principal: str
    tenant: str | None
    work: Work
    request: dict[str, Any]
    request_sha256: str
    state: State
    owner_key: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None
    reason: str | None
    scopes: list[str]

    def as_json(self) -> dict[str, Any]:
        """What the caller is told: where an answer lies on our disk is not part of it."""
        is_ready = self.work == "retrieve" and self.state == "done"
        return {
            "job_id": str(self.job_id), "work": self.work, "state": self.state, "request": self.request,
            "created_at": self.created_at.isoformat(),
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "bytes": (self.result or {}).get("bytes"), "reason": self.reason,
            "result": f"/api/v1/jobs/{self.job_id}/result" if is_ready else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What somebody asks to be done. `agreed` is the text of his agreement: with another one it is another request."""

    caller: Principal
    work: Work
    request: dict[str, Any]
    key: str | None = None
    agreed: str | None = None

    @property
    def sha256(self) -> str:
        """By which the same request is known again."""
        return hashlib.sha256(json.dumps([self.request, self.agreed], sort_keys=True).encode()).hexdigest()


def known_job(connection: Connection, schema: str, wish: Wish) -> Job | None:
    """The job that was made under the key. Raises ApiError where it is one of another request."""
    if wish.key is None:
        return None
    row = connection.execute(
        f"select {_COLUMNS} from archive_catalog.api_jobs"
        " where (schema_name, principal, idempotency_key) = (%s, %s, %s) and tenant is not distinct from %s".encode(),
        (schema, wish.caller.name, wish.key, wish.caller.tenant),
    ).fetchone()
    if row is None:
        return None
    job = Job(*row)
    if (job.work, job.request_sha256) != (wish.work, wish.sha256):
        raise ApiError(409, "key-used", "this Idempotency-Key was used for another request")
    return job


def add_job(
    connection: Connection, schema: str, wish: Wish, *, most: int, dry_run_id: str | None = None,
    owner_key: int | None = None,
) -> tuple[Job, bool]:  # fmt: skip
    """Add a job in the caller's transaction; the job, and whether it is new: somebody may be faster under the same key.

    Raises ApiError where too many wait, or the agreement was used already.
    """
    caller = wish.caller
    waiting = one_row(
        connection,
        "select count(*) from archive_catalog.api_jobs as j where schema_name = %s and tenant is not distinct from %s"
        f" and work = 'retrieve' and state in ('queued', 'running') and {IS_ALIVE.format(key='j.owner_key')}",
        (schema, caller.tenant),
    )[0]
    if wish.work == "retrieve" and waiting >= most:
        raise too_many(f"{waiting} jobs are waiting already", 30)
    try:
        with connection.transaction():
            row = one_row(
                connection,
                "insert into archive_catalog.api_jobs (schema_name, principal, tenant, work, request, request_sha256,"
                " idempotency_key, dry_run_id, owner_key, scopes) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                f" returning {_COLUMNS}",
                (
                    schema, caller.name, caller.tenant, wish.work, json.dumps(wish.request), wish.sha256, wish.key,
                    dry_run_id, owner_key, sorted(caller.scopes),
                ),
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        if (known := known_job(connection, schema, wish)) is not None:
            return known, False
        if "dry_run" in (error.diag.constraint_name or ""):
            raise ApiError(409, "agreement-used", "this dry_run_token was used already") from None
        raise ApiError(409, "key-used", "this Idempotency-Key was used for another request") from None
    return Job(*row), True


def find_job(connection: Connection, schema: str, caller: Principal, job_id: uuid.UUID) -> Job:
    """A job of the caller's tenant, or any where the caller has none. Raises ApiError, 404, for every other number."""
    row = connection.execute(
        f"select {_COLUMNS} from archive_catalog.api_jobs where schema_name = %s and job_id = %s"
        " and (tenant is not distinct from %s or %s)".encode(),
        (schema, job_id, caller.tenant, caller.tenant is None or not guarded("tenant jobs")),
    ).fetchone()
    if row is None or not _may_see(caller, Job(*row)):
        raise not_found()
    return _as_it_is(connection, Job(*row))


def _may_see(caller: Principal, job: Job) -> bool:
    """Whoever asked may have seen more than this one; and each kind of work is for those who may ask for it."""
    return set(job.scopes) & {"pii"} <= caller.scopes and job.work in caller.scopes


def list_jobs(connection: Connection, schema: str, caller: Principal, limit: int) -> list[Job]:
    """The newest jobs of the caller's tenant, or of all where the caller has none."""
    rows = connection.execute(
        f"select {_COLUMNS} from archive_catalog.api_jobs where schema_name = %s"
        " and (tenant is not distinct from %s or %s) order by created_at desc limit %s".encode(),
        (schema, caller.tenant, caller.tenant is None, limit),
    ).fetchall()
    return [_as_it_is(connection, job) for job in (Job(*row) for row in rows) if _may_see(caller, job)]


def _as_it_is(connection: Connection, job: Job) -> Job:
    """The job as the queue knows it, or as its process has left it."""
    if job.state not in ("queued", "running"):
        return job
    if job.work == "archive":
        found = state_of(connection, int((job.result or {})["queue_job"]))
        state: State = _FROM_QUEUE[found[0]] if found else "failed"
        # The queue's reasons are words of PostgreSQL and the lake, with values and paths.
        why = "the operator's `archive-jobs jobs` and `status` say why" if state == "failed" else None
        return job if state == job.state else change_job(connection, job, state, reason=why)
    alive = one_row(connection, f"select {IS_ALIVE.format(key='%s')}", (job.owner_key,))[0]
    return job if alive else change_job(connection, job, "failed", reason=_ENDED)


def change_job(
    connection: Connection, job: Job, state: State, *, result: dict[str, Any] | None = None, reason: str | None = None
) -> Job:
    """Note how far a job has come. One that has ended stays as it ended."""
    row = connection.execute(
        "update archive_catalog.api_jobs set state = %s, reason = coalesce(%s, reason),"
        " result = coalesce(%s::jsonb, result),"
        " started_at = case when %s = 'running' then now() else started_at end,"
        " finished_at = case when %s in ('done', 'failed', 'cancelled') then now() end"
        f" where job_id = %s and state in ('queued', 'running') returning {_COLUMNS}".encode(),
        (state, reason, json.dumps(result) if result else None, state, state, job.job_id),
    ).fetchone()
    if row is not None:
        return Job(*row)
    kept = f"select {_COLUMNS} from archive_catalog.api_jobs where job_id = %s"
    return Job(*one_row(connection, kept, (job.job_id,)))


def take_over(connection: Connection, before: int, owner_key: int) -> None:
    """This process goes by another number from now on, and its jobs with it."""
    connection.execute(
        "update archive_catalog.api_jobs set owner_key = %s where owner_key = %s and state in ('queued', 'running')",
        (owner_key, before),
    )


def ended_elsewhere(connection: Connection, jobs: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the jobs that somebody has ended: nothing of their answers is kept."""
    if not jobs:
        return set()
    rows = connection.execute(
        "select job_id from archive_catalog.api_jobs where job_id = any(%s) and state in ('failed', 'cancelled')",
        (list(jobs),),
    )
    return {job_id for (job_id,) in rows}


def forget_jobs(connection: Connection, schema: str, seconds: float) -> None:
    """Forget retrievals when their answers are gone: what was asked for may name persons. Archiving is remembered."""
    connection.execute(
        "delete from archive_catalog.api_jobs as j where schema_name = %s and work = 'retrieve' and case"
        " when state in ('queued', 'running') then created_at < now() - %s * interval '1 second'"
        f" and not {IS_ALIVE.format(key='j.owner_key')}"
        " else finished_at < now() - %s * interval '1 second' end".encode(),
        (schema, seconds, seconds),
    )
