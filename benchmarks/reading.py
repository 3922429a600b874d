"""How long it takes to read a day, a year and everything of an archive of daily files, beside DuckDB told the files.

    make bench-read                                        2,556 days (seven years) of 6,000 rows
    python -m benchmarks.reading --days 256 --rows 500     smaller
    python -m benchmarks.reading --without-azurite
    python -m benchmarks.reading --day-alone --days 30 --rounds 200        only `retrieve` and `sql` of one day

The archive is made by `archive-jobs run`, first a tenth of it, then all, in an embedded server. Every way of asking
takes its turn in every round, so that what else the machine does meets all of them alike; the figures are medians of
the rounds, and ratios are to DuckDB reading exactly the files that are needed, by name. Each way has been asked once
before, so digests are checked and caches warm; what the first time takes is told apart. Markdown to stdout, progress to
stderr.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from archive_jobs.lake.stores import open_store
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.views_file import write_views
from benchmarks.reading_archive import BUSY, FIRST, SCHEMA, Bench, note
from benchmarks.reading_azure import over_azurite
from benchmarks.reading_ways import (
    SUMS,
    Way,
    condition,
    medians,
    ours,
    print_table,
    ways_to_ask,
    ways_to_retrieve,
    ways_to_sum,
)
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres


def measure(bench: Bench, session: Session, days: int, rounds: int) -> dict[str, dict[str, tuple[float, float]]]:
    """A day and a year of an archive of so many days."""
    begun = time.monotonic()
    views = bench.folder / "views.duckdb"
    write_views(bench.settings, bench.library, open_store(bench.settings, writable=False), views, ["measures"])
    note(f"views over {days} files, each checked, written in {time.monotonic() - begun:.1f} s")
    subprocess.run(
        [sys.executable, "-m", "archive_jobs.cli", "delta", "measures", "--definitions", str(bench.definitions)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    day, year = bench.interval(days // 2, 1), bench.interval(0, 365)
    found = {"a day, all columns": medians(ways_to_retrieve(bench, session, "measures", day), rounds)}
    found["a day's sums"] = medians(ways_to_ask(bench, session, "measures", day, views), rounds)
    if days >= 365:
        found["a year's sums"] = medians(ways_to_ask(bench, session, "measures", year, views), rounds)
        found["a year, all columns"] = medians(ways_to_retrieve(bench, session, "measures", year), rounds)
    for heading, table in found.items():
        print_table(f"{heading}, of {days:,} daily files", table)
    return found


def measure_day(folder: Path, days: int, rows: int, rounds: int) -> None:
    """One day, and nothing that takes longer than it: in seconds, so that a busy machine may be kept off meanwhile."""
    with EmbeddedPostgres(folder / "server", settings={"shared_buffers": "512MB"}) as server:
        os.environ.update(server.environment)
        os.environ["ARCHIVE_URL"] = str(folder / "lake")
        bench = Bench(folder, days, rows)
        bench.add("measures", 0, days)
        bench.archive()
        day = bench.interval(days // 2, 1)
        with Session(bench.settings, open_store(bench.settings, writable=False)) as session:
            found = medians(ways_to_retrieve(bench, session, "measures", day), rounds)
            print_table(f"a day, all columns, of {days:,} daily files", found)
            found = medians(ways_to_sum(bench, session, "measures", day), rounds)
            print_table(f"a day's sums, of {days:,} daily files", found)
        bench.connection.close()


def measure_all(folder: Path, days: int, rows: int, rounds: int, *, azurite: bool) -> None:
    """Grow the archive to a tenth, then to all, and measure at both."""
    with EmbeddedPostgres(folder / "server", settings={"shared_buffers": "512MB"}) as server:
        os.environ.update(server.environment)
        os.environ["ARCHIVE_URL"] = str(folder / "lake")
        bench = Bench(folder, days, rows)
        tenth = max(days // 10, 2)
        bench.add("measures", 0, tenth)
        bench.archive()
        with Session(bench.settings, open_store(bench.settings, writable=False)) as session:
            small = measure(bench, session, tenth, rounds)
            bench.connection.execute(
                f"create table {SCHEMA}.everything (like {SCHEMA}.measures including all)".encode()
            )
            busy = days * 3 // 4
            bench.add("measures", tenth, busy)
            bench.add("measures", busy, busy + 1, rows=BUSY)
            bench.add("measures", busy + 1, days)
            bench.archive()
            note("PostgreSQL gets everything")
            bench.add("everything", 0, days)
            # Thirty days that stay hot, on both sides.
            recent = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=31)
            for table in ("measures", "everything"):
                bench.add(table, 0, 30, recent)
                bench.connection.execute(f"vacuum analyze {SCHEMA}.{table}".encode())
            large = measure(bench, session, days, rounds)
            found = medians(ways_to_retrieve(bench, session, "measures", bench.interval(busy, 1)), rounds)
            print_table(f"a busy day of {BUSY:,} rows, all columns, of {days:,} daily files", found)
            grown(small, large)
            against_postgres(bench, session, days, max(rounds // 3, 3))
            moving(bench, session, days, rounds)
            memory(bench)
        if azurite:
            over_azurite(bench, rounds)
        bench.connection.close()


def grown(small: dict[str, Any], large: dict[str, Any]) -> None:
    """What ten times as many files do to a question."""
    print("\n| ten times the files | a tenth, ms | all, ms | times |\n|---|---|---|---|")
    for heading in [name for name in small if name in large]:
        for way, (_, before) in small[heading].items():
            after = large[heading][way][1]
            print(f"| {heading}: {way} | {before:,.1f} | {after:,.1f} | {after / before:.2f} |")


def against_postgres(bench: Bench, session: Session, days: int, rounds: int) -> None:
    """Hot and cold as one, against a PostgreSQL that holds everything."""

    def asked(sql: str) -> Way:
        return lambda: len(bench.connection.execute(sql.encode()).fetchall())

    def mine(query: str) -> Way:
        asked_of_us = ours(bench, session, query)
        return lambda: len(asked_of_us())

    year = condition(bench.interval(days // 2, min(365, days // 3)))
    asked_for = {
        "everything's sums": "true",
        "a year's sums": year,
        "the last 30 days' sums": "at_time > now() - interval '40 days'",
    }
    for heading, where in asked_for.items():
        theirs = SUMS.format(f"(select * from {SCHEMA}.everything where {where}) as x")
        query = SUMS.format(f"(select * from history_measures where {where})")
        found = medians({"PostgreSQL holding everything": asked(theirs), "hot and cold (`sql`)": mine(query)}, rounds)
        print_table(f"{heading}, {days * bench.rows:,} rows", found)


def moving(bench: Bench, session: Session, days: int, rounds: int) -> None:
    """A day of an event whose time may change: what is later is compared by key. Two years of it."""
    days = min(days, 730)
    bench.connection.execute(
        f"insert into {SCHEMA}.moving (metric_id, process_id, value, at_time, _raw_seq, _source_order)"
        f" select 'm', d || '/' || n, 1, timestamptz '{FIRST.isoformat()}' + d * interval '1 day', d, d"
        f" from generate_series(0, {days} - 1) d, generate_series(1, 200) n".encode()
    )
    bench.archive()
    for heading, first in (("an early day", days // 10), ("a late day", days - days // 10)):
        day = bench.interval(first, 1)
        found = medians(ways_to_retrieve(bench, session, "moving", day), max(rounds // 3, 3))
        print_table(f"{heading}, all columns, of {days:,} files under a key without the time", found)


def memory(bench: Bench) -> None:
    """What a process that streams everything needs at most."""
    code = (
        "import archive_jobs, sys\n"
        f"batches = archive_jobs.retrieve('measures', end=sys.argv[1], definitions={str(bench.definitions)!r})\n"
        "rows = sum(batch.num_rows for batch in batches)\n"
        # Not ru_maxrss: what a process begins with there is the peak of the one that started it.
        "said = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(rows, int(said['VmHWM'].split()[0]) * 1024)"
    )
    print("\n| streamed by retrieve | rows | peak memory, MB | seconds |\n|---|---|---|---|")
    for days in (bench.days // 10, bench.days):
        begun = time.monotonic()
        end = (FIRST + timedelta(days=days - 1)).date().isoformat()
        done = subprocess.run([sys.executable, "-c", code, end], check=True, capture_output=True, text=True)
        rows, peak = map(int, done.stdout.split())
        print(f"| {days:,} days | {rows:,} | {peak / 1e6:,.0f} | {time.monotonic() - begun:.1f} |", flush=True)


def main(
    days: Annotated[int, typer.Option(help="Daily files.")] = 2556,
    rows: Annotated[int, typer.Option(help="Rows a day.")] = 6000,
    rounds: Annotated[int, typer.Option(help="How often each way is asked.")] = 15,
    without_azurite: Annotated[bool, typer.Option("--without-azurite", help="Only the local disk.")] = False,
    day_alone: Annotated[bool, typer.Option("--day-alone", help="Only one day, by `retrieve` and `sql`.")] = False,
) -> None:
    """Measure reading. Nothing but a temporary folder is touched."""
    with tempfile.TemporaryDirectory(prefix="bench-read-", ignore_cleanup_errors=True, dir="/var/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        if day_alone:
            measure_day(place, days, rows, rounds)
            return
        measure_all(place, days, rows, rounds, azurite=not without_azurite)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
