"""The queue of archive jobs: procrastinate's tables, in a schema of their own beside the catalogue. Runs no job."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import procrastinate
from procrastinate.schema import SchemaManager

from archive_jobs.database import Connection, pinned_options
from archive_jobs.planning.policy_table import Kind
from archive_jobs.settings import ArchiveSettings

QUEUE_SCHEMA = "archive_queue"
_MIGRATION = re.compile(r"(\d+)\.(\d+)\.(\d+)_(\d+)_.*\.sql")

_JOBS = f"""
select j.id, j.status::text, j.args ->> 'table_name', j.args ->> 'kind', j.args ->> 'lo', j.args ->> 'hi', j.attempts,
    j.scheduled_at, (select max(e.at) from {QUEUE_SCHEMA}.procrastinate_events as e where e.job_id = j.id),
    j.worker_id, w.last_heartbeat
from {QUEUE_SCHEMA}.procrastinate_jobs as j
left join {QUEUE_SCHEMA}.procrastinate_workers as w on w.id = j.worker_id
where j.queue_name = %s and j.task_name = 'archive' and (%s::text is null or j.status::text = %s)
order by j.status in ('todo', 'doing') desc, j.id desc limit %s
"""


@dataclass(frozen=True)
class QueuedJob:
    """One job: some units of one table, by the range of time they lie in; None is all of it."""

    job_id: int
    status: str
    table: str
    kind: str
    lo: str | None
    hi: str | None
    attempts: int
    not_before: datetime | None
    last_change: datetime | None
    worker: int | None
    heartbeat: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The job as plain values; times in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in vars(self).items()}


def queue_of(settings: ArchiveSettings) -> str:
    """Each schema of a database has a queue of its own."""
    return f"archive:{settings.analytics_schema}"


def ensure_queue(connection: Connection) -> None:
    """Make the queue's tables, or bring up those an older version made. Safe to run at any time, by many at once."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(7309, 1)")
        found = connection.execute("select obj_description(to_regnamespace(%s), 'pg_namespace')", (QUEUE_SCHEMA,))
        installed = (found.fetchone() or (None,))[0]
        if installed == (present := version("procrastinate")):
            return
        connection.execute(f"create schema if not exists {QUEUE_SCHEMA}".encode())
        connection.execute(f"set local search_path = {QUEUE_SCHEMA}, pg_catalog".encode())
        for statement in _statements(installed):
            connection.execute(statement.encode())
        connection.execute(f"comment on schema {QUEUE_SCHEMA} is '{present}'".encode())


def _statements(installed: str | None) -> list[str]:
    """The whole schema where there is none, else what has been added since."""
    if installed is None:
        return [SchemaManager.get_schema()]
    since = tuple(int(number) for number in installed.split(".")[:3])
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    named = ((_MIGRATION.fullmatch(file.name), file) for file in files)
    return [file.read_text() for found, file in named if found and tuple(map(int, found.groups()[:3])) > since]


def queue_exists(connection: Connection) -> bool:
    """False where no worker has ever run."""
    return connection.execute(f"select to_regclass('{QUEUE_SCHEMA}.procrastinate_jobs')".encode()).fetchone() != (None,)


def queued_jobs(connection: Connection, queue: str, status: str | None, limit: int) -> list[QueuedJob]:
    """The jobs of a queue, those not done first, then the newest."""
    if not queue_exists(connection):
        return []
    return [QueuedJob(*row) for row in connection.execute(_JOBS.encode(), (queue, status, status, limit))]


def queue_archiving(
    connection: Connection, settings: ArchiveSettings, key: tuple[str, Kind], lo: str, hi: str, agreed: Sequence[str]
) -> int:
    """Queue a range of a table in the caller's transaction; its number. It is done only as it was agreed to."""
    table_name, kind = key
    args = {"table_name": table_name, "kind": kind, "lo": lo, "hi": hi, "agreed": list(agreed)}
    connection.execute(f"set local search_path = {QUEUE_SCHEMA}, pg_catalog".encode())
    row = connection.execute(
        "select procrastinate_defer_jobs_v1(array[row(%s, 'archive', 0, %s, null, %s, null)"
        "::procrastinate_job_to_defer_v1])",
        (queue_of(settings), f"{settings.analytics_schema}.{table_name}:{kind}:{lo}", json.dumps(args)),
    ).fetchone()
    connection.execute("set local search_path = pg_catalog")
    if row is None:
        raise LookupError("a function returned no row")
    return int(row[0][0])


def take_back(connection: Connection, job_id: int) -> bool:
    """Take a job out of the queue that nobody has begun; False where it was begun."""
    with connection.transaction():
        connection.execute(f"set local search_path = {QUEUE_SCHEMA}, pg_catalog".encode())
        row = connection.execute("select procrastinate_cancel_job_v1(%s, false, false)", (job_id,)).fetchone()
    return row is not None and row[0] is not None


def state_of(connection: Connection, job_id: int) -> tuple[str, str | None] | None:
    """The queue's word for a job, and why it failed if it did; None where the queue no longer knows it."""
    row = connection.execute(
        f"select j.status::text, (select e.details ->> 'reason' from archive_catalog.events as e"
        f" where e.event = 'job_failed' and e.table_name = j.args ->> 'table_name' and e.kind = j.args ->> 'kind'"
        f" and e.happened_at >= (select min(at) from {QUEUE_SCHEMA}.procrastinate_events where job_id = j.id)"
        f" order by e.event_id desc limit 1) from {QUEUE_SCHEMA}.procrastinate_jobs as j where j.id = %s".encode(),
        (job_id,),
    ).fetchone()
    return (row[0], row[1]) if row else None


def unfinished_jobs(connection: Connection, queue: str) -> int:
    """Jobs that somebody is at, or that could be begun now."""
    query = (
        f"select count(*) from {QUEUE_SCHEMA}.procrastinate_jobs where queue_name = %s and (status = 'doing'"
        " or status = 'todo' and coalesce(scheduled_at, now()) <= now())"
    )
    row = connection.execute(query.encode(), (queue,)).fetchone()
    return int(row[0]) if row else 0


def queue_app(settings: ArchiveSettings) -> procrastinate.App:
    """procrastinate's app over libpq's own variables, its tables found in their schema."""
    options = pinned_options(settings).replace("search_path=pg_catalog", f"search_path={QUEUE_SCHEMA},pg_catalog")
    connector = procrastinate.PsycopgConnector(
        kwargs={"options": options, "application_name": "archive-jobs worker"}, min_size=1, max_size=4
    )
    return procrastinate.App(connector=connector)
