"""The macros of a range in the file of views: what the views say of the range, and an error where they are behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import add_measures, make_shop
from small_shop import SCHEMA, Shop

from archive_jobs.reading.between import files_between
from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.time_column import TimeColumn
from archive_jobs.reading.views_file import write_views

BEHIND = "_between is behind the archive. Nothing is wrong with the data; run: archive-jobs views"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three cold days, one late hot row of the second, some of today."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.run("analytics")
    add_measures(made, "2024-01-02", days=1, value=7, order=9)
    add_measures(made, "now", days=1)
    return made


@contextmanager
def plain(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    file = shop.lake.parent / "views.duckdb"
    write_views(shop.settings, shop.library, shop.store, file)
    with duckdb.connect(str(file), read_only=True) as session:
        session.execute(file.with_suffix(".sql").read_text())
        yield session


def test_a_range_has_the_rows_that_the_view_has_there(shop: Shop) -> None:
    ranges = [
        ("'2024-01-01'", "'2024-01-02'", "at_time < '2024-01-02'"),
        (
            "date '2024-01-02'",
            "timestamptz '2024-01-03 01:00:00+01:00'",
            "at_time >= '2024-01-02' and at_time < '2024-01-03'",
        ),
        ("'2024-01-02'", "null", "at_time >= '2024-01-02'"),
        ("null", "null", "true"),
        ("'10000-01-01'", "'infinity'", "false"),
        ("'2030-01-01'", "'2031-01-01'", "false"),
        ("'2024-01-03'", "'2024-01-01'", "false"),
    ]
    with plain(shop) as session:
        for start, end, where in ranges:
            for view in ("archive_measures", "history_measures"):
                between = session.execute(f"from {view}_between({start}, {end}) order by all").fetchall()
                assert between == session.execute(f"from {view} where {where} order by all").fetchall()
        second = "select distinct value::int from history_measures_between('2024-01-02', '2024-01-03')"
        assert session.execute(second).fetchall() == [(7,)]
        read = session.execute("explain analyze from archive_measures_between('2024-01-01', '2024-01-02')").fetchall()
        assert "3 rows" in read[0][1]
        assert "part_day=02" not in read[0][1]
        # Under a key without the time a record of the range may be beaten by a later one: there is no such macro.
        assert session.execute("select count(*) from archive_sales_between('2024-01-01', null)").fetchone() == (12,)
        with pytest.raises(duckdb.CatalogException):
            session.execute("from history_sales_between('2024-01-01', null)")


@pytest.mark.parametrize("asked", ["'2024-01-01', '2024-01-02'", "'2024-03-01', '2024-03-02'", "null, null"])
def test_a_range_of_an_archive_that_has_moved_on_is_an_error_whatever_it_is(shop: Shop, asked: str) -> None:
    with plain(shop) as session:
        add_measures(shop, "2024-03-01", days=1)
        shop.run("analytics")
        assert shop.value(f"select count(*) from {SCHEMA}.measures where at_time = '2024-03-01'") == 0

        for view in ("archive_measures", "history_measures"):
            with pytest.raises(duckdb.Error, match=BEHIND):
                session.execute(f"select * from {view}_between({asked}) limit 1").fetchall()


def test_a_file_that_ends_within_a_second_is_of_every_range_that_it_reaches_into() -> None:
    east = timezone(timedelta(hours=2))
    ends = [datetime(2024, 1, 1, 12, 0, 0, 500_000, UTC), datetime(2024, 1, 2, 14, tzinfo=east)]
    starts = [datetime(999, 1, 1, tzinfo=UTC), ends[0]]
    files = [
        ColdFile(f"{n}.parquet", "", 1, 1, uuid.uuid4(), lo, hi, None, None, None, None, has_time=True, is_plain=True)
        for n, (lo, hi) in enumerate(zip(starts, ends, strict=True))
    ]
    listed = files_between(files, ["a b.parquet", "c.parquet"], TimeColumn("at_time", "timestamptz", "UTC"))
    with duckdb.connect() as session:
        session.execute(f"create macro listed(from_time, until_time) as {listed}")

        def chosen(start: str, end: str) -> object:
            row = session.execute(f"select listed('{start}+00', '{end}+00')").fetchone()
            return row[0] if row else None

        assert chosen("2024-01-01 12:00:00.2", "2024-01-01 12:00:00.5") == ["a b.parquet"]
        assert chosen("2024-01-01 12:00:00.5", "2024-01-02 12:00:00") == ["c.parquet"]
        assert chosen("2024-01-01 12:00:00.4", "2024-01-01 12:00:01") == ["a b.parquet", "c.parquet"]
        # None of its rows lies there: DuckDB reads no empty list.
        assert chosen("2024-01-02 12:00:00", "2024-01-03 00:00:00") == ["a b.parquet"]
