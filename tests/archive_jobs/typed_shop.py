"""A table with a column of any types, a row for each of their edge values, and which cells are not what they were."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from small_shop import SCHEMA, Shop, write_definitions
from type_edges import BEFORE_CHRIST, BEYOND, EDGES, array_literals

from definitions_to_dbt.types import parse_type

LONG_NAME = "a_column_whose_name_is_exactly_as_long_as_postgresql_permits_63"


def server_reads_xml(connection: psycopg.Connection[Any]) -> bool:
    """False for a server that was built without."""
    try:
        connection.execute("select '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        return False
    return True


def all_edges(has_xml: bool) -> list[tuple[str, list[str]]]:
    """Every type and every array of it with its literals, then those whose lake type holds less than they do."""
    edges = {written: literals for written, literals in EDGES.items() if has_xml or written != "xml"}
    arrays = {f"{written}[]": array_literals(written, literals) for written, literals in edges.items()}
    return [*edges.items(), *arrays.items(), *BEYOND.items(), ("date", BEFORE_CHRIST)]


def shop_of(connection: psycopg.Connection[Any], folder: Path, types: Iterable[str]) -> Shop:
    """One table with a column of each type: c0, c1, …"""
    columns = [{"name": f"c{place}", "type": written} for place, written in enumerate(types)]
    columns += [{"name": name, "type": "text"} for name in (LONG_NAME, "values", "timestamp", "glob")]
    model = {
        "code": "TYPES", "name": "Types", "module": "SHOP", "description": "Every type.", "kind": "event",
        "time_column": "happened_at", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "types", "columns": [{"name": "happened_at", "type": "timestamptz"}, *columns]},
    }  # fmt: skip
    shop = Shop(connection, write_definitions(folder / "definitions", model), folder / "lake")
    shop.execute("create extension if not exists vector")
    shop.make_tables()
    return shop


def fill(shop: Shop, edges: list[tuple[str, list[str]]]) -> None:
    """For each literal a row in which one column has it; the last row is all null."""
    number = 0
    for place, (written, literals) in enumerate(edges):
        for literal in literals:
            number += 1
            shop.execute(
                f'insert into {SCHEMA}.types (happened_at, _raw_seq, _source_order, c{place}, {LONG_NAME}, "values")'
                f" values ('2024-01-01', {number}, {number}, cast({literal} as {parse_type(written).sql}),"
                f" 'c{place}', 'v')"
            )
    shop.execute(f"insert into {SCHEMA}.types (happened_at, _raw_seq, _source_order) values ('2024-01-01', 0, 0)")


def changed_cells(shop: Shop, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """Cells that are not what they were in `before`. Within a row a value is written as pg_dump writes it."""
    changed = ", ".join(f"case when row(b.{c})::text <> row(a.{c})::text then '{c}' end" for c in columns)
    found: list[tuple[Any, ...]] = shop.execute(
        f"select * from (select b._raw_seq, array_remove(array[{changed}], null) as cells"
        f" from {SCHEMA}.before b full join {SCHEMA}.types a using (_raw_seq, happened_at)) as compared"
        f" where _raw_seq is null or cells <> '{{}}'"
    ).fetchall()
    return found
