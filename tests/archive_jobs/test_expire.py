"""What the archive need not keep any longer goes in two phases, never too early, and never under a hold."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shares import shared
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.failpoints import EXPIRE_POINTS, PURGE_POINTS
from archive_jobs.keeping import expire as expiring
from archive_jobs.keeping.holds import HoldRequest, place_hold, release_hold
from definitions_to_dbt.errors import ProblemError

KEPT = SALE | {"archive": {"analytics": {"retention": "90 days", "archive_retention": "7 years"}}}


@pytest.fixture
def old(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """Two days that were archived eight years ago, and one of today."""
    shop = Shop(connection, write_definitions(tmp_path / "definitions", KEPT), Path(os.environ["ARCHIVE_URL"]))
    shop.make_tables()
    shop.add_sales(days=2, first="2016-01-01")
    shop.run("analytics")
    shop.execute("update archive_catalog.units set active_from = active_from - interval '8 years'")
    shop.execute("update archive_catalog.commits set committed_at = committed_at - interval '8 years'")
    shop.add_sales(days=1, first="2016-01-03")
    shop.run("analytics")
    return shop


def expire(shop: Shop, *words: str) -> dict[str, Any]:
    status, printed, message = shop.invoke("expire", "--definitions", str(shop.definitions), "--json", *words)
    assert status == 0, message
    found: dict[str, Any] = json.loads(printed)[0]
    return found


def let_the_grace_go_by(shop: Shop) -> None:
    shop.execute("update archive_catalog.units set purge_not_before = now() where state = 'purging'")


def on_disk(shop: Shop) -> int:
    return len(list(shop.lake.rglob("*.parquet")))


def test_a_unit_stops_counting_first_and_its_files_go_after_the_grace(old: Shop) -> None:
    dry = expire(old)
    first = expire(old, "--yes")
    files_in_the_grace = on_disk(old)
    second = expire(old, "--yes")
    let_the_grace_go_by(old)
    third = expire(old, "--yes")

    assert (len(dry["due"]), dry["begun"]) == (2, 0)
    assert (first["begun"], first["purged"], files_in_the_grace) == (2, 0, 3)
    assert (second["begun"], second["purged"], len(second["waiting"])) == (0, 0, 2)
    assert (third["purged"], on_disk(old)) == (2, 1)
    assert third["purged_bytes"] > 0
    assert old.value("select array_agg(state order by lo) from archive_catalog.units") == ["purged", "purged", "active"]
    assert old.value("select count(*) from archive_catalog.files") == 3  # what was purged stays written
    assert old.invoke("verify", "--deep")[0] == 0


def test_killed_anywhere_the_next_expire_goes_on(old: Shop) -> None:
    words = ("expire", "--yes", "--definitions", str(old.definitions))
    for point in shared((*EXPIRE_POINTS, *PURGE_POINTS), 2):
        assert os.WIFSIGNALED(old.die_in(point, lambda dying: dying.invoke(*words))), point
        let_the_grace_go_by(old)

    expire(old, "--yes")

    assert old.value("select array_agg(state order by lo) from archive_catalog.units") == ["purged", "purged", "active"]
    assert on_disk(old) == 1
    assert old.invoke("verify", "--deep")[0] == 0


@pytest.mark.parametrize("guard_stands", [True, False])
def test_a_hold_keeps_a_unit_in_both_phases(old: Shop, guard_stands: bool) -> None:
    hold = place_hold(old.connection, HoldRequest(SCHEMA, "case 7", "sales"))
    if not guard_stands:
        failpoints.disabled_guards.add("hold")

    held = expire(old, "--yes")

    assert held["begun"] == (0 if guard_stands else 2)
    if guard_stands:
        assert "(case 7) keeps it" in held["held"][0]
        release_hold(old.connection, SCHEMA, hold.hold_id)
        expire(old, "--yes")
        place_hold(old.connection, HoldRequest(SCHEMA, "case 8", "sales"))
        let_the_grace_go_by(old)
        assert expire(old, "--yes")["purged"] == 0
        assert on_disk(old) == 3


def test_the_longest_of_retention_and_the_minimum_of_then_and_now_counts(old: Shop) -> None:
    old.execute("update archive_catalog.attempts set policy_version = 0 where manifest_path is not null")
    old.execute(
        "insert into archive_catalog.policies (schema_name, table_name, kind, version, policy, definition_hash)"
        " values (%s, 'sales', 'analytics', 0, %s, 'of then')",
        SCHEMA,
        json.dumps({"legal_minimum": "12 years"}),
    )

    assert expire(old)["due"] == []


@pytest.mark.parametrize("guard_stands", [True, False])
def test_raw_records_that_are_still_hot_keep_the_unit_that_holds_them(old: Shop, guard_stands: bool) -> None:
    """Readers skip them, as they are marked: with their unit they would be gone."""
    old.add_raw(5, processed=False)
    old.run("source")
    old.execute("update archive_catalog.units set active_from = '2010-01-01', lo = '2010-01-01', hi = '2010-01-02'"
                " where kind = 'source'")  # fmt: skip
    before = old.all_rows(kind="source")
    if not guard_stands:
        failpoints.disabled_guards.add("expire.dropped")

    status, printed, _ = old.invoke(
        "expire", "--yes", "--type", "source", "--json", "--definitions", str(old.definitions)
    )

    assert status == 0
    assert ("5 of its records are still in" in "".join(json.loads(printed)[0]["held"])) is guard_stands
    assert (old.all_rows(kind="source") == before) is guard_stands


def test_clocks_that_differ_purge_nothing(old: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=7)

    monkeypatch.setattr(expiring, "datetime", Late)

    with pytest.raises(ProblemError, match="the clocks differ"):
        expiring.require_right_clocks(old.connection)


def test_a_server_whose_clock_went_back_purges_nothing(old: Shop) -> None:
    old.execute("update archive_catalog.commits set committed_at = now() + interval '1 hour'")

    with pytest.raises(ProblemError, match="before its last archive commit"):
        expiring.require_right_clocks(old.connection)


CALENDAR = [
    ("2024-02-29 00:00", "7 years", "2031-02-28 00:00"),
    ("2024-02-29 23:59:59", "7 years", "2031-02-28 23:59:59"),
    ("2024-02-29 00:00", "4 years", "2028-02-29 00:00"),
    ("2024-03-01 00:00", "7 years", "2031-03-01 00:00"),
    ("2023-12-31 23:59:59.999999", "1 year", "2024-12-31 23:59:59.999999"),
    ("2024-01-31 00:00", "1 month", "2024-02-29 00:00"),
    ("2024-03-31 01:30", "1 day", "2024-04-01 01:30"),  # clocks change in Berlin; ours are UTC
    ("2024-10-27 01:30", "24 hours", "2024-10-28 01:30"),
    ("2011-12-29 10:00", "1 day", "2011-12-30 10:00"),  # a day that Samoa does not have
    ("2024-01-01 00:00", "2555 days", "2030-12-30 00:00"),
]


def test_years_are_calendar_years_in_utc(old: Shop) -> None:
    old.execute("set TimeZone = 'UTC'")
    old.execute("delete from archive_catalog.policies")
    for since, kept, first_due in CALENDAR:
        old.execute(
            "update archive_catalog.units set active_from = %s, hi = %s, lo = '2000-01-01'"
            " where part_day = '2016-01-01'",
            since,
            since,
        )
        values = {"schema": SCHEMA, "table": "sales", "kind": "analytics", "kept": kept, "minimum": None}

        found = old.connection.execute(expiring._DUE.encode(), values).fetchall()

        assert datetime.fromisoformat(first_due).replace(tzinfo=UTC) in [due for _, due in found], since
