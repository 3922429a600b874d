"""A restored range is back as it was: no row lost, none doubled, and it stays until it is told to go."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from shares import shared
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.failpoints import RESIDUAL_POINTS, RESTORE_POINTS


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


@pytest.fixture
def corrected(shop: Shop) -> Shop:
    """A cold day of which three rows have come again since, changed, and one that is new."""
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " select (1461 * 1000000::bigint) + n, timestamptz '2024-01-01 00:00+00' + n * interval '7 seconds', 0, n, 999"
        " from generate_series(38, 41) n"
    )
    return shop


def test_rows_that_lost_to_a_newer_version_stay_cold(corrected: Shop) -> None:
    before = corrected.all_rows()

    status, printed, _ = restore(corrected, "--yes", "--json")

    found = json.loads(printed)
    assert (status, found["restored_rows"], found["rows_with_a_newer_version"]) == (0, 37, 3)
    assert corrected.all_rows() == before
    assert corrected.value(f"select count(*) from {SCHEMA}.sales") == 41
    assert corrected.value("select sum(rows) from archive_catalog.readable_files") == 3
    assert corrected.value("select count(*) from archive_catalog.units where superseded_by is not null") == 1
    assert corrected.invoke("verify", "--deep")[0] == 0
    assert corrected.invoke("prove")[0] == 0


def test_several_generations_come_back_the_newest_first(corrected: Shop) -> None:
    before = corrected.all_rows()
    corrected.run("analytics", objects=("SALE",))
    assert corrected.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert json.loads(corrected.invoke("status", "--json")[1])[0]["late_units"] == 1

    status, _, _ = restore(corrected, "--yes")

    assert status == 0
    assert "2 restored and kept" in corrected.invoke("status")[1]
    assert corrected.all_rows() == before
    assert corrected.value(f"select count(*) from {SCHEMA}.sales where _source_order = 999") == 4
    assert corrected.value(f"select count(*) from {SCHEMA}.sales") == 41
    assert corrected.value("select sum(rows) from archive_catalog.readable_files") == 3


@pytest.mark.parametrize("guard_stands", [True, False])
def test_a_newer_version_that_comes_meanwhile_is_noticed(shop: Shop, guard_stands: bool) -> None:
    """It comes after the residual was written; without the guard the whole unit is refused by its key, late."""
    shop.add_sales(days=1)
    before = shop.all_rows()
    shop.run("analytics", objects=("SALE",))
    newer = (
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " values (1461000001, '2024-01-01 00:00:07+00', 1, 2)"
    )
    if not guard_stands:
        failpoints.disabled_guards.add("restore.residual")
    failpoints.interruptions["restore.begin.after"] = lambda: shop.execute(newer)

    status, _, _ = restore(shop, "--yes")

    assert status == 0
    assert sum(shop.all_rows().values()) == sum(before.values()) + 1
    refused = "select count(*) from archive_catalog.attempts where state <> 'active' and state <> 'restored'"
    assert shop.value(refused) == 0


def test_killed_anywhere_nothing_is_lost_and_the_next_restore_goes_on(shop: Shop) -> None:
    points = shared((*RESTORE_POINTS, *RESIDUAL_POINTS), 3)
    shop.add_sales(days=len(points))
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " select d * 100000 + 1 + (1461 * 1000000::bigint),"
        " timestamptz '2024-01-01 00:00:07+00' + d * interval '1 day', 0, 1, 999"
        f" from generate_series(0, {len(points) - 1}) d"
    )
    before = shop.all_rows()
    for day, point in enumerate(points, start=1):
        words = ("--start", f"2024-01-{day:02}", "--end", f"2024-01-{day:02}", "--yes")
        status = shop.die_in(point, lambda dying, words=words: restore(dying, *words))
        assert os.WIFSIGNALED(status), point
        assert shop.all_rows() == before, point

    shop.invoke("reconcile", "--definitions", str(shop.definitions))
    assert restore(shop, "--yes")[0] == 0

    assert shop.all_rows() == before
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40 * len(points)
    assert shop.invoke("verify", "--deep")[0] == 0


@pytest.mark.parametrize("guard_stands", [True, False])
def test_a_table_that_would_change_the_values_does_not_get_them(shop: Shop, guard_stands: bool) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    shop.run("analytics", objects=("SALE",))
    shop.execute(f"drop view {SCHEMA}.sales__lake; alter table {SCHEMA}.sales alter amount type numeric(18,1)")
    if not guard_stands:
        failpoints.disabled_guards.add("restore.digest")

    status, printed, _ = restore(shop, "--yes")

    assert ("the table makes other rows of them" in printed) is guard_stands
    assert (status == 1, shop.all_rows() == before) == (guard_stands, guard_stands)


@pytest.mark.parametrize("guard_stands", [True, False])
def test_rows_that_stay_cold_are_proven_once_more(corrected: Shop, guard_stands: bool) -> None:
    """A row gets lost between the old file and the new one."""
    before = corrected.all_rows()

    def lose_a_row() -> None:
        for staged in (corrected.lake / ".staging").glob("*.part"):
            table = pq.read_table(staged)
            pq.write_table(table.slice(1), staged)

    if not guard_stands:
        failpoints.disabled_guards.add("residual.proof")
    failpoints.interruptions["export.fsync.after"] = lose_a_row

    status, printed, _ = restore(corrected, "--yes")

    assert ("their file does not read back as they are" in printed) is guard_stands
    assert (status == 1, corrected.all_rows() == before) == (guard_stands, guard_stands)


def test_partitions_of_somebody_else_are_made_again(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    """Their rows' partition was dropped with them; no other takes such rows."""
    shop = Shop(connection, write_definitions(tmp_path / "definitions", SALE), Path(os.environ["ARCHIVE_URL"]))
    shop.execute(f"create schema {SCHEMA}")
    shop.execute(
        f"create table {SCHEMA}.sales (sale_id bigint, sold_at timestamptz not null, amount numeric(18,6), note text)"
        " partition by range (sold_at)"
    )
    shop.execute(f"create table {SCHEMA}.sales_2024 partition of {SCHEMA}.sales"
                 " for values from ('2024-01-01 00:00+00') to ('2024-02-01 00:00+00')")  # fmt: skip
    shop.execute(
        f"insert into {SCHEMA}.sales select n, '2024-01-05'::date + n * interval '1 hour', n, 'x'"
        " from generate_series(1, 90) n"
    )
    before = shop.all_rows()
    shop.run("analytics")
    assert shop.value(f"select to_regclass('{SCHEMA}.sales_2024')") is None

    status, printed, _ = restore(shop, "--yes")

    assert (status, shop.all_rows(), shop.value(f"select count(*) from {SCHEMA}.sales")) == (0, before, 90), printed
    made = "select pg_get_expr(relpartbound, oid) from pg_class where relispartition"
    assert "2024-01-01" in shop.value(made)


@pytest.mark.timescale
def test_rows_of_a_dropped_chunk_come_back_into_a_new_one(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    shop = Shop(connection, write_definitions(tmp_path / "definitions", SALE), Path(os.environ["ARCHIVE_URL"]))
    shop.execute(f"create schema {SCHEMA}")
    shop.execute(
        f"create table {SCHEMA}.sales (sale_id bigint, sold_at timestamptz not null, amount numeric(18,6), note text)"
    )
    shop.execute(f"select create_hypertable('{SCHEMA}.sales', 'sold_at', chunk_time_interval => interval '1 day')")
    shop.execute(
        f"insert into {SCHEMA}.sales select n, '2024-01-05 00:00+00'::timestamptz + n * interval '1 hour', n, 'x'"
        " from generate_series(1, 60) n"
    )
    before = shop.all_rows()
    shop.run("analytics")
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0

    status, printed, _ = restore(shop, "--yes")

    assert (status, shop.all_rows(), shop.value(f"select count(*) from {SCHEMA}.sales")) == (0, before, 60), printed
