"""The commands that keep the archive: put a range back, hold, expire, check, rebuild."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from archive_jobs import show
from archive_jobs.options import OPERATOR, AsJson, Definitions, ForClient, Url, settings_of
from archive_jobs.times import parse_interval, parse_time

app = typer.Typer(rich_markup_mode="rich")
_DEFAULT = Path("definitions")
Table = Annotated[str, typer.Argument(help="Table name or object code.")]


@app.command(rich_help_panel=OPERATOR)
def restore(
    table: Table,
    type: Annotated[Literal["analytics", "source"], typer.Option("--type", help="Which archive.")] = "analytics",
    start: Annotated[str | None, typer.Option("--start", help="First time, included.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    keep_until: Annotated[
        str | None, typer.Option("--keep-until", help="Until when the rows stay in PostgreSQL; default: 30 days.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really put the rows back.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put an archived range back into PostgreSQL, exactly as it was.

    Rounds outward to whole units and says so. Inserts rows, and changes the
    catalogue; the files stay. `run` leaves the rows alone until --keep-until.
    Without --yes it only shows what would come back. Exit status: 0 done, 1 a
    unit stayed cold, 2 refused.

    Example: archive-jobs restore orders --start 2024-01-01 --end 2024-01-31
    --yes
    """
    from archive_jobs.commands_keeping import restore_range

    interval, until = parse_interval(start, end), parse_time(keep_until) if keep_until else None
    settings = settings_of(archive_url, client=client)
    if yes:
        with show.progress() as report:
            found = restore_range(settings, definitions, table, type, interval, until, report)
    else:
        found = restore_range(settings, definitions, table, type, interval, until, None)
    if as_json:
        show.print_json(found.as_json())
    elif not found.units:
        print(f"Nothing of {found.table.name} in {interval} is archived.")
    else:
        rows = found.rows if yes else sum(unit.rows for unit in found.units)
        print(f"{found.table.name}: asked for {interval}; whole units reach over {found.interval}")
        print(f"{len(found.units)} units, {rows:,} rows {'restored' if yes else 'would come back'}", end="")
        print(f", kept until {found.keep_until.isoformat()}")
        for reason in found.kept_cold:
            print(f"kept cold: {reason}")
    if not yes:
        print("Nothing was changed; add --yes to restore.", file=sys.stderr)
    if found.kept_cold:
        raise typer.Exit(1)
