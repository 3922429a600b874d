"""Writers, readers and archivers that run against each other. What each writer did is told in its own transaction.

`traffic.truth` holds every row that lives, wherever it is; `traffic.totals` holds per writer the count and a checksum
of its rows. Both are seen in the reader's own snapshot, so a read is either exactly right or wrong: nothing is
compared across moments.
"""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
from fault_orders import Told
from psycopg import errors
from small_shop import SCHEMA

from archive_jobs.lake.stores import open_store
from archive_jobs.reading.read_back import open_reader
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.library import load_library

DAYS = 6
TABLES = f"""
create schema traffic;
create table traffic.truth (sale_id bigint primary key, amount numeric not null);
create table traffic.totals (writer integer primary key, rows bigint not null, checksum numeric not null);
create table traffic.cold (path text primary key, rows bigint not null, checksum numeric not null);
create table traffic.obvious (path text primary key);
create view traffic.checksum as select count(*) as rows, coalesce(sum(sale_id * (amount + 7)), 0) as checksum
from {SCHEMA}.sales;
create view traffic.looked_at as select count(*) as rows, coalesce(sum(sale_id * (amount::numeric + 7)), 0) as checksum
from {SCHEMA}.sales__lake;
"""
ACTIVE = "select path, sha256 from archive_catalog.readable_files where not also_hot"
OBVIOUS = "select path, null as sha256 from traffic.obvious"

# How much longer than their time children go on where what they race for has not come to pass: a slow machine's.
ENOUGH_SECONDS = 90.0


@dataclass(frozen=True)
class Goal:
    """What children that race have to have done before the first of them leaves, each by its name."""

    folder: Path
    wanted: tuple[str, ...]

    def reach(self, name: str) -> None:
        """Tell the others."""
        (self.folder / name).touch()

    @property
    def is_reached(self) -> bool:
        """Whether all of it is done."""
        return all((self.folder / name).exists() for name in self.wanted)


def going_on(until: float, goal: Goal | None) -> bool:
    """Whether the time is not over, or the goal not reached; nobody goes on for ever."""
    now = time.monotonic()
    return now < until or (goal is not None and now < until + ENOUGH_SECONDS and not goal.is_reached)


class Writer:
    """Inserts, changes, removes and upserts rows, and says so in the same transaction."""

    def __init__(self, connection: psycopg.Connection[Any], number: int, seed: int) -> None:
        self.connection, self.number, self.dice = connection, number, random.Random(seed)
        self.next_key = number * 1_000_000_000
        connection.execute("insert into traffic.totals values (%s, 0, 0)", (number,))

    def act(self) -> None:
        """One transaction. Where the server makes it lose against another one, nothing has happened."""
        act = self.dice.choice((self._insert, self._insert, self._update, self._delete, self._upsert))
        try:
            with self.connection.transaction():
                act()
        except (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable):
            return
        except errors.FeatureNotSupported as error:
            # TimescaleDB locks no row of a chunk that was compressed meanwhile.
            if "compressed" not in str(error):
                raise

    def _note(self, rows: int, checksum: Decimal | int) -> None:
        self.connection.execute(
            "update traffic.totals set rows = rows + %s, checksum = checksum + %s where writer = %s",
            (rows, checksum, self.number),
        )

    def _insert(self) -> None:
        for _ in range(self.dice.randrange(1, 4)):
            self.next_key += 1
            self._put(self.next_key, self.dice.randrange(1000))

    def _put(self, key: int, amount: int) -> None:
        day, second = 1 + key % DAYS, self.dice.randrange(80_000)
        self.connection.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
            " values (%s, %s::timestamptz + %s * interval '1 second', %s, 1, 1)",
            (key, f"2024-01-{day:02}", second, amount),
        )
        self.connection.execute("insert into traffic.truth values (%s, %s)", (key, amount))
        self._note(1, key * (amount + 7))

    def _some_hot_key(self) -> tuple[int, Decimal] | None:
        return self.connection.execute(
            f"select sale_id, amount from {SCHEMA}.sales where sale_id / 1000000000 = %s"
            " order by md5(sale_id::text || %s) limit 1 for update skip locked",
            (self.number, str(self.dice.random())),
        ).fetchone()

    def _update(self) -> None:
        found = self._some_hot_key()
        if found is None:
            return
        key, before = found
        amount = self.dice.randrange(1000)
        changed = self.connection.execute(
            f"update {SCHEMA}.sales set amount = %s where sale_id = %s", (amount, key)
        ).rowcount
        if changed:
            self.connection.execute("update traffic.truth set amount = %s where sale_id = %s", (amount, key))
            self._note(0, key * (amount - before))

    def _delete(self) -> None:
        found = self._some_hot_key()
        if found is None:
            return
        key, before = found
        if self.connection.execute(f"delete from {SCHEMA}.sales where sale_id = %s", (key,)).rowcount:
            self.connection.execute("delete from traffic.truth where sale_id = %s", (key,))
            self._note(-1, -key * (before + 7))

    def _upsert(self) -> None:
        found = self._some_hot_key()
        if found is None:
            return
        key, before = found
        amount = self.dice.randrange(1000)
        row = self.connection.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
            f" select sale_id, sold_at, %s, 1, 1 from {SCHEMA}.sales where sale_id = %s"
            " on conflict (sale_id, sold_at) do update set amount = excluded.amount returning amount",
            (amount, key),
        ).fetchone()
        if row is not None:
            self.connection.execute("update traffic.truth set amount = %s where sale_id = %s", (amount, key))
            self._note(0, key * (amount - before))


def write(number: int, seed: int, seconds: float, pause: float = 0.0, goal: Goal | None = None) -> int:
    """Write until the time is over; return how many transactions. `pause` leaves the processor to others."""
    until, done = time.monotonic() + seconds, 0
    with psycopg.Connection.connect(autocommit=True) as connection:
        connection.execute("set lock_timeout = '2s'")
        writer = Writer(connection, number, seed)
        while going_on(until, goal):
            writer.act()
            done += 1
            # Past its time it gives way more and more: else those that wait for its locks might never have their turn.
            time.sleep(max(pause, min(1.0, (time.monotonic() - until) / 10)))
    return done


class Reader:
    """Reads totals, hot rows and the list of files in one snapshot. A file is summed up once, its bytes checked."""

    def __init__(self, connection: psycopg.Connection[Any], lake: Path, files: str, *, locks: bool = True) -> None:
        self.connection, self.lake, self.files = connection, lake, files
        # Not access share: a chunk of a hypertable could be compressed meanwhile.
        self.first = f"lock table {SCHEMA}.sales in row share mode" if locks else "select 1 from pg_class limit 1"
        self.hot = f"select rows, checksum from traffic.{'checksum' if locks else 'looked_at'}"

    def read(self) -> bool:
        """True when hot and cold add up to what the writers say, in this very snapshot."""
        with self.connection.pipeline():
            self.connection.execute("begin isolation level repeatable read read only")
            self.connection.execute(self.first)
            hot = self.connection.execute(self.hot)
            truth = self.connection.execute("select sum(rows), sum(checksum) from traffic.totals")
            cold = self.connection.execute(
                "select coalesce(sum(c.rows), 0), coalesce(sum(c.checksum), 0),"
                " array_agg(f.path || ' ' || coalesce(f.sha256, '')) filter (where c.path is null)"
                f" from ({self.files}) f left join traffic.cold c on c.path = f.path"
            )
            self.connection.execute("commit")
        (hot_rows, hot_sum), (rows, checksum) = hot.fetchone(), truth.fetchone()  # type: ignore[misc]  # one row each
        cold_rows, cold_sum, unknown = cold.fetchone()  # type: ignore[misc]  # the same
        for named in unknown or ():
            path, _, sha256 = named.partition(" ")
            more_rows, more_sum = self._sum_of(path, sha256)
            cold_rows, cold_sum = cold_rows + more_rows, cold_sum + more_sum
        return bool((hot_rows + cold_rows, hot_sum + cold_sum) == (rows or 0, checksum or 0))

    def _sum_of(self, path: str, sha256: str) -> tuple[int, Decimal]:
        content = (self.lake / path).read_bytes()
        if sha256 and hashlib.sha256(content).hexdigest() != sha256:
            raise AssertionError(f"{path} is not the file that was archived")
        table = pq.ParquetFile(self.lake / path).read(columns=["sale_id", "amount"])
        pairs = zip(table.column("sale_id").to_pylist(), table.column("amount").to_pylist(), strict=True)
        rows, checksum = table.num_rows, sum((key * (amount + 7) for key, amount in pairs), Decimal(0))
        self.connection.execute("insert into traffic.cold values (%s, %s, %s) on conflict do nothing",
                                (path, rows, checksum))  # fmt: skip
        return rows, checksum


def read(told: Told, files: str, seconds: float, most: int, goal: Goal | None = None) -> tuple[int, int]:
    """Read until the time is over or `most` reads are done; return how many, and how many were wrong.

    Reaches `read`, and `wrong` with the first wrong one.
    """
    until, done, wrong = time.monotonic() + seconds, 0, 0
    with psycopg.Connection.connect(autocommit=True) as connection:
        reader = Reader(connection, told.lake, files)
        while going_on(until, goal) and done < most:
            wrong += not reader.read()
            done += 1
            if goal is not None:
                goal.reach("wrong" if wrong else "read")
    return done, wrong


def read_without_a_lock(told: Told, seconds: float, goal: Goal | None = None) -> tuple[int, int]:
    """The same through the view by which dbt and the file of views read: an error is no answer, and asked again.

    Reaches `read without a lock`.
    """
    until, done, wrong = time.monotonic() + seconds, 0, 0
    with psycopg.Connection.connect(autocommit=True) as connection:
        reader = Reader(connection, told.lake, ACTIVE, locks=False)
        while going_on(until, goal):
            try:
                wrong += not reader.read()
            except errors.SerializationFailure:
                connection.execute("rollback")
                continue
            done += 1
            if goal is not None:
                goal.reach("read without a lock")
    return done, wrong


def read_by_the_archiver(told: Told, seconds: float, goal: Goal | None = None) -> tuple[int, int]:
    """The same by the archiver's own reader: DuckDB over hot rows and files, in the snapshot it holds.

    Reaches `read by the archiver`.
    """
    until, done, wrong = time.monotonic() + seconds, 0, 0
    settings = ArchiveSettings()
    model = load_library(told.definitions).object("SALE")
    while going_on(until, goal):
        with open_reader(settings, open_store(settings, writable=False)) as reader:
            rows = reader.rows(model, "analytics")
            found = reader.engine.execute(
                f"select count(*), coalesce(sum(sale_id::hugeint * (amount + 7)::decimal(30, 6)), 0) from ({rows})"
            ).fetchone()
            truth = reader.engine.execute(
                "select * from postgres_query('pg', 'select coalesce(sum(rows), 0)::bigint as rows,"
                " coalesce(sum(checksum), 0)::numeric(38,6) as checksum from traffic.totals')"
            ).fetchone()
        done += 1
        wrong += (found[0], Decimal(found[1])) != (truth[0], Decimal(truth[1]))
        if goal is not None:
            goal.reach("read by the archiver")
    return done, wrong


def lost_and_doubled(connection: psycopg.Connection[Any], lake: Path, files: str) -> tuple[int, int]:
    """Compare every row that lives with every row that is hot or in a file: how many are missing, how many too many."""
    rows: list[tuple[int, Decimal]] = connection.execute(f"select sale_id, amount from {SCHEMA}.sales").fetchall()
    for path, _ in connection.execute(files):
        table = pq.ParquetFile(lake / path).read(columns=["sale_id", "amount"])
        rows += zip(table.column("sale_id").to_pylist(), table.column("amount").to_pylist(), strict=True)
    truth = dict(connection.execute("select sale_id, amount from traffic.truth").fetchall())
    right: set[int] = set()
    surplus = 0
    for key, amount in rows:
        if truth.get(key) == amount and key not in right:
            right.add(key)
        else:
            surplus += 1
    return len(truth) - len(right), surplus
