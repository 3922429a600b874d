"""Sales in partitions of months, and what is done beside an archiver. Nothing here is a test."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from small_shop import SCHEMA, Shop

from archive_jobs.planning.plan import TablePlan, plan_table

JANUARY = f"{SCHEMA}.sales_p2024_01"


def make_months(shop: Shop, *months: str) -> None:
    """Partitions of these months, as `dbt build` makes them."""
    times = ", ".join(f"'{month}-01'" for month in months)
    shop.execute(f"select {SCHEMA}.make_partitions('sales', '1 month', 0, array[{times}]::timestamp[])")


def the_plan(shop: Shop) -> TablePlan:
    return plan_table(shop.connection, shop.tables("analytics", objects=("SALE",))[0], None)


def elsewhere(*statements: str) -> Callable[[], None]:
    def act() -> None:
        with psycopg.connect(autocommit=True) as other:
            for statement in statements:
                other.execute(statement)

    return act


def add_late(shop: Shop, key: int, time: str = "2024-01-01 12:00+00") -> None:
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (%s, %s, 1, 1)", key, time
    )
