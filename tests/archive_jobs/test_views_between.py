"""The macros of a range in the file of views: what the views say of the range, and an error where they are behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import add_measures, make_shop
from small_shop import SCHEMA, Shop

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
