"""What a legal hold binds stays until the hold is released."""

from __future__ import annotations

import threading

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.keeping.holds import HoldRequest, holds_on, list_holds, place_hold, release_hold
from archive_jobs.times import parse_time
from definitions_to_dbt.errors import ProblemError

KEY = (SCHEMA, "sales", "analytics")


def test_raw_records_under_a_hold_are_not_dropped(shop: Shop) -> None:
    shop.add_raw(10)
    ensure_catalogue(shop.connection)
    hold = place_hold(shop.connection, HoldRequest(SCHEMA, "case 12/24", "sales"))

    held = shop.run("source", objects=("SALE",)).tables[0]
    release_hold(shop.connection, SCHEMA, hold.hold_id)
    free = shop.run("source", objects=("SALE",)).tables[0]

    assert (held.dropped, free.dropped) == (0, 10)
    assert "case 12/24) forbids it" in held.kept_hot[0]


@pytest.mark.parametrize("guard_stands", [True, False])
def test_a_hold_placed_while_records_are_being_dropped_binds_them(shop: Shop, guard_stands: bool) -> None:
    shop.add_raw(10, processed=False)
    shop.run("source", objects=("SALE",))
    shop.execute(f"update {SCHEMA}.source_sales set processed = true")
    if not guard_stands:
        failpoints.disabled_guards.add("hold")
    failpoints.interruptions["drop.begin.after"] = _elsewhere

    shop.run("source", objects=("SALE",))

    assert (shop.value(f"select count(*) from {SCHEMA}.source_sales") == 10) is guard_stands


def _elsewhere() -> None:
    with psycopg.connect(autocommit=True) as other:
        place_hold(other, HoldRequest(SCHEMA, "urgent", "sales", "source"))


def test_a_hold_waits_for_whoever_changes_what_counts_and_binds_right_after(shop: Shop) -> None:
    shop.add_sales(days=1)
    placing = threading.Thread(target=_elsewhere)
    failpoints.interruptions["commit.guard.after"] = placing.start

    shop.run("analytics", objects=("SALE",))
    placing.join()

    assert len(list_holds(shop.connection, SCHEMA, released=False)) == 1
    assert shop.value("select count(*) from archive_catalog.readable_files") == 1


def test_a_hold_binds_its_table_its_range_and_its_subject_only(shop: Shop) -> None:
    ensure_catalogue(shop.connection)
    lo, hi = parse_time("2024-01-01"), parse_time("2024-02-01")
    place_hold(shop.connection, HoldRequest(SCHEMA, "range", "sales", "analytics", lo, hi))
    place_hold(shop.connection, HoldRequest(SCHEMA, "person", subject_digest="abc"))

    def binding(start: str, end: str, subject: str | None = None, table: str = "sales") -> list[str]:
        key = (SCHEMA, table, "analytics")
        return [h.reason for h in holds_on(shop.connection, key, parse_time(start), parse_time(end), subject)]

    assert binding("2024-01-31", "2024-02-01") == ["range", "person"]
    assert binding("2024-02-01", "2024-02-02") == ["person"]
    assert binding("2024-02-01", "2024-02-02", "xyz") == []
    assert binding("2024-01-01", "2024-01-02", "abc", "ticks") == ["person"]


def test_a_hold_is_released_once(shop: Shop) -> None:
    ensure_catalogue(shop.connection)
    hold = place_hold(shop.connection, HoldRequest(SCHEMA, "case", "sales"))
    release_hold(shop.connection, SCHEMA, hold.hold_id)

    with pytest.raises(ProblemError, match=f"there is no hold {hold.hold_id} in force"):
        release_hold(shop.connection, SCHEMA, hold.hold_id)

    (kept,) = list_holds(shop.connection, SCHEMA, released=True)
    assert kept.released_at is not None


def test_killed_before_the_lake_was_told_of_a_hold_the_next_command_tells_it(shop: Shop) -> None:
    ensure_catalogue(shop.connection)
    words = ("hold", "place", "--table", "sales", "--reason", "court", "--definitions", str(shop.definitions))
    for point in ("hold.after", "hold.mirrored.after"):
        assert shop.die_in(point, lambda other: other.invoke(*words)) == 9, point

    shop.run("analytics", objects=("SALE",))

    assert len(list((shop.lake / SCHEMA / "_holds").glob("*.placed.json"))) == 2
    assert shop.value("select count(*) from archive_catalog.holds where placed_mirrored_at is null") == 0
    assert shop.invoke("verify")[0] == 0
