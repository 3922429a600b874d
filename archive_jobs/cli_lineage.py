"""The commands that follow rows to their records and back, and compare both: compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from archive_jobs import show
from archive_jobs.options import ANALYST, AsJson, Definitions, ForClient, Url, settings_of

app = typer.Typer(rich_markup_mode="rich")
_DEFAULT = Path("definitions")


@app.command(rich_help_panel=ANALYST)
def compare(
    table: Annotated[str, typer.Argument(help="Table name or object code.")],
    start: Annotated[
        str | None, typer.Option("--start", help="First time, included; a date means its midnight UTC.")
    ] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    by: Annotated[
        Literal["event", "ingested"] | None,
        typer.Option("--by", help="What the times are: those of the events, or of the arrival of the raw records."),
    ] = None,
    type: Annotated[
        Literal["analytics", "source"], typer.Option("--type", help="With --with-…: business rows or raw records.")
    ] = "analytics",
    with_schema: Annotated[
        str | None, typer.Option("--with-schema", metavar="SCHEMA", help="Instead: with the table of another schema.")
    ] = None,
    with_lake: Annotated[
        str | None, typer.Option("--with-lake", metavar="URL", help="Instead: the archive with that of another lake.")
    ] = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Compare what was received with what stands in the table, hot and cold.

    Each raw record is transformed again under today's definition and laid
    beside its row. Counts, columns that differ, and samples, which hold
    values. With --with-schema or --with-lake: this table with that one. Reads
    one snapshot; changes nothing. Exit status: 0 they agree, 1 they differ, 2
    bad input, a damaged file, or no server.

    Example: archive-jobs compare orders --start 2026-11-01 --end 2026-11-30
    --by ingested
    """
    from archive_jobs.commands_lineage import compare_table
    from archive_jobs.show_lineage import comparison
    from archive_jobs.times import parse_interval

    interval = parse_interval(start, end)
    print(f"interval: {interval}", file=sys.stderr)
    report = compare_table(
        settings_of(archive_url, client=client), definitions, table, interval,
        by=by, kind=type, with_schema=with_schema, with_lake=with_lake,
    )  # fmt: skip
    if as_json:
        show.print_json(report.as_json())
    else:
        comparison(report)
    if report.differs:
        raise typer.Exit(1)
