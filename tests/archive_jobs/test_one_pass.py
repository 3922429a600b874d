"""A unit leaves in one pass: cut into files by tenant and day, its tuples compared, its floats to the last bit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.copying import export, shares
from archive_jobs.copying.tuples import tuples_of
from archive_jobs.database import connect


@pytest.fixture
def monthly(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """A shop whose sales lie in partitions of a month and have tenants; files are cut by day."""
    model = copy.deepcopy(SALE) | {"storage": {"layout": "partitions"}, "tenant_column": "note"}
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.execute(
        f"select {SCHEMA}.make_partitions('sales', '1 month', 0, array['2024-01-01', '2024-02-01']::timestamp[])"
    )
    return shop


def test_a_month_is_cut_into_files_by_tenant_and_day(monthly: Shop) -> None:
    monthly.add_sales(days=3, per_day=20, first="2024-01-10")
    before = monthly.all_rows()

    result = monthly.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert monthly.all_rows() == before
    found = monthly.execute("select path, part_tenant, part_day, row_count from archive_catalog.files").fetchall()
    # Four notes (one of them null, one of each row its own) on three days.
    assert len({(tenant, day) for _, tenant, day, _ in found}) == len(found) > 9
    for path, tenant, day, rows in found:
        assert f"/part_tenant={tenant}/part_year=2024/part_month=01/part_day={day.day:02}/" in path
        query = "select count(*), count(distinct note), min(sold_at)::date from read_parquet(?)"
        counted, notes, first = duckdb.execute(query, [str(monthly.lake / path)]).fetchone() or ()
        assert (counted, first) == (rows, day)
        assert notes <= 1
    assert not [path for path, *_ in found if "say" in path]
    assert monthly.invoke("verify", "--deep")[0] == 0


def test_a_large_unit_is_read_in_shares_and_again_as_text_where_one_of_them_asks_for_it(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_SORTED_ANYWAY", 0)
    monkeypatch.setattr(shares, "_ROWS_IN_A_SHARE", 200)
    by_month = {"analytics": {"retention": "90 days", "partition_by": "month"}}
    model = copy.deepcopy(SALE) | {"storage": {"layout": "partitions"}, "archive": by_month}
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.execute(f"select {SCHEMA}.make_partitions('sales', '1 month', 0, array['2024-01-01']::timestamp[])")
    shop.add_sales(days=10, per_day=40, first="2024-01-10")
    shop.execute(f"update {SCHEMA}.sales set amount = 'NaN' where sold_at = (select max(sold_at) from {SCHEMA}.sales)")
    shop.execute(f"vacuum analyze {SCHEMA}.sales")
    before = shop.all_rows()

    result = shop.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert shop.all_rows() == before
    found = [str(shop.lake / path) for (path,) in shop.execute("select path from archive_catalog.files").fetchall()]
    counted = [duckdb.execute("select count(*) from read_parquet(?)", [file]).fetchone() for file in found]
    assert len(found) == 2
    assert all(count is not None and 0 < count[0] < 400 for count in counted)
    assert shop.invoke("verify", "--deep")[0] == 0


def test_the_same_rows_have_the_same_tuples_and_a_changed_one_has_another(shop: Shop) -> None:
    shop.add_sales(days=1)

    with connect(shop.settings) as connection:
        before = tuples_of(connection, f"{SCHEMA}.sales", "true")
        again = tuples_of(connection, f"{SCHEMA}.sales", "true")
        shop.execute(f"update {SCHEMA}.sales set note = note where sale_id % 100000 = 7")
        after = tuples_of(connection, f"{SCHEMA}.sales", "true")

    assert before == again != after
    assert (before.rows, after.rows) == (40, 40)


def test_rows_that_vacuum_full_has_moved_are_tried_again(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.execute(f"delete from {SCHEMA}.sales where sale_id % 2 = 0")
    before = shop.all_rows()

    def move() -> None:
        with psycopg.connect(autocommit=True) as elsewhere:
            elsewhere.execute(f"vacuum full {SCHEMA}.sales")

    failpoints.interruptions["prepare.after"] = move
    result = shop.run("analytics", objects=("SALE",))

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert shop.all_rows() == before
    assert shop.value("select count(*) from archive_catalog.attempts where reason like '%since the export%'") == 1
