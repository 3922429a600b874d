"""Work off the queue: plan on a schedule, archive a few units a job, take over the jobs of workers that died.

No unit is done twice, whatever happens here: that is decided in the catalogue. The queue only shares the work out.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import procrastinate
from croniter import croniter
from procrastinate import BaseRetryStrategy, RetryDecision, exceptions
from procrastinate.jobs import Job

from archive_jobs.catalogue import ensure_catalogue, write_event
from archive_jobs.commands.plan import chosen_tables, require_agreed
from archive_jobs.commands.run import run_tables
from archive_jobs.database import Connection, connect, session
from archive_jobs.failpoints import guarded
from archive_jobs.monitoring.jobs import queued_job
from archive_jobs.moving.drop_raw import drops_due
from archive_jobs.moving.run import RunResult, batches, plan_all
from archive_jobs.planning.portion import Portion
from archive_jobs.planning.preflight import require_primary
from archive_jobs.planning.tables import Kind
from archive_jobs.scheduling.pace import closed_window, limits_of
from archive_jobs.scheduling.pauses import current_pause
from archive_jobs.scheduling.queue import ensure_queue, queue_app, queue_of, unfinished_jobs
from archive_jobs.scheduling.stopping import Stop
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

_LOOK_AGAIN_SECONDS = 0.5
_PAUSED_SECONDS = 60


@dataclass
class Worker:
    """One worker process: what it works by, and what it has done."""

    settings: ArchiveSettings
    definitions: Path
    stop: Stop
    done: int = 0
    failed: int = 0
    reasons: list[str] = field(default_factory=list)
    # Why jobs were put off: paused, or out of the window.
    waits_for: str | None = None
    _said: str = ""

    def archive(
        self, table_name: str, kind: Kind, lo: str | None, hi: str | None, agreed: list[str] | None = None
    ) -> None:
        """Archive the units of a range. Raises NotNowError where others, or the same later, have to go on.

        `agreed` are the units that somebody was shown, by their digests: others are not archived.
        """
        with queued_job("archive", table=table_name, kind=kind, lo=lo, hi=hi):
            self._archive(table_name, kind, lo, hi, agreed)

    def _archive(self, table_name: str, kind: Kind, lo: str | None, hi: str | None, agreed: list[str] | None) -> None:
        portion = Portion(lo=datetime.fromisoformat(lo) if lo else None, hi=datetime.fromisoformat(hi) if hi else None)
        try:
            if agreed is not None and guarded("agreed"):
                require_agreed(self.settings, self.definitions, table_name, kind, portion, agreed)
            result = run_tables(
                self.settings, self.definitions, [table_name], kind, None, lambda *_: None,
                stop=self.stop, portion=portion, waits=False,
            )  # fmt: skip
        except Exception as error:
            self._fail(table_name, kind, error)
            raise
        if result.ended:
            self.say_waiting(result.ended)
            raise NotNowError(result.ended, self._again_at())
        self.done += 1
        self.reasons += [f"{table.plan.table.name} {reason}" for table in result.tables for reason in table.kept_hot]
        if blocked := _blocked(result):
            problem = ProblemError(blocked)
            self._fail(table_name, kind, problem)
            raise problem

    def due(self) -> Iterator[dict[str, Any]]:
        """What is due now, cut into jobs: those of one batch of units, and one for raw records that may be dropped."""
        with session(self.settings) as connection:
            tables = chosen_tables(connection, self.settings, self.definitions, None, None)
            for plan in plan_all(connection, tables, None):
                name, kind = plan.table.table_name, plan.table.kind
                if plan.blocked_by:
                    print(f"blocked: {plan.table.name}: {'; '.join(plan.blocked_by)}", file=sys.stderr, flush=True)
                    continue
                for batch in batches(plan.slices, self.settings):
                    lo, hi = batch[0].lo.isoformat(), max(piece.hi for piece in batch).isoformat()
                    yield {"table_name": name, "kind": kind, "lo": lo, "hi": hi}
                if drops_due(connection, plan.table):
                    yield {"table_name": name, "kind": kind, "lo": None, "hi": None}

    def say_waiting(self, why: str) -> None:
        """Once for each reason: a worker that does nothing must say what it waits for."""
        self.waits_for = why
        if why != self._said and not self.stop:
            print(f"waiting: {why}", file=sys.stderr, flush=True)
        self._said = why

    def _again_at(self) -> datetime:
        now = datetime.now(UTC)
        if self.stop:
            return now
        window = limits_of(self.settings).window
        opening = window.next_opening(now) if window else now
        return max(opening, now + timedelta(seconds=_PAUSED_SECONDS)) if opening == now else opening

    def _fail(self, table_name: str, kind: Kind, error: Exception) -> None:
        self.failed += 1
        if isinstance(error, ProblemError):
            print(f"error: {error}\nhint: {error.hint}", file=sys.stderr, flush=True)
        else:
            traceback.print_exception(error)
        with contextlib.suppress(ProblemError), session(self.settings) as connection:
            key = (self.settings.analytics_schema, table_name, kind)
            write_event(connection, "job_failed", key=key, reason=str(error))


class NotNowError(Exception):
    """The job is to go on later, or elsewhere."""

    def __init__(self, why: str, at: datetime) -> None:
        self.at = at
        super().__init__(why)


class _GoOn(BaseRetryStrategy):
    """Back into the queue what could not be done now; what failed waits for the next schedule."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002  # procrastinate's signature
        """When to go on."""
        return RetryDecision(retry_at=exception.at) if isinstance(exception, NotNowError) else None


def _blocked(result: RunResult) -> str:
    return "\n".join(f"{t.plan.table.name}: {reason}" for t in result.tables for reason in t.plan.blocked_by)


def work(worker: Worker, *, once: bool) -> None:
    """Work until told to stop, or until nothing is left to do, here or with any other worker."""
    require_schedule(worker.settings.schedule)
    with session(worker.settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        ensure_queue(connection)
        pause = current_pause(connection, worker.settings.analytics_schema)
    if once and (why := str(pause) if pause else closed_window(limits_of(worker.settings))):
        return worker.say_waiting(why)
    return asyncio.run(_serve(worker, once=once))


def require_schedule(written: str) -> None:
    """Raises ProblemError for what cron would not understand."""
    if len(written.split()) != 5 or not croniter.is_valid(written):
        raise ProblemError(f"expected a schedule in five fields of cron, such as '*/10 * * * *', found {written!r}")


async def _serve(worker: Worker, *, once: bool) -> None:
    app, settings, loop = queue_app(worker.settings), worker.settings, asyncio.get_running_loop()
    add_tasks(app, worker)
    wakes = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(wakes.set)

    worker.stop.then(wake)
    options: dict[str, Any] = {
        "queues": [queue_of(settings)], "concurrency": 1, "install_signal_handlers": False, "wait": not once,
        "update_heartbeat_interval": settings.heartbeat_seconds, "listen_notify": not once,
        "stalled_worker_timeout": settings.stalled_seconds, "fetch_job_polling_interval": 5.0,
    }  # fmt: skip
    async with app.open_async():
        if settings.auto_archival_enabled:
            await schedule(app, worker)
        helping = asyncio.create_task(_take_over_now_and_then(app, worker))
        try:
            while not worker.stop:
                running = asyncio.create_task(app.run_worker_async(**options))
                stopping = asyncio.create_task(wakes.wait())
                await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
                running.cancel()  # the job at hand is ended by its own look at `stop`
                stopping.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
                if not once or not await asyncio.to_thread(_is_unfinished, settings):
                    break
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        finally:
            helping.cancel()


def add_tasks(app: procrastinate.App, worker: Worker) -> None:
    """What the queue's jobs do here."""
    app.task(name="archive", queue=queue_of(worker.settings), retry=_GoOn())(worker.archive)

    async def plan(timestamp: int) -> None:  # noqa: ARG001  # procrastinate tells when it was due
        await schedule(app, worker)

    queue = queue_of(worker.settings)
    scheduled = app.task(name="schedule", queue=queue, queueing_lock=f"schedule:{queue}")(plan)
    if worker.settings.auto_archival_enabled:
        app.periodic(cron=worker.settings.schedule)(scheduled)


async def schedule(app: procrastinate.App, worker: Worker) -> None:
    """Queue what is due; what is queued already is not queued twice, also by workers that look at the same moment."""
    try:
        turn = await asyncio.to_thread(_take_turn, worker.settings)
    except ProblemError as problem:
        return _not_scheduled(worker, problem)
    try:
        await _schedule(app, worker)
    finally:
        turn.close()
    return None


def _take_turn(settings: ArchiveSettings) -> Connection:
    """A connection that holds the turn until it is closed."""
    connection = connect(settings)
    connection.execute("set lock_timeout = 0")
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (f"schedule:{queue_of(settings)}",))
    return connection


def _not_scheduled(worker: Worker, problem: ProblemError) -> None:
    print(f"error: {problem}\nhint: {problem.hint}", file=sys.stderr, flush=True)
    worker.failed += 1


async def _schedule(app: procrastinate.App, worker: Worker) -> None:
    try:
        jobs = await asyncio.to_thread(lambda: list(worker.due()))
    except ProblemError as problem:
        return _not_scheduled(worker, problem)
    # Not procrastinate's queueing lock: a job in the queue twice could not be given back by a worker that stops.
    queue = queue_of(worker.settings)
    known = [await app.job_manager.list_jobs_async(queue=queue, status=status) for status in ("todo", "doing")]
    marks = {job.lock for some in known for job in some}
    for job in jobs:
        mark = f"{worker.settings.analytics_schema}.{job['table_name']}:{job['kind']}:{job['lo']}"
        if mark not in marks:
            await app.configure_task("archive", lock=mark).defer_async(**job)
    return None


async def take_over(app: procrastinate.App, settings: ArchiveSettings) -> None:
    """Put the jobs of workers that no longer show signs of life back into the queue."""
    found = await app.job_manager.get_stalled_jobs(
        queue=queue_of(settings), seconds_since_heartbeat=settings.stalled_seconds
    )
    for job in found:
        # Another worker may have been faster.
        with contextlib.suppress(exceptions.ConnectorException):
            await app.job_manager.retry_job(job)


async def _take_over_now_and_then(app: procrastinate.App, worker: Worker) -> None:
    while True:
        # The server may be away for a while; so long as the worker lives, it looks again.
        with contextlib.suppress(exceptions.ConnectorException):
            await take_over(app, worker.settings)
        await asyncio.sleep(worker.settings.heartbeat_seconds)


def _is_unfinished(settings: ArchiveSettings) -> bool:
    with session(settings, read_only=True) as connection:
        return unfinished_jobs(connection, queue_of(settings)) > 0
