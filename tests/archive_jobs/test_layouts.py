"""The archiver over tables that are cut by time: every row leaves once and reads back, whatever the layout."""

from __future__ import annotations

import copy
from typing import Any

import psycopg
import pytest
from small_shop import SALE, SCHEMA, TICK, Shop, write_definitions

from archive_jobs.planning.plan import plan_table


@pytest.fixture
def opened(connection: psycopg.Connection[Any], tmp_path: Any) -> Any:
    """Open a shop whose tables have a layout."""

    def open_shop(layout: str) -> Shop:
        models = [copy.deepcopy(model) | {"storage": {"layout": layout}} for model in (SALE, TICK)]
        models[1]["table_schema"]["columns"][1]["nullable"] = False
        shop = Shop(connection, write_definitions(tmp_path / "definitions", *models), tmp_path / "lake")
        shop.make_tables()
        return shop

    return open_shop


LAYOUTS = [
    "plain",
    "partitions",
    pytest.param("hypertable", marks=pytest.mark.timescale),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_old_days_leave_and_read_back(opened: Any, layout: str) -> None:
    shop = opened(layout)
    assert shop.value(f"select {SCHEMA}.layout_of('{SCHEMA}.sales')") == layout
    assert shop.value(f"select {SCHEMA}.layout_of('{SCHEMA}.ticks')") == layout
    if layout == "partitions":
        times = "array['2024-01-01', '2024-04-01']::timestamp[]"
        shop.execute(f"select {SCHEMA}.make_partitions('sales', '1 month', 0, {times})")
    shop.add_sales(days=3, first="2024-01-30")
    shop.add_ticks()
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " values (1, now(), 1, 1, 1), (2, '9998-01-01', 2, 2, 2)"
    )
    before = shop.all_rows("SALE"), shop.all_rows("TICK")
    assert plan_table(shop.connection, shop.tables("analytics")[0], None).bytes > 0

    result = shop.run("analytics")

    # Partitions of January and a hypertable's chunks leave whole, what has no partition day by day.
    assert [table.units for table in result.tables] == {"plain": [3, 2], "partitions": [2, 2], "hypertable": [1, 1]}[
        layout
    ]
    assert (shop.all_rows("SALE"), shop.all_rows("TICK")) == before
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 2
    assert shop.value(f"select count(*) from {SCHEMA}.ticks") == 0


def test_a_trigger_on_one_partition_stops_the_archiver(opened: Any) -> None:
    shop = opened("partitions")
    shop.add_sales(days=1)
    shop.execute(
        f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
        f"create trigger keep before delete on {SCHEMA}.sales_p_other for each row execute function {SCHEMA}.keep()"
    )

    plan = plan_table(shop.connection, shop.tables("analytics", objects=("SALE",))[0], None)

    assert plan.blocked_by == ("the trigger keep acts on rows that leave; disable or drop it",)
