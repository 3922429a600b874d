"""The command `landing`. Results go to stdout, progress to stderr."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import sql
from psycopg.rows import dict_row
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import load_library
from definitions_to_dbt.postgres import connect, server_problems
from landing.file_format import FileFormat
from landing.load import LoadResult, load_file
from landing.settings import PlatformSettings, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Bring files into Layer 3, as they are.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Definitions = Annotated[Path | None, typer.Option(help="Folder of the definitions; `definitions` if not given.")]


@app.command()
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files to land, in this order.")],
    object_code: Annotated[str, typer.Option("--object", help="Code or table name of the object.")],
    source_system: Annotated[str | None, typer.Option(help="Who sent the files; as defined if not given.")] = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="What the files are; by extension if not given.")
    ] = None,
    ingested_at: Annotated[
        str | None,
        typer.Option(
            help="For backfills: the clock by which raw records age, ISO 8601, UTC if no zone; now if not given."
        ),
    ] = None,
    definitions: Definitions = None,
    as_json: AsJson = False,
) -> None:
    """Land every record of the files in source_<table>, byte for byte, each file in one transaction.

    The same file twice lands once. A record that cannot be read lands as bytes and is counted.

    Extensions: .ndjson .jsonl .json .csv (each also with .gz) .parquet .pq. With --format debezium a file holds
    change events, one per line or as an array; a line `null` behind a delete is its tombstone.

    Touches source_<table> and ingestion_runs, which it makes where they are missing.

    Exit status: 0 landed or landed before, 2 refused (the files before the refused one stay landed).

    Example: landing load orders.ndjson --object ORDER
    """
    settings = read_settings(definitions=definitions)
    clock = read_time(ingested_at) if ingested_at else None
    model = load_library(settings.definitions).object(object_code)
    done: list[LoadResult] = []
    with closing(connect()) as connection, _progress() as progress:
        for path in files:
            bar = progress.add_task(path.name, total=path.stat().st_size if path.is_file() else None)
            try:
                result = load_file(
                    connection,
                    model,
                    path,
                    schema=settings.analytics_schema,
                    file_format=file_format,
                    source_system=source_system,
                    ingested_at=clock,
                    progress=lambda count, bar=bar: progress.advance(bar, count),  # type: ignore[misc]  # a default binds the bar
                )
            except ProblemError as problem:
                raise _with_what_landed(problem, done, files) from problem
            done.append(result)
            if not as_json:
                print(describe(result))
    if as_json:
        print(json.dumps([result.as_json() for result in done], indent=2))


@app.command()
def runs(
    object_code: Annotated[str | None, typer.Option("--object", help="Only loads of this object.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the loads that have landed, oldest first. Reads only.

    Exit status: 0 listed, 2 refused. Example: landing runs --object ORDER
    """
    loads = _loads(read_settings(), object_code)
    if as_json:
        print(json.dumps(loads, indent=2, default=str))
    for run in [] if as_json else loads:
        stats = run["stats_json"]
        counts = f"{stats.get('records', 0):>12,} records {stats.get('unreadable', 0):>8,} unreadable"
        print(f"{run['started_at']:%Y-%m-%d %H:%M:%S}Z  {run['entity']:<24} {counts}  {run['source_file'] or '-'}")
    if not loads:
        print("nothing has landed yet", file=sys.stderr)


def read_time(text: str) -> datetime:
    """Return the time, in UTC if it names no zone. Raises ProblemError if it is none, or has not come yet."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ProblemError(
            f"--ingested-at: expected a time as 2024-11-08T06:00:00Z, found {text!r}",
            hint="Nothing was landed.",
        ) from None
    time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    if time > datetime.now(UTC):
        raise ProblemError(
            f"--ingested-at: expected a time that has passed, found {time.isoformat()}",
            hint="Nothing was landed.",
        )
    return time


def describe(result: LoadResult) -> str:
    """Return the line that tells a person what became of a file."""
    if not result.is_new:
        return f"{result.file}: landed before as run {result.run_id} ({result.records:,} records); nothing was changed"
    unreadable = f", {result.unreadable:,} of them unreadable" if result.unreadable else ""
    return (
        f"{result.file}: {result.records:,} records landed for {result.object}{unreadable}"
        f" in {result.seconds:.1f} s, ingested at {result.ingested_at:%Y-%m-%dT%H:%M:%SZ}, run {result.run_id}"
    )


def _with_what_landed(problem: ProblemError, done: list[LoadResult], files: list[Path]) -> ProblemError:
    """Add to the problem of one file what became of the others."""
    if len(files) == 1:
        return problem
    landed = ", ".join(result.file for result in done) or "none"
    left = ", ".join(str(path) for path in files[len(done) + 1 :]) or "none"
    hint = f"{problem.hint} Landed before it: {landed}. Not tried: {left}. Landing all of them again is safe."
    return ProblemError(str(problem), hint=hint)


def _loads(settings: PlatformSettings, object_code: str | None) -> list[dict[str, Any]]:
    ledger = sql.Identifier(settings.analytics_schema, "ingestion_runs")
    with closing(connect()) as connection, server_problems("Nothing was changed."):
        cursor = connection.cursor(row_factory=dict_row)
        found = cursor.execute("select to_regclass(%s) as ledger", [ledger.as_string(connection)]).fetchone()
        if not found or found["ledger"] is None:
            return []
        cursor.execute(
            sql.SQL("select * from {} where entity = coalesce(%(code)s, entity) order by started_at").format(ledger),
            {"code": object_code},
        )
        return cursor.fetchall()


def _progress() -> Progress:
    """A bar of bytes on stderr, for people: nothing is drawn where stderr is not a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    # rich would send what is printed meanwhile to its own console: results belong to stdout, also into a pipe.
    return Progress(*columns, console=console, disable=not console.is_terminal, redirect_stdout=sys.stdout.isatty())


def main() -> None:
    """Run the command; problems end with exit status 2."""
    # A connection lost in the middle of a COPY is a problem of ours to tell, not one more warning of the library's.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    run_command_line(app)
