"""The table of types against the servers that must agree with it: PostgreSQL's own names, DuckDB's types."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions_to_dbt.patterns import pattern_fault
from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.type_table import table
from definitions_to_dbt.types import ALIASES, UnknownTypeError, parse_type

ALIASES_OF_PEOPLE = {
    "String": "text", "String(255)": "varchar(255)", "string": "text", "str": "text", "Text": "text",
    "Unicode(20)": "varchar(20)", "VARCHAR(10)": "varchar(10)", "character varying(10)": "varchar(10)",
    "national character varying(10)": "varchar(10)", "CHAR(3)": "char(3)", "character": "char",
    "Integer": "integer", "int": "integer", "serial": "integer", "BigInteger": "bigint", "int8": "bigint",
    "SmallInteger": "smallint", "Numeric": "numeric", "Numeric(10, 2)": "numeric(10,2)", "decimal": "numeric",
    "DECIMAL(18,6)": "numeric(18,6)", "numeric(5)": "numeric(5,0)", "Float": "double precision",
    "Float(53)": "double precision", "float(24)": "real", "double precision": "double precision", "Boolean": "boolean",
    "DateTime": "timestamp", "DateTime(timezone=True)": "timestamptz", "timestamp": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz", "timestamp(3) with time zone": "timestamptz(3)",
    "timestamp without time zone": "timestamp", "timestamptz": "timestamptz", "Date": "date", "Time": "time",
    "time(0) with time zone": "timetz(0)", "Interval": "interval", "JSON": "json", "JSONB": "jsonb", "UUID": "uuid",
    "UUID(as_uuid=True)": "uuid", "Numeric(precision=10, scale=2)": "numeric(10,2)", "String(length=5)": "varchar(5)",
    "LargeBinary": "bytea", "ARRAY": "text[]", "ARRAY(Integer)": "integer[]", "ARRAY(String(5))": "varchar(5)[]",
    "integer[]": "integer[]", "numeric(4,1)[][]": "numeric(4,1)[]", "text [3]": "text[]", "Enum": "text",
    "bit varying(8)": "varbit(8)", "  Big   Integer": None, "varchar(x)": None, "integer(4)": None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), ALIASES_OF_PEOPLE.items())
def test_what_people_write_means_one_postgres_type_or_is_refused(written: str, meant: str | None) -> None:
    try:
        found = parse_type(written).sql
    except UnknownTypeError:
        found = None

    assert found == meant


@pytest.mark.parametrize(
    ("written", "length", "precision", "scale", "meant"),
    [
        ("String", 64, None, None, "varchar(64)"),
        ("CHAR", 3, None, None, "char(3)"),
        ("Integer", 4, None, None, "integer"),
        ("Numeric", None, 10, 2, "numeric(10,2)"),
        ("Numeric(10,2)", None, 10, 2, "numeric(10,2)"),
        ("Numeric", None, 10, None, "numeric(10,0)"),
        ("Numeric", None, None, 2, None),
        ("Numeric(10,2)", None, 12, None, None),
        ("String(5)", 6, None, None, None),
    ],
)
def test_sizes_beside_the_type_count_and_may_not_contradict_it(
    written: str, length: int | None, precision: int | None, scale: int | None, meant: str | None
) -> None:
    try:
        found = parse_type(written, length, precision, scale).sql
    except UnknownTypeError:
        found = None

    assert found == meant


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(UnknownTypeError, match="did you mean 'timestamptz'"):
        parse_type("timestampz")


# Of the types an extension or no input makes: vector is looked for in its own test.
_WITH_SIZES = ("varchar(7)", "char(7)", "bit(7)", "varbit(7)", "numeric(9,4)", "numeric(3,-2)", "numeric(7)",
               "timestamptz(3)", "timestamp(0)", "time(6)", "timetz(2)", "interval(3)")  # fmt: skip


def test_postgres_gives_every_type_the_name_we_expect_in_its_catalogue(connection: psycopg.Connection) -> None:
    written = sorted({*BASES, *ALIASES, *_WITH_SIZES} - {"vector"})
    types = [parse_type(word) for word in written]
    types += [parse_type(f"{word}[]") for word in written if word != "pg_node_tree"]
    columns = ", ".join(f"c{place} {pg_type.sql}" for place, pg_type in enumerate(types))

    connection.execute(f"create table everything ({columns})")  # type: ignore[call-overload]

    found = connection.execute(
        "select format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'everything'::regclass and attnum > 0 order by attnum"
    ).fetchall()
    assert [name for (name,) in found] == [pg_type.catalogue_name for pg_type in types]


def test_every_type_of_postgres_is_known(connection: psycopg.Connection) -> None:
    """But for those that no table of a user has: values that only the server itself can make."""
    internal = {'"char"', "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies",
                "pg_mcv_list", "pg_ndistinct", "int2vector", "oidvector"}  # fmt: skip
    rows = connection.execute(
        "select format_type(t.oid, null) from pg_type t where t.typnamespace = 'pg_catalog'::regnamespace "
        "and t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A'"
    ).fetchall()

    for (name,) in rows:
        if name not in internal:
            # format_type leaves the length of one out where it is asked for no length at all.
            assert parse_type(name).catalogue_name.removesuffix("(1)") == name


def test_postgres_sorts_exactly_the_types_said_to_have_an_order(connection: psycopg.Connection) -> None:
    for base in sorted(set(BASES) - {"vector"}):
        pg_type = parse_type(base)
        try:
            connection.execute(f"create table t_{base.replace(' ', '_')} (c {pg_type.sql} primary key)")  # type: ignore[call-overload]
            has_order = True
        except psycopg.errors.UndefinedObject:
            has_order = False

        assert has_order == pg_type.has_order, base


def test_the_documentation_shows_the_table_of_types() -> None:
    shown = (Path(__file__).parents[2] / "docs" / "42_types.md").read_text(encoding="utf-8")

    assert table() in shown, "paste what `python -m definitions_to_dbt.type_table` prints"


def test_duckdb_takes_every_lake_type() -> None:
    with duckdb.connect() as engine:
        for written in {*BASES, *ALIASES, *_WITH_SIZES, "numeric(38,38)", "numeric(39,2)", "text[]", "uuid[]"}:
            lake_type = parse_type(written).lake_type

            assert engine.execute(f"select typeof(null::{lake_type})").fetchall()


_PIECES = st.sampled_from(
    [
        *"ab1.^$|()[]*+?{}-,:\\",
        "(?:",
        "[^",
        "[[:alpha:]]",
        r"\d",
        r"\w",
        r"\s",
        "{2}",
        "{1,3}",
        r"\.",
        r"\{",
        "[a-z]",
        "é",
    ]
)


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(_PIECES, min_size=1, max_size=9).map("".join))
def test_a_pattern_that_passes_is_read_by_both_engines(regex: str) -> None:
    if pattern_fault(regex):
        return

    _ENGINES.postgres.execute("select 'a' ~ %s", [f"^(?:{regex})$"])
    _ENGINES.duckdb.execute("select regexp_matches('a', ?)", [f"^(?:{regex})$"])


class _Engines:
    postgres: psycopg.Connection
    duckdb: duckdb.DuckDBPyConnection


_ENGINES = _Engines()


@pytest.fixture(autouse=True)
def _engines(request: pytest.FixtureRequest) -> None:
    if request.node.originalname.startswith("test_a_pattern"):
        _ENGINES.postgres = request.getfixturevalue("connection")
        _ENGINES.duckdb = duckdb.connect()
