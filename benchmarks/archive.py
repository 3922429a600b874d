"""Seconds, CPU seconds and memory of archiving, beside PostgreSQL's own COPY of the same rows in the same minute.

    make bench-archive                                     this with 3,000,000 rows in one unit, then archive_limits
    python -m benchmarks.archive --rows 300000 --units 5   five units at once

Each archive runs in a process of its own over a table of ten columns of mixed types, in an embedded server that writes
through to the disk. The table's shape has been rehearsed before, as in every run but a table's first. CPU seconds count
PostgreSQL's processes and ours: on a busy machine they say more than seconds. Markdown goes to stdout, progress to
stderr.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
import typer

from archive_jobs.copying.engine import postgres_extension
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres, find_binaries

Mode = Literal["partition", "delete"]
SCHEMA = "analytics_service"
_TICKS = os.sysconf("SC_CLK_TCK")
COLUMNS = {
    "event_id": "bigint", "session_id": "uuid", "note": "text", "amount": "numeric(18,6)",
    "reading": "double precision", "happened_at": "timestamptz", "payload": "jsonb", "is_final": "boolean",
    "quantity": "integer", "status": "text",
}  # fmt: skip
ROWS = """
insert into {table}
select g, md5(g::text)::uuid, 'customer ' || md5((g % 50000)::text) || ' order text number ' || g,
    (random() * 1e6)::numeric(18,6), random() * 1000, timestamptz '{first}' + g * interval '{step} microseconds',
    jsonb_build_object('id', g, 'name', 'n' || (g % 1000), 'v', (random() * 100)::numeric(6,2)),
    g % 2 = 0, (random() * 1e6)::int, case when g % 3 = 0 then null else 'status ' || (g % 7) end
from generate_series(0, {rows} - 1) g
"""


@dataclass
class Measured:
    """What one way of moving the rows took."""

    what: str
    seconds: float = 0
    cpu_ours: float = 0
    cpu_server: float = 0
    peak_bytes: int = 0
    bytes: int = 0
    # Seconds, our CPU seconds and PostgreSQL's, by stage.
    stages: dict[str, list[float]] = field(default_factory=dict)
    # How long each commit held its locks.
    held: list[float] = field(default_factory=list)

    def line(self, copy: Measured) -> str:
        """The line of the table, with ratios to the raw COPY."""
        cpu = self.cpu_ours + self.cpu_server
        ratio, cpu_ratio = self.seconds / copy.seconds, cpu / (copy.cpu_ours + copy.cpu_server)
        peak = f"{self.peak_bytes / 1e6:,.0f}" if self.peak_bytes else ""
        size = f"{self.bytes / 1e6:,.0f}" if self.bytes else ""
        return f"| {self.what} | {self.seconds:.1f} | {ratio:.1f} | {cpu:.1f} | {cpu_ratio:.1f} | {peak} | {size} |"

    def stage_lines(self, copy: Measured) -> list[str]:
        """The table of the stages, with ratios to the raw COPY."""
        heading = "| stage | seconds | times COPY | CPU, ours | CPU, PostgreSQL | times COPY |"
        lines = ["", heading, "|---|---|---|---|---|---|"]
        for stage, (seconds, ours, server) in self.stages.items():
            ratio, cpu_ratio = seconds / copy.seconds, (ours + server) / (copy.cpu_ours + copy.cpu_server)
            if ratio >= 0.005 or cpu_ratio >= 0.005:
                lines.append(f"| {stage} | {seconds:.2f} | {ratio:.2f} | {ours:.2f} | {server:.2f} | {cpu_ratio:.2f} |")
        return lines


HEADING = """\
| what | seconds | times COPY | CPU seconds | times COPY | peak memory, MB | lake, MB |
|---|---|---|---|---|---|---|"""


def definition(mode: Mode, name: str) -> dict[str, Any]:
    """The object model of one measured table."""
    return {
        "code": name.upper(), "name": name, "module": "BENCH", "description": "Measured.", "kind": "event",
        "time_column": "happened_at",
        "archive": {"analytics": {"retention": "90 days", "partition_by": "month"}},
        "storage": {"layout": "partitions" if mode == "partition" else "plain"},
        "table_schema": {
            "table_name": name,
            "columns": [
                {"name": column, "type": kind} | ({"nullable": False} if column == "happened_at" else {})
                for column, kind in COLUMNS.items()
            ],
        },
    }  # fmt: skip


def write_library(folder: Path, names: list[str], mode: Mode) -> Path:
    """The definitions of the measured tables."""
    for kind in ("modules", "object_models"):
        (folder / kind).mkdir(parents=True)
    (folder / "modules/BENCH.json").write_text(json.dumps({"code": "BENCH", "name": "Bench", "description": "Bench."}))
    for name in names:
        (folder / f"object_models/{name}.json").write_text(json.dumps(definition(mode, name)))
    return folder


def make_table(
    connection: psycopg.Connection[Any], name: str, mode: Mode, rows: int, units: int, values: str = ROWS
) -> None:
    """A table as somebody else makes it, each unit a month."""
    months = [f"2023-{month:02}-01" for month in range(1, units + 2)]
    columns = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items()).replace("stamptz", "stamptz not null")
    by = " partition by range (happened_at)" if mode == "partition" else ""
    connection.execute(f"create table {SCHEMA}.{name} ({columns}){by}".encode())
    if mode == "partition":
        for number, (low, high) in enumerate(itertools.pairwise(months)):
            connection.execute(
                f"create table {SCHEMA}.{name}_{number} partition of {SCHEMA}.{name} for values from"
                f" ('{low} 00:00+00') to ('{high} 00:00+00')".encode()
            )
    else:
        connection.execute(f"create index on {SCHEMA}.{name} (happened_at)".encode())
    count = rows // units
    for month in months[:-1]:
        step = 27 * 86_400_000_000 // count
        table = f"{SCHEMA}.{name}"
        connection.execute(values.format(table=table, first=f"{month} 00:00+00", step=step, rows=count).encode())
    connection.execute(f"vacuum analyze {SCHEMA}.{name}".encode())


def server_cpu(postmaster: int) -> float:
    """CPU seconds of the server's processes, of those that have ended too."""
    total = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            found = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(place.parent.name) == postmaster:
            total += sum(map(int, found[11:15]))
        elif int(found[1]) == postmaster:
            total += sum(map(int, found[11:13]))
    return total / _TICKS


@contextmanager
def measuring(what: str, postmaster: int) -> Iterator[Measured]:
    """Seconds and CPU seconds of the block; of child processes too."""
    found = Measured(what)
    begun, ours, server = time.monotonic(), os.times(), server_cpu(postmaster)
    yield found
    now = os.times()
    found.seconds = time.monotonic() - begun
    found.cpu_ours = sum(now[:4]) - sum(ours[:4])
    found.cpu_server = server_cpu(postmaster) - server
    print(f"{what}: {found.seconds:.1f} s", file=sys.stderr)


def copy_raw(postmaster: int, table: str) -> Measured:
    """COPY out in PostgreSQL's binary format, read by psql and thrown away."""
    with measuring("raw COPY, binary, to nowhere", postmaster) as found:
        psql = Path(find_binaries()) / "psql"
        query = f"copy (select * from {table}) to stdout (format binary)"
        subprocess.run([psql, "-qXc", query], check=True, stdout=subprocess.DEVNULL)
    return found


def copy_with_duckdb(postmaster: int, table: str, folder: Path) -> Measured:
    """DuckDB's own COPY from the attached table: no proof, no delete."""
    target = folder / "bare.parquet"
    with measuring("bare DuckDB COPY (no proof, no delete)", postmaster) as found:
        code = (
            "import duckdb, sys; e = duckdb.connect(config={'threads': 2, 'memory_limit': '512MB'});"
            f" e.execute('load ''{postgres_extension()}''');".replace("''", "\\'")
            + " e.execute(\"attach '' as pg (type postgres, read_only)\");"
            f" e.execute('set enable_progress_bar = false'); e.execute(\"copy (select * from pg.{table})"
            f" to '{target}' (format parquet, compression zstd)\")"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
    found.bytes = target.stat().st_size
    return found


def archive(postmaster: int, what: str, definitions: Path, name: str) -> Measured:
    """The archiver's own run in a process of its own."""
    with measuring(what, postmaster) as found:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.archive_child", str(definitions), name, str(postmaster)],
            check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    said = json.loads(done.stdout.splitlines()[-1])
    if said["kept_hot"]:
        raise SystemExit(f"{what}: {said['kept_hot']}")
    found.seconds, found.peak_bytes, found.bytes = said["seconds"], said["peak_bytes"], said["bytes"]
    found.cpu_ours, found.stages, found.held = said["cpu"], said["stages"], said["held"]
    return found


def measure(rows: int, units: int, modes: list[Mode], folder: Path) -> None:
    """One table for each mode, and what became of its rows."""
    with EmbeddedPostgres(folder / "server", durable=True, settings={"shared_buffers": "256MB"}) as server:
        os.environ.update(server.environment)
        os.environ["ARCHIVE_URL"] = str(folder / "lake")
        os.environ["MAX_CONCURRENT_ARCHIVAL_TASKS"] = str(units)
        postmaster = int((folder / "server/data/postmaster.pid").read_text().splitlines()[0])
        with psycopg.connect(autocommit=True) as connection:
            connection.execute(f"create schema {SCHEMA}".encode())
            print(HEADING)
            for mode in modes:
                name = f"measured_{mode}"
                table = f"{SCHEMA}.{name}"
                make_table(connection, name, mode, 1000, 1)
                definitions = write_library(folder / f"definitions_{mode}", [name], mode)
                archive(postmaster, f"rehearsal of {mode}", definitions, name)
                connection.execute(f"drop table {table}".encode())
                make_table(connection, name, mode, rows, units)
                connection.execute("checkpoint")
                in_postgres = table_bytes(connection, table)
                raw = copy_raw(postmaster, table)
                bare = copy_with_duckdb(postmaster, table, folder)
                before = database_bytes(connection)
                ours = archive(postmaster, f"archived, {units} unit(s), by {mode}", definitions, name)
                connection.execute(f"vacuum {table}".encode())
                given_back = before - database_bytes(connection)
                for line in (raw, bare, ours):
                    print(line.line(raw), flush=True)
                print("\n".join(ours.stage_lines(raw)))
                print(f"\n{mode}: {worth(in_postgres, ours.bytes, given_back)}\n", flush=True)
                connection.execute(f"drop table {table}".encode())


def table_bytes(connection: psycopg.Connection[Any], table: str) -> int:
    """What a table takes in PostgreSQL, with its partitions and indexes."""
    row = connection.execute(
        "select pg_total_relation_size(%s) + coalesce(sum(pg_total_relation_size(inhrelid)), 0)"
        " from pg_inherits where inhparent = %s::regclass",
        (table, table),
    ).fetchone()
    return int(row[0]) if row else 0


def database_bytes(connection: psycopg.Connection[Any]) -> int:
    """What the whole database takes."""
    row = connection.execute("select pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def worth(in_postgres: int, in_lake: int, given_back: int) -> str:
    """Sizes, and what storing a terabyte of such rows costs each month by the prices of `prices.json`."""
    prices = json.loads((Path(__file__).parent / "prices.json").read_text())
    ratio = in_lake / in_postgres
    hot, cold = 1000 * prices["postgresql_gb_month"], 1000 * ratio * prices["lake_gb_month"]
    return (
        f"{in_postgres / 1e6:,.0f} MB in PostgreSQL, {in_lake / 1e6:,.0f} MB in the lake ({ratio:.2f}),"
        f" {given_back / 1e6:,.0f} MB of disk given back after a plain VACUUM. A terabyte of such rows, a month:"
        f" {hot:,.0f} {prices['currency']} hot, {cold:,.2f} in the lake ({prices['source']})"
    )


def main(
    rows: Annotated[int, typer.Option(help="Rows in all.")] = 3_000_000,
    units: Annotated[int, typer.Option(help="Units they lie in, all archived at once.")] = 1,
    mode: Annotated[list[str] | None, typer.Option(help="partition, delete or both.")] = None,
) -> None:
    """Measure archiving beside COPY. Nothing but a temporary folder is touched."""
    modes: list[Mode] = (
        ["partition", "delete"] if mode is None else [one for one in ("partition", "delete") if one in mode]
    )  # type: ignore[misc]  # the literals are these two
    with tempfile.TemporaryDirectory(prefix="bench-archive-", ignore_cleanup_errors=True, dir="/var/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        measure(rows, units, modes, place)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
