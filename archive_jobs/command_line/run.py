"""`archive-jobs run`, `pause`, `resume`: move what is due, as fast as the server can spare, and stop when told to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.interrupted import STOPPED
from archive_jobs.command_line.options import (
    OPERATOR,
    AsJson,
    AsOf,
    Definitions,
    ForClient,
    KindOption,
    Objects,
    Url,
    settings_of,
)
from archive_jobs.command_line.progress import progress
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.moving.run import RunResult

_DEFAULT = Path("definitions")


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    for command in (run, pause, resume):
        app.command(rich_help_panel=OPERATOR)(command)


def run(
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    object: Objects = None,
    type: KindOption = None,
    as_of: AsOf = None,
    max_concurrent: Annotated[
        int | None, typer.Option("--max-concurrent", min=1, max=64, help="Units at work at once; default 5.")
    ] = None,
    limit_units: Annotated[
        int | None,
        typer.Option(
            "--limit-units", min=1, help="At most so many units. Raw records are dropped when due all the same."
        ),
    ] = None,
    limit_rows: Annotated[
        int | None, typer.Option("--limit-rows", min=1, help="No further unit once so many rows have gone.")
    ] = None,
    rows_per_second: Annotated[
        float | None, typer.Option("--max-rows-per-second", min=1, help="On average, over all units.")
    ] = None,
    wal_per_second: Annotated[
        str | None, typer.Option("--max-wal-per-second", metavar="SIZE", help="Of the whole server, such as 10MB.")
    ] = None,
    replication_lag: Annotated[
        str | None,
        typer.Option("--max-replication-lag", metavar="SIZE", help="Wait while a replica is behind by more."),
    ] = None,
    window: Annotated[
        str | None, typer.Option("--window", metavar="HH:MM-HH:MM", help="Only in these hours; waits outside of them.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="The window's time zone; default UTC.")] = None,
    progress_as: Annotated[
        Literal["bar", "json"], typer.Option("--progress", help="On stderr: a bar, or lines of JSON.")
    ] = "bar",
    yes: Annotated[bool, typer.Option("--yes", help="Really archive, and delete what is archived and proven.")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Archive what is due: copy, prove, then delete aged rows and old raw
    records.

    Touches the lake, the schema archive_catalog, and deletes from Layers 2
    and 3. Without --yes it only shows what it would do. Between units it
    obeys `pause`, the window and the limits. Exit status: 0 done, 1 something
    due stayed hot, 2 refused, or stopped with every row safe, 143 stopped by
    SIGTERM and 130 by Ctrl-C, within ten seconds; the next run goes on there.

    Example: archive-jobs run --yes --window 22:00-06:00 --zone Europe/Berlin
    """
    from archive_jobs.commands.plan import plan_tables
    from archive_jobs.commands.run import run_tables
    from archive_jobs.planning.portion import Portion
    from archive_jobs.scheduling.stopping import stopping

    settings = settings_of(
        archive_url, client=client, max_concurrent=max_concurrent, max_rows_per_second=rows_per_second,
        max_wal_per_second=wal_per_second, max_replication_lag=replication_lag, window=window, window_zone=zone,
    )  # fmt: skip
    portion = Portion(limit_units, limit_rows)
    if not yes:
        show.plans(portion.of(plan_tables(settings, definitions, object, type, as_of)), as_json=as_json)
        print("Nothing was changed; add --yes to archive.", file=sys.stderr)
        return
    os.nice(settings.niceness)
    with stopping() as stop:
        with progress(machine=progress_as == "json") as report:
            result = run_tables(
                settings, definitions, object, type, as_of, report, stop=stop, say=report.say, portion=portion
            )
        show.result(result, as_json=as_json)
        if stop:
            print(f"stopped: {STOPPED}", file=sys.stderr)
            raise typer.Exit(stop.exit_status)
    _end(result)


def _end(result: RunResult) -> None:
    """Say what has kept rows hot, by message and exit status."""
    if result.erased_again:
        print(f"{result.erased_again} erased subjects had landed again and were erased again", file=sys.stderr)
    blocked = [table for table in result.tables if table.plan.blocked_by]
    if blocked:
        reasons = "\n".join(f"{t.plan.table.name}: {reason}" for t in blocked for reason in t.plan.blocked_by)
        raise ProblemError(
            f"refused to archive {len(blocked)} of {len(result.tables)} tables\n{reasons}",
            hint="Nothing of these tables was changed. Mend what is named, then run again.",
        )
    if result.ended:
        print(f"ended early: {result.ended}; the next run goes on there", file=sys.stderr)
    if result.ended or any(table.kept_hot for table in result.tables):
        raise typer.Exit(1)


def pause(
    reason: Annotated[str | None, typer.Option("--reason", help="Why; `status` and waiting runs say it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold every run of this schema, on every machine, before its next unit.

    Touches archive_catalog.pauses. A run under way waits; one that begins
    does nothing and exits with 1. Exit status: 0 done, 2 no server.

    Example: archive-jobs pause --reason "month-end closing"
    """
    from archive_jobs.commands.run import pause_archiving

    found = pause_archiving(settings_of(None), reason)
    if as_json:
        show.print_json({"paused_at": found.paused_at, "paused_by": found.paused_by, "reason": found.reason})
    else:
        print(f"Archiving is {found}; `archive-jobs resume` lets it go on.")


def resume(as_json: AsJson = False) -> None:
    """Let runs go on after `pause`.

    Touches archive_catalog.pauses. Exit status: 0 done, 2 no server.

    Example: archive-jobs resume
    """
    from archive_jobs.commands.run import resume_archiving

    found = resume_archiving(settings_of(None))
    if as_json:
        show.print_json({"was_paused": found is not None})
    else:
        print(f"Archiving goes on; it was {found}." if found else "Archiving was not paused.")
