"""A restored range is back as it was: no row lost, none doubled, and it stays until it is told to go."""

from __future__ import annotations

import json
from collections import Counter

from small_shop import SCHEMA, Shop


def restore(shop: Shop, *words: str, table: str = "sales") -> tuple[int, str, str]:
    return shop.invoke("restore", table, *words, "--definitions", str(shop.definitions))


def table_rows(shop: Shop, relation: str = "sales") -> Counter[str]:
    return Counter(row[0] for row in shop.execute(f"select r::text from {SCHEMA}.{relation} r"))


def test_a_range_comes_back_as_it_was(shop: Shop) -> None:
    shop.add_sales(days=4)
    before, hot_before = shop.all_rows(), table_rows(shop)
    shop.run("analytics", objects=("SALE",))

    status, printed, _ = restore(shop, "--start", "2024-01-01", "--end", "2024-01-04", "--yes", "--json")

    assert (status, json.loads(printed)["restored_rows"]) == (0, 160)
    assert shop.all_rows() == before
    assert table_rows(shop) == hot_before
    assert shop.value("select count(*) from archive_catalog.readable_files") == 0
    assert shop.invoke("verify", "--deep")[0] == 0


def test_the_range_is_rounded_outward_to_whole_units_and_the_command_says_so(shop: Shop) -> None:
    shop.add_sales(days=3)
    before = shop.all_rows()
    shop.run("analytics", objects=("SALE",))
    asked = ("--start", "2024-01-02T00:00:30Z", "--end", "2024-01-02T00:01:00Z")

    dry_status, dry, message = restore(shop, *asked)
    status, printed, _ = restore(shop, *asked, "--yes")

    assert (dry_status, status) == (0, 0)
    assert "40 rows would come back" in dry
    assert "Nothing was changed" in message
    assert "whole units reach over [2024-01-02T00:00:00+00:00, 2024-01-03T00:00:00+00:00)" in printed
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert shop.all_rows() == before


def test_raw_records_that_were_dropped_come_back_marked_and_count_once(shop: Shop) -> None:
    shop.add_raw(12)
    shop.add_raw(5, ingested_at="now")
    before = shop.all_rows(kind="source")
    shop.run("source", objects=("SALE",))

    status, _, _ = restore(shop, "--type", "source", "--start", "2024-06-01", "--end", "2024-06-01", "--yes")

    assert status == 0
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales where processed and archived_in is not null") == 17
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales where batch_id is null and raw_seq <= 12") == 0
    assert shop.all_rows(kind="source") == before
    shop.run("source", objects=("SALE",))
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 17
    assert shop.all_rows(kind="source") == before


def test_restored_rows_stay_until_their_time_and_are_archived_again_after_it(shop: Shop) -> None:
    shop.add_sales(days=3)
    before = shop.all_rows()
    shop.run("analytics", objects=("SALE",))
    restore(shop, "--start", "2024-01-02", "--end", "2024-01-02", "--yes")

    kept = shop.run("analytics", objects=("SALE",)).tables[0]
    shop.execute("update archive_catalog.units set keep_until = now() where keep_until is not null")
    gone = shop.run("analytics", objects=("SALE",)).tables[0]

    assert (kept.units, kept.plan.notes[0][:40]) == (0, "40 rows stay hot: they were restored, th")
    assert (gone.units, shop.value(f"select count(*) from {SCHEMA}.sales")) == (1, 0)
    assert shop.all_rows() == before
    states = shop.execute("select mode, state from archive_catalog.units order by active_from, lo").fetchall()
    assert states[-1] == ("partition", "active")  # the partition that was made for the rows goes as a whole
    assert sorted(states[:-1]) == [("delete", "active"), ("delete", "active"), ("delete", "restored")]
