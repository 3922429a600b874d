"""Whole partitions, months and days as units: which are chosen."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from months_of_sales import JANUARY, add_late, make_months, the_plan
from small_shop import SALE, SCHEMA, Shop, unwatched, write_definitions

from archive_jobs.database import connect
from archive_jobs.moving.run import run
from archive_jobs.planning import days
from archive_jobs.planning.days import find_days
from archive_jobs.planning.plan import plan_table


@pytest.fixture
def january(shop: Shop) -> Shop:
    """A shop with two days of sales in a partition of January 2024."""
    make_months(shop, "2024-01", "2024-02")
    shop.add_sales(days=2)
    return shop


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
