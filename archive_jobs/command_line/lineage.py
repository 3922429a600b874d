"""The commands that follow rows to their records and back, and compare both: trace, compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import ANALYST, AUDITOR, AsJson, Definitions, ForClient, Url, settings_of
from archive_jobs.command_line.progress import progress
from definitions_to_dbt.errors import ProblemError

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
    from archive_jobs.command_line.show_lineage import comparison
    from archive_jobs.commands.lineage import compare_table
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


Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="COLUMN=VALUE",
        help="A column of the business key and its value, - for a line of stdin; repeatable.",
    ),
]
RawSeq = Annotated[int | None, typer.Option("--raw-seq", metavar="N", help="Instead: this raw record, and forward.")]


@app.command(rich_help_panel=AUDITOR)
def trace(
    table: Annotated[str, typer.Argument(help="Table name or object code.")],
    key: Keys = None,
    raw_seq: RawSeq = None,
    search: Annotated[
        bool,
        typer.Option(
            "--search/--no-search",
            help="Also look through all raw records for those of the key that no row and no ledger names.",
        ),
    ] = True,
    arrived_from: Annotated[
        str | None, typer.Option("--arrived-from", help="Search only records that arrived from then on.")
    ] = None,
    arrived_until: Annotated[
        str | None, typer.Option("--arrived-until", help="Search only records that arrived until then, included.")
    ] = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show where a row came from, and what became of each record of it.

    Rows, hot or archived, with file and SHA-256; the raw records behind them;
    the transformation: model, definition, dbt invocation; rejected, superseded
    and duplicate records. With --raw-seq: from one raw record forward. Shows
    values. Reads one snapshot; changes nothing. Exit status: 0 shown, 2 bad
    input, nothing known of it, a damaged file, or no server.

    Example: archive-jobs trace orders --key order_id=17
    """
    from archive_jobs.command_line.show_lineage import trace as show_trace
    from archive_jobs.commands.lineage import trace_record
    from archive_jobs.times import parse_interval
    from archive_jobs.tracing.trace import Asked

    arrived = parse_interval(arrived_from, arrived_until)
    asked = Asked(asked_for(key, raw_seq), raw_seq, search, arrived)
    with progress() as report:
        found = trace_record(settings_of(archive_url, client=client), definitions, table, asked, report)
    if as_json:
        show.print_json(found.as_json())
    else:
        show_trace(found)


def asked_for(key: list[str] | None, raw_seq: int | None) -> dict[str, str]:
    """What --key and --raw-seq ask for: the pairs COLUMN=VALUE; a value may hold further equals signs."""
    pairs = [written.partition("=") for written in key or ()]
    wrong = [name for name, sign, _ in pairs if not sign]
    if wrong or bool(pairs) == (raw_seq is not None):
        found = f"--key {wrong[0]}" if wrong else "both" if pairs else "neither"
        raise ProblemError(f"expected --key COLUMN=VALUE or --raw-seq N, found {found}", hint="Nothing was read.")
    # A name on a command line stands in the list of processes and in the shell's history.
    return {name.strip(): sys.stdin.readline().rstrip("\n") if value == "-" else value for name, _, value in pairs}
