"""Days of 23, 24, 25 and no hours, zones, leap days and clocks that are wrong: each row leaves once, when it is due."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from fault_orders import Told, archive
from fault_worlds import DELETE, Mode, World
from small_shop import SCHEMA, TICK, Shop, write_definitions
from warm_workers import obeyed

from archive_jobs.database import connect
from archive_jobs.lake import publish
from archive_jobs.moving import run as running
from archive_jobs.planning.plan import _cutoff, plan_table
from definitions_to_dbt.duration import Duration

MakeWorld = Callable[[Mode], World]
# Zone and a day around which something happens there.
DAYS = [
    ("Europe/Berlin", "2024-03-31"),  # 23 hours
    ("Europe/Berlin", "2024-10-27"),  # 25 hours
    ("Australia/Lord_Howe", "2024-10-06"),  # 23 and a half
    ("Australia/Lord_Howe", "2024-04-07"),  # 24 and a half
    ("Pacific/Apia", "2011-12-30"),  # never was
    ("America/Sao_Paulo", "2018-11-04"),  # begins at one o'clock
    ("Asia/Kathmandu", "2024-02-29"),  # leap day, 5:45 from UTC
    ("Africa/Monrovia", "1972-01-07"),  # 44 minutes
    ("UTC", "2016-12-31"),  # a leap second
]


# The clock in UTC, the retention, the column's zone -> the first day that stays.
CUTOFFS = [
    ("2024-03-01 00:00", "1 day", "UTC", "2024-02-29"),
    ("2023-03-01 00:00", "1 day", "UTC", "2023-02-28"),
    ("2024-03-31 12:00", "1 month", "UTC", "2024-02-29"),
    ("2023-03-31 12:00", "1 month", "UTC", "2023-02-28"),
    ("2024-02-29 12:00", "1 year", "UTC", "2023-02-28"),
    ("2024-02-29 12:00", "4 years", "UTC", "2020-02-29"),
    ("2100-03-01 00:00", "1 day", "UTC", "2100-02-28"),  # no leap year
    ("2000-03-01 00:00", "1 day", "UTC", "2000-02-29"),  # one
    ("2024-01-01 00:00", "1 month", "UTC", "2023-12-01"),
    ("2024-01-01 00:00", "1 day", "UTC", "2023-12-31"),
    ("2024-01-01 00:00", "90 days", "UTC", "2023-10-03"),
    ("2024-12-31 23:59:59.999999", "1 day", "UTC", "2024-12-30"),
    ("2016-12-31 23:59:59", "1 day", "UTC", "2016-12-30"),  # a leap second follows
    ("2024-06-01 00:00", "1 hour", "UTC", "2024-05-31"),
    ("2024-06-01 01:00", "1 hour", "UTC", "2024-06-01"),
    # The same instant is another day elsewhere.
    ("2024-06-02 00:30", "1 day", "America/New_York", "2024-05-31"),
    ("2024-06-02 03:59", "1 day", "America/New_York", "2024-05-31"),
    ("2024-06-02 04:00", "1 day", "America/New_York", "2024-06-01"),
    ("2024-06-02 22:00", "1 day", "Europe/Berlin", "2024-06-02"),
    ("2024-06-02 21:59", "1 day", "Europe/Berlin", "2024-06-01"),
    ("2024-06-02 18:15", "1 day", "Asia/Kathmandu", "2024-06-02"),
    ("2024-06-02 18:14", "1 day", "Asia/Kathmandu", "2024-06-01"),
    ("2024-06-02 10:00", "1 day", "Pacific/Kiritimati", "2024-06-02"),
    # Clocks change: a day of the retention has 24 hours of UTC.
    ("2024-03-31 22:00", "1 day", "Europe/Berlin", "2024-03-30"),
    ("2024-03-31 23:00", "1 day", "Europe/Berlin", "2024-03-31"),
    ("2024-10-27 22:59", "1 day", "Europe/Berlin", "2024-10-27"),
    ("2024-10-27 21:59", "1 day", "Europe/Berlin", "2024-10-26"),
    ("2011-12-31 12:00", "1 day", "Pacific/Apia", "2011-12-31"),  # the 30th never was
    ("2011-12-31 09:59", "1 day", "Pacific/Apia", "2011-12-29"),
]


def test_the_first_day_that_stays_is_the_day_of_the_cutoff_in_the_zone_of_the_column(shop: Shop) -> None:
    with connect(shop.settings) as connection:
        (table,) = shop.tables("analytics", objects=("TICK",))
        model, wrong = table.model, []
        for clock, retention, zone, expected in CUTOFFS:
            columns = tuple(c.model_copy(update={"time_zone": zone}) for c in model.columns)
            schema = model.table_schema.model_copy(update={"columns": columns})
            aged = replace(
                table, model=model.model_copy(update={"table_schema": schema}),
                policy=table.policy.model_copy(update={"retention": Duration.parse(retention)}),
            )  # fmt: skip
            _, first_kept = _cutoff(connection, aged, datetime.fromisoformat(f"{clock}+00:00"))
            if str(first_kept) != expected:
                wrong.append((clock, retention, zone, expected, str(first_kept)))

    assert wrong == []


@pytest.mark.parametrize(("zone", "day"), DAYS, ids=[f"{zone} {day}" for zone, day in DAYS])
def test_each_row_of_an_odd_day_leaves_once(
    connection: psycopg.Connection[Any], tmp_path: Path, zone: str, day: str
) -> None:
    """Rows every 15 minutes of wall time over three days, also at times that the clock skipped."""
    model: dict[str, Any] = copy.deepcopy(TICK) | {"storage": {"layout": "plain"}}
    model["table_schema"]["columns"][1]["time_zone"] = zone
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.ticks (year, at_time, reading, _raw_seq, _source_order)"
        " select 1, %s::timestamp + n * interval '15 minutes', n, n, n from generate_series(-96, 191) n",
        day,
    )
    before = shop.all_rows("TICK")
    plan = plan_table(shop.connection, shop.tables("analytics")[0], None)

    shop.run("analytics")

    bounds = sorted((piece.lo, piece.hi) for piece in plan.slices)
    assert all(lo < hi for lo, hi in bounds)
    assert all(first[1] <= second[0] for first, second in pairwise(bounds))
    assert shop.all_rows("TICK") == before
    left = shop.value(f"select count(*) from {SCHEMA}.ticks")
    # A day that never was has no instants: its rows stay hot and are reported.
    assert left == (96 if day == "2011-12-30" else 0)
    assert any("stay hot" in note for note in plan.notes) == (left > 0)


def archive_with_a_clock(told: Told, days: int) -> dict[str, Any]:
    """A run on a machine whose clock is wrong by some days."""
    now = time.time
    time.time = lambda: now() + days * 86400

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time(), tz or UTC)

    for module in (running, publish):
        if hasattr(module, "datetime"):
            module.datetime = Wrong  # type: ignore[attr-defined]  # what it has imported
    return archive(told)


@pytest.mark.parametrize("days", [-7, -1, 0, 1, 7])
def test_the_clock_of_the_database_decides_what_is_old(make_world: MakeWorld, days: int) -> None:
    world = make_world(DELETE)
    rows = [(1, 86), (2, 89), (3, 92), (4, 98)]
    for key, age in rows:
        world.shop.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
            " values (%s, date_trunc('day', now()) - %s * interval '1 day' + interval '12 hours', 1, 1)",
            key, age,
        )  # fmt: skip

    obeyed(archive_with_a_clock, world.told(), days)

    left = world.shop.execute(f"select sale_id from {SCHEMA}.sales order by 1").fetchall()
    assert left == [(1,), (2,)]


def test_a_retention_of_years_from_a_leap_day_ends_in_february(make_world: MakeWorld) -> None:
    """PostgreSQL counts in years; 2,555 days would end a day earlier."""
    world = make_world(DELETE)

    assert world.shop.value("select (date '2024-02-29' + interval '7 years')::date::text") == "2031-02-28"
    assert str(datetime(2024, 2, 29, tzinfo=UTC).date() + timedelta(days=2555)) == "2031-02-27"
