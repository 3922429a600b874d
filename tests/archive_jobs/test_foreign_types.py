# ruff: noqa: E501 (a table of values is read by its columns)
"""Tables that somebody else made have types of their own. They travel as they are, or are refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.planning.preflight import refusals
from definitions_to_dbt.errors import ProblemError

TYPES = """
create schema app;
create extension vector schema app;
create type app.mood as enum ('sad', 'ok', 'a,"b', 'Größe');
create domain app.amount as numeric(18,6) check (value >= 0);
create domain app.price as app.amount;
create domain app.moment as timestamptz;
create domain app.bytes as bytea;
create domain app.grid as integer[];
create type app."Address" as (street text, no smallint, "Kind of" app.mood, since app.moment);
create type app.visit as (place app."Address", at timestamptz, marks float8[], worth app.amount);
create type app.span as range (subtype = float8, multirange_type_name = app.spans);
create type app.mood_span as range (subtype = app.mood);
create type app.link as (calls regproc, at date);
"""
# Column -> type in the table, type in the definition, literals.
COLUMNS: dict[str, tuple[str, str, list[str]]] = {
    "an_enum": ("app.mood", "enum", ["'sad'", "'a,\"b'", "'Größe'"]),
    "an_enum_array": ("app.mood[]", "text", ["'{sad,NULL}'", "'[0:1]={sad,ok}'", "'{{ok},{\"a,\\\"b\"}}'"]),
    "a_domain": ("app.amount", "numeric(18,6)", ["999999999999.999999", "0.1", "0"]),
    "a_wider_domain": ("app.amount", "numeric(20,6)", ["0.000001"]),
    "a_domain_of_a_domain": ("app.price", "numeric(18,6)", ["1.5"]),
    "a_domain_as_text": ("app.price", "text", ["1.5", "'NaN'"]),
    "a_moment": ("app.moment", "timestamptz", ["'infinity'", "'2024-02-29 12:00:00.000001+00'", "'0044-03-15 BC'"]),
    "some_bytes": ("app.bytes", "bytea", ["'\\x00ff41'", "''"]),
    "a_grid": ("app.grid", "text", ["'[5:6][0:1]={{1,2},{3,NULL}}'"]),
    "a_composite": ('app."Address"', "text", ["row('a \"b\", (c)', -1, 'ok', 'infinity')", "row(null,null,null,null)", "row('',0,'sad',null)"]),
    "a_nested_composite": ("app.visit", "text", ["row(row('x',1,'a,\"b',null), '-infinity', '{NaN,0.1,-0,5e-324}', 2)"]),
    "a_composite_array": ('app."Address"[]', "text", ["array[row('\\\"',1,'ok',null)::app.\"Address\", null]"]),
    "a_range": ("app.span", "text", ["'[0.1,Infinity)'", "'empty'", "'(,)'"]),
    "a_multirange": ("app.spans", "text", ["'{[0.1,0.2),[1e300,)}'"]),
    "an_enum_range": ("app.mood_span", "text", ["'[sad,ok)'"]),
    "a_vector": ("app.vector(3)", "vector(3)", ["'[0.1,-2,3e-30]'"]),
    "a_free_vector": ("app.vector", "text", ["'[1.5]'"]),
    "a_halfvec": ("app.halfvec", "text", ["'[0.1,65504]'"]),
    "a_sparsevec": ("app.sparsevec", "text", ["'{1:0.1,5:-2}/7'"]),
    "an_int": ("integer", "bigint", ["-2147483648"]),
    "a_number": ("numeric", "text", ["'NaN'", "'Infinity'", "1e-300", "1.10"]),
    "a_short_text": ("varchar(7)", "text", ["'seven77'"]),
    "a_blank_padded": ("bpchar", "text", ["'ab  '", "''"]),
    "a_byte": ('"char"', "text", ["'c'", "E'\\\\203'", "''"]),
    "a_name": ("name", "text", ["'Größe'"]),
    "a_vector_of_oids": ("oidvector", "text", ["'1 2 4294967295'"]),
    "a_json": ("json", "text", ["'{\"a\" :1,\"a\": 2}'"]),
    "a_counter": ("bigint generated always as identity (minvalue -5 start -5)", "bigint", []),
    "a_stored_sum": ("bigint generated always as (an_int::bigint * 2) stored", "bigint", []),
    "a_virtual_sum": ("bigint generated always as (an_int::bigint * 3)", "bigint", []),
    "values": ("interval", "interval", ["'infinity'", "'-1 mon 2 days -0.000001 sec'"]),
    "a_column_whose_name_is_exactly_as_long_as_postgresql_permits_63": ("text", "text", ["'x'"]),
}  # fmt: skip


ODD_NAMES = (
    "select",
    "Größe 漢字",
    'with "quotes"',
    "CamelCase",
    "dotted.name",
    "back\\slash",
    "per%cent",
    "ß" * 31,
    "1st",
    "{x}",
)


def foreign_shop(
    connection: psycopg.Connection[Any], folder: Path, columns: dict[str, tuple[str, str, list[str]]]
) -> Shop:
    """A table that the definition describes and somebody else made: each row sets one column to one literal."""
    declared = [{"name": name, "type": said} for name, (_, said, _) in columns.items()]
    model = {
        "code": "THING", "name": "Thing", "module": "SHOP", "description": "A thing.", "kind": "event",
        "time_column": "at_time", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "things", "columns": [{"name": "at_time", "type": "timestamptz"}, *declared]},
    }  # fmt: skip
    shop = Shop(connection, write_definitions(folder / "definitions", model), folder / "lake")
    shop.execute(TYPES)
    listed = ", ".join(f'"{name}" {kind}' for name, (kind, _, _) in columns.items())
    shop.execute(f"create schema {SCHEMA}; create table {SCHEMA}.things (at_time timestamptz, {listed})")
    for name, (kind, _, literals) in columns.items():
        for literal in literals:
            shop.execute(
                f"insert into {SCHEMA}.things (at_time, \"{name}\") values ('2024-01-01', cast({literal} as {kind}))"
            )
    shop.execute(f"insert into {SCHEMA}.things (at_time) values ('2024-01-01')")
    return shop


def load_back(shop: Shop) -> None:
    """Restore every unit."""
    words = ("things", "--start", "2024-01-01", "--end", "2024-01-01", "--yes")
    status, _, problem = shop.invoke("restore", *words, "--definitions", str(shop.definitions))
    assert status == 0, problem


def test_every_type_of_somebody_else_comes_back_as_it_was(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    shop = foreign_shop(connection, tmp_path, COLUMNS)
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.things")
    rows = shop.value(f"select count(*) from {SCHEMA}.before")

    result = shop.run("analytics")
    left = shop.value(f"select count(*) from {SCHEMA}.things")
    load_back(shop)

    assert (result.tables[0].plan.blocked_by, result.tables[0].kept_hot, left) == ((), [], 0)
    # Within a row a value is written as pg_dump writes it.
    row = ", ".join(f'"{name}"' for name in COLUMNS)
    before, after = (f"select row({row})::text from {SCHEMA}.{name}" for name in ("before", "things"))
    assert shop.execute(f"{before} except all {after}").fetchall() == []
    assert shop.value(f"select count(*) from {SCHEMA}.things") == rows


def test_columns_that_no_definition_can_name_travel_where_the_policy_says_so(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = foreign_shop(connection, tmp_path, {"note": ("text", "text", ["'x'"])})
    for place, name in enumerate(ODD_NAMES):
        kind = ("app.amount", "app.mood", "jsonb", "text")[place % 4]
        quoted = name.replace('"', '""')
        value = ("1.5", "'ok'", "'{}'", f"'{place}'")[place % 4]
        shop.execute(f'alter table {SCHEMA}.things add "{quoted}" {kind} default {value}')
    refused = shop.run("analytics").tables[0].plan.blocked_by
    file = shop.definitions / "object_models" / "THING.json"
    file.write_text(file.read_text().replace('"90 days"', '"90 days", "undeclared_columns": "keep"'))
    shop.execute("drop schema if exists archive_catalog cascade")
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.things")

    result = shop.run("analytics")
    load_back(shop)

    assert len(refused) == len(ODD_NAMES)
    assert (result.tables[0].plan.blocked_by, result.tables[0].kept_hot) == ((), [])
    compared = (f"select t::text from {SCHEMA}.{name} t" for name in ("before", "things"))
    assert shop.execute(" except all ".join(compared)).fetchall() == []
    at = ("--definitions", str(shop.definitions))
    assert shop.invoke("sql", "select note from history_things", *at)[0] == 0
    status, _, said = shop.invoke("retrieve", "things", "--columns", "note,CamelCase", *at)
    assert (status, "does not name the column CamelCase" in said) == (2, True)


def test_names_that_differ_by_case_alone_are_refused(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    shop = foreign_shop(connection, tmp_path, {"note": ("text", "text", ["'x'"])})
    shop.execute(f'alter table {SCHEMA}.things add "Note" text')
    file = shop.definitions / "object_models" / "THING.json"
    file.write_text(file.read_text().replace('"90 days"', '"90 days", "undeclared_columns": "keep"'))

    (table,) = shop.tables("analytics")

    assert list(refusals(shop.connection, table)) == [
        "the columns note and Note have one name for DuckDB and Spark; rename one of them"
    ]


def test_a_value_that_does_not_come_back_from_its_own_text_stays_hot(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = foreign_shop(connection, tmp_path, {"an_enum": ("app.mood", "text", ["'sad'"])})
    shop.execute("create function app.shown(app.mood) returns text immutable return 'ok'")
    shop.execute("create cast (app.mood as text) with function app.shown(app.mood)")

    kept = shop.run("analytics").tables[0].kept_hot
    failpoints.disabled_guards.add("export.doubts")
    without_the_guard = shop.run("analytics").tables[0].kept_hot
    load_back(shop)

    assert [reason.partition(": ")[2] for reason in kept] == ["values of an_enum do not come back from their own text"]
    assert without_the_guard == []
    assert shop.value(f"select count(*) from {SCHEMA}.things where an_enum = 'sad'") == 0


@pytest.mark.parametrize(
    ("kind", "said", "problem"),
    [
        ("regclass", "text", "has type regclass, whose values cannot be brought back"),
        ("app.link", "text", "has type app.link, which holds regproc, whose values cannot be brought back"),
        ("xid[]", "text", "has type xid[], which holds xid, whose values cannot be brought back"),
        ("gtsvector", "text", "has type gtsvector, whose values cannot be brought back"),
        ("app.mood", "integer", "is app.mood, the definition says integer; make them agree, or say text"),
        ("app.amount", "numeric(10,2)", "is app.amount, the definition says numeric(10,2)"),
        ("numeric(20,8)", "numeric(18,6)", "is numeric(20,8), the definition says numeric(18,6)"),
    ],
)
def test_a_type_without_a_way_back_is_refused_by_name(
    connection: psycopg.Connection[Any], tmp_path: Path, kind: str, said: str, problem: str
) -> None:
    shop = foreign_shop(connection, tmp_path, {"strange": (kind, said, [])})

    (table,) = shop.tables("analytics")

    assert [reason for reason in refusals(shop.connection, table) if problem in reason] != []


@pytest.mark.parametrize("guard", ["", "7c"])
@pytest.mark.parametrize(
    "change",
    [
        "alter type app.mood rename value 'sad' to 'low'",
        'alter type app."Address" rename attribute no to number',
        f"alter table {SCHEMA}.things alter a_virtual_sum set expression as (an_int::bigint * 4)",
    ],
)
def test_what_changes_values_and_no_tuple_between_export_and_commit_is_noticed(
    connection: psycopg.Connection[Any], tmp_path: Path, change: str, guard: str
) -> None:
    names = ("an_enum", "a_composite", "an_int", "a_virtual_sum")
    shop = foreign_shop(connection, tmp_path, {name: COLUMNS[name] for name in names})

    if guard:
        failpoints.disabled_guards.add(guard)
    failpoints.interruptions["prepare.after"] = lambda: shop.execute(change)
    shop.run("analytics")
    given_up = shop.value("select count(*) from archive_catalog.attempts where reason like '%since the %'")
    shop.run("analytics")

    assert given_up == (0 if guard else 1)
    # What was archived at last are the values as they are now.
    assert shop.value(f"select count(*) from {SCHEMA}.things") == 0
    assert guard or load_back(shop) is None


def test_a_type_that_is_another_one_than_when_the_run_began_is_told_before_anything_is_written(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = foreign_shop(connection, tmp_path, {"an_enum": COLUMNS["an_enum"]})

    failpoints.interruptions["plan.insert.before"] = lambda: shop.execute("alter type app.mood add value 'new'")
    with pytest.raises(ProblemError, match=r"things has changed since the plan: the definition of app\.mood"):
        shop.run("analytics")

    assert shop.value("select count(*) from archive_catalog.attempts") == 0
    failpoints.disabled_guards.add("types")
    failpoints.interruptions["plan.insert.before"] = lambda: shop.execute(
        "alter type app.mood rename value 'sad' to 'low'"
    )
    assert shop.run("analytics").tables[0].units == 1
    manifest = json.loads(next(shop.lake.rglob("_manifests/things/*.json")).read_text())
    assert "sad" in manifest["types"]["app.mood"]["labels"]  # and the file has low
