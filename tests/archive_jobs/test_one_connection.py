"""All that one statement, or one transaction, of DuckDB reads of PostgreSQL is of one moment, large tables too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from measured_shop import make_shop
from small_shop import SCHEMA, Shop
from test_views_file import plain, written

from archive_jobs import failpoints
from archive_jobs.dbt_duckdb_plugin import Plugin
from archive_jobs.reading.read_back import open_reader

# DuckDB shares out a table by pages, a thousand a thread.
SMALL_SHARES = "set global pg_pages_per_task = 1; set global threads = 4"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """With raw records, none of them archived."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.run("analytics")
    made.add_raw(5000)
    made.execute(f"vacuum analyze {SCHEMA}.source_sales")
    return made


@contextmanager
def by_a_reader(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_reader(shop.settings, shop.store, "sales") as reader:
        yield reader.engine


@contextmanager
def by_the_file_of_views(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    with plain(written(shop)) as session:
        session.execute("begin")
        yield session


@contextmanager
def by_dbt(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as session:
        Plugin("plugin", {}, DuckDBCredentials(database="memory", schema=SCHEMA)).configure_connection(session)
        session.execute(f"attach '' as {shop.connection.info.dbname} (type postgres, read_only); begin")
        yield session


def counted(session: duckdb.DuckDBPyConnection) -> tuple[Any, ...] | None:
    """How many rows one statement finds, three times. Where a connection is outside it finds those of now."""
    named = session.execute("select database_name from duckdb_databases() where type = 'postgres'").fetchone()
    table = f"{named[0] if named else None}.{SCHEMA}.source_sales"
    counts = (f"(select count(*) from {table} where raw_seq > {least})" for least in (0, -1, -2))
    return session.execute(f"select {', '.join(counts)}").fetchone()


@pytest.mark.parametrize("opened", [by_a_reader, by_the_file_of_views, by_dbt])
def test_a_table_is_read_as_it_was_when_the_transaction_began(shop: Shop, opened: Any) -> None:
    with opened(shop) as session:
        session.execute(SMALL_SHARES)
        before = counted(session)
        shop.add_raw(5000)

        assert before == counted(session) == (5000, 5000, 5000)


def test_of_several_connections_some_are_of_another_moment(shop: Shop) -> None:
    failpoints.disabled_guards.add("one connection")
    with by_a_reader(shop) as session:
        session.execute(SMALL_SHARES)
        counted(session)
        shop.add_raw(5000)

        # Which connection a share of the pages goes to is chance.
        assert any(counted(session) != (5000, 5000, 5000) for _ in range(100))
