"""The ways to ask the archive of `benchmarks.reading`, how long each takes, and a table of that."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from archive_jobs.reading.asked import asking
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.retrieve import Retrieval, batches_from
from archive_jobs.times import Interval
from benchmarks.reading_archive import SCHEMA, Bench

SUMS = "select metric_id, count(*) as n, sum(value) as total from {} group by metric_id order by metric_id"
Way = Callable[[], Any]


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


def ours(bench: Bench, session: Session, query: str) -> Way:
    """The query as `sql` and `shell` answer it."""

    def answer() -> Any:
        with asking(session, bench.library, query) as question:
            return question.execute().fetchall()

    return answer


def _local(bench: Bench, table: str, interval: Interval) -> list[str]:
    return [f"{os.environ['ARCHIVE_URL']}/{path}" for path in bench.paths(table, interval)]


def ways_to_ask(bench: Bench, session: Session, table: str, interval: Interval, views: Path) -> dict[str, Way]:
    """The same aggregate, by every way."""
    bare, file = plain_duckdb(), duckdb.connect(str(views), read_only=True)
    file.execute(views.with_suffix(".sql").read_text())
    paths = _local(bench, table, interval)
    folder = f"{os.environ['ARCHIVE_URL']}/{SCHEMA}/analytics/{table}"
    where = condition(interval)
    mine = SUMS.format(f"(select * from history_{table} where {where})")
    between = SUMS.format(f"history_{table}_between('{interval.start}', '{interval.end}')")

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
        "DuckDB, told the files, with the filter on time": by(f"(select * from read_parquet({paths}) where {where})"),
        "sql and shell (`history_`, one snapshot)": ours(bench, session, mine),
        "the views file, plain DuckDB": lambda: file.execute(mine).fetchall(),
        "the views file, `_between`": lambda: file.execute(between).fetchall(),
        "glob and Hive folders": by(f"(select * from {glob} where {hive(interval)})"),
        "glob and a filter on time": by(f"(select * from {glob} where {where})"),
        "Delta (deltalake, into DuckDB)": by_delta,
    }


def ways_to_sum(bench: Bench, session: Session, table: str, interval: Interval) -> dict[str, Way]:
    """The aggregate by `sql`, beside DuckDB told the files."""
    bare, paths, where = plain_duckdb(), _local(bench, table, interval), condition(interval)
    mine = SUMS.format(f"(select * from history_{table} where {where})")
    return {
        "DuckDB, told the files": lambda: bare.execute(SUMS.format(f"read_parquet({paths})")).fetchall(),
        "sql and shell (`history_`, one snapshot)": ours(bench, session, mine),
    }


def ways_to_retrieve(bench: Bench, session: Session, table: str, interval: Interval) -> dict[str, Way]:
    """All columns of an interval, as Arrow; what is compared is the number of rows."""
    bare = plain_duckdb()
    paths = _local(bench, table, interval)

    def ours() -> int:
        wanted = Retrieval(table, "analytics", interval)
        return sum(batch.num_rows for batch in batches_from(session, bench.library, wanted))

    return {
        "DuckDB, told the files": lambda: (
            bare.execute(f"select * from read_parquet({paths})").to_arrow_table().num_rows
        ),
        "retrieve": ours,
    }
