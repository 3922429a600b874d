"""`archive-jobs worker` and `jobs`: archive by a schedule, on as many machines as there are."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.interrupted import STOPPED
from archive_jobs.command_line.options import OPERATOR, AsJson, Definitions, ForClient, Url, settings_of

_DEFAULT = Path("definitions")
Status = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command(rich_help_panel=OPERATOR)(worker)
    app.command(rich_help_panel=OPERATOR)(jobs)


def worker(
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    once: Annotated[bool, typer.Option("--once", help="Until nothing is left to do, then end.")] = False,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="CRON", help="When to look what is due; default */5 * * * *.")
    ] = None,
    max_concurrent: Annotated[
        int | None, typer.Option("--max-concurrent", min=1, max=64, help="Units at work at once; default 5.")
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option("--metrics-port", min=0, max=65535, help="Answer Prometheus there; 0 takes a free port."),
    ] = None,
    archive_url: Url = None,
) -> None:
    """Archive by the policies, on a schedule, sharing the work with every
    other worker of this database.

    The queue is in the schema archive_queue. Jobs of a worker that died are
    taken over. AUTO_ARCHIVAL_ENABLED=false stops scheduling: then only what is
    queued is done. Exit status: 0 nothing left, 1 a job failed, or with --once
    some wait as archiving is paused or out of its window, 2 no server, 143
    stopped by SIGTERM and 130 by Ctrl-C, within ten seconds; others, or this
    one started again, go on there.

    Example: archive-jobs worker --schedule "*/10 * * * *"
    """
    from archive_jobs.monitoring.endpoint import answering_prometheus
    from archive_jobs.scheduling.stopping import stopping
    from archive_jobs.scheduling.worker import Worker, work

    # Each failure is said by the worker itself, once and without procrastinate's traceback.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    settings = settings_of(
        archive_url, client=client, schedule=schedule, max_concurrent=max_concurrent, metrics_port=metrics_port
    )
    if not settings.auto_archival_enabled:
        print("auto_archival_enabled is false: nothing is scheduled, only what is queued is done", file=sys.stderr)
    os.nice(settings.niceness)
    with answering_prometheus(settings), stopping() as stop:
        mine = Worker(settings, definitions, stop)
        work(mine, once=once)
        print(f"{mine.done} jobs done, {mine.failed} failed", file=sys.stderr)
        for reason in mine.reasons:
            print(f"kept hot: {reason}", file=sys.stderr)
        if stop:
            print(f"stopped: {STOPPED}", file=sys.stderr)
            raise typer.Exit(stop.exit_status)
    if mine.failed or (once and mine.waits_for):
        raise typer.Exit(1)


def jobs(
    status: Annotated[Status | None, typer.Option("--status", help="Only these.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the queue's jobs: what waits, who is at it, what became of the
    rest.

    Reads PostgreSQL; changes nothing. Exit status: 0 shown, 2 no server.

    Example: archive-jobs jobs --status doing
    """
    from archive_jobs.database import session
    from archive_jobs.scheduling.queue import queue_of, queued_jobs

    settings = settings_of(None)
    with session(settings, read_only=True) as connection:
        found = queued_jobs(connection, queue_of(settings), status, limit)
    if as_json:
        return show.print_json([job.as_json() for job in found])
    if not found:
        print("No jobs are queued; `archive-jobs worker` queues what is due.")
        return None
    shown = show.table(">job", "status", "table", "kind", "from", "until", ">tries", "changed", ">worker")
    for job in found:
        times = [str(bound)[:16] if bound else "-" for bound in (job.lo, job.hi)]
        changed = f"{job.last_change:%Y-%m-%d %H:%M:%S}" if job.last_change else "-"
        shown.add_row(
            str(job.job_id), job.status, job.table, job.kind, *times, str(job.attempts), changed, str(job.worker or "-")
        )
    show.print_table(shown)
    return None
