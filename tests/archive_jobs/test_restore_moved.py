"""An event that moved in time stands once after a restore: its older place stays cold, or is marked as left."""

from __future__ import annotations

import json

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints

MOVED = 1_461_000_001
LIVING = f"select sold_at::date::text, _source_order from {SCHEMA}.sales where sale_id = {MOVED} and not _deleted"


def restore(shop: Shop, *words: str) -> tuple[int, str, str]:
    return shop.invoke("restore", "sales", *words, "--yes", "--json", "--definitions", str(shop.definitions))


def correct(shop: Shop, sold_at: str, order: int = 999) -> None:
    """A later record brings the event to another time; its old place is archived, so that dbt marks nothing."""
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order) values (%s, %s, 5, 900, %s)",
        MOVED, sold_at, order,
    )  # fmt: skip


@pytest.mark.parametrize("guard_stands", [True, False])
def test_the_old_place_of_an_event_that_moved_stays_cold(shop: Shop, guard_stands: bool) -> None:
    if not guard_stands:
        failpoints.disabled_guards.add("restore.moved")
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    correct(shop, "2099-01-01")
    before = shop.all_rows()

    status, printed, _ = restore(shop)

    found, living = json.loads(printed), shop.execute(LIVING).fetchall()
    assert status == 0
    if not guard_stands:
        assert len(living) == 2, "it would count twice"
        return
    assert (found["restored_rows"], found["rows_with_a_newer_version"]) == (39, 1)
    assert living == [("2099-01-01", 999)]
    assert shop.all_rows() == before
    assert shop.value("select sum(rows) from archive_catalog.readable_files") == 1


@pytest.mark.parametrize("guard_stands", [True, False])
def test_an_old_place_stays_cold_while_the_newer_one_is_archived_elsewhere(shop: Shop, guard_stands: bool) -> None:
    """The table and `sales_read` would show as current what is not."""
    if not guard_stands:
        failpoints.disabled_guards.add("restore.newer cold")
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    correct(shop, "2024-02-01")
    shop.run("analytics", objects=("SALE",))
    before = shop.all_rows()

    status, printed, _ = restore(shop, "--end", "2024-01-31")

    found, living = json.loads(printed), shop.execute(LIVING).fetchall()
    assert status == 0
    if not guard_stands:
        assert living == [("2024-01-01", 1)], "it is not what counts"
        return
    assert (found["restored_rows"], found["rows_with_a_newer_version"], living) == (39, 1, [])
    assert restore(shop)[0] == 0
    assert shop.execute(LIVING).fetchall() == [("2024-02-01", 999)]
    assert shop.all_rows() == before
    shop.execute("update archive_catalog.units set keep_until = now() where state = 'restored'")
    shop.run("analytics", objects=("SALE",))
    assert restore(shop)[0] == 0
    assert shop.execute(LIVING).fetchall() == [("2024-02-01", 999)]
    assert shop.all_rows() == before


@pytest.mark.parametrize("guard_stands", [True, False])
def test_what_is_archived_while_a_restore_loads_is_looked_at_too(shop: Shop, guard_stands: bool) -> None:
    if not guard_stands:
        failpoints.disabled_guards.add("restore.residual")
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))

    def meanwhile() -> None:
        correct(shop, "2024-02-01")
        shop.run("analytics", objects=("SALE",))

    failpoints.interruptions["restore.begin.after"] = meanwhile

    assert restore(shop)[0] == 0
    living = shop.execute(LIVING).fetchall()
    assert living == ([] if guard_stands else [("2024-01-01", 1)])


@pytest.mark.parametrize("guard_stands", [True, False])
def test_an_older_place_that_is_hot_already_is_marked_as_left(shop: Shop, guard_stands: bool) -> None:
    """As a late record leaves one: dbt does not see that the archive has a newer one."""
    if not guard_stands:
        failpoints.disabled_guards.add("restore.marks")
    correct(shop, "2024-02-01")
    shop.run("analytics", objects=("SALE",))
    correct(shop, "2024-01-01", order=1)

    assert restore(shop)[0] == 0

    living = shop.execute(LIVING).fetchall()
    if not guard_stands:
        assert len(living) == 2, "it would count twice"
        return
    assert living == [("2024-02-01", 999)]
    mark = f"select _source_order, _raw_seq from {SCHEMA}.sales where sale_id = {MOVED} and _deleted"
    assert shop.execute(mark).fetchall() == [(999, 900)]


def test_dbt_and_a_restore_of_events_that_can_move_take_turns(shop: Shop) -> None:
    """Neither would see the other's row of the same object."""
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    batch = f"insert into {SCHEMA}.transform_batches (table_name) values ('sales') returning batch_id"
    shop.execute(batch)

    refused = restore(shop)

    assert json.loads(refused[1])["kept_cold"] == [
        "sales (analytics) 2024-01-01, generation 1: batch 1 of it is open; wait for dbt, or run `dbt build`,"
        " which closes it"
    ]
    shop.execute(f"update {SCHEMA}.transform_batches set state = 'closed'")
    claims: list[bool] = []

    def claim() -> None:
        with psycopg.connect(autocommit=True) as other:
            name = f"hashtextextended('raw:{SCHEMA}.sales', 0)"
            claims.extend(row[0] for row in other.execute(f"select pg_try_advisory_lock({name})"))

    failpoints.interruptions["restore.flip.after"] = claim
    assert json.loads(restore(shop)[1])["restored_rows"] == 40
    claim()
    assert claims == [False, True]
