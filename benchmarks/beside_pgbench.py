"""An application's latency while rows are archived beside it, against the same without: pgbench's TPC-B transactions.

    make bench-archive-pgbench                     1,000,000 rows to archive, 30 s of each, three rounds
    python -m benchmarks.beside_pgbench --rows 200000 --seconds 10 --rounds 1

Three times the same load: nothing beside it, a run as it comes, and a nice run (19) held to a rate, with one unit and
one thread of DuckDB at a time. pgbench sends at a fixed rate and counts from when a transaction was due, so that one
that had to queue is not forgiven. Each round compares with its own idle load, and the median of the rounds counts: a
machine that others share has good and bad minutes. The table goes to stdout as Markdown, progress to stderr. Also
times `status` on 10,000 units, which are made up in a catalogue of their own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from archive_jobs.catalogue import ensure_catalogue
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres, find_binaries
from definitions_to_dbt.library import load_library

SCHEMA = "analytics_service"
_BIN = Path(sys.executable).parent
_EVENT = {
    "code": "READING", "name": "Reading", "module": "PLANT", "description": "One reading.", "kind": "event",
    "time_column": "read_at", "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {"table_name": "readings", "columns": [
        {"name": "reading_id", "type": "bigint", "primary_key": True},
        {"name": "read_at", "type": "timestamptz", "nullable": False},
        {"name": "value", "type": "numeric(18,6)"}, {"name": "note", "type": "text"},
    ]},
}  # fmt: skip
_UNITS = """
insert into archive_catalog.table_guards (schema_name, table_name, kind)
select 'analytics_service', 'made_up_' || t, 'analytics' from generate_series(1, 10) as t;
insert into archive_catalog.units (unit_id, schema_name, table_name, kind, lo, hi, part_day, generation, state,
    active_attempt, row_count, active_from)
select md5(n::text)::uuid, 'analytics_service', 'made_up_' || 1 + n % 10, 'analytics', day, day + interval '1 day',
    day::date, 1, 'active', md5('a' || n)::uuid, 1000, now()
from generate_series(0, 9999) as n, lateral (select timestamptz '2000-01-01' + n / 10 * interval '1 day' as day) as d;
insert into archive_catalog.attempts (attempt_id, unit_id, state, predicate, fingerprint, definition_hash, owner_key,
    tool_version)
select active_attempt, unit_id, 'active', 'true', '', '', 0, '' from archive_catalog.units;
insert into archive_catalog.files (path, attempt_id, unit_id, part_day, row_count, byte_count, sha256)
select unit_id::text, active_attempt, unit_id, part_day, 1000, 10000, '' from archive_catalog.units;
analyze archive_catalog.units, archive_catalog.attempts, archive_catalog.files;
"""


def main(
    rows: Annotated[int, typer.Option(help="Rows to archive beside each load.")] = 1_000_000,
    seconds: Annotated[int, typer.Option(help="Seconds of each load.")] = 30,
    rounds: Annotated[int, typer.Option(help="How often; the median counts.")] = 3,
    rate: Annotated[int, typer.Option(help="Transactions a second that the application sends.")] = 100,
    rows_per_second: Annotated[int, typer.Option(help="What the run that is held may move.")] = 10_000,
) -> None:
    """Measure, and print a table. Exit status: 0 done, 2 no server."""
    with tempfile.TemporaryDirectory(prefix="beside-pgbench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "postgres", durable=True) as server:
            os.environ.update(server.environment, ANALYTICS_SCHEMA=SCHEMA, ARCHIVE_URL=str(folder / "lake"))
            definitions = _definitions(folder)
            _tell("filling pgbench's tables")
            subprocess.run([_pgbench(), "-i", "-q", "-s", "10"], check=True, capture_output=True)
            _load(folder, seconds, rate)  # warm
            held = ["--max-concurrent", "1", "--max-rows-per-second", str(rows_per_second)]
            found: dict[str, list[tuple[list[float], int]]] = {}
            for _ in range(rounds):
                found.setdefault("nothing", []).append((_load(folder, seconds, rate), 0))
                for what, words, threads in (
                    ("a run as it comes", [], "2"),
                    (f"a nice run held to {rows_per_second:,} rows/s", held, "1"),
                ):
                    measured = _beside(folder, definitions, rows, lambda: _load(folder, seconds, rate), words, threads)
                    found.setdefault(what, []).append(measured)
            _print(found, rate)
            print(
                f"\n`archive-jobs status` with 10,000 units: {_status_seconds() * 1000:.0f} ms, without starting Python"
            )


def _print(found: dict[str, list[tuple[list[float], int]]], rate: int) -> None:
    idle = [_percentile(latencies, 99) for latencies, _ in found["nothing"]]
    print(f"| beside {rate} transactions a second | p50, ms | p99, ms | p99, times idle | rows archived a second |")
    print("|---|---|---|---|---|")
    for what, rounds in found.items():
        p50, p99 = ([_percentile(latencies, percent) for latencies, _ in rounds] for percent in (50, 99))
        ratio = statistics.median(mine / theirs for mine, theirs in zip(p99, idle, strict=True))
        moved = statistics.median(rows for _, rows in rounds)
        print(f"| {what} | {statistics.median(p50):.1f} | {statistics.median(p99):.1f} | {ratio:.2f} | {moved:,.0f} |")


def _definitions(folder: Path) -> Path:
    made = folder / "definitions"
    for part, code, content in (
        ("modules", "PLANT", {"code": "PLANT", "name": "Plant", "description": "A plant."}),
        ("object_models", "READING", _EVENT),
    ):
        (made / part).mkdir(parents=True)
        (made / part / f"{code}.json").write_text(json.dumps(content))
    return made


def _beside(
    folder: Path, definitions: Path, rows: int, load: Callable[[], list[float]], words: list[str], threads: str
) -> tuple[list[float], int]:
    """The load while a run archives, from its first unit on; and rows a second that it has moved meanwhile."""
    _tell(f"filling {rows:,} rows to archive")
    with psycopg.connect(autocommit=True) as connection:
        model = load_library(definitions).object("READING")
        connection.execute(f"drop schema if exists {SCHEMA} cascade; drop schema if exists archive_catalog cascade")
        for ddl in (platform_ddl(SCHEMA), layer3_ddl(model, SCHEMA), layer2_ddl(model, SCHEMA)):
            connection.execute(ddl.encode())
        ensure_catalogue(connection)
        connection.execute(
            f"insert into {SCHEMA}.readings (reading_id, read_at, value, note, _raw_seq, _source_order)"
            f" select n, timestamptz '2024-01-01' + n * interval '{60 * 86400 / rows} seconds', n * 1.37,"
            f" 'reading ' || md5(n::text), n, n from generate_series(1, {rows}) as n".encode()
        )
        connection.execute("checkpoint")
        command = [str(_BIN / "archive-jobs"), "run", "--yes", "--type", "analytics", "--definitions", str(definitions)]
        lake = {"ARCHIVE_URL": str(folder / uuid.uuid4().hex), "ARCHIVE_JOBS_DUCKDB_THREADS": threads}
        lake |= {"ARCHIVE_JOBS_NICE": "19"} if words else {}
        _tell(f"archiving beside the load {' '.join(words)}")
        log = (folder / "run.log").open("w")
        run = subprocess.Popen([*command, *words], env={**os.environ, **lake}, stdout=log, stderr=log)
        while run.poll() is None and not _moved(connection, "event = 'started'"):
            time.sleep(0.1)
        before, began = _moved(connection, "event = 'archived'"), time.monotonic()
        latencies = load()
        moved = _moved(connection, "event = 'archived'") - before
        took = time.monotonic() - began
        run.terminate()
        run.wait()
        return latencies, int(moved / took)


def _moved(connection: psycopg.Connection[Any], which: str) -> int:
    query = f"select coalesce(sum((details ->> 'rows')::bigint), 0) from archive_catalog.events where {which}"
    return int((connection.execute(query.encode()).fetchone() or (0,))[0])


def _load(folder: Path, seconds: int, rate: int) -> list[float]:
    """Milliseconds of each transaction, from when it was due."""
    _tell(f"{seconds} s of load")
    prefix = folder / "latency"
    for old in folder.glob("latency*"):
        old.unlink()
    command = [_pgbench(), "-n", "-c", "4", "-j", "1", "-T", str(seconds), "-R", str(rate), "-l"]
    subprocess.run([*command, f"--log-prefix={prefix}"], check=True, capture_output=True)
    lines = [line.split() for file in folder.glob("latency*") for line in file.read_text().splitlines()]
    # With a rate, pgbench counts from the scheduled start.
    return [int(line[2]) / 1000 for line in lines if line[2].isdigit()]


def _status_seconds() -> float:
    from archive_jobs.database import session
    from archive_jobs.keeping.status import status
    from archive_jobs.settings import ArchiveSettings

    settings = ArchiveSettings()
    with session(settings) as connection:
        connection.execute("drop schema if exists archive_catalog cascade")
        ensure_catalogue(connection)
        connection.execute(_UNITS.encode())
        taken: list[float] = []
        for _ in range(5):
            began = time.monotonic()
            found: list[Any] = status(connection, SCHEMA)
            taken.append(time.monotonic() - began)
        if sum(one.units for one in found) != 10_000:
            raise AssertionError(f"expected 10,000 units, found {sum(one.units for one in found)}")
    return statistics.median(taken)


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _pgbench() -> str:
    return str(find_binaries() / "pgbench")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command()(main)
    run_command_line(app)
