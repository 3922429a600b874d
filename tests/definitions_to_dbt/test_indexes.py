"""Indexes as definitions state them: what PostgreSQL would not take is refused before it is asked."""

from __future__ import annotations

import copy
from typing import Any

import psycopg
import pytest

from definitions_to_dbt.ddl import layer2_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.expression_types import require
from definitions_to_dbt.expressions import ExpressionError, checked, require_immutable
from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.types import parse_type

SCHEMA = "s"
VISIT: dict[str, Any] = {
    "code": "VISIT",
    "name": "Visit",
    "module": "SHOP",
    "kind": "event",
    "time_column": "seen_at",
    "table_schema": {
        "table_name": "visits",
        "columns": [
            {"name": "id", "type": "integer", "primary_key": True},
            {"name": "seen_at", "type": "timestamptz", "nullable": False},
            {"name": "day", "type": "date"},
            {"name": "state", "type": "text"},
            {"name": "seconds", "type": "integer"},
            {"name": "share", "type": "double precision"},
            {"name": "paid", "type": "numeric(10,2)"},
            {"name": "tags", "type": "text[]"},
            {"name": "is_open", "type": "boolean"},
        ],
        "indexes": [
            {"name": "open", "columns": ["id"], "where": "state = 'open' AND seconds > 3"},
            {"name": "tags", "columns": ["tags"], "method": "gin"},
            {"name": "paid", "columns": ["paid", "day"], "method": "brin"},
        ],
    },
}


def make(connection: psycopg.Connection[Any], definition: dict[str, Any]) -> dict[str, str]:
    connection.execute(layer2_ddl(ObjectModel.model_validate(definition), SCHEMA).encode())
    query = "select indexname, indexdef from pg_indexes where schemaname = 's' and tablename = 'visits'"
    found = connection.execute(query).fetchall()
    return {name: text.partition(" USING ")[2] for name, text in found}


@pytest.mark.parametrize("layout", ["plain", "partitions"])
def test_each_index_is_made_as_it_is_stated_and_anew_where_it_changes(
    connection: psycopg.Connection[Any], layout: str
) -> None:
    connection.execute(platform_ddl(SCHEMA).encode())
    definition = copy.deepcopy(VISIT) | {"storage": {"layout": layout}}

    assert make(connection, definition) == {
        "visits_pkey": "btree (id, seen_at)",
        "ix_visits_seen_at": "brin (seen_at) WITH (pages_per_range='32', autosummarize='on')",
        "ix_visits_open": "btree (id) WHERE ((state = 'open'::text) AND (seconds > 3))",
        "ix_visits_tags": "gin (tags)",
        "ix_visits_paid": "brin (paid, day) WITH (pages_per_range='32', autosummarize='on')",
    }

    definition["table_schema"]["indexes"][0]["where"] = "state = 'open'"
    assert make(connection, definition)["ix_visits_open"] == "btree (id) WHERE (state = 'open'::text)"


def test_where_rows_age_out_of_one_table_its_time_has_a_tree_for_pages_are_used_again(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute(platform_ddl(SCHEMA).encode())
    definition = VISIT | {"storage": {"layout": "plain"}, "archive": {"analytics": {"retention": "90 days"}}}

    assert make(connection, definition)["ix_visits_seen_at"] == "btree (seen_at)"


@pytest.mark.parametrize("method", ["btree", "brin", "gin"])
def test_postgres_takes_every_type_that_may_be_indexed(connection: psycopg.Connection[Any], method: str) -> None:
    for base in sorted({*BASES, *(f"{base}[]" for base in BASES)} - {"vector", "vector[]", "pg_node_tree[]"}):
        pg_type = parse_type(base)
        connection.execute(f"create table t (c {pg_type.sql})".encode())
        try:
            connection.execute(f"create index on t using {method} (c)".encode())
            is_possible = True
        except (psycopg.errors.UndefinedObject, psycopg.errors.UndefinedFunction):
            is_possible = False
        connection.execute("drop table t")

        assert is_possible or not pg_type.can_be_indexed(method), base


@pytest.mark.parametrize(
    ("where", "is_good"),
    [
        ("state in ('open', 'paid') and not is_open", True),
        ("lower(state) like 'a%'", True),
        ("state || state = 'aa'", True),
        ("coalesce(paid, 0) * seconds / 2 > 1.5", True),
        ("round(paid) > abs(share) or seconds % 7 = 1", True),
        ("length(trim(state)) between 1 and 3", True),
        ("greatest(seconds, 3) > 2 and day is not null", True),
        ("case when is_open then seconds else 0 end > 1", True),
        ("seen_at > '2024-01-01 00:00:00+00'", True),
        ("state || seconds = 'a1'", False),
        ("concat(state, state) = 'aa'", False),
        ("seen_at > day", False),
    ],
)
def test_postgres_takes_every_condition_that_is_let_through(
    connection: psycopg.Connection[Any], where: str, is_good: bool
) -> None:
    columns = ObjectModel.model_validate(VISIT).columns
    types = {column.name: column.pg_type for column in columns}
    try:
        require("boolean", where, types, "a condition")
        require_immutable(where, types)
    except ExpressionError as fault:
        assert not is_good, str(fault)
        return

    assert is_good
    listed = ", ".join(f"{column.name} {column.pg_type.sql}" for column in columns)
    connection.execute(f"create table t ({listed})".encode())
    connection.execute(f"create index on t (id) where {checked(where, types)}".encode())
