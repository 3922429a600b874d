"""Rows that should have been archived and have not been are counted where the marts find them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_shop import SCHEMA, Shop


@pytest.fixture
def noted(shop: Shop) -> Shop:
    """The shop, with what dbt notes of its tables."""
    shop.execute(
        f"insert into {SCHEMA}.object_tables (table_name, kind, time_column, business_key)"
        " values ('sales', 'event', 'sold_at', '{sale_id}'), ('ticks', 'event', 'at_time', '{}')"
        " on conflict do nothing"
    )
    return shop


def overdue(shop: Shop) -> list[tuple[Any, ...]]:
    found = shop.execute(f"select table_name, archive_kind, row_count, oldest_at::date::text from"
                         f" {SCHEMA}.rows_past_retention order by 1, 2")  # fmt: skip
    return list(found.fetchall())


def restore(shop: Shop, table: str, kind: str) -> None:
    words = ("--type", kind, "--yes", "--definitions", str(shop.definitions))
    assert shop.invoke("restore", table, *words)[0] == 0


def test_what_no_run_has_taken_is_counted_and_what_waits_as_it_should_is_not(noted: Shop) -> None:
    noted.run()
    assert overdue(noted) == []
    noted.add_sales(days=2)
    noted.add_ticks(days=2)
    noted.add_raw(10)

    assert overdue(noted) == [
        ("sales", "analytics", 80, "2024-01-01"),
        ("sales", "source", 10, "2024-06-01"),
        ("ticks", "analytics", 20, "2024-03-30"),
    ]
    noted.run()
    assert overdue(noted) == []
    for table, kind in (("sales", "analytics"), ("ticks", "analytics"), ("sales", "source")):
        restore(noted, table, kind)
    assert noted.value(f"select count(*) from {SCHEMA}.sales") == 80
    assert overdue(noted) == [], "somebody wants them there"
    noted.execute("update archive_catalog.units set keep_until = now() where keep_until is not null")
    assert [row[:3] for row in overdue(noted)] == [
        ("sales", "analytics", 80), ("sales", "source", 10), ("ticks", "analytics", 20),
    ]  # fmt: skip


def test_held_records_and_tables_of_which_nothing_is_dropped_are_not_overdue(noted: Shop) -> None:
    noted.run()
    noted.add_sales(days=1)
    noted.add_raw(10)
    words = ("--definitions", str(noted.definitions))
    assert noted.invoke("hold", "place", "--table", "sales", "--type", "source", "--reason", "x", *words)[0] == 0
    assert [row[1] for row in overdue(noted)] == ["analytics"]

    never = json.dumps({"table_name": "sales", "retention_days": 90, "drop": "never"})
    assert noted.invoke("policies", "set", never, "--yes", *words)[0] == 0

    assert overdue(noted) == []
