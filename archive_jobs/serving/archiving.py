"""Archiving on demand, in two steps: what would leave, and then exactly that, by the queue of all workers."""

from __future__ import annotations

import secrets
from typing import Any

from archive_jobs.commands.plan import plan_portion
from archive_jobs.planning.plan import TablePlan
from archive_jobs.planning.portion import Portion
from archive_jobs.scheduling.queue import ensure_queue, queue_archiving
from archive_jobs.serving.audit import write_audit
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.jobs import Job, Wish, add_job, known_job
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, invalid
from archive_jobs.serving.requests import ArchiveRequest
from archive_jobs.serving.retrieving import find_model
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError


def show_due(backend: Backend, asked: ArchiveRequest, caller: Principal) -> dict[str, Any]:
    """What would leave, and the token by which the caller agrees to it."""
    plan, key = _plan(backend, asked, caller)
    said: dict[str, Any] = {
        "dry_run": True, "table_name": plan.table.table_name, "archive_type": plan.table.kind,
        "units": len(plan.slices), "rows": plan.rows, "bytes": plan.bytes, "exact": plan.exact, "reason": plan.reason,
        "blocked": bool(plan.blocked_by), "dry_run_token": None,
    }  # fmt: skip
    if plan.slices and not plan.blocked_by:
        content = {
            "id": secrets.token_hex(16), "digest": plan.digest,
            "lo": plan.slices[0].lo.isoformat(), "hi": max(piece.hi for piece in plan.slices).isoformat(),
        }  # fmt: skip
        said["dry_run_token"] = backend.signer.seal("archive", key, content, backend.settings.dry_run_seconds)
    return said


def begin_archiving(backend: Backend, asked: ArchiveRequest, caller: Principal, key: str | None) -> tuple[Job, bool]:
    """Queue what was agreed to; the job, and whether it is a new one."""
    schema, settings = backend.settings.analytics_schema, backend.settings
    request = asked.model_dump(exclude={"dry_run_token"}, exclude_none=True)
    wish = Wish(caller, "archive", request, key, asked.dry_run_token)
    with backend.connection() as connection:
        if (known := known_job(connection, schema, wish)) is not None:
            return known, False
    plan, owner = _plan(backend, asked, caller)
    agreed = backend.signer.open("archive", owner, asked.dry_run_token or "")
    if agreed is None:
        raise ApiError(409, "not-agreed", "expected the dry_run_token of this request and this token, not too old")
    with backend.connection() as connection, connection.transaction():
        ensure_queue(connection)
        job, is_new = add_job(connection, schema, wish, most=settings.max_waiting_jobs, dry_run_id=agreed["id"])
        if not is_new:
            return job, False
        if plan.digest != agreed["digest"]:
            raise ApiError(409, "changed", "what is due is no longer what was shown: ask again without dry_run_token")
        table = (plan.table.table_name, plan.table.kind)
        number = queue_archiving(connection, settings, table, agreed["lo"], agreed["hi"], plan.unit_digests)
        connection.execute(
            "update archive_catalog.api_jobs set result = jsonb_build_object('queue_job', %s::bigint)"
            " where job_id = %s",
            (number, job.job_id),
        )
        said = {"job": job.job_id, "request": request, "units": len(plan.slices), "digest": plan.digest}
        write_audit(connection, schema, caller.name, "archive queued", said)
    return job, True


def _plan(backend: Backend, asked: ArchiveRequest, caller: Principal) -> tuple[TablePlan, str]:
    """What is due of the range, and to whom and for what the agreement is bound."""
    model = find_model(backend.library, asked.table_name, asked.archive_type, caller)
    try:
        interval = parse_interval(asked.start_time, asked.end_time)
    except (ProblemError, OverflowError):
        raise invalid("body/start_time", "expected two times, the start not after the end") from None
    portion = Portion(lo=interval.start, hi=interval.end)
    try:
        plan = plan_portion(backend.settings, backend.definitions, model.table_name, asked.archive_type, portion)
    except ProblemError:
        # Its words name tables and settings; what the caller needs to know of it is this.
        raise ApiError(
            409,
            "does-not-age",
            f"{model.table_name} ({asked.archive_type}) has no policy, or no table",
        ) from None
    return plan, f"{caller.name}|{model.table_name}|{asked.archive_type}|{interval}"
