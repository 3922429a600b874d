"""The command `archive-jobs`. Results go to stdout, progress to stderr; exit 0 done, 1 check failed, 2 refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive_jobs.command_line import (
    checking,
    delta,
    handover,
    keeping,
    lineage,
    monitoring,
    policies,
    privacy,
    reading,
    replay,
    run,
    service,
    show,
    worker,
)
from archive_jobs.command_line.interrupted import Commands
from archive_jobs.command_line.options import (
    ANALYST,
    AUDITOR,
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
from definitions_to_dbt.command_line import run_command_line

app = typer.Typer(
    cls=Commands,
    help="Move rows from PostgreSQL to Parquet and back, so that none is lost and none counts twice.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(
    policies.app,
    name="policies",
    rich_help_panel=OPERATOR,
    help="What ages when, who said so, and how it is changed.",
)
app.add_typer(keeping.app)
app.add_typer(checking.app)
app.add_typer(lineage.app)
app.add_typer(privacy.app)
app.add_typer(reading.app)
app.add_typer(replay.app)
run.register(app)
worker.register(app)
monitoring.register(app)
handover.register(app)
service.register(app)
_DEFAULT = Path("definitions")


@app.command(rich_help_panel=OPERATOR)
def plan(
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    object: Objects = None,
    type: KindOption = None,
    as_of: AsOf = None,
    exact: Annotated[bool, typer.Option("--exact", help="Count every row; else big tables are estimated (~).")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show what `run` would archive: how it leaves, rows, bytes, the reason,
    and what blocks it.

    Modes: partition and chunk are dropped whole, delete goes row by row, mark
    is raw records, keep is a copy. Reads PostgreSQL; changes nothing. Exit
    status: 0 shown, 2 bad input or no server.

    Example: archive-jobs plan --object ORDER --as-of 2025-06-01
    """
    from archive_jobs.commands.plan import plan_tables

    settings = settings_of(archive_url, client=client)
    show.plans(plan_tables(settings, definitions, object, type, as_of, exact=exact), as_json=as_json)


@app.command(rich_help_panel=OPERATOR)
def status(archive_url: Url = None, as_json: AsJson = False) -> None:
    """Show per table what is archived, when it was last verified, and what was
    held back.

    Reads the catalogue; changes nothing. Exit status: 0 shown, 2 no server.

    Example: archive-jobs status --json
    """
    from archive_jobs.commands.keeping import table_status

    show.status(table_status(settings_of(archive_url)), as_json=as_json)


@app.command(rich_help_panel=OPERATOR)
def reconcile(
    definitions: Definitions = _DEFAULT, client: ForClient = None, archive_url: Url = None, as_json: AsJson = False
) -> None:
    """Finish or undo what a run that died has left; runs that live are left
    alone.

    Touches the lake and the catalogue; resumes commits of units already
    proven. `run` does this first, by itself. Only this command also lists the
    lake: it removes what was written by attempts that can never count, and
    names what no attempt in the catalogue has written. Exit status: 0 done, 2
    bad input or no server.

    Example: archive-jobs reconcile
    """
    from archive_jobs.commands.run import reconcile_tables

    show.reconciled(reconcile_tables(settings_of(archive_url, client=client), definitions), as_json=as_json)


@app.command(rich_help_panel=AUDITOR)
def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read every value again and compare content digests.")
    ] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Check every file that counts and the chain of commit records.

    Reads the lake; notes the time of the check in the catalogue. Exit status:
    0 all whole, 1 something is damaged or missing, 2 bad input or no server.

    Example: archive-jobs verify --deep
    """
    from archive_jobs.commands.keeping import verify_lake

    with progress() as report:
        found = verify_lake(settings_of(archive_url), deep=deep, report=report)
    show.verified(found, deep=deep, as_json=as_json)
    if found.faults:
        raise typer.Exit(1)


app.command(rich_help_panel=ANALYST)(delta.delta)


def main() -> None:
    """Entry point of `archive-jobs`."""
    run_command_line(app)


if __name__ == "__main__":
    main()
