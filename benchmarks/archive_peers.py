"""What other tools take to copy the rows that the archiver archives, and what each makes of the edges of every type.

    make bench-archive-peers                 1,000,000 rows, then the type table; under five minutes
    make bench-archive-peers ROWS=300000     a smaller table; ROWS=0 for the type table alone

The same table on the same server as `benchmarks.archive`. Each tool runs in a process of its own, from an environment
that is made for it from PyPI and deleted afterwards, and beside a raw COPY that ran right before it: ratios are of one
minute. A tool that cannot be installed, or stops, is named and left out. The archiver comes last, as it takes the rows.
Where the server has TimescaleDB, what its compressed chunks take stands beside. Markdown goes to stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from archive_jobs.copying.engine import postgres_extension
from benchmarks import archive, peer_cells
from benchmarks.archive import SCHEMA, Measured
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres, find_binaries, has_timescaledb

_SCRIPT = Path(__file__).with_name("peer_tools.py")
_UV = Path(sys.executable).parent / "uv"
_MOST_SECONDS = 600
_SQLALCHEMY = ("sqlalchemy==2.1.9", "psycopg[binary]==3.3.9", "pyarrow==26.0.1")


@dataclass(frozen=True)
class Peer:
    """A tool, and what it is installed from; DuckDB is the project's own."""

    tool: str
    name: str
    packages: tuple[str, ...] = ()


PEERS = [
    Peer("duckdb", "bare DuckDB COPY"),
    Peer("connectorx", "ConnectorX 0.4.6 + pyarrow", ("connectorx==0.4.6", "pyarrow==26.0.1")),
    Peer("adbc", "ADBC PostgreSQL 1.13.0 + pyarrow", (
        "adbc-driver-postgresql==1.13.0", "adbc-driver-manager==1.13.0", "pyarrow==26.0.1",
    )),
    Peer("pandas", "pandas 3.1.1, chunks of 100,000", ("pandas==3.1.1", *_SQLALCHEMY)),
    Peer("dlt", "dlt 1.31.0 `sql_table`, pyarrow backend", ("dlt[sql_database,parquet]==1.31.0", *_SQLALCHEMY)),
]  # fmt: skip


def install(folder: Path, peer: Peer) -> Path | None:
    """The Python that has the tool; None where PyPI does not give it."""
    if not peer.packages:
        return Path(sys.executable)
    place = folder / "tools" / peer.tool
    python = place / "bin/python"
    for words in (["venv", "-q", "--python", sys.executable, place], ["pip", "install", "-q", "--python", python]):
        packages = peer.packages if words[0] == "pip" else ()
        done = subprocess.run([_UV, *words, *packages], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{peer.name}: not installed: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    return python


def start(python: Path, job: str, peer: Peer, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """One job of peer_tools in the tool's environment."""
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "PYTHONPATH": ""}
    environment = os.environ | quiet | {"PEER_DUCKDB_EXTENSION": str(postgres_extension())}
    return subprocess.run(
        [python, _SCRIPT, job, peer.tool, *words], env=environment, capture_output=True, text=True,
        check=False, timeout=_MOST_SECONDS, **options,
    )  # fmt: skip


def copy(python: Path, peer: Peer, postmaster: int, table: str, folder: Path) -> Measured | str:
    """One tool's copy of the table, or the last line of what it said when it stopped."""
    target = folder / "copies" / peer.tool
    target.mkdir(parents=True)
    with archive.measuring(peer.name, postmaster) as found:
        done = start(python, "copy", peer, SCHEMA, table, str(target))
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:200]
    said = json.loads(done.stdout.splitlines()[-1])
    found.seconds, found.peak_bytes, found.bytes = said["seconds"], said["peak_bytes"], said["bytes"]
    return found


def measure(pythons: dict[Peer, Path], postmaster: int, rows: int, folder: Path) -> Iterator[str]:
    """Lines of the table: each tool's copy, then the archiver's run."""
    name = "measured_partition"
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(f"create schema {SCHEMA}".encode())
        archive.make_table(connection, name, "partition", 1000, 1)
        definitions = archive.write_library(folder / "definitions", [name], "partition")
        archive.archive(postmaster, "rehearsal", definitions, name)
        connection.execute(f"drop table {SCHEMA}.{name}".encode())
        archive.make_table(connection, name, "partition", rows, 1)
        yield archive.HEADING.replace("lake, MB", "written, MB")
        first = archive.copy_raw(postmaster, f"{SCHEMA}.{name}")
        yield first.line(first)
        for peer, python in pythons.items():
            raw = archive.copy_raw(postmaster, f"{SCHEMA}.{name}")
            found = copy(python, peer, postmaster, name, folder)
            yield found.line(raw) if isinstance(found, Measured) else f"| {peer.name} | stopped: {found} | | | | | |"
        raw = archive.copy_raw(postmaster, f"{SCHEMA}.{name}")
        compressed = timescale_bytes(connection, name) if has_timescaledb(find_binaries()) else None
        ours = archive.archive(postmaster, "archived in full: copied, proven, removed", definitions, name)
        yield ours.line(raw)
        if compressed is None:
            yield "\nThis server has no TimescaleDB, so nothing is said of its compressed chunks."
        else:
            hot, cold = compressed
            yield (
                f"\nThe same rows in a hypertable of TimescaleDB: {hot / 1e6:,.0f} MB, in compressed chunks"
                f" {cold / 1e6:,.0f} MB; in the archive {ours.bytes / 1e6:,.0f} MB."
            )


def timescale_bytes(connection: psycopg.Connection[Any], name: str) -> tuple[int, int]:
    """Bytes of the rows in a hypertable, before and after its chunks were compressed in the order of time."""
    size = f"select hypertable_size('{SCHEMA}.chunked')"
    found = []
    for statement in (
        "create extension if not exists timescaledb",
        f"create table {SCHEMA}.chunked (like {SCHEMA}.{name})",
        f"select create_hypertable('{SCHEMA}.chunked', by_range('happened_at', interval '1 month'))",
        f"insert into {SCHEMA}.chunked select * from {SCHEMA}.{name} order by happened_at",
        size,
        f"alter table {SCHEMA}.chunked set (timescaledb.compress, timescaledb.compress_orderby = 'happened_at')",
        f"select compress_chunk(c) from show_chunks('{SCHEMA}.chunked') c",
        size,
    ):
        done = connection.execute(statement.encode())
        if statement == size:
            found += done.fetchall()
    connection.execute(f"drop table {SCHEMA}.chunked".encode())
    return int(found[0][0]), int(found[1][0])


def main(
    rows: Annotated[int, typer.Option(help="Rows that are copied.")] = 1_000_000,
    only: Annotated[list[str] | None, typer.Option(help="Only this tool. Give several times.")] = None,
    types: Annotated[bool, typer.Option(help="The type table too.")] = True,
) -> None:
    """Measure other tools beside the archiver. Nothing but a temporary folder is touched."""
    with tempfile.TemporaryDirectory(prefix="bench-peers-", ignore_cleanup_errors=True, dir="/var/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        chosen = [peer for peer in PEERS if only is None or peer.tool in only]
        pythons = {peer: python for peer in chosen if (python := install(folder, peer)) is not None}
        settings = {"shared_buffers": "256MB"}
        # ConnectorX knows no sockets, so that all connect over TCP here.
        with EmbeddedPostgres(folder / "server", durable=True, tcp=True, settings=settings) as server:
            os.environ.update(server.environment)
            os.environ |= {"ARCHIVE_URL": str(folder / "lake"), "ANALYTICS_SCHEMA": SCHEMA}
            postmaster = int((folder / "server/data/postmaster.pid").read_text().splitlines()[0])
            for line in measure(pythons, postmaster, rows, folder) if rows else ():
                print(line, flush=True)
            if types:
                with psycopg.connect(autocommit=True) as connection:
                    connection.execute(b"create database types")
                os.environ |= {"PGDATABASE": "types", "ARCHIVE_URL": str(folder / "types/lake")}
                for line in peer_cells.compare(pythons, folder):
                    print(line, flush=True)
        for peer in chosen:
            if peer not in pythons:
                print(f"\n{peer.name} could not be installed and is left out.")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
