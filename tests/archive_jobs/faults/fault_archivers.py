"""Who takes rows away beside the writers and readers of `fault_traffic.py`: archivers, and who tends what is kept."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
from fault_orders import Told, archive, expire
from fault_traffic import DAYS, Goal, going_on
from psycopg import errors
from small_shop import SCHEMA


def archive_for(told: Told, seconds: float, pause: float = 0.0, goal: Goal | None = None) -> dict[str, int]:
    """Run the archiver again and again; return what it did. Reaches `archived` with the first unit."""
    until, did = time.monotonic() + seconds, {"runs": 0, "units": 0, "rows": 0, "kept_hot": 0}
    while going_on(until, goal):
        result = archive(told)
        did["runs"] += 1
        did["units"] += result["units"]
        did["rows"] += result["rows"]
        did["kept_hot"] += len(result["kept_hot"])
        if goal is not None and did["units"]:
            goal.reach("archived")
        time.sleep(pause)
    return did


def make_partitions_for(seconds: float, goal: Goal | None = None) -> int:
    """Make each day a partition of its own again whenever it has left with its rows. Returns how often it tried."""
    until, done = time.monotonic() + seconds, 0
    days = [f"2024-01-{day:02}" for day in range(1, DAYS + 1)]
    with psycopg.Connection.connect(autocommit=True) as connection:
        while going_on(until, goal):
            connection.execute(f"select {SCHEMA}.make_partitions('sales', '1 day', 0, %s::timestamp[])", (days,))
            done += 1
            time.sleep(0.1)
    return done


def compress_for(seconds: float, goal: Goal | None = None) -> int:
    """Compress chunk after chunk, as a policy of TimescaleDB does; those that are in use wait. Returns how many."""
    until, done = time.monotonic() + seconds, 0
    with psycopg.Connection.connect(autocommit=True) as connection:
        connection.execute("set lock_timeout = '200ms'")
        while going_on(until, goal):
            for (chunk,) in connection.execute(f"select show_chunks('{SCHEMA}.sales')::text").fetchall():
                try:
                    connection.execute("select compress_chunk(%s, true)", (chunk,))
                    done += 1
                except (
                    errors.UndefinedTable,
                    errors.InvalidTextRepresentation,
                    errors.LockNotAvailable,
                    errors.DeadlockDetected,
                    errors.SerializationFailure,
                ):
                    continue  # dropped, locked, or read and written to, in the meantime
            time.sleep(0.3)
    return done


def purge_for(told: Told, seconds: float, goal: Goal | None = None) -> int:
    """Let go of every copy that a newer one took the place of. Returns how many."""
    until, purged = time.monotonic() + seconds, 0
    while going_on(until, goal):
        with psycopg.Connection.connect(autocommit=True) as connection:
            connection.execute("update archive_catalog.units set verified_at = now() where state = 'active'")
        purged += expire(told)["purged"]
    return purged


def archive_the_obvious_way(told: Told, by: str, seconds: float, goal: Goal | None = None) -> dict[str, int]:
    """What one would write first: copy a day to a file, then delete it. `by` is predicate or keys."""
    until, did = time.monotonic() + seconds, {"runs": 0, "units": 0, "rows": 0}
    (told.lake / "obvious").mkdir(parents=True, exist_ok=True)
    with psycopg.Connection.connect(autocommit=True) as connection:
        while going_on(until, goal):
            did["runs"] += 1
            for day in range(1, DAYS + 1):
                rows = _archive_day(connection, told.lake, f"2024-01-{day:02}", by)
                did["rows"] += rows
                did["units"] += rows > 0
    return did


def _archive_day(connection: psycopg.Connection[Any], lake: Path, day: str, by: str) -> int:
    import pyarrow as pa  # only for this counter-example

    where = f"sold_at >= '{day}' and sold_at < '{day}'::timestamptz + interval '1 day'"
    found = connection.execute(f"select sale_id, amount from {SCHEMA}.sales where {where}").fetchall()
    if not found:
        return 0
    keys, amounts = [row[0] for row in found], [row[1] for row in found]
    name = f"obvious/{day}-{random.getrandbits(64):016x}.parquet"
    table = pa.table({"sale_id": pa.array(keys, pa.int64()), "amount": pa.array(amounts, pa.decimal128(18, 6))})
    pq.write_table(table, lake / name)
    while not _take_away(connection, by, where, keys, name):
        pass
    return len(found)


def _take_away(connection: psycopg.Connection[Any], by: str, where: str, keys: list[int], name: str) -> bool:
    """One transaction; False where PostgreSQL has ended it because it and another one waited for each other."""
    try:
        with connection.transaction():
            if by == "predicate":
                connection.execute(f"delete from {SCHEMA}.sales where {where}")
            else:
                connection.execute(f"delete from {SCHEMA}.sales where sale_id = any(%s)", (keys,))
            connection.execute("insert into traffic.obvious values (%s)", (name,))
    except errors.DeadlockDetected:
        return False
    return True
