"""Whole partitions as units: chosen, dropped with their rows archived, and never with a row that is not."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from killed_runs import KILLED_AT, kill_at, left_over
from small_shop import SALE, SCHEMA, Shop, unwatched, write_definitions

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.moving.run import run
from archive_jobs.planning import days
from archive_jobs.planning.days import find_days
from archive_jobs.planning.plan import TablePlan, plan_table
from archive_jobs.reading.read_back import open_reader

JANUARY = f"{SCHEMA}.sales_p2024_01"


def make_months(shop: Shop, *months: str) -> None:
    """Partitions of these months, as `dbt build` makes them."""
    times = ", ".join(f"'{month}-01'" for month in months)
    shop.execute(f"select {SCHEMA}.make_partitions('sales', '1 month', 0, array[{times}]::timestamp[])")


@pytest.fixture
def january(shop: Shop) -> Shop:
    """A shop with two days of sales in a partition of January 2024."""
    make_months(shop, "2024-01", "2024-02")
    shop.add_sales(days=2)
    return shop


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


LATE = (
    f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (77, '2024-01-01 12:00+00', 1, 1)"
)


class TestChoosing:
    """What the plan makes of what PostgreSQL says."""

    def test_an_old_month_is_one_unit_that_is_dropped_whole(self, january: Shop) -> None:
        add_late(january, 1, "1969-05-05")

        plan = the_plan(january)

        assert [(piece.mode, piece.rows, piece.relations) for piece in plan.slices] == [
            ("delete", 1, ()),
            ("partition", 80, (JANUARY,)),
        ]
        assert plan.slices[1].reason == f"the whole partition {JANUARY} is old enough to be dropped"
        assert plan.slices[1].bytes == january.value(f"select pg_total_relation_size('{JANUARY}')")

    def test_the_month_of_the_cutoff_stays_whole_and_the_plan_says_so(self, january: Shop) -> None:
        as_of = january.value("select '2024-04-20'::timestamptz")

        plan = plan_table(january.connection, january.tables("analytics", objects=("SALE",))[0], as_of)

        assert plan.slices == ()
        assert plan.notes[-1] == (
            f"{JANUARY} holds older rows too; they stay hot until all of it, up to 2024-02-01, is old enough to be"
            " dropped as a whole (partition_drop: whole)"
        )

    def test_where_the_retention_holds_to_the_day_old_days_of_the_month_leave(
        self, january: Shop, tmp_path: Path
    ) -> None:
        exact = {"archive": {"analytics": {"retention": "90 days", "partition_drop": "exact"}}}
        january.definitions = write_definitions(tmp_path / "exact", SALE | exact)
        as_of = january.value("select '2024-04-01 00:00+00'::timestamptz")  # 90 days after 2024-01-02
        before = january.all_rows()

        (table,) = january.tables("analytics")
        plan = plan_table(january.connection, table, as_of)
        with connect(january.settings) as connection:
            run(connection, january.settings, january.store, [table], as_of, unwatched)

        assert [(piece.mode, str(piece.day), piece.rows) for piece in plan.slices] == [("delete", "2024-01-01", 40)]
        assert plan.notes[-1] == (
            f"{JANUARY} is old in part: its days before 2024-01-02 leave row by row (partition_drop: exact)"
        )
        assert (january.all_rows(), january.value(f"select count(*) from {JANUARY}")) == (before, 40)
        # What is left goes with the partition once all of it is old.
        assert [piece.mode for piece in the_plan(january).slices] == ["partition"]
        january.run("analytics")
        assert (january.all_rows(), january.value(f"select to_regclass('{JANUARY}')")) == (before, None)

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (f"create view {SCHEMA}.peek as select * from {JANUARY}", "a view is made on it"),
            (
                f"alter table {SCHEMA}.sales detach partition {JANUARY};"
                f"alter table {SCHEMA}.sales attach partition {JANUARY}"
                " for values from (minvalue) to ('2024-02-01+00')",
                None,
            ),
            (
                f"create table {SCHEMA}.refunds (id bigint, at timestamptz,"
                f" constraint refunds_sale foreign key (id, at) references {SCHEMA}.sales (sale_id, sold_at))",
                f"rows are referred to by the foreign key refunds_sale of {SCHEMA}.refunds",
            ),
        ],
    )
    def test_a_partition_that_cannot_go_whole_goes_day_by_day(
        self, january: Shop, change: str, why: str | None
    ) -> None:
        january.execute(change)
        before = january.all_rows()

        plan = the_plan(january)
        result = january.run("analytics", objects=("SALE",))

        assert [piece.mode for piece in plan.slices] == ["delete", "delete"]
        assert why is None or f"{JANUARY} leaves row by row: {why}" in plan.notes
        assert (result.tables[0].units, january.all_rows()) == (2, before)

    def test_partitions_of_other_people_by_day_by_list_and_cut_further(
        self, connection: psycopg.Connection[Any], tmp_path: Any
    ) -> None:
        model = copy.deepcopy(SALE)
        model["table_schema"]["columns"][0]["name"] = "shop"
        shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
        columns = "shop bigint, sold_at timestamptz not null, amount numeric(18,6), note text"
        shop.execute(f"create schema {SCHEMA}")
        for ranges, expected in (
            ("by range (sold_at)", ["delete", "partition"]),
            ("by list (shop)", ["delete", "delete"]),
            ("by range (sold_at, shop)", ["delete", "delete"]),
        ):
            shop.execute(f"create table {SCHEMA}.sales ({columns}) partition {ranges}")
            if ranges == "by range (sold_at)":
                shop.execute(
                    f"create table {SCHEMA}.day1 partition of {SCHEMA}.sales"
                    " for values from ('2024-01-01+00') to ('2024-01-02+00') partition by list (shop);"
                    f"create table {SCHEMA}.day1_all partition of {SCHEMA}.day1 default;"
                    f"create table {SCHEMA}.day2 partition of {SCHEMA}.sales"
                    " for values from ('2024-01-02+00') to ('2024-01-03+00')"
                )
            else:
                shop.execute(f"create table {SCHEMA}.other partition of {SCHEMA}.sales default")
            shop.execute(
                f"insert into {SCHEMA}.sales select n, '2024-01-01'::timestamptz + n * interval '6 hours'"
                " from generate_series(0, 7) n"
            )
            before = shop.all_rows()

            assert [piece.mode for piece in the_plan(shop).slices] == expected
            shop.run("analytics")

            assert (shop.value(f"select count(*) from {SCHEMA}.sales"), shop.all_rows()) == (0, before)
            shop.execute(f"drop table {SCHEMA}.sales")

    def test_months_of_a_plain_table_are_units_where_files_are_monthly(
        self, connection: psycopg.Connection[Any], tmp_path: Any
    ) -> None:
        model = SALE | {
            "storage": {"layout": "plain"},
            "archive": {"analytics": {"retention": "90 days", "partition_by": "month"}},
        }
        shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
        shop.make_tables()
        shop.add_sales(days=40)
        before = shop.all_rows()
        as_of = shop.value("select '2024-05-05'::timestamptz")

        plan = plan_table(shop.connection, shop.tables("analytics")[0], as_of)
        shop.run("analytics")

        assert [(str(piece.day), piece.rows) for piece in plan.slices] == [("2024-01-01", 31 * 40)]
        units = shop.execute("select lo::date::text, hi::date::text from archive_catalog.units order by lo").fetchall()
        assert units == [("2024-01-01", "2024-02-01"), ("2024-02-01", "2024-03-01")]
        assert shop.all_rows() == before


class TestDropping:
    """What becomes of a partition while others read and write."""

    def test_the_partition_is_gone_and_every_row_reads_back(self, january: Shop) -> None:
        before = january.all_rows()

        result = january.run("analytics", objects=("SALE",))

        assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
        assert january.value("select to_regclass(%s)", JANUARY) is None
        assert january.all_rows() == before
        assert january.value("select mode from archive_catalog.units") == "partition"
        days = january.execute("select part_day::text from archive_catalog.files order by 1").fetchall()
        assert days == [("2024-01-01",), ("2024-01-02",)]
        assert january.invoke("verify", "--deep")[0] == 0

    def test_rows_that_come_late_make_further_generations_also_in_a_partition_made_again(self, january: Shop) -> None:
        january.run("analytics", objects=("SALE",))
        add_late(january, 1)
        january.run("analytics", objects=("SALE",))
        make_months(january, "2024-01")
        add_late(january, 2)
        january.run("analytics", objects=("SALE",))

        units = january.execute("select mode, generation, row_count from archive_catalog.units order by created_at")
        assert units.fetchall() == [("partition", 1, 80), ("delete", 1, 1), ("partition", 2, 1)]
        assert sum(january.all_rows().values()) == 82
        assert january.value(f"select count(*) from {SCHEMA}.sales") == 0

    @pytest.mark.long
    def test_killed_at_any_point_no_row_is_lost_and_none_doubled(self, shop: Shop) -> None:
        for number, point in enumerate(KILLED_AT):
            month = f"{2010 + number // 12}-{1 + number % 12:02}"
            make_months(shop, month)
            shop.add_sales(days=1, per_day=10, first=f"{month}-01")
            before = shop.all_rows()
            kill_at(shop, point)

        result = shop.run("analytics")

        assert shop.all_rows() == before
        assert not [reason for table in result.tables for reason in table.kept_hot]
        assert left_over(shop) == []
        assert set(shop.execute("select mode from archive_catalog.units where kind = 'analytics'")) == {("partition",)}

    def test_a_row_between_export_and_commit_is_archived_too_or_stays(self, january: Shop) -> None:
        failpoints.interruptions["prepare.after"] = elsewhere(LATE)

        result = january.run("analytics", objects=("SALE",))

        assert (result.tables[0].rows, result.tables[0].kept_hot) == (81, [])
        assert sum(january.all_rows().values()) == 81

    def test_a_reader_who_has_begun_keeps_its_partition_and_the_archiver_tries_later(
        self, january: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ARCHIVE_JOBS_COMMIT_TRIES", "1")
        model = january.library.object("SALE")
        with open_reader(january.settings, january.store) as reader:
            result = january.run("analytics", objects=("SALE",))
            seen = reader.engine.execute(f"select count(*) from ({reader.rows(model, 'analytics')})").fetchone()

        assert seen == (80,)
        assert "its rows are being changed" in result.tables[0].kept_hot[0]
        assert january.run("analytics", objects=("SALE",)).tables[0].units == 1

    def test_while_rows_are_compared_all_may_be_read_and_only_they_cannot_be_changed(self, january: Shop) -> None:
        late = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (5, '%s', 1, 1)"
        seen = []

        def look() -> None:
            with psycopg.connect(autocommit=True, options="-c lock_timeout=200ms") as other:
                seen.append(other.execute(f"select count(*) from {SCHEMA}.sales").fetchone())
                other.execute((late % "2024-02-07 00:00+00").encode())
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute((late % "2024-01-07 00:00+00").encode())

        failpoints.interruptions["commit.guard.after"] = look
        result = january.run("analytics", objects=("SALE",))

        assert (seen, result.tables[0].units) == ([(80,)], 1)
        assert sum(january.all_rows().values()) == 81

    def test_without_the_readers_lock_a_reader_sees_neither(self, january: Shop) -> None:
        failpoints.disabled_guards.add("reader lock")
        january.run("source")
        with open_reader(january.settings, january.store) as reader:
            hot = reader.control.execute(f"select count(*) from {SCHEMA}.source_sales").fetchone()
            january.run("analytics", objects=("SALE",))
            seen = reader.control.execute(f"select count(*) from {SCHEMA}.sales").fetchone()
            files = reader.files("sales", "analytics")

        assert (hot, seen, files) == ((0,), (0,), [])

    def test_a_query_that_began_before_the_drop_is_told_so_and_never_answered_short(self, january: Shop) -> None:
        with psycopg.connect() as reader:
            reader.execute("set transaction isolation level repeatable read")
            reader.execute("select 1 from pg_class limit 1")
            january.run("analytics", objects=("SALE",))

            with pytest.raises(psycopg.errors.SerializationFailure, match="a part of sales was dropped after"):
                reader.execute(f"select count(*) from {SCHEMA}.sales__lake")

    def test_sums_over_hot_and_cold_hold_while_months_are_dropped_and_written(self, shop: Shop) -> None:
        """A writer adds pairs that add up to nought, also to months on their way; every reader finds nought."""
        months = [f"2023-{month:02}" for month in range(1, 6)]
        make_months(shop, *months)
        for month in months:
            shop.add_sales(days=1, per_day=4, first=f"{month}-01")
        shop.execute(f"update {SCHEMA}.sales set amount = 0")
        expected = shop.value(f"select count(*) from {SCHEMA}.sales")
        model, wrong, errors, written, over = shop.library.object("SALE"), [], [], [0], threading.Event()

        def guarded(work: Callable[[], None]) -> None:
            try:
                while not over.is_set():
                    work()
            except BaseException as error:
                errors.append(error)

        def read() -> None:
            with open_reader(shop.settings, shop.store) as reader:
                found = reader.engine.execute(
                    f"select sum(amount), count(*) from ({reader.rows(model, 'analytics')})"
                ).fetchone()
            if found is None or float(found[0]) != 0 or found[1] < expected or found[1] % 2:
                wrong.append(found)

        def write() -> None:
            key = 10 + 2 * written[0]
            with psycopg.connect() as writer:
                writer.execute(
                    f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
                    " values (%s, %s, 5, 1, 1), (%s, %s, -5, 1, 1)",
                    (key, "2023-05-01 05:00+00", key + 1, "2023-04-01 06:00+00" if key % 16 == 0 else "2023-06-01+00"),
                )
            written[0] += 1

        workers = [threading.Thread(target=guarded, args=(work,)) for work in (read, write)]
        for worker in workers:
            worker.start()
        for _ in range(2):
            shop.run("analytics", objects=("SALE",))
        over.set()
        for worker in workers:
            worker.join()

        assert (wrong, errors) == ([], [])
        assert written[0] > 0
        rows = shop.all_rows()
        assert (sum(rows.values()), max(rows.values())) == (expected + 2 * written[0], 1)
        assert shop.value("select count(*) from archive_catalog.units where mode = 'partition'") > 0


class TestEachGuardIsNeeded:
    """With a guard taken away, what it guards against does happen."""

    @pytest.mark.parametrize("is_guarded", [True, False])
    def test_a_partition_attached_anew_with_wider_bounds_is_not_dropped(self, january: Shop, is_guarded: bool) -> None:
        if not is_guarded:
            # Every row of what is dropped is compared, which would tell as well.
            failpoints.disabled_guards.update(("bounds", "7d"))
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"alter table {SCHEMA}.sales detach partition {JANUARY}",
            f"alter table {SCHEMA}.sales attach partition {JANUARY}"
            " for values from ('2023-12-01+00') to ('2024-02-01+00')",
            f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (5, '2023-12-05', 1, 1)",
        )

        result = january.run("analytics", objects=("SALE",))

        # Without the guards the row of December goes with the partition, though nobody has exported it.
        assert sum(january.all_rows().values()) == (81 if is_guarded else 80)
        if is_guarded:
            assert "now its range is 2023-12-01 00:00:00+00 to 2024-02-01" in result.tables[0].kept_hot[0]

    def test_7d_without_the_comparison_a_late_row_is_dropped_unarchived(self, january: Shop) -> None:
        failpoints.disabled_guards.add("7d")
        failpoints.interruptions["prepare.after"] = elsewhere(LATE)

        january.run("analytics", objects=("SALE",))

        assert sum(january.all_rows().values()) == 80

    @pytest.mark.parametrize("is_guarded", [True, False])
    def test_a_trigger_made_between_plan_and_commit_stops_the_unit(self, january: Shop, is_guarded: bool) -> None:
        if not is_guarded:
            failpoints.disabled_guards.add("preflight")
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
            f"create trigger keep before delete on {JANUARY} for each row execute function {SCHEMA}.keep()"
        )

        result = january.run("analytics", objects=("SALE",))

        assert result.tables[0].units == (0 if is_guarded else 1)
        if is_guarded:
            assert "since the plan, the trigger keep acts on rows that leave" in result.tables[0].kept_hot[0]


@pytest.mark.parametrize(("index", "sampled"), [("brin", True), ("brin", False), ("btree", False)])
def test_days_found_by_an_index_are_the_days_found_by_reading(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, index: str, sampled: bool
) -> None:
    """The key holds the time in its second place: reading it whole, once a day, must never be the way."""
    if not sampled:
        monkeypatch.setattr(days, "_SAMPLED_BYTES", 0)
    shop.execute(f"create table {SCHEMA}.plain_sales (like {SCHEMA}.sales including defaults)")
    shop.execute(f"create index on {SCHEMA}.plain_sales using {index} (sold_at)")
    shop.execute(
        f"insert into {SCHEMA}.plain_sales (sale_id, sold_at, _raw_seq, _source_order)"
        " select n, '2021-01-01'::timestamptz + n * interval '31 hours', n, n from generate_series(0, 200) n"
        " union all select 900, '2024-02-29 23:59:59.999999', 900, 900 union all select 901, 'infinity', 901, 901"
    )
    table = replace(shop.tables("analytics", objects=("SALE",))[0], relation_name="plain_sales")
    names, end = [table.relation], date(2024, 3, 1)

    for span in ("day", "month"):
        read = find_days(shop.connection, table, names, end, span, exact=True)
        asked = find_days(shop.connection, table, names, end, span, exact=False)

        assert (read.exact, asked.exact) == (True, False)
        assert sorted(asked.rows) == sorted(read.rows)
        assert asked.timeless == read.timeless == {"infinity": 1}
