"""Chunks of a hypertable as units: plain, compressed and partly compressed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from chunked_shop import LATE, chunks, compress, make_shop
from killed_runs import KILLED_AT, kill_at, left_over
from small_shop import SALE, SCHEMA, Shop, unwatched, write_definitions

from archive_jobs import failpoints
from archive_jobs.copying import export, shares
from archive_jobs.database import connect
from archive_jobs.moving.run import run
from archive_jobs.planning.plan import TablePlan, plan_table
from archive_jobs.reading.read_back import open_reader

pytestmark = pytest.mark.timescale


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Any) -> Shop:
    """A shop whose sales are a hypertable with chunks of a day."""
    return make_shop(connection, tmp_path)


def the_plan(shop: Shop) -> TablePlan:
    return plan_table(shop.connection, shop.tables("analytics")[0], None)


def elsewhere(statement: str) -> Any:
    def act() -> None:
        with psycopg.connect(autocommit=True) as other:
            other.execute(statement)

    return act


def test_plain_compressed_and_partly_compressed_chunks_are_dropped_and_read_back(shop: Shop) -> None:
    shop.add_sales(days=3)
    plain, whole, partly = chunks(shop)
    compress(shop, whole, partly)
    shop.execute(LATE, 5, "2024-01-03 12:00+00")
    before = shop.all_rows()

    plan = the_plan(shop)
    result = shop.run("analytics")

    assert [(p.mode, p.relations, p.rows, p.compressed) for p in plan.slices] == [
        ("chunk", (plain,), 40, False),
        ("chunk", (whole,), 40, True),
        ("chunk", (partly,), 41, True),
    ]
    assert plan.slices[2].reason == f"the whole partly compressed chunk {partly} is old enough to be dropped"
    assert (result.tables[0].units, result.tables[0].kept_hot) == (3, [])
    assert (shop.all_rows(), chunks(shop)) == (before, [])
    assert shop.invoke("verify", "--deep")[0] == 0


def test_a_chunk_that_is_old_in_part_and_one_of_infinite_times_stay_hot_and_are_told(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.execute(LATE, 5, "infinity")
    (middle,) = [name for name in chunks(shop) if shop.value(f"select count(*) from {name}") == 40]
    as_of = shop.value(f"select range_start + interval '90 days 12 hours' from timescaledb_information.chunks"
                       f" where format('%I.%I', chunk_schema, chunk_name) = '{middle}'")  # fmt: skip

    plan = plan_table(shop.connection, shop.tables("analytics")[0], as_of)
    after = the_plan(shop)
    shop.run("analytics")

    assert plan.slices == ()
    assert after.notes[0].startswith("1 rows stay hot, as no unit can hold their sold_at: 1 infinity")
    assert [piece.relations for piece in after.slices] == [(middle,)]
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 1


@pytest.mark.parametrize("compressed", [False, True])
def test_old_days_of_a_chunk_leave_row_by_row_where_the_retention_holds_to_the_day(
    connection: psycopg.Connection[Any], tmp_path: Any, compressed: bool
) -> None:
    policy = {"analytics": {"retention": "90 days", "partition_drop": "exact"}}
    model = SALE | {"storage": {"layout": "hypertable", "interval": "1 month"}, "archive": policy}
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.add_sales(days=3)
    if compressed:
        compress(shop, *chunks(shop))
    before, as_of = shop.all_rows(), shop.value("select '2024-04-01 00:00+00'::timestamptz")

    tables = shop.tables("analytics")
    plan = plan_table(shop.connection, tables[0], as_of)
    with connect(shop.settings) as own:
        (result,) = run(own, shop.settings, shop.store, tables, as_of, unwatched).tables

    assert [(p.mode, str(p.day), p.rows, p.compressed) for p in plan.slices] == [
        ("delete", "2024-01-01", 40, compressed)
    ]
    assert (result.units, result.kept_hot, shop.value(f"select count(*) from {SCHEMA}.sales")) == (1, [], 80)
    assert shop.all_rows() == before


def test_rows_of_a_compressed_chunk_are_copied_and_kept_once(
    connection: psycopg.Connection[Any], tmp_path: Any
) -> None:
    policy = {"analytics": {"retention": "90 days", "drop": "never"}}
    model = SALE | {"storage": {"layout": "hypertable", "interval": "1 day"}, "archive": policy}
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.add_sales(days=2)
    compress(shop, chunks(shop)[0])

    first, again = shop.run("analytics").tables[0], shop.run("analytics").tables[0]

    assert (first.units, first.kept_hot, again.units) == (2, [], 0)
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 80


@pytest.mark.parametrize("compressed", [False, True])
def test_a_row_between_export_and_commit_is_archived_too(shop: Shop, compressed: bool) -> None:
    shop.add_sales(days=1)
    if compressed:
        compress(shop, *chunks(shop))
    failpoints.interruptions["prepare.after"] = elsewhere(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " values (5, '2024-01-01 12:00+00', 1, 1)"
    )

    result = shop.run("analytics")

    assert (result.tables[0].rows, result.tables[0].kept_hot) == (41, [])
    assert sum(shop.all_rows().values()) == 41


def test_a_chunk_compressed_between_export_and_commit_loses_nothing(shop: Shop) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    compress(shop)
    failpoints.interruptions["prepare.after"] = elsewhere(f"select compress_chunk('{chunks(shop)[0]}')")

    result = shop.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert (shop.all_rows(), chunks(shop)) == (before, [])


def test_a_late_row_makes_the_chunk_again_and_a_next_generation(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    shop.execute(LATE, 5, "2024-01-01 12:00+00")

    shop.run("analytics")

    units = shop.execute("select mode, generation, row_count from archive_catalog.units order by generation").fetchall()
    assert units == [("chunk", 1, 40), ("chunk", 2, 1)]
    assert sum(shop.all_rows().values()) == 41


def test_a_frozen_chunk_stays_until_it_is_thawed(shop: Shop) -> None:
    shop.add_sales(days=1)
    (chunk,) = chunks(shop)
    failpoints.interruptions["prepare.after"] = elsewhere(f"select _timescaledb_functions.freeze_chunk('{chunk}')")

    result = shop.run("analytics")

    assert f"{chunk} cannot be dropped: it is frozen" in result.tables[0].kept_hot[0]
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_without_comparing_what_was_dropped_a_frozen_chunk_counts_twice(shop: Shop) -> None:
    shop.add_sales(days=1)
    failpoints.disabled_guards.update(("bounds", "dropped"))
    failpoints.interruptions["prepare.after"] = elsewhere(
        f"select _timescaledb_functions.freeze_chunk('{chunks(shop)[0]}')"
    )

    shop.run("analytics")

    assert max(shop.all_rows().values()) == 2


def test_with_it_the_list_of_dropped_chunks_stops_the_unit(shop: Shop) -> None:
    shop.add_sales(days=1)
    failpoints.disabled_guards.add("bounds")
    failpoints.interruptions["prepare.after"] = elsewhere(
        f"select _timescaledb_functions.freeze_chunk('{chunks(shop)[0]}')"
    )

    result = shop.run("analytics")

    assert "was to be dropped, TimescaleDB dropped nothing" in result.tables[0].kept_hot[0]
    assert max(shop.all_rows().values()) == 1


def test_a_reader_who_has_begun_keeps_its_chunk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_JOBS_COMMIT_TRIES", "1")
    shop.add_sales(days=1)
    model = shop.library.object("SALE")
    with open_reader(shop.settings, shop.store) as reader:
        result = shop.run("analytics")
        seen = reader.engine.execute(f"select count(*) from ({reader.rows(model, 'analytics')})").fetchone()

    assert seen == (40,)
    assert "its rows are being changed" in result.tables[0].kept_hot[0]


def test_a_retention_policy_is_refused_and_a_compression_policy_is_not(shop: Shop) -> None:
    shop.add_sales(days=1)
    compress(shop)
    shop.execute(f"select add_compression_policy('{SCHEMA}.sales', interval '7 days')")
    assert the_plan(shop).blocked_by == ()

    shop.execute(f"select add_retention_policy('{SCHEMA}.sales', interval '90 days')")

    assert the_plan(shop).blocked_by == (
        f"a retention policy drops its chunks; select remove_retention_policy('{SCHEMA}.sales')",
    )


@pytest.mark.parametrize("compressed", [False, True])
def test_killed_at_any_point_no_row_is_lost_and_none_doubled(shop: Shop, compressed: bool) -> None:
    for number, point in enumerate(KILLED_AT):
        shop.add_sales(days=1, per_day=10, first=f"2024-{1 + number // 28:02}-{1 + number % 28:02}")
        if compressed:
            compress(shop, chunks(shop)[-1])
        before = shop.all_rows()
        kill_at(shop, point)

    shop.run("analytics")

    assert (shop.all_rows(), chunks(shop), left_over(shop)) == (before, [], [])


def test_a_large_chunk_is_read_in_shares(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_SORTED_ANYWAY", 0)
    monkeypatch.setattr(shares, "_ROWS_IN_A_SHARE", 200)
    shop.add_sales(days=1, per_day=400)
    shop.execute(f"analyze {SCHEMA}.sales")
    before = shop.all_rows()

    result = shop.run("analytics")

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
    assert shop.all_rows() == before
    assert shop.value("select count(*) from archive_catalog.files where row_count between 1 and 399") == 2
