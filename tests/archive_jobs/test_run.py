"""What a run does to hot rows, cold files and the catalogue."""

from __future__ import annotations

from small_shop import SCHEMA, Shop


def test_aged_days_leave_postgresql_and_stand_in_the_lake(shop: Shop) -> None:
    shop.add_sales(days=3)
    before = shop.value(f"select count(*) from {SCHEMA}.sales")

    result = shop.run("analytics", objects=("SALE",))

    assert [(t.units, t.rows, t.kept_hot) for t in result.tables] == [(3, 120, [])]
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.value("select sum(rows) from archive_catalog.readable_files") == before


def test_raw_records_are_marked_then_dropped(shop: Shop) -> None:
    shop.add_raw(50)

    result = shop.run("source", objects=("SALE",))

    assert [(t.units, t.rows, t.dropped, t.kept_hot) for t in result.tables] == [(1, 50, 50, [])]
