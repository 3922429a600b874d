"""Every type comes back as it was: out of PostgreSQL, into Parquet, and back by the restore path."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shares import EVERYTHING
from small_shop import SCHEMA, Shop, write_definitions
from type_edges import BEYOND, EDGES, RANDOM
from typed_shop import LONG_NAME, all_edges, changed_cells, fill, server_reads_xml, shop_of

from archive_jobs import failpoints
from archive_jobs.copying.engine import open_engine
from archive_jobs.copying.prove import load
from archive_jobs.database import connect
from archive_jobs.keeping.archived_units import manifest_columns
from archive_jobs.reading.file_sql import plain_select
from archive_jobs.reading.read_back import open_reader
from definitions_to_dbt.lake import archive_select
from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.types import parse_type

DAYS = itertools.count()


def archive_and_load_back(shop: Shop) -> Path:
    """Archive every row and bring it back, by the path a restore takes. The table `before` keeps what was."""
    shop.execute(f"drop table if exists {SCHEMA}.before; create table {SCHEMA}.before as table {SCHEMA}.types")
    result = shop.run("analytics")
    assert [(table.kept_hot, table.plan.blocked_by) for table in result.tables] == [([], ())]
    assert shop.value(f"select count(*) from {SCHEMA}.types") == 0
    (table,) = shop.tables("analytics")
    newest = "select f.path, a.manifest_path from archive_catalog.files f join archive_catalog.attempts a"
    path, manifest = shop.execute(f"{newest} using (attempt_id) order by f.part_day desc limit 1").fetchone()
    columns = manifest_columns(json.loads((shop.lake / manifest).read_bytes()))
    with connect(shop.settings) as restoring, open_engine(shop.settings, shop.lake) as engine:
        load(restoring, engine, columns, shop.lake / path, table.relation)
    return shop.lake / str(path)


def lake_types(path: Path) -> dict[str, str]:
    """What pyarrow says of the columns of a file."""
    return {field.name: str(field.type) for field in pq.read_schema(path)}


def test_every_type_comes_back_as_it_was(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    edges = all_edges(server_reads_xml(connection))
    types = [written for written, _ in edges]
    shop = shop_of(connection, tmp_path, types)
    fill(shop, edges)

    path = archive_and_load_back(shop)

    assert changed_cells(shop, [f"c{place}" for place in range(len(types))]) == []
    assert shop.value(f"select count(*) from {SCHEMA}.types") == sum(len(literals) for _, literals in edges) + 1
    found = lake_types(path)
    as_text = {f"c{len(types) - 1 - place}" for place in range(1, len(BEYOND) + 1)}
    assert {name for name in as_text if found[name] != "string"} == set()
    assert found[f"c{len(types) - 1}"] == "date32[day]"
    said = json.loads((pq.read_metadata(path).metadata or {})[b"postgresql_types"])
    assert [said[f"c{n}"].removeprefix("public.") for n in range(len(types))] == [parse_type(t).sql for t in types]


def test_the_edges_leave_no_type_out() -> None:
    lossless = {base for base in BASES if parse_type(base).lossless}

    assert lossless - {parse_type(written).base for written in EDGES} == set()


# Twice so many: `make test` takes 2,000, FAULTS=all 10,000.
ROWS = 5_000 if EVERYTHING else 1_000


@settings(max_examples=2, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**64))
def test_rows_at_random_come_back_as_they_were(shop_of_random_values: Shop, seed: int) -> None:
    shop, random = shop_of_random_values, Random(seed)
    shop.execute(f"truncate {SCHEMA}.types")
    # A day of its own for each example.
    day = date(2020, 1, 1) + timedelta(days=next(DAYS))
    columns = [f"c{place}" for place in range(len(RANDOM))]
    names = ", ".join(["happened_at", "_raw_seq", "_source_order", *columns])
    with shop.connection.cursor().copy(f"copy {SCHEMA}.types ({names}) from stdin".encode()) as copy:
        for number in range(ROWS):
            values = [None if random.random() < 0.1 else make(random) for make in RANDOM.values()]
            copy.write_row([day, number, number, *values])

    archive_and_load_back(shop)

    assert changed_cells(shop, columns) == []
    assert shop.value(f"select count(*) from {SCHEMA}.types") == ROWS


@pytest.fixture
def shop_of_random_values(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """A table with a column of each type that has many values."""
    return shop_of(connection, tmp_path, RANDOM)


def test_without_the_choice_of_lake_types_days_stay_hot_or_others_cannot_open_them(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = shop_of(connection, tmp_path, BEYOND)
    fill(shop, [*BEYOND.items()])
    for place in range(len(BEYOND)):
        shop.execute(f"update {SCHEMA}.types set happened_at = '2024-02-1{place}' where {LONG_NAME} = 'c{place}'")
    failpoints.disabled_guards.add("export.fallback")

    (table,) = shop.run("analytics").tables

    # Decimals and moments: DuckDB cannot hold them, and the proof keeps their days hot.
    assert sorted(reason[:10] for reason in table.kept_hot) == ["2024-02-10", "2024-02-13", "2024-02-14"]
    for day in (11, 12):  # dates and times: DuckDB holds them, and pandas does not open the file
        path = shop.value("select path from archive_catalog.readable_files where lo = %s", f"2024-02-{day} 00:00+00")
        with pytest.raises(ValueError, match=r"out of range|must be in"):
            pq.read_table(shop.lake / path, columns=[f"c{day - 10}"]).to_pandas()


def test_readers_see_today_s_types_over_native_files_and_text_ones(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    others = [
        "boolean",
        "smallint",
        "integer",
        "bigint",
        "oid",
        "real",
        "double precision",
        "timestamp",
        "uuid",
        "bytea",
    ]
    shop = shop_of(connection, tmp_path, ["date", "time", "numeric(18,6)", "timestamptz", *others, "jsonb", "numeric"])
    native = ("2024-01-01", "12:30:00", "1.500000", "infinity")
    as_text = [("infinity", "24:00:00", "-0.000001", "-infinity"), ("5874897-12-31", "00:00:00", "NaN", "2024-02-29")]
    for number, (day, row) in enumerate(zip((1, 2, 2), (native, *as_text), strict=True)):
        values = ", ".join(f"'{value}'" for value in row)
        shop.execute(
            f"insert into {SCHEMA}.types (happened_at, _raw_seq, _source_order, c0, c1, c2, c3)"
            f" values ('2024-01-0{day}', {number}, {number}, {values})"
        )

    assert shop.run("analytics").tables[0].kept_hot == []

    with open_reader(shop.settings, shop.store) as reader:
        (model,) = shop.library.objects
        everything = f"from ({reader.rows(model, 'analytics')}) as rows"
        seen = reader.engine.execute(f"select c0::varchar, c1::varchar {everything} order by _raw_seq").fetchall()
        infinite = f"select count(*) {everything} where not isfinite(c3)"
        assert seen == [row[:2] for row in (native, *as_text)]
        assert reader.engine.execute(infinite).fetchall() == [(2,)]
        first, second = reader.chosen(model, "analytics")
        files = reader.local([first])
        ways = [plain_select(model, files), archive_select(model, "analytics", files)]
        assert [first.is_plain, second.is_plain] == [True, False]
        assert len({repr(reader.engine.execute(f"describe {way}").fetchall()) for way in ways}) == 1
        with pytest.raises(duckdb.ConversionException, match="NaN"):
            reader.engine.execute(f"select sum(c2) {everything}").fetchall()


def test_a_table_wider_than_postgresql_takes_arguments_is_archived(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    columns = [{"name": f"column_{number}", "type": "text"} for number in range(150)]
    model = {
        "code": "WIDE", "name": "Wide", "module": "SHOP", "description": "Wide.", "kind": "event",
        "time_column": "at_time", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "wide", "columns": [{"name": "at_time", "type": "timestamptz"}, *columns]},
    }  # fmt: skip
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.wide (at_time, column_3, column_149, _raw_seq, _source_order)"
        " values ('2024-01-01', 'three', '', 1, 1)"
    )

    result = shop.run("analytics")

    assert (result.tables[0].rows, result.tables[0].kept_hot) == (1, [])


def test_personal_data_leaves_as_a_token_or_a_mask(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    columns = [
        {"name": "at_time", "type": "timestamptz"},
        {"name": "email", "type": "varchar(64)", "pii": "mask"},
        {"name": "phone", "type": "text", "pii": "drop"},
    ]
    model = {
        "code": "VISIT", "name": "Visit", "module": "SHOP", "description": "A visit.", "kind": "event",
        "time_column": "at_time", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "visits", "columns": columns},
    }  # fmt: skip
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.visits (at_time, email, phone, _raw_seq, _source_order)"
        " values ('2024-01-01', 'ann@example.org', '555', 1, 1)"
    )

    result = shop.run("analytics")

    assert (result.tables[0].plan.blocked_by, result.tables[0].kept_hot) == ((), [])
    (line,) = shop.all_rows("VISIT")
    assert "a***" in line and "example" not in line and "555" not in line
