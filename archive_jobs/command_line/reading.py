"""The commands that read back: files, retrieve, sql, shell, views."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from archive_jobs.command_line import show
from archive_jobs.command_line.options import ANALYST, AsJson, Definitions, ForClient, Url, settings_of

app = typer.Typer(rich_markup_mode="rich")
_DEFAULT = Path("definitions")
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="The archive alone, as it stood at this time (UTC). Hot rows are not read."),
]


@app.command(rich_help_panel=ANALYST)
def files(
    table: Annotated[str, typer.Argument(help="Table name or object code.")],
    type: Annotated[Literal["analytics", "source"], typer.Option("--type", help="Which archive.")] = "analytics",
    copies: Annotated[
        bool, typer.Option("--copies", help="Instead: copies of rows that stay in PostgreSQL (drop: never).")
    ] = False,
    local: Annotated[
        bool, typer.Option("--local", help="Of a remote lake: paths of checked copies on this machine.")
    ] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print the absolute paths, or the URLs, of the files that count, for any
    engine that reads Parquet.

    An engine that reads abfs:// or s3:// needs credentials of its own, and
    checks no SHA-256; --local brings the files and checks them. Reads the
    catalogue; changes nothing. Exit status: 0 printed, 2 bad input, a damaged
    file, or no server.

    Example: archive-jobs files orders --json | python -c "import duckdb, json,
    sys; duckdb.read_parquet(json.load(sys.stdin)).show()"
    """
    from archive_jobs.commands.reading import readable_files

    found = readable_files(
        settings_of(archive_url, client=client), definitions, table, type, copies=copies, local=local
    )
    if as_json:
        return print(json.dumps(found))
    for place in found:
        print(place)
    if not found:
        print("no file counts yet", file=sys.stderr)
    return None


@app.command(rich_help_panel=ANALYST)
def retrieve(
    table: Annotated[str, typer.Argument(help="Table name or object code.")],
    type: Annotated[
        Literal["analytics", "source"], typer.Option("--type", help="Business rows or raw records.")
    ] = "analytics",
    start: Annotated[
        str | None, typer.Option("--start", help="First time, included; a date means its midnight UTC.")
    ] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    columns: Annotated[str | None, typer.Option("--columns", help="Names, separated by commas; default: all.")] = None,
    where: Annotated[str | None, typer.Option("--where", help="A further SQL condition.")] = None,
    known_at: KnownAt = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say how many files, rows and bytes it would read.")
    ] = False,
    format: Annotated[Literal["parquet", "csv", "json", "arrow"], typer.Option("--format")] = "csv",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; default: stdout.")] = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Write the rows of a range, hot and cold as one, from one snapshot.

    Reads PostgreSQL and the lake; each file's checksum first. --estimate opens
    no file; with --json it prints JSON. Exit status: 0 written, 2 bad input, a
    damaged file, or no server.

    Example: archive-jobs retrieve orders --start 2024-01-01 --end 2024-01-31
    --format parquet -o january.parquet
    """
    from archive_jobs.commands.reading import estimate_rows, retrieve_rows
    from archive_jobs.reading.estimate import told
    from archive_jobs.reading.retrieve import Retrieval
    from archive_jobs.times import parse_interval

    interval = parse_interval(start, end)
    print(f"interval: {interval}", file=sys.stderr)
    names = tuple(name.strip() for name in columns.split(",")) if columns else ()
    wanted = Retrieval(table, type, interval, names, where, _moment(known_at))
    settings = settings_of(archive_url, client=client)
    if not estimate:
        return retrieve_rows(settings, definitions, wanted, format, output)
    found = estimate_rows(settings, definitions, wanted)
    if as_json:
        return show.print_json(found.as_json())
    for line in told([found]):
        print(line)
    return None


@app.command(rich_help_panel=ANALYST)
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over history_<table>, archive_<table>, source_<table>.")],
    format: Annotated[Literal["table", "parquet", "csv", "json", "arrow"], typer.Option("--format")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; default: stdout.")] = None,
    known_at: KnownAt = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Only say what files, rows and bytes it would read, then the plan.")
    ] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Answer a SELECT from hot and cold rows of one snapshot.

    Views: history_<table> (current truth), archive_<table> (all that
    has left), copies_<table> (copies of what stays), source_<table> (raw
    records, hot and cold), archive_source_<table>;
    PostgreSQL's own tables as pg.<schema>.<table>. Reads only, of the lake the
    files that the query's times need. Exit status: 0 answered, 2 bad input, a
    damaged file, or no server.

    Example: archive-jobs sql "select count(*) from history_orders"
    """
    from archive_jobs.commands import reading as commands
    from archive_jobs.reading.estimate import told

    chosen = "json" if as_json else format
    settings, moment = settings_of(archive_url, client=client), _moment(known_at)
    if not explain:
        return commands.answer(settings, definitions, query, chosen, output, Console(), known_at=moment)
    estimates, plan = commands.explain(settings, definitions, query, moment)
    if as_json:
        return show.print_json({"reads": [one.as_json() for one in estimates], "plan": plan})
    for line in told(estimates):
        print(line)
    print(plan)
    return None


@app.command(rich_help_panel=ANALYST)
def shell(
    explain: Annotated[
        bool, typer.Option("--explain", help="Before each answer say what files, rows and bytes it reads.")
    ] = False,
    known_at: KnownAt = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
) -> None:
    """Ask one SELECT after the other; each sees hot and cold rows of its own
    moment.

    The views are those of `archive-jobs sql`; a statement ends with a
    semicolon, `.help` names the commands, and what is typed is remembered in
    ~/.archive_jobs_history. Statements may also come from a pipe. Reads only.
    Exit status: 0 the end, 2 a statement of a pipe failed, or no server.

    Example: archive-jobs shell --explain
    """
    from archive_jobs.commands.reading import run_shell

    settings = settings_of(archive_url, client=client)
    if run_shell(settings, definitions, Console(), explains=explain, known_at=_moment(known_at)):
        raise typer.Exit(2)


@app.command(rich_help_panel=ANALYST)
def views(
    target: Annotated[Path, typer.Argument(metavar="FILE.duckdb", help="The file to write anew.")],
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only this object (code or table name); repeatable.")
    ] = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Write a DuckDB file of views over hot and archived rows, for tools that
    know DuckDB alone.

    Views: history_<table>, archive_<table>, source_<table>,
    archive_source_<table>. Each carries its list of files; once the archive
    has moved on it raises an error that names this command. Checks every file
    it lists. FILE.sql beside it holds what a plain DuckDB says first. A file
    that this command did not write, or that holds more by now, is left as it
    is. Reads PostgreSQL and the lake. Exit status: 0 written, 2 bad input, a
    damaged file, or no server.

    Example: archive-jobs views lake.duckdb &&
    duckdb -readonly -init lake.sql lake.duckdb
    """
    from archive_jobs.commands.reading import make_views_file

    made = make_views_file(settings_of(archive_url, client=client), definitions, target, tuple(table or ()))
    if as_json:
        return show.print_json([vars(one) for one in made])
    shown = show.table("view", ">files", ">rows in them", ">change")
    for one in made:
        if one.files:
            shown.add_row(one.name, f"{one.files:,}", f"{one.rows:,}", str(one.revision))
    if any(one.files for one in made):
        show.print_table(shown)
    empty = sum(not one.files for one in made)
    if empty:
        print(f"{empty} of {len(made)} views have hot rows alone: nothing of their tables is archived", file=sys.stderr)
    words = shlex.quote(str(target.with_suffix(".sql")))
    print(f"to open it: duckdb -readonly -init {words} {shlex.quote(str(target))}", file=sys.stderr)
    return None


def _moment(known_at: str | None) -> datetime | None:
    from archive_jobs.times import parse_time

    return parse_time(known_at) if known_at else None
