# ruff: noqa: E501 (a table of values is read by its columns)
"""Every type comes back as it was: out of PostgreSQL, into Parquet, and back by the restore path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.copying.engine import open_engine
from archive_jobs.copying.prove import load
from archive_jobs.database import connect

# Column -> type and literals at the edges of what the type holds.
EDGES: dict[str, tuple[str, list[str]]] = {
    "a_boolean": ("boolean", ["true", "false"]),
    "a_smallint": ("smallint", ["-32768", "32767"]),
    "an_integer": ("integer", ["-2147483648", "2147483647"]),
    "a_bigint": ("bigint", ["-9223372036854775808", "9223372036854775807"]),
    "a_decimal": ("numeric(18,6)", ["-999999999999.999999", "0.000001", "-0.000001", "0"]),
    "a_fraction": ("numeric(5,5)", ["0.00001", "-0.5", "0", "0.99999"]),
    "a_whole": ("numeric(38,0)", ["-99999999999999999999999999999999999999", "5"]),
    "a_numeric": ("numeric", ["'NaN'", "'Infinity'", "1e-200", "1.10", "1.1", "1e1000"]),
    "a_rounded": ("numeric(5,-2)", ["12300", "-99900"]),
    "a_tiny": ("numeric(3,5)", ["0.00123"]),
    "a_real": ("real", ["'NaN'", "'-Infinity'", "1e-45", "3.4028235e38", "0.1", "'-0'"]),
    "a_double": ("double precision", ["'NaN'", "'Infinity'", "5e-324", "1.7976931348623157e308", "0.1", "100000", "'-0'"]),
    "a_text": ("text", ["''", "'\"quoted\", and, more'", "E'line\\nbreak\\r\\n'", "'Zoë 漢字 🚚'", "'\\N'", "'NULL'", "' x '"]),
    "a_varchar": ("varchar(7)", ["'seven77'", "''"]),
    "a_char": ("char(5)", ["'ab'", "''"]),
    "a_date": ("date", ["'0044-03-15 BC'", "'infinity'", "'-infinity'", "'9999-12-31'", "'12345-06-07'", "'2024-02-29'"]),
    "a_timestamp": ("timestamp", ["'0044-03-15 12:34:56.7 BC'", "'infinity'", "'-infinity'", "'1969-12-31 23:59:59.999999'", "'12345-06-07'"]),
    "a_timestamptz": ("timestamptz", ["'0044-03-15 12:34:56.7+00 BC'", "'infinity'", "'-infinity'", "'2024-03-31 01:30+01'", "'12345-06-07+00'"]),
    "a_short_timestamp": ("timestamptz(3)", ["'2024-01-01 00:00:00.123456+00'"]),
    "a_time": ("time", ["'24:00'", "'00:00:00.000001'", "'12:30'"]),
    "a_timetz": ("timetz", ["'12:34+05:30'", "'24:00-03'"]),
    "an_interval": ("interval", ["'-1 year 2 days -3.000001 seconds'", "'infinity'", "'0'"]),
    "a_uuid": ("uuid", ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-4fff-bfff-ffffffffffff'"]),
    "a_bytea": ("bytea", ["''", "'\\x00ff22'", "'\\x5c785c'"]),
    "a_json": ("json", ["'{\"a\":1, \"a\":2}'", "'1e400'", "'\"\\u0000\"'"]),
    "a_jsonb": ("jsonb", ["'{\"big\": 123456789012345678901234567890.10}'", "'null'"]),
    "an_array": ("integer[]", ["'{}'", "'{1,NULL,3}'", "'[5:6]={1,2}'", "'{{1,2},{3,4}}'"]),
    "a_text_array": ("text[]", ["'{\"a,b\",NULL,\"NULL\",\"\"}'"]),
    "a_numeric_array": ("numeric[]", ["'{NaN,1.10}'"]),
    "an_inet": ("inet", ["'10.0.0.1/24'", "'::1'"]),
    "a_cidr": ("cidr", ["'10.0.0.0/8'"]),
    "a_macaddr": ("macaddr8", ["'08:00:2b:01:02:03:04:05'"]),
    "a_bit": ("bit(5)", ["'10101'"]),
    "a_varbit": ("varbit", ["''", "'1011'"]),
    "a_money": ("money", ["'-12.34'"]),
    "a_range": ("tstzrange", ["'[2024-01-01,infinity)'", "'empty'"]),
    "a_multirange": ("int4multirange", ["'{[1,3),[5,)}'"]),
    "a_vector": ("tsvector", ["'''a'':1A b:2'"]),
    "a_point": ("point", ["'(1.5,-0)'"]),
    "a_polygon": ("polygon", ["'((0,0),(1,0),(1,1))'"]),
    "an_oid": ("oid", ["4294967295", "0"]),
    "an_lsn": ("pg_lsn", ["'16/B374D848'"]),
}  # fmt: skip
LONG_NAME = "a_column_whose_name_is_exactly_as_long_as_postgresql_permits_63"


@pytest.fixture
def shop_of_types(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """One table with every type; each row sets one column to one of its edges, the last row is all null."""
    columns = [{"name": name, "type": kind} for name, (kind, _) in EDGES.items()]
    columns += [{"name": "happened_at", "type": "date"}, {"name": LONG_NAME, "type": "text"}]
    model = {
        "code": "TYPES", "name": "Types", "module": "SHOP", "description": "Every type.", "kind": "event",
        "time_column": "happened_at", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "types", "columns": columns},
    }  # fmt: skip
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    number = 0
    for name, (kind, literals) in EDGES.items():
        for literal in literals:
            number += 1
            shop.execute(
                f"insert into {SCHEMA}.types (happened_at, {LONG_NAME}, _raw_seq, _source_order, {name})"
                f" values ('2024-01-01', '{name}', {number}, {number}, cast({literal} as {kind}))"
            )
    shop.execute(f"insert into {SCHEMA}.types (happened_at, _raw_seq, _source_order) values ('2024-01-01', 0, 0)")
    return shop


def test_every_type_comes_back_as_it_was(shop_of_types: Shop) -> None:
    shop = shop_of_types
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.types")

    result = shop.run("analytics")
    (table,) = shop.tables("analytics")
    (path,) = (shop.lake / row[0] for row in shop.execute("select path from archive_catalog.readable_files"))
    with connect(shop.settings) as restoring, open_engine(shop.settings, shop.lake) as engine:
        load(restoring, engine, table.loaded_columns, path, table.relation)

    assert (result.tables[0].kept_hot, result.tables[0].plan.blocked_by) == ([], ())
    text = ", ".join(f"{name}::text" for name in EDGES)
    difference = shop.execute(
        f"select {text} from {SCHEMA}.before except all select {text} from {SCHEMA}.types"
    ).fetchall()
    assert difference == []
    assert shop.value(f"select count(*) from {SCHEMA}.types") == shop.value(f"select count(*) from {SCHEMA}.before")


@pytest.mark.parametrize(
    ("column", "literal"),
    [("a_decimal", "'NaN'"), ("a_timestamptz", "'294276-12-31 23:59:59+00'"), ("a_timestamp", "'4713-01-01 00:00 BC'")],
)
def test_a_value_that_would_come_back_changed_keeps_its_day_hot(shop_of_types: Shop, column: str, literal: str) -> None:
    shop = shop_of_types
    shop.execute(f"update {SCHEMA}.types set {column} = {literal} where _raw_seq = 0")
    before = shop.value(f"select count(*) from {SCHEMA}.types")

    result = shop.run("analytics")

    hot = shop.value(f"select count(*) from {SCHEMA}.types")
    kept = result.tables[0].kept_hot
    assert (hot == before and column in kept[0]) or (hot == 0 and kept == [])


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
