"""How long it takes to read a day, a year and everything of an archive of daily files, beside DuckDB told the files.

    make bench-read                                        2,556 days (seven years) of 6,000 rows
    python -m benchmarks.reading --days 256 --rows 500     smaller
    python -m benchmarks.reading --without-azurite

The archive is made by `archive-jobs run`, first a tenth of it, then all, in an embedded server. Every way of asking
takes its turn in every round, so that what else the machine does meets all of them alike; the figures are medians of
the rounds, and ratios are to DuckDB reading exactly the files that are needed, by name. Each way has been asked once
before, so digests are checked and caches warm; what the first time takes is told apart. Markdown to stdout, progress to
stderr.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import duckdb
import psycopg
import typer

from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import open_library
from archive_jobs.reading.asked import ask
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.retrieve import Retrieval, batches_of
from archive_jobs.reading.views_file import write_views
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

SCHEMA = "analytics_service"
FIRST = datetime(2017, 1, 1, tzinfo=UTC)
BUSY = 300_000
_KEYED = {"metric_id": "String(64)", "process_id": "String(32)", "value": "numeric(18,6)", "at_time": "timestamptz"}
_ROWS = f"""
insert into {SCHEMA}.{{table}} (metric_id, process_id, value, at_time, _raw_seq, _source_order)
select 'SCOR.P' || n % 20, 'process ' || n / 20, (random() * 1e6)::numeric(18,6),
    timestamptz '{{first}}' + d * interval '1 day' + n * interval '200 milliseconds', d * 1000000::bigint + n, d
from generate_series({{low}}, {{high}} - 1) d, generate_series(1, {{rows}}) n
"""
SUMS = "select metric_id, count(*) as n, sum(value) as total from {} group by metric_id order by metric_id"
Way = Callable[[], Any]


def definition(name: str, key: tuple[str, ...]) -> dict[str, Any]:
    """An object of measurements under this key."""
    columns = [
        {"name": column, "type": kind, "nullable": False, **({"primary_key": True} if column in key else {})}
        for column, kind in _KEYED.items()
    ]
    return {
        "code": name.upper(), "name": name, "module": "BENCH", "description": "Measured.", "kind": "event",
        "time_column": "at_time", "storage": {"layout": "plain"}, "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": name, "columns": columns},
    }  # fmt: skip


class Bench:
    """A database, a lake, and what is asked of both."""

    def __init__(self, folder: Path, days: int, rows: int) -> None:
        self.folder, self.days, self.rows = folder, days, rows
        self.definitions = folder / "definitions"
        for kind in ("modules", "object_models"):
            (self.definitions / kind).mkdir(parents=True)
        (self.definitions / "modules/BENCH.json").write_text('{"code": "BENCH", "name": "Bench"}')
        for name, key in (
            ("measures", ("metric_id", "process_id", "at_time")),
            ("moving", ("metric_id", "process_id")),
        ):
            (self.definitions / f"object_models/{name}.json").write_text(json.dumps(definition(name, key)))
        self.settings = ArchiveSettings(memory_limit="512MB")
        self.library = open_library(self.settings, self.definitions)
        self.connection = psycopg.connect(autocommit=True)
        self.connection.execute(platform_ddl(SCHEMA).encode())
        for model in self.library.objects:
            self.connection.execute((layer3_ddl(model, SCHEMA) + layer2_ddl(model, SCHEMA)).encode())

    def add(self, table: str, low: int, high: int, first: datetime = FIRST, rows: int = 0) -> None:
        """So many days of rows."""
        said = {"table": table, "low": low, "high": high, "rows": rows or self.rows, "first": first.isoformat()}
        self.connection.execute(_ROWS.format(**said).encode())

    def archive(self) -> None:
        """Everything that is old enough, by the command."""
        command = ["run", "--type", "analytics", "--yes", "--json", "--definitions", str(self.definitions)]
        environment = {**os.environ, "CHUNK_BATCH_SIZE": "90", "MAX_CONCURRENT_ARCHIVAL_TASKS": "2"}
        begun = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "archive_jobs.cli", *command], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        note(f"archived in {time.monotonic() - begun:.0f} s")
        for name in ("measures", "moving"):
            self.connection.execute(f"vacuum analyze {SCHEMA}.{name}".encode())

    def interval(self, first: int, days: int) -> Interval:
        """Days of the archive, by number."""
        return Interval(FIRST + timedelta(days=first), FIRST + timedelta(days=first + days))

    def paths(self, table: str, interval: Interval) -> list[str]:
        """The files of an interval, as an oracle knows them."""
        found = self.connection.execute(
            "select path from archive_catalog.readable_files where table_name = %s and lo >= %s and hi <= %s"
            " order by lo",
            (table, interval.start, interval.end),
        )
        return [str(Path(os.environ["ARCHIVE_URL"]) / path) for (path,) in found]


def note(text: str) -> None:
    """Progress, for who waits."""
    print(text, file=sys.stderr, flush=True)


def medians(ways: dict[str, Way], rounds: int) -> dict[str, tuple[float, float]]:
    """Of each way the milliseconds of its first time and the median of the others; all have the same answer."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, Any] = {}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            answers[name] = way()
            taken[name].append((time.perf_counter() - begun) * 1000)
    if len({repr(answer) for answer in answers.values()}) != 1:
        raise SystemExit(f"the answers differ: { {name: str(answer)[:200] for name, answer in answers.items()} }")
    return {name: (times[0], statistics.median(times[1:])) for name, times in taken.items()}


def print_table(heading: str, found: dict[str, tuple[float, float]]) -> None:
    """Times and ratios to the first way."""
    base = next(iter(found.values()))[1]
    print(f"\n| {heading} | ms | times | first time, ms |\n|---|---|---|---|")
    for name, (first, median) in found.items():
        print(f"| {name} | {median:,.1f} | {median / base:.2f} | {first:,.1f} |", flush=True)


def plain_duckdb() -> duckdb.DuckDBPyConnection:
    """A session as a user opens one."""
    session = duckdb.connect(config={"threads": 2})
    session.execute("set TimeZone = 'UTC'")
    return session


def condition(interval: Interval, column: str = "at_time") -> str:
    """The interval in SQL."""
    return f"{column} >= timestamptz '{interval.start}' and {column} < timestamptz '{interval.end}'"


def hive(interval: Interval) -> str:
    """The interval in terms of folders, where it is a day or a year."""
    start, end = interval.start, interval.end
    if start is None or end is None:
        return "true"
    day = f" and part_month = {start.month} and part_day = {start.day}" if end - start == timedelta(days=1) else ""
    return f"part_year = {start.year}{day}"


def ways_to_ask(bench: Bench, session: Session, table: str, interval: Interval, views: Path) -> dict[str, Way]:
    """The same aggregate, by every way."""
    bare, file = plain_duckdb(), duckdb.connect(str(views), read_only=True)
    file.execute(views.with_suffix(".sql").read_text())
    paths = bench.paths(table, interval)
    folder = f"{os.environ['ARCHIVE_URL']}/{SCHEMA}/analytics/{table}"
    where = condition(interval)

    def ours() -> Any:
        query = f"{SUMS.format(f'(select * from history_{table} where {where})')}"
        with session.snapshot(query) as reader:
            return reader.engine.execute(ask(reader, bench.library, query).query).fetchall()

    def by_delta() -> Any:
        import deltalake

        opened = deltalake.DeltaTable(folder).to_pyarrow_dataset()
        bare.register("delta", opened)
        return bare.execute(SUMS.format(f"(select * from delta where {where})")).fetchall()

    def by(relation: str) -> Way:
        return lambda: bare.execute(SUMS.format(relation)).fetchall()

    glob = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    return {
        "DuckDB, told the files": by(f"read_parquet({paths})"),
        "sql and shell (`history_`, one snapshot)": ours,
        "the views file, plain DuckDB": lambda: file.execute(
            SUMS.format(f"(select * from history_{table} where {where})")
        ).fetchall(),
        "glob and Hive folders": by(f"(select * from {glob} where {hive(interval)})"),
        "glob and a filter on time": by(f"(select * from {glob} where {where})"),
        "Delta (deltalake, into DuckDB)": by_delta,
    }


def ways_to_retrieve(bench: Bench, session: Session, table: str, interval: Interval) -> dict[str, Way]:
    """All columns of an interval, as Arrow; what is compared is the number of rows."""
    bare = plain_duckdb()
    paths = bench.paths(table, interval)

    def ours() -> int:
        with session.snapshot(table) as reader:
            wanted = Retrieval(table, "analytics", interval)
            return sum(batch.num_rows for batch in batches_of(reader, bench.library, wanted))

    return {
        "DuckDB, told the files": lambda: (
            bare.execute(f"select * from read_parquet({paths})").to_arrow_table().num_rows
        ),
        "retrieve": ours,
    }


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
            from benchmarks.reading_azure import over_azurite

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

    def ours(query: str) -> Way:
        def answer() -> int:
            with session.snapshot(query) as reader:
                return len(reader.engine.execute(ask(reader, bench.library, query).query).fetchall())

        return answer

    year = condition(bench.interval(days // 2, min(365, days // 3)))
    asked_for = {
        "everything's sums": "true",
        "a year's sums": year,
        "the last 30 days' sums": "at_time > now() - interval '40 days'",
    }
    for heading, where in asked_for.items():
        theirs = SUMS.format(f"(select * from {SCHEMA}.everything where {where}) as x")
        mine = SUMS.format(f"(select * from history_measures where {where})")
        found = medians({"PostgreSQL holding everything": asked(theirs), "hot and cold (`sql`)": ours(mine)}, rounds)
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
        "import archive_jobs, resource, sys\n"
        f"batches = archive_jobs.retrieve('measures', end=sys.argv[1], definitions={str(bench.definitions)!r})\n"
        "rows = sum(batch.num_rows for batch in batches)\n"
        "print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
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
) -> None:
    """Measure reading. Nothing but a temporary folder is touched."""
    with tempfile.TemporaryDirectory(prefix="bench-read-", ignore_cleanup_errors=True, dir="/var/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        measure_all(place, days, rows, rounds, azurite=not without_azurite)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
