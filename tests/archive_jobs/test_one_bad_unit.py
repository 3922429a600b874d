"""What PostgreSQL refuses of one unit keeps that unit hot, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.copying import export, shares
from archive_jobs.settings import ArchiveSettings


@pytest.fixture
def ascii_shop(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop in a database that takes any bytes for text."""
    name = f"{database}_ascii"
    create = f"create database {name} encoding 'SQL_ASCII' template template0 locale_provider libc locale 'C'"
    with psycopg.connect(autocommit=True) as administrator:
        administrator.execute(create.encode())
        monkeypatch.setenv("PGDATABASE", name)
        monkeypatch.setenv("PGCLIENTENCODING", "UTF8")
        with psycopg.connect(autocommit=True) as connection:
            shop = Shop(connection, write_definitions(tmp_path / "definitions", SALE), tmp_path / "lake")
            shop.make_tables()
            yield shop
        administrator.execute(f"drop database {name} with (force)".encode())


def test_bytes_that_are_no_text_keep_their_day_hot_and_no_other(ascii_shop: Shop) -> None:
    ascii_shop.add_sales(days=3)
    ascii_shop.execute(f"update {SCHEMA}.sales set note = E'\\xff' where sale_id % 1000000 = 100007")

    result = ascii_shop.run("analytics")

    assert result.tables[0].units == 2
    assert len(result.tables[0].kept_hot) == 1
    assert 'PostgreSQL cannot send it: invalid byte sequence for encoding "UTF8": 0xff' in result.tables[0].kept_hot[0]
    assert ascii_shop.value(f"select count(*) from {SCHEMA}.sales") == 40

    ascii_shop.execute(f"update {SCHEMA}.sales set note = 'mended' where sale_id % 1000000 = 100007")

    assert ascii_shop.run("analytics").tables[0].kept_hot == []
    assert ascii_shop.value(f"select count(*) from {SCHEMA}.sales") == 0


def test_a_day_whose_table_somebody_locks_is_kept_hot_and_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=1, first="2024-01-01")
    shop.run("analytics", objects=("SALE",))
    shop.add_sales(days=2, first="2024-02-01")
    monkeypatch.setattr(Shop, "settings", ArchiveSettings(max_concurrent=1, lock_timeout=0.2))

    with psycopg.connect() as elsewhere:

        def lock() -> None:
            elsewhere.execute(f"lock table {SCHEMA}.sales in access exclusive mode")
            failpoints.interruptions["export.write.before"] = elsewhere.rollback

        failpoints.interruptions["export.write.before"] = lock
        result = shop.run("analytics", objects=("SALE",))

    assert result.tables[0].units == 1
    assert ["canceling statement due to lock timeout" in why for why in result.tables[0].kept_hot] == [True]
    assert shop.run("analytics", objects=("SALE",)).tables[0].units == 1


def test_a_nan_in_the_middle_of_a_long_stream_makes_its_column_text(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DuckDB raises once rows have come is no error of the lake."""
    monkeypatch.setattr(export, "_SORTED_ANYWAY", 0)
    monkeypatch.setattr(shares, "_ROWS_AT_ONCE", 1024)
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, note, _raw_seq, _source_order)"
        " select n, '2024-01-01'::timestamptz + n * interval '5 seconds',"
        " case n when 15900 then 'NaN' else n::numeric end, 'note', n, n from generate_series(1, 16000) as n"
    )
    shop.execute(f"analyze {SCHEMA}.sales")
    before = shop.all_rows()

    result = shop.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert shop.all_rows() == before
