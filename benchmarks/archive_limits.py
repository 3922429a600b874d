"""Memory of ten million rows, two and five units at once, and how long drops hold their lock.

    python -m benchmarks.archive_limits    about two minutes on two idle cores

The same table, server and process as in `benchmarks.archive`. Markdown goes to stdout, progress to stderr.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from benchmarks.archive import COLUMNS, SCHEMA, Measured, archive, make_table, write_library
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

_SMALL = """
insert into {table}
select g, null, 'note ' || g % 100, g % 1000, g, timestamptz '{first}' + g * interval '{step} microseconds',
    null, true, g % 10, null
from generate_series(0, {rows} - 1) g
"""
_FIRST = date(2023, 1, 1)


class Bench:
    """A server, a lake, and one table after the other."""

    def __init__(self, folder: Path, server: EmbeddedPostgres, connection: psycopg.Connection[Any]) -> None:
        self._folder, self._connection = folder, connection
        self._postmaster = int((folder / "server/data/postmaster.pid").read_text().splitlines()[0])
        os.environ.update(server.environment)
        os.environ["ARCHIVE_URL"] = str(folder / "lake")

    def run(self, name: str, what: str, at_once: int) -> Measured:
        """Archive the table that was just made."""
        os.environ["MAX_CONCURRENT_ARCHIVAL_TASKS"] = str(at_once)
        definitions = self._folder / f"definitions_{name}"
        if not definitions.exists():
            write_library(definitions, [name], "partition")
        found = archive(self._postmaster, what, definitions, name)
        self._connection.execute(f"drop table {SCHEMA}.{name}".encode())
        return found

    def rehearse(self, name: str) -> None:
        """A table's first unit is restored in full and compared: not what is measured here."""
        make_table(self._connection, name, "partition", 1000, 1)
        self.run(name, f"rehearsal of {name}", 1)

    def small_rows(self, rows: int) -> Measured:
        """One partition of rows that are as small as they get."""
        name = f"small_{rows}"
        self.rehearse(name)
        make_table(self._connection, name, "partition", rows, 1, _SMALL)
        return self.run(name, f"{rows:,} small rows, 1 unit", 1)

    def at_once(self, rows: int, units: int) -> Measured:
        """Rows of mixed types in several partitions, all archived at the same time."""
        name = f"at_once_{units}"
        self.rehearse(name)
        make_table(self._connection, name, "partition", rows, units)
        return self.run(name, f"{rows:,} rows of mixed types, {units} unit(s) at once", units)

    def many(self, partitions: int, rows: int) -> Measured:
        """Many partitions of a day, one after the other."""
        name = "daily"
        self.rehearse(name)
        columns = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items()).replace(
            "stamptz", "stamptz not null"
        )
        self._connection.execute(f"create table {SCHEMA}.{name} ({columns}) partition by range (happened_at)".encode())
        for number in range(partitions):
            low, high = (_FIRST + timedelta(days=number + more) for more in (0, 1))
            self._connection.execute(
                f"create table {SCHEMA}.{name}_{number} partition of {SCHEMA}.{name}"
                f" for values from ('{low} 00:00+00') to ('{high} 00:00+00')".encode()
            )
        step = 86_400_000_000 // rows
        query = _SMALL.format(table=f"{SCHEMA}.{name}", first=f"{_FIRST} 00:00+00", step=step, rows=rows * partitions)
        self._connection.execute(query.encode())
        self._connection.execute(f"vacuum analyze {SCHEMA}.{name}".encode())
        return self.run(name, f"{partitions} partitions of {rows:,} rows", 1)


def _line(found: Measured) -> str:
    cpu = found.cpu_ours + found.cpu_server
    held = sorted(found.held)
    middle, late = (f"{1000 * held[min(int(len(held) * part), len(held) - 1)]:,.0f}" for part in (0.5, 0.99))
    return (
        f"| {found.what} | {found.seconds:.1f} | {cpu:.1f} | {found.peak_bytes / 1e6:,.0f}"
        f" | {len(held)} | {middle} | {late} |"
    )


def main(
    rows: Annotated[int, typer.Option(help="Rows for the memory.")] = 10_000_000,
    mixed: Annotated[int, typer.Option(help="Rows of mixed types for several units at once.")] = 1_500_000,
    partitions: Annotated[int, typer.Option(help="Partitions for the locks.")] = 60,
    partition_rows: Annotated[int, typer.Option(help="Rows of each of them.")] = 20_000,
) -> None:
    """Measure the limits. Nothing but a temporary folder is touched."""
    with tempfile.TemporaryDirectory(prefix="bench-limits-", ignore_cleanup_errors=True, dir="/var/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "server", durable=True, settings={"shared_buffers": "256MB"}) as server:
            os.environ.update(server.environment)
            with psycopg.connect(autocommit=True) as connection:
                connection.execute(f"create schema {SCHEMA}".encode())
                bench = Bench(folder, server, connection)
                print("| what | seconds | CPU seconds | peak memory, MB | drops | lock held, p50 ms | p99 ms |")
                print("|---|---|---|---|---|---|---|", flush=True)
                for count in (rows // 10, rows):
                    print(_line(bench.small_rows(count)), flush=True)
                for units in (1, 2, 5):
                    print(_line(bench.at_once(mixed, units)), flush=True)
                print(_line(bench.many(partitions, partition_rows)), flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
