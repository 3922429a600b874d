"""The lattice of types, against the server that does the widening: no value is lost, and none reads differently."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from definitions_to_dbt.ddl import platform_ddl
from definitions_to_dbt.pg_type import PgType
from definitions_to_dbt.types import parse_type
from definitions_to_dbt.widening import STEPS, change_of

# Values at the edge of each type, as PostgreSQL reads them.
SAMPLES = {
    "smallint": ("-32768", "32767"),
    "integer": ("-2147483648", "2147483647", "16777217"),
    "bigint": ("-9223372036854775808", "9223372036854775807", "9007199254740993"),
    "oid": ("4294967295",),
    "numeric(5,0)": ("99999",),
    "numeric(10,2)": ("-99999999.99", "0.01", "NaN"),
    "numeric(12,2)": ("9999999999.99",),
    "numeric(18,6)": ("999999999999.999999",),
    "numeric(3,-2)": ("99900",),
    "numeric(60,30)": ("123456789012345678901234567890.123456789012345678901234567891",),
    "numeric": ("1e-20", "1e40", "1.10"),
    "real": ("3.4028235e38", "1e-45", "0.1", "NaN", "-Infinity"),
    "double precision": ("1.7976931348623157e308", "0.1"),
    "varchar(5)": ("abcde", "ab   "),
    "varchar(10)": ("abcdefghij",),
    "varchar(63)": ("x" * 63,),
    "varchar": ("x" * 200,),
    "text": ("x" * 200, "ends with blanks   "),
    "char(3)": ("ab", "abc"),
    "char(5)": ("abcde",),
    "char": ("a",),
    "name": ("n" * 63,),
    "bit(3)": ("101",),
    "varbit(3)": ("1", "111"),
    "varbit": ("1" * 70,),
    "cidr": ("10.1.0.0/16", "10.0.0.1/32"),
    "inet": ("10.1.2.3/16",),
    "date": ("0001-01-01", "9999-12-31", "infinity", "2024-02-29"),
    "timestamp(0)": ("2024-02-29 23:59:59",),
    "timestamp(3)": ("2024-02-29 23:59:59.999", "-infinity"),
    "timestamp": ("2024-02-29 23:59:59.999999", "4713-01-01 00:00:00 BC"),
    "timestamptz(3)": ("2024-02-29 23:59:59.999+00",),
    "timestamptz": ("294276-12-31 23:59:59.999999+00", "infinity"),
    "time(0)": ("24:00:00",),
    "time": ("23:59:59.999999",),
    "timetz(3)": ("23:59:59.999+14",),
    "timetz": ("23:59:59.999999-14",),
    "interval(0)": ("1 mon 1 day 01:00:01",),
    "interval": ("1 mon -1 day 01:00:01.000001",),
    "boolean": ("true",),
    "uuid": ("00000000-0000-0000-0000-000000000001",),
    "json": ('{"a":  1}',),
    "jsonb": ('{"a": 1}',),
    "bytea": (r"\x00ff",),
    "money": ("$1.00",),
}
TYPES = [parse_type(written) for written in SAMPLES]
TYPES += [parse_type(f"{written}[]") for written in SAMPLES]


def samples(pg_type: PgType) -> list[str]:
    if pg_type.element is None:
        return list(SAMPLES[pg_type.sql])
    # In quotes within the array: blanks and commas are part of a value.
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in SAMPLES[pg_type.element.sql])
    return ["{" + ",".join(f'"{value}"' for value in quoted) + "}"]


PAIRS = list(itertools.product(TYPES, TYPES))
WIDENINGS = [(old, new) for old, new in PAIRS if change_of(old, new, "UTC").verdict == "widening"]


def test_postgres_widens_along_every_step_and_gives_the_values_back(connection: psycopg.Connection) -> None:
    connection.execute("set time zone 'UTC'")
    for number, (old, new) in enumerate(WIDENINGS):
        connection.execute(f"create temp table t{number} (before text, c {old.sql})")  # type: ignore[call-overload]
        for value in samples(old):
            connection.execute(f"insert into t{number} (c) values (%s)", (value,))  # type: ignore[call-overload]
        connection.execute(f"update t{number} set before = c::text")  # type: ignore[call-overload]

        connection.execute(f"alter table t{number} alter column c type {new.sql}")  # type: ignore[call-overload]

        bent = connection.execute(
            f"select before, c::text from t{number} where c::{old.sql}::text is distinct from before"  # type: ignore[call-overload]
        ).fetchall()
        assert bent == [], (old.sql, new.sql)
        connection.execute(f"drop table t{number}")  # type: ignore[call-overload]


def test_every_step_is_met_by_a_sample() -> None:
    met = {(old.base, new.base) for old, new in WIDENINGS}

    assert {(step.old, step.new) for step in STEPS} - {("vector", "vector")} <= met


def test_a_step_and_its_way_back_are_both_widenings_only_where_the_types_hold_the_same() -> None:
    both_ways = {(old.sql, new.sql) for old, new in WIDENINGS if (new, old) in WIDENINGS}

    same = {("text", "varchar"), ("varchar", "text")}
    assert both_ways == same | {(f"{old}[]", f"{new}[]") for old, new in same}


@pytest.mark.parametrize(
    ("old", "new", "verdict", "reason"),
    [
        ("integer", "int4", "identical", "both are integer"),
        ("numeric(10)", "numeric(10,0)", "identical", "both are numeric(10,0)"),
        ("bit", "bit(1)", "identical", "both are bit(1)"),
        ("integer", "bigint", "widening", "every integer is a bigint"),
        ("integer[]", "bigint[]", "widening", "every integer[] is a bigint[]"),
        ("bigint", "integer", "breaking", "not every bigint fits integer"),
        ("integer", "numeric(9,0)", "breaking", "not every integer fits numeric(9,0)"),
        ("integer", "numeric(10,-2)", "breaking", "not every integer fits numeric(10,-2)"),
        ("numeric(10,2)", "numeric(10,4)", "breaking", "not every numeric(10,2) fits numeric(10,4)"),
        ("numeric", "numeric(100,50)", "breaking", "not every numeric fits numeric(100,50)"),
        ("varchar", "varchar(100)", "breaking", "not every varchar fits varchar(100)"),
        ("timestamp(3)", "timestamp(0)", "breaking", "not every timestamp(3) fits timestamp(0)"),
        ("timestamp", "timestamptz", "breaking", "timestamp names no instant until the column states its time_zone"),
        ("bigint", "double precision", "breaking", "bigint and double precision hold different things"),
        ("integer", "text", "breaking", "integer and text hold different things"),
        ("real[]", "double precision[]", "breaking", "real[] and double precision[] hold different things"),
        ("text", "text[]", "breaking", "text and text[] hold different things"),
    ],
)
def test_a_change_is_judged_with_its_reason(old: str, new: str, verdict: str, reason: str) -> None:
    change = change_of(parse_type(old), parse_type(new))

    assert (change.verdict, change.reason) == (verdict, reason)


def test_a_wall_time_becomes_an_instant_where_the_column_states_its_zone() -> None:
    assert change_of(parse_type("timestamp(3)"), parse_type("timestamptz"), "Europe/Vienna").verdict == "widening"
    assert change_of(parse_type("timestamp"), parse_type("timestamptz(3)"), "UTC").verdict == "breaking"


def test_the_database_judges_every_pair_of_types_as_the_tool_does(connection: psycopg.Connection) -> None:
    connection.execute(platform_ddl("s").encode())
    asked = [(old.catalogue_name, new.catalogue_name, zone) for old, new in PAIRS for zone in (None, "UTC")]
    expected = [change_of(old, new, zone).verdict for old, new in PAIRS for zone in (None, "UTC")]

    found = connection.execute(
        "select s.change_of(old, new, zone)"
        " from unnest(%s::text[], %s::text[], %s::text[]) with ordinality as asked (old, new, zone, place)"
        " order by place",
        tuple(map(list, zip(*asked, strict=True))),
    ).fetchall()

    assert [(*pair, verdict) for pair, (verdict,) in zip(asked, found, strict=True)] == [
        (*pair, verdict) for pair, verdict in zip(asked, expected, strict=True)
    ]
