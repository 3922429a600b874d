"""`archive-jobs handover`: what engines read that cannot see PostgreSQL."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import ANALYST, AsJson, Definitions, ForClient, Objects, Url, settings_of


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(rich_help_panel=ANALYST)(handover)


def handover(
    definitions: Definitions = Path("definitions"),
    client: ForClient = None,
    object: Objects = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Hand one moment over to Spark or Sail: hot rows as Parquet, and the list
    of files that count.

    Writes below _handover in the lake; of earlier handovers the newest stays,
    older ones are removed. dbt's target spark reads what ARCHIVE_HANDOVER
    names, and raises once the archive has moved on. Exit status: 0 done, 2
    bad input, no server, or somebody is being erased.

    Example: export ARCHIVE_HANDOVER=$(archive-jobs handover)
    """
    from archive_jobs.commands.handover import hand_over_tables

    found = hand_over_tables(settings_of(archive_url, client=client), definitions, object)
    if as_json:
        return show.print_json(found.as_json())
    print(found.url)
    for one in found.tables:
        print(f"{one.table}: {one.hot_rows:,} hot rows, {one.cold_rows:,} in {one.files:,} files", file=sys.stderr)
    return None
