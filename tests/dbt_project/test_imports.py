"""What was imported builds: a live schema, a contract and two schemas become one project, and a record lands in it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from running import Project

from definitions_to_dbt.bridges.avro_import import import_avro
from definitions_to_dbt.bridges.fit import fit
from definitions_to_dbt.bridges.imported import Imported
from definitions_to_dbt.bridges.json_schema_import import import_json_schema
from definitions_to_dbt.bridges.postgres_import import import_postgres
from definitions_to_dbt.bridges.write import write_files
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import load_library

SHOP = """
create schema shop;
set search_path = shop;
create type mood as enum ('sad', 'ok', 'very "happy"');
create domain email as text check (value ~ '^[^@]+@[^@]+$') not null;
create domain euros as numeric(12,2) check (value >= 0);
create domain deposit as euros;
create type address as (street text, zip text);
create table "Customer" (
    id serial primary key, "Full Name" text not null default 'n/a', email email, mood mood default 'ok', moods mood[],
    home address, tags text[] default '{}', created_at timestamptz not null default now(), balance deposit default 0.50,
    "order" int, active bool default true,
    check (length("Full Name") <= 100 and "order" > 0)
);
comment on table "Customer" is 'A customer {{ env_var(''HOME'') }}';
comment on column "Customer"."Full Name" is 'Name as given; "quoted"';
create table orders (
    customer_id int not null references "Customer"(id), no bigint generated always as identity, line smallint unique,
    status text default 'new' check (status in ('new', 'paid')), total numeric(10,2),
    vat numeric(10,2) generated always as (total * 0.2) stored, payload jsonb, primary key (no, customer_id)
);
create index orders_line on orders (customer_id, line);
create index on orders (lower(status));
create table order_notes (order_no bigint, customer_id int, note text, foreign key (order_no, customer_id)
    references orders (no, customer_id));
create table measures (at timestamptz not null, v double precision) partition by range (at);
create table measures_2024 partition of measures for values from ('2024-01-01') to ('2025-01-01');
create table "select" (
    id uuid primary key, x int4range, y interval, n name, b bit(3), vb varbit(5), c char(3), ts timestamp(3), tz timetz,
    m money, ip inet, bytes bytea, j json, p point
);
create view not_a_table as select 1 as one;
"""


@pytest.fixture
def shop(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A schema with what people really have in theirs."""
    connection.execute(SHOP)
    return connection


def columns(imported: Imported, table: str) -> dict[str, dict[str, Any]]:
    found = next(found for found in imported.objects if found.table_name == table)
    listed = found.definition["table_schema"]["columns"]
    return {column["name"]: {key: value for key, value in column.items() if key != "name"} for column in listed}


@pytest.mark.usefixtures("shop")
def test_a_live_schema_is_read_with_its_types_keys_and_comments() -> None:
    imported = import_postgres("shop", [], "SHOP")

    assert columns(imported, "customer") == {
        "id": {"type": "integer", "nullable": False, "autoincrement": True, "primary_key": True},
        "full_name": {
            "type": "text", "description": 'Name as given; "quoted"', "nullable": False, "default": "n/a",
            "source_path": "$.Full Name", "quality": [{"rule": "expression", "sql": "LENGTH(full_name) <= 100"}],
        },
        "email": {
            "type": "text", "nullable": False, "quality": [{"rule": "pattern", "regex": "^[^@]+@[^@]+$"}],
        },
        "mood": {
            "type": "text", "default": "ok",
            "quality": [{"rule": "accepted_values", "values": ["sad", "ok", 'very "happy"']}],
        },
        "moods": {"type": "text[]"},
        "home": {"type": "jsonb"},
        "tags": {"type": "text[]", "default": "{}"},
        "created_at": {"type": "timestamptz", "nullable": False},
        "balance": {
            "type": "numeric(12,2)", "default": "0.50", "quality": [{"rule": "expression", "sql": "balance >= 0"}],
        },
        "order_": {
            "type": "integer", "source_path": "$.order", "quality": [{"rule": "expression", "sql": "order_ > 0"}],
        },
        "active": {"type": "boolean", "default": True},
    }  # fmt: skip
    orders = next(found.definition for found in imported.objects if found.table_name == "orders")
    assert orders["source"]["business_key"] == ["no", "customer_id"]
    assert orders["table_schema"]["indexes"] == [{"name": "orders_line", "columns": ["customer_id", "line"]}]
    assert columns(imported, "orders")["customer_id"]["foreign_key"] == "customer.id"
    assert [str(gap) for gap in imported.gaps] == [
        "shop.Customer.home: the composite type shop.address is kept as JSON",
        "shop.Customer.created_at: the default now() is not carried over",
        "shop.measures: no primary key: rows are kept as they come, nothing is deduplicated",
        "shop.order_notes.order_notes_order_no_customer_id_fkey: a foreign key of several columns is not carried over: "
        "FOREIGN KEY (order_no, customer_id) REFERENCES shop.orders(no, customer_id)",
        "shop.order_notes: no primary key: rows are kept as they come, nothing is deduplicated",
        "shop.orders.vat: generated as (total * 0.2): taken from the payload, not reckoned again",
        "shop.orders.orders_lower_idx: an index over an expression is not carried over",
        "shop.select.n: the type name is not known here: taken as text",
        "shop.select: called select_ here: the table's own name is too long, taken or reserved",
    ]


@pytest.mark.usefixtures("shop")
def test_a_schema_or_table_that_is_not_there_is_one_message() -> None:
    with pytest.raises(ProblemError, match="expected tables in schema 'shopp' of database '.*', found none"):
        import_postgres("shopp", [], "SHOP")
    with pytest.raises(ProblemError, match="expected the tables not_a_table, nothing in schema 'shop'"):
        import_postgres("shop", ["orders", "nothing", "not_a_table"], "SHOP")


def test_what_was_imported_builds_and_takes_the_rows_of_the_old_table(
    shop: psycopg.Connection[Any], tmp_path: Path
) -> None:
    definitions = tmp_path / "definitions"
    (tmp_path / "reading.schema.json").write_text(json.dumps(
        {"title": "Reading", "properties": {"id": {"type": "string"}, "at": {"type": "object", "properties": {
            "place": {"type": "string", "enum": ["roof"]}, "height": {"type": "number", "minimum": 0}}}}}
    ))  # fmt: skip
    (tmp_path / "ping.avsc").write_text(json.dumps(
        {"type": "record", "name": "Ping", "fields": [{"name": "id", "type": "long"}, {"name": "note", "type": ["null",
         "string"]}]}
    ))  # fmt: skip
    for imported in (
        import_postgres("shop", [], "SHOP"),
        import_json_schema(tmp_path / "reading.schema.json", "PLANT", ["id"]),
        import_avro(tmp_path / "ping.avsc", "PLANT", ["id"], prefix="plant_"),
    ):
        write_files(definitions, fit(imported, definitions), force=False)
    project = Project(tmp_path / "dbt_project", tmp_path / "target", definitions)
    project.generate()
    built = project.dbt("build")
    assert built.success, built.failed or built.warnings

    shop.execute("""
        insert into shop."Customer" (email, home, moods, "order") values ('a@b', ('Main', '1'), '{ok,sad}', 3);
        insert into analytics_service.source_customer (raw_id, raw_data)
        select id::text, row_to_json(c) from shop."Customer" as c;
        insert into analytics_service.source_customer (raw_id, raw_data) values ('2', '{"id": 2, "email": "nobody"}');
    """)
    built = project.dbt("build", "--select", "stg_shop__customer+", "--exclude", "test_type:data")
    assert built.success, built.failed or built.warnings

    row = shop.execute("select full_name, mood, moods, home, balance, order_ from analytics_service.customer").fetchall()
    assert row == [("n/a", "ok", ["ok", "sad"], {"zip": "1", "street": "Main"}, Decimal("0.50"), 3)]
    refused = shop.execute("select reasons from analytics_service.rejected_customer").fetchall()
    assert refused == [(["created_at: missing", "email: does not fit ^[^@]+@[^@]+$"],)]
    assert len(load_library(definitions).objects) == 7






