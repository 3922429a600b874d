"""Reading asks no more than it must: files as they are, PostgreSQL where it has rows, the catalogue by an index."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import MEASURE, add_measures, make_cold_shop, reading
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.cold_files import expected_of
from archive_jobs.reading.retrieve import Retrieval, retrieval_query
from archive_jobs.reading.views_file import write_views
from archive_jobs.times import EVERYTHING, Interval, parse_interval
from definitions_to_dbt.library import load_library

FIRST_TWO_DAYS = parse_interval("2024-01-01", "2024-01-02")


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three cold days, some rows of today."""
    return make_cold_shop(connection, tmp_path, monkeypatch)


def plain(shop: Shop) -> list[bool]:
    with reading(shop) as reader:
        return [file.is_plain for file in reader.chosen(shop.library.object("measures"), "analytics")]


def values(shop: Shop, interval: Interval = FIRST_TWO_DAYS) -> list[Any]:
    with reading(shop) as reader:
        query = retrieval_query(reader, shop.library, Retrieval("measures", "analytics", interval, ("value",)))
        return sorted(value for (value,) in reader.engine_for(query).execute(query).fetchall())


def sessions_in_a_transaction(shop: Shop) -> int:
    return int(
        shop.value(
            "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
            " and application_name = 'archive-jobs'"
        )
    )


def test_files_as_written_today_are_known_until_the_definition_says_something_else(shop: Shop) -> None:
    assert plain(shop) == [True] * 3

    table: Any = MEASURE["table_schema"]
    later = {**MEASURE, "table_schema": {**table, "columns": [*table["columns"], {"name": "unit", "type": "text"}]}}
    (shop.definitions / "object_models" / "MEASURE.json").write_text(json.dumps(later))
    shop.execute(f"alter table {SCHEMA}.measures add column unit text")

    assert plain(shop) == [False] * 3
    assert values(shop) == [1] * 6


def test_a_file_with_a_mark_of_deletion_is_not_plain_and_the_row_not_shown(shop: Shop) -> None:
    add_measures(shop, "2024-01-04", days=1)
    shop.execute(f"update {SCHEMA}.measures set _deleted = true where metric = 'm1' and at_time = '2024-01-04'")
    shop.run("analytics")

    assert plain(shop) == [True, True, True, False]
    assert len(values(shop, EVERYTHING)) == 9 + 3 + 2
    failpoints.disabled_guards.add("plain files")
    assert len(values(shop, EVERYTHING)) == 9 + 3 + 3


def test_hot_rows_are_those_of_the_moment_in_which_the_files_were_listed(shop: Shop) -> None:
    def counted() -> int:
        with reading(shop) as reader:
            shop.execute(f"delete from {SCHEMA}.measures")
            rows = reader.rows(shop.library.object("measures"), "analytics", EVERYTHING)
            (found,) = reader.engine.execute(f"select count(*) from ({rows})").fetchall()[0]
            return int(found)

    assert counted() == 9 + 3
    add_measures(shop, "now", days=1)
    failpoints.disabled_guards.add("one snapshot")
    assert counted() == 9


def test_a_question_about_cold_days_leaves_postgresql_alone(shop: Shop) -> None:
    for interval, sessions in ((FIRST_TWO_DAYS, 1), (EVERYTHING, 2)):
        with reading(shop) as reader:
            query = retrieval_query(reader, shop.library, Retrieval("measures", "analytics", interval))
            reader.engine_for(query).execute(query).fetchall()

            assert sessions_in_a_transaction(shop) == sessions


def test_the_units_of_an_interval_are_found_by_an_index(shop: Shop) -> None:
    shop.execute("set enable_seqscan = off")
    plan = shop.execute(
        "explain select from archive_catalog.readable_files as f"
        " where tstzrange(f.lo, f.hi) && tstzrange('2024-01-01', '2024-01-02')"
    )

    assert any("units_active_span" in line for (line,) in plan)


def test_a_row_that_is_not_a_number_is_greater_than_all_numbers_in_a_file_too(shop: Shop) -> None:
    """What a file tells of its least and greatest value leaves NaN out."""
    rates = {
        **MEASURE,
        "code": "RATE",
        "name": "Rate",
        "table_schema": {
            "table_name": "rates",
            "columns": [
                {"name": "at_time", "type": "timestamptz", "primary_key": True},
                {"name": "rate", "type": "double precision"},
            ],
        },
    }
    (shop.definitions / "object_models" / "RATE.json").write_text(json.dumps(rates))
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.rates (at_time, rate, _raw_seq, _source_order) select timestamptz '2024-01-01' + n *"
        " interval '1 hour', (array[1, 'NaN', 3]::double precision[])[n], n, n from generate_series(1, 3) as n"
    )
    shop.run("analytics")
    model = shop.library.object("rates")

    with reading(shop) as reader:
        told = [file.is_plain for file in reader.chosen(model, "analytics")]
        rows = reader.rows(model, "analytics", EVERYTHING)
        asked = "select count(*) filter (rate < 10), max(rate)::text from ({rows}) where rate {condition}"
        found = [
            reader.engine.execute(asked.format(rows=rows, condition=condition)).fetchone()
            for condition in ("< 10", "> 2", "is not null")
        ]

    assert told == [True]
    assert found == [(2, "3.0"), (1, "nan"), (2, "nan")]


def test_every_object_of_the_library_says_what_its_files_are_known_by() -> None:
    for model in load_library(Path(__file__).parents[2] / "definitions").objects:
        assert expected_of(model, "analytics").keys


def test_rows_whose_time_stands_under_another_name_in_their_file_are_in_the_file_of_views(
    shop: Shop, tmp_path: Path
) -> None:
    """A file without the column of today cannot be left out by its time, nor its rows."""
    table: Any = MEASURE["table_schema"]
    columns = [
        {**column, "name": "measured_at", "renamed_from": "at_time"} if column["name"] == "at_time" else column
        for column in table["columns"]
    ]
    renamed = {**MEASURE, "time_column": "measured_at", "table_schema": {**table, "columns": columns}}
    (shop.definitions / "object_models" / "MEASURE.json").write_text(json.dumps(renamed))
    shop.execute(f"drop view {SCHEMA}.measures__lake")
    shop.execute(f"alter table {SCHEMA}.measures rename at_time to measured_at")
    shop.make_tables()
    file = tmp_path / "views.duckdb"
    write_views(shop.settings, shop.library, shop.store, file, ["measures"])

    with duckdb.connect(str(file), read_only=True) as plain_duckdb:
        plain_duckdb.execute(file.with_suffix(".sql").read_text())
        for where, rows in (("measured_at < '2024-03-01'", 9), ("measured_at < '2024-01-02'", 3)):
            for view in ("archive_measures", "history_measures"):
                found = plain_duckdb.execute(f"select count(*) from {view} where {where}").fetchone()
                assert found == (rows,)


def test_of_hot_rows_only_columns_travel_that_the_query_looks_at(shop: Shop) -> None:
    queries = {
        "select sum(value) from history_measures where at_time > '2024-06-01'": {"value", "at_time"},
        "select count(*) from history_measures where at_time > '2024-06-01' and metric = 'm1'": {"metric", "at_time"},
        "select * from history_measures where at_time > '2024-06-01' order by metric": None,
        "select h from history_measures as h where at_time > '2024-06-01' order by metric": None,
        "select a.value from history_measures a join history_measures b using (metric) where a.at_time > '2024-06-01'"
        " and b.at_time > '2024-06-01'": {"value", "metric", "at_time"},
        "select value, _raw_seq from history_measures left join source_measures on metric = raw_id"
        " where at_time > '2024-06-01' order by all": {"value", "_raw_seq", "metric", "at_time"},
    }

    def answers() -> list[Any]:
        found: list[Any] = []
        for query in queries:
            with reading(shop) as reader:
                reader.make_views(shop.library, query)
                made = "select sql from duckdb_views() where view_name = 'history_measures'"
                (sql,) = reader.engine.execute(made).fetchall()[0]
                found.append((sql, reader.engine.execute(query).fetchall()))
        return found

    few = answers()
    failpoints.disabled_guards.add("needed times")
    every = answers()

    assert [rows for _, rows in few] == [rows for _, rows in every]
    for columns, (sql, _) in zip(queries.values(), few, strict=True):
        asked = sql.partition("postgres_query('pg', 'select ")[2].partition(" from ")[0]
        named = set(re.findall(r'as "(\w+)"', asked))
        assert named == {*columns, "_deleted"} if columns is not None else "_loaded_at" in named


@pytest.mark.parametrize("is_guarded", [True, False])
def test_hot_rows_that_are_compared_bring_what_they_are_compared_by(shop: Shop, is_guarded: bool) -> None:
    """Late ones of archived days, among them one that beats an archived one and one that is deleted."""
    add_measures(shop, "2024-01-02 05:00", days=1)
    shop.execute(
        f"insert into {SCHEMA}.measures (metric, at_time, value, _raw_seq, _source_order, _deleted)"
        " values ('m1', '2024-01-02', 7, 2, 2, false), ('m2', '2024-01-02', 1, 2, 2, true)"
    )
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " values (1, '2024-01-02', 100, 9, 9), (999, '2024-01-02', 100, 9, 9)"
    )
    if not is_guarded:
        failpoints.disabled_guards.add("compared")
    found = []
    for table, time, value in (("measures", "at_time", "value"), ("sales", "sold_at", "amount")):
        day = f"{time} >= '2024-01-02' and {time} < '2024-01-03'"
        few, every = (f"select {what} from history_{table} where {day}" for what in (f"count(*), sum({value})", "*"))
        with reading(shop) as reader:
            reader.make_views(shop.library, few)
            answer = reader.engine.execute(few).fetchone()
        with reading(shop) as reader:
            reader.make_views(shop.library, every)
            rows = reader.engine.execute(every).to_arrow_table()
        found.append(answer == (rows.num_rows, sum(rows.column(value).to_pylist())))

    assert found == [is_guarded, is_guarded]
