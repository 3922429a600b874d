"""Who reads a hypertable while its chunks are compressed: kept off, or told, and never answered short.

TimescaleDB looks for a chunk's rows where they are now; in an older snapshot they may not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from chunked_shop import LATE, chunks, compress, make_shop
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.read_back import Session, open_reader
from archive_jobs.reading.reader import Reader
from archive_jobs.times import Interval, parse_time
from definitions_to_dbt.errors import ProblemError

pytestmark = pytest.mark.timescale

DAY = Interval(parse_time("2024-01-01"), parse_time("2024-01-02"))
COMPRESS, DECOMPRESS, ANEW = (
    "select compress_chunk('{chunk}', true)",
    "select decompress_chunk('{chunk}', true)",
    "select compress_chunk('{chunk}', true, recompress => true)",
)
LATER = (
    f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (6, '2024-01-01 13:00+00', 1, 1)"
)
IN_PLACE = "set timescaledb.compress_truncate_behaviour = 'truncate_disabled'"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """One compressed day of forty sales, and one that came late and lies beside them."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.add_sales(days=1)
    compress(made, *chunks(made))
    made.execute(LATE, 5, "2024-01-01 12:00+00")
    return made


@pytest.fixture
def analyst(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role that may only select, as which everything here is read."""
    shop.execute("drop role if exists chunk_analyst; create role chunk_analyst login")
    shop.run("analytics")
    for schema in (SCHEMA, "archive_catalog"):
        shop.execute(f"grant usage on schema {schema} to chunk_analyst")
        shop.execute(f"grant select on all tables in schema {schema} to chunk_analyst")
    shop.add_sales(days=1)
    compress(shop, *chunks(shop))
    shop.execute(LATE, 7, "2024-01-01 12:00+00")
    monkeypatch.setenv("PGUSER", "chunk_analyst")
    yield "chunk_analyst"
    monkeypatch.undo()
    shop.execute("drop owned by chunk_analyst; drop role chunk_analyst")


def hot(shop: Shop, reader: Reader) -> Any:
    query = reader.hot(shop.library.object("SALE"), "analytics", DAY)
    found = reader.engine.execute(f"select count(*) from ({query})").fetchone()
    return found[0] if found else None


def current(shop: Shop, reader: Reader) -> str:
    """Whether there are hot rows at all is asked before any is read."""
    return reader.rows(shop.library.object("SALE"), "analytics", DAY)


def meanwhile(shop: Shop, statement: str) -> bool:
    """Whether somebody else could do it."""
    with psycopg.connect(autocommit=True, user=shop.connection.info.user) as other:
        other.execute("set lock_timeout = '100ms'")
        try:
            other.execute(statement.format(chunk=chunks(shop)[0]))
        except (psycopg.errors.LockNotAvailable, psycopg.errors.SerializationFailure) as error:
            # Where only late rows are put to the others TimescaleDB does not wait; its policy tries again.
            assert "lock timeout" in str(error) or "retrying with next policy run" in str(error)
            return False
    return True


@pytest.mark.parametrize("is_guarded", [True, False])
def test_no_chunk_is_compressed_anew_while_it_is_read(shop: Shop, is_guarded: bool) -> None:
    if not is_guarded:
        failpoints.disabled_guards.add("chunk lock")

    with open_reader(shop.settings, shop.store, "sales") as reader:
        was_compressed = meanwhile(shop, COMPRESS)
        seen = hot(shop, reader)

    assert (was_compressed, seen) == ((False, 41) if is_guarded else (True, 40))
    assert meanwhile(shop, COMPRESS)


def test_a_session_that_remembers_its_tables_keeps_them_off_too(shop: Shop) -> None:
    shop.run("analytics")
    shop.add_sales(days=1)
    compress(shop, *chunks(shop))

    with Session(shop.settings, shop.store) as session:
        for number in range(3):
            shop.execute(LATE, number, "2024-01-01 12:00+00")
            with session.snapshot("sales"):
                assert not meanwhile(shop, COMPRESS)
            assert meanwhile(shop, COMPRESS)


def test_who_may_only_select_is_told_when_a_chunk_was_compressed_meanwhile(shop: Shop, analyst: str) -> None:
    for read in (hot, current):
        shop.execute(LATER.replace("6,", f"{id(read)},"))
        with open_reader(shop.settings, shop.store, "sales") as reader:
            assert meanwhile(shop, COMPRESS)
            with pytest.raises(
                (duckdb.Error, psycopg.errors.SerializationFailure),
                match="a chunk of sales was compressed or decompressed after this query",
            ):
                read(shop, reader)

    with open_reader(shop.settings, shop.store, "sales") as reader:
        assert hot(shop, reader) == 43
    shop.execute(LATER)
    shop.execute(f"grant maintain on {SCHEMA}.sales to {analyst}")
    with open_reader(shop.settings, shop.store, "sales") as reader:
        assert (meanwhile(shop, COMPRESS), hot(shop, reader)) == (False, 44)


def test_where_nothing_would_notice_who_may_only_select_is_refused(shop: Shop, analyst: str) -> None:
    """The table is somebody else's, and dbt has not run."""
    shop.execute(f"drop function {SCHEMA}.has_all_its_parts(text)")

    with open_reader(shop.settings, shop.store, "sales") as reader, pytest.raises(ProblemError) as refused:
        hot(shop, reader)

    assert f"expected a right by which {analyst} may keep chunks of {SCHEMA}.sales from being compressed" in str(
        refused.value
    )
    assert f"grant maintain on {SCHEMA}.sales to {analyst}" in str(refused.value.hint)


_STATEMENTS = {
    "compressed": [COMPRESS],
    "decompressed": [DECOMPRESS],
    "anew": [ANEW],
    "there and back": [DECOMPRESS, COMPRESS],
    "twice": [COMPRESS, LATER, COMPRESS],
    "in place": [IN_PLACE, DECOMPRESS, COMPRESS],
}


@pytest.mark.parametrize("statements", _STATEMENTS.values(), ids=_STATEMENTS)
def test_a_query_that_began_before_a_chunk_was_compressed_is_told_so(shop: Shop, statements: list[str]) -> None:
    """dbt and the file of views read through the view, and lock nothing before."""
    said = str(seen_by_the_view(shop, statements))

    assert "sales was compressed or decompressed after" in said or "sales was written anew after" in said


def test_rows_that_come_to_a_compressed_chunk_meanwhile_trouble_nobody(shop: Shop) -> None:
    assert seen_by_the_view(shop, [LATER, f"update {SCHEMA}.sales set amount = 0 where sale_id = 5"]) == 41


@pytest.mark.parametrize("where", ["", "where sold_at < '2024-01-02'"])
def test_a_query_that_began_before_the_last_chunk_was_dropped_is_told_so(shop: Shop, where: str) -> None:
    """Of a table that has no chunk, or none of that day, PostgreSQL knows beforehand that nothing is to be found."""
    drop = f"select drop_chunks('{SCHEMA}.sales', older_than => '2025-01-01'::timestamptz)"

    assert "a part of sales was dropped after" in str(seen_by_the_view(shop, [drop], where))


def seen_by_the_view(shop: Shop, statements: list[str], where: str = "") -> int | str:
    """Rows that a snapshot finds which is older than the statements, or what it is told."""
    with psycopg.connect() as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from pg_class limit 1")
        for statement in statements:
            shop.execute(statement.format(chunk=chunks(shop)[0]))
        try:
            found = reader.execute(f"select count(*) from {SCHEMA}.sales__lake {where}".encode()).fetchone()
        except psycopg.errors.SerializationFailure as error:
            return str(error).splitlines()[0]
    return int(found[0]) if found else 0


def test_a_chunk_compressed_anew_while_it_is_exported_leaves_with_every_row(shop: Shop) -> None:
    before = shop.all_rows()
    (chunk,) = chunks(shop)
    failpoints.interruptions["export.snapshot.after"] = lambda: shop.execute(COMPRESS.format(chunk=chunk))

    result = shop.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert (shop.all_rows(), chunks(shop)) == (before, [])
