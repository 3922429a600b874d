"""What payloads hold against what columns can: nothing that is sent fails a batch, and nothing is changed on its way.

One object has a column of every type; each case is one record. All land in one batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

REJECTED = object()
# `vector` needs an extension.
PLAIN_TYPES = [base for base in BASES if base != "vector"]
SIZED_TYPES = [
    "numeric(10,2)", "numeric(5,0)", "numeric(3,-2)", "numeric(4,6)", "varchar(5)", "char(2)", "bit(3)", "varbit(5)",
    "timestamptz(3)", "timestamp(0)", "time(3)", "timetz(0)",
    "integer[]", "text[]", "numeric(10,2)[]", "timestamptz[]", "timestamp[]", "date[]", "boolean[]", "json[]",
    "jsonb[]", "uuid[]", "varchar(3)[]", "double precision[]",
]  # fmt: skip
TYPES = [*PLAIN_TYPES, *SIZED_TYPES]


def column_of(type_name: str) -> str:
    name = type_name.replace("[]", "_list").replace("(", "_").replace(",", "_").replace(")", "")
    return "c_" + name.replace(" ", "_").replace("-", "minus_")


# Type, value in the payload, the value expected as PostgreSQL's text (None: null).
CASES: list[tuple[str, Any, Any]] = [
    ("smallint", 32767, "32767"),
    ("smallint", 32768, REJECTED),
    ("integer", "12.0", "12"),
    ("integer", 12.0, "12"),
    ("integer", "12.5", REJECTED),
    ("integer", "1e3", REJECTED),
    ("integer", "0x1F", REJECTED),
    ("integer", "0b1", REJECTED),
    ("integer", "1_000", REJECTED),
    ("integer", "9999999999", REJECTED),
    ("integer", "9" * 5000, REJECTED),
    ("integer", "", None),
    ("integer", " 7", REJECTED),
    ("integer", "-0", "0"),
    ("integer", "+7", "7"),
    ("integer", True, REJECTED),
    ("integer", [1], REJECTED),
    ("integer", {"a": 1}, REJECTED),
    ("bigint", "9223372036854775807", "9223372036854775807"),
    ("bigint", "9223372036854775808", REJECTED),
    ("bigint", 1e300, REJECTED),
    ("numeric", "NaN", REJECTED),
    ("numeric", "Infinity", REJECTED),
    ("numeric", "1e5", "100000"),
    ("numeric", "1e999999999", REJECTED),
    ("numeric", "1e-999999999", REJECTED),
    ("numeric", "0x10", REJECTED),
    ("numeric", "1_0", REJECTED),
    ("numeric", ".5", "0.5"),
    ("numeric", "5.", "5"),
    ("numeric", "1.2.3", REJECTED),
    ("numeric", "1" * 140_000, REJECTED),
    ("numeric(10,2)", "1.005", REJECTED),
    ("numeric(10,2)", "1.500", "1.50"),
    ("numeric(10,2)", "99999999.99", "99999999.99"),
    ("numeric(10,2)", "100000000", REJECTED),
    ("numeric(10,2)", "1e-400", REJECTED),
    ("numeric(10,2)", "", None),
    ("numeric(5,0)", "1.5", REJECTED),
    ("numeric(5,0)", "15e-1", REJECTED),
    ("numeric(3,-2)", "12300", "12300"),
    ("numeric(3,-2)", "12345", REJECTED),
    ("numeric(4,6)", "0.001234", "0.001234"),
    ("numeric(4,6)", "0.1", REJECTED),
    ("real", "1e39", REJECTED),
    ("real", "0x1F", REJECTED),
    ("double precision", "NaN", "NaN"),
    ("double precision", "inf", REJECTED),
    ("real", "1e-50", REJECTED),
    ("double precision", "1e309", REJECTED),
    ("double precision", "1e-400", REJECTED),
    ("double precision", "1.5", "1.5"),
    ("double precision", "abc", REJECTED),
    ("boolean", True, "true"),
    ("boolean", "false", "false"),
    ("boolean", "maybe", REJECTED),
    ("boolean", 2, REJECTED),
    ("text", "", ""),
    ("text", " ", " "),
    ("text", 12, "12"),
    ("text", {"b": [1]}, '{"b": [1]}'),
    ("text", "né\u2028\U0001f600'\"\\", "né\u2028\U0001f600'\"\\"),
    ("text", "x" * 5_000_000, "x" * 5_000_000),
    ("text", "{{ target }} {% raw %}", "{{ target }} {% raw %}"),
    ("varchar", "anything at all", "anything at all"),
    ("varchar(5)", "abcde", "abcde"),
    ("varchar(5)", "abcdef", REJECTED),
    ("varchar(5)", "abcde ", REJECTED),
    ("char(2)", "DE", "DE"),
    ("char(2)", "DEU", REJECTED),
    ("date", "2024-02-29", "2024-02-29"),
    ("date", "2024-02-30", REJECTED),
    ("date", "2023-02-29", REJECTED),
    ("date", "0000-01-01", REJECTED),
    ("date", "2024-1-1", REJECTED),
    ("date", "01/02/2024", REJECTED),
    ("date", "20240101", REJECTED),
    ("date", "2024-01-01T00:00:00Z", REJECTED),
    ("date", "0044-03-15 BC", REJECTED),
    *((kind, word, REJECTED) for kind in ("date", "timestamp", "timestamptz") for word in
      ("now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "NOW", " now", "allballs")),
    ("timestamptz", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00+00"),
    ("timestamptz", "2024-01-01 10:00:00.123456789Z", REJECTED),
    ("timestamptz", "2024-01-01 10:00:00.123456000Z", "2024-01-01 10:00:00.123456+00"),
    ("timestamptz", "2024-01-01 10:00 Europe/Berlin", REJECTED),
    ("timestamptz", "2024-01-01 10:00:00 CET", REJECTED),
    ("timestamptz", "2024-01-01T10:00:00+05:30", "2024-01-01 04:30:00+00"),
    ("timestamptz", "2024-01-01T10:00:00-0530", "2024-01-01 15:30:00+00"),
    ("timestamptz", "2024-01-01 10:00-05", "2024-01-01 15:00:00+00"),
    ("timestamptz", "2024-01-01T10:00:00+99:00", REJECTED),
    ("timestamptz", "2024-01-01T25:00:00Z", REJECTED),
    ("timestamptz", "2024-01-01T24:00:00Z", "2024-01-02 00:00:00+00"),
    ("timestamptz", "2024-01-01T10:60:00Z", REJECTED),
    ("timestamptz", "2024-01-01", "2024-01-01 00:00:00+00"),
    ("timestamptz", "2024-01-01T10:00:00", "2024-01-01 10:00:00+00"),
    ("timestamptz", 1704067200, REJECTED),
    ("timestamptz", "2024-01-01 10:00:00 BC", REJECTED),
    ("timestamptz", "99999-01-01T00:00:00Z", REJECTED),
    ("timestamptz", "9999-12-31T23:59:59-12:00", "10000-01-01 11:59:59+00"),
    ("timestamptz", "0001-01-01T00:00:00+14:00", "0001-12-31 10:00:00+00 BC"),
    # Zone of the column: Europe/Berlin.
    ("timestamp", "2024-07-01T10:00:00", "2024-07-01 10:00:00"),
    ("timestamp", "2024-07-01T10:00:00Z", "2024-07-01 12:00:00"),
    ("timestamp", "2024-01-01T10:00:00.1234567", REJECTED),
    ("timestamp", "2024-01-01T10:00:00+99", REJECTED),
    ("timestamptz(3)", "2024-01-01T10:00:00.123Z", "2024-01-01 10:00:00.123+00"),
    ("timestamptz(3)", "2024-01-01T10:00:00.1234Z", REJECTED),
    ("timestamp(0)", "2024-01-01T10:00:00", "2024-01-01 10:00:00"),
    ("timestamp(0)", "2024-01-01T10:00:00.5", REJECTED),
    ("time", "10:00:00.123456", "10:00:00.123456"),
    ("time", "10:00:00.1234567", REJECTED),
    ("time", "now", REJECTED),
    ("time", "10:00", "10:00:00"),
    ("time", "25:00", REJECTED),
    ("time(3)", "10:00:00.1234", REJECTED),
    ("timetz", "10:00:00+02", "10:00:00+02"),
    ("timetz", "10:00:00", REJECTED),
    ("timetz", "10:00:00 Europe/Berlin", REJECTED),
    ("timetz(0)", "10:00:00.5+00", REJECTED),
    ("interval", "P1DT2H", "1 day 02:00:00"),
    ("interval", "a while", REJECTED),
    ("interval", "1.1234567 seconds", REJECTED),
    ("interval", "999999999999 years", REJECTED),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", REJECTED),
    ("uuid", "", None),
    ("inet", "10.0.0.1/24", "10.0.0.1/24"),
    ("inet", "10.0.0.256", REJECTED),
    ("inet", "::1", "::1/128"),
    ("cidr", "10.0.0.1/24", REJECTED),
    ("macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
    ("macaddr", "08:00:2b:01:02", REJECTED),
    ("macaddr8", "zz", REJECTED),
    ("bit(3)", "101", "101"),
    ("bit(3)", "1011", REJECTED),
    ("bit(3)", "102", REJECTED),
    ("varbit(5)", "101010", REJECTED),
    ("money", "12.34", "$12.34"),
    ("money", "much", REJECTED),
    ("money", "12.345", REJECTED),
    ("money", "$1,234.50", "$1,234.50"),
    ("money", "1e400", REJECTED),
    ("bytea", "\\xdeadbeef", "\\xdeadbeef"),
    ("bytea", "\\xdeadbee", REJECTED),
    ("bytea", "deadbeef", REJECTED),
    ("tsvector", "a fat cat", "'a' 'cat' 'fat'"),
    ("tsvector", "'unclosed", REJECTED),
    ("tsvector", "x" * 5000, REJECTED),
    ("tsquery", "a & (b", REJECTED),
    ("tsquery", "!" * 100_000 + "a", REJECTED),
    ("tsquery", "(" * 30_000, REJECTED),
    ("tsquery", "a & b", "'a' & 'b'"),
    ("xml", "<a>", REJECTED),
    ("pg_lsn", "24/3F000140", "24/3F000140"),
    ("pg_lsn", "24", REJECTED),
    ("pg_lsn", "FFFFFFFF/FFFFFFFF", REJECTED),
    ("oid", "4294967295", "4294967295"),
    ("oid", "4294967296", REJECTED),
    ("oid", "-1", REJECTED),
    ("name", "n" * 63, "n" * 63),
    ("name", "n" * 64, REJECTED),
    ("point", "(1,2)", "(1,2)"),
    ("point", "(1e400,2)", REJECTED),
    ("line", "{0,0,1}", REJECTED),
    ("lseg", "[(0,0),(1,1)]", "[(0,0),(1,1)]"),
    ("box", "(1,1),(0,0)", "(1,1),(0,0)"),
    ("path", "[(0,0)", REJECTED),
    ("polygon", "((0,0),(1,1),(1,0))", "((0,0),(1,1),(1,0))"),
    ("circle", "<(0,0),-1>", REJECTED),
    ("int4range", "[1,5]", "[1,6)"),
    ("int4range", "[5,1]", REJECTED),
    ("int4range", "[1,2147483647]", REJECTED),
    ("numrange", "[1.5,NaN]", "[1.5,NaN]"),
    ("daterange", "[2024-01-01,today]", REJECTED),
    ("tstzrange", "[now,infinity]", REJECTED),
    ("tsrange", "[2024-01-01 00:00:00.1234567,2024-01-02)", REJECTED),
    ("tsrange", "[2024-01-01,2024-01-02)", '["2024-01-01 00:00:00","2024-01-02 00:00:00")'),
    ("int8multirange", "{[1,2],[5,6]}", "{[1,3),[5,7)}"),
    ("datemultirange", "{[2024-01-01,", REJECTED),
    ("jsonpath", "$.a[*] ? (@ > 1)", '$."a"[*]?(@ > 1)'),
    ("jsonpath", "$.a[", REJECTED),
    ("jsonpath", '$ ? (@ like_regex "(")', REJECTED),
    ("pg_snapshot", "10:20:15", "10:20:15"),
    ("pg_snapshot", "20:10:", REJECTED),
    ("xid8", "18446744073709551616", REJECTED),
    ("xid", "5", "5"),
    ("cid", "x", REJECTED),
    ("tid", "(0,1)", "(0,1)"),
    ("tid", "0,1", REJECTED),
    ("regclass", "pg_class", "pg_class"),
    ("regclass", "no_such_table", REJECTED),
    ("regclass", "a.b.c.d.e", REJECTED),
    ("regtype", "integer", "integer"),
    ("regtype", "integer(", REJECTED),
    ("regproc", "no_such_function", REJECTED),
    ("regrole", "nobody_of_that_name", REJECTED),
    ("regoperator", "+", REJECTED),
    ("aclitem", "nobody_of_that_name=r/postgres", REJECTED),
    ("pg_node_tree", "anything", REJECTED),
    ("jsonb", {"b": 1, "a": [None]}, '{"a": [null], "b": 1}'),
    ("jsonb", None, None),
    ("json", [1, "x"], '[1, "x"]'),
    ("integer[]", [1, None, 3], "{1,NULL,3}"),
    ("integer[]", [], "{}"),
    ("integer[]", [1, "x"], REJECTED),
    ("integer[]", ["1e3"], REJECTED),
    ("integer[]", ["12.0"], "{12}"),
    ("integer[]", "not a list", REJECTED),
    ("integer[]", "{1,2}", REJECTED),
    ("integer[]", {"a": 1}, REJECTED),
    ("integer[]", [[1, 2], [3, 4]], REJECTED),
    ("integer[]", None, None),
    ("text[]", ["a", 'b"c', "d,e", "NULL", "", None, "{}", "\\"], '{a,"b\\"c","d,e","NULL","",NULL,"{}","\\\\"}'),
    ("text[]", [["a"]], '{"[\\"a\\"]"}'),
    ("numeric(10,2)[]", ["1.005"], REJECTED),
    ("numeric(10,2)[]", [1.5, None], "{1.50,NULL}"),
    ("timestamptz[]", ["now"], REJECTED),
    ("timestamptz[]", ["2024-01-01T10:00:00+02:00"], '{"2024-01-01 08:00:00+00"}'),
    ("timestamptz[]", ["2024-01-01T10:00:00.1234567Z"], REJECTED),
    ("timestamp[]", ["2024-01-01T10:00:00Z"], '{"2024-01-01 11:00:00"}'),
    ("date[]", ["today"], REJECTED),
    ("date[]", ["2024-02-29"], "{2024-02-29}"),
    ("boolean[]", [True, False, None], "{t,f,NULL}"),
    ("jsonb[]", [{"a": 1}, None, [2], "x"], '{"{\\"a\\": 1}",NULL,[2],"\\"x\\""}'),
    ("json[]", [{"a": 1}, "x"], '{"{\\"a\\": 1}","\\"x\\""}'),
    ("uuid[]", ["nope"], REJECTED),
    ("varchar(3)[]", ["abcd"], REJECTED),
    ("double precision[]", [1.5, "x"], REJECTED),
]  # fmt: skip


def definition(types: list[str]) -> dict[str, Any]:
    columns = [{"name": "id", "type": "bigint", "primary_key": True}]
    for type_name in types:
        zone = {"time_zone": "Europe/Berlin"} if type_name in ("timestamp", "timestamp[]") else {}
        columns.append({"name": column_of(type_name), "type": type_name, **zone})
    table = {"table_name": "everything", "columns": columns}
    return {"code": "EVERYTHING", "name": "Everything", "module": "SHOP", "kind": "reference", "table_schema": table}


@pytest.fixture(scope="module")
def built(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """All cases landed and built in one batch."""
    folder = tmp_path_factory.mktemp("casts")
    project = Project.of(folder, [definition(TYPES)])
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        payloads = [{"id": n, column_of(type_name): value} for n, (type_name, value, _) in enumerate(CASES)]
        platform.land("everything", *payloads)
        ended = project.dbt("run", "--select", "+everything")
        assert ended.success, ended.failed
        yield platform


def shown(case: tuple[str, Any, Any]) -> str:
    return f"{case[0]}: {json.dumps(case[1])[:40]}"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[shown(case) for case in CASES])
def test_a_value_is_kept_or_the_record_rejected_never_changed(built: Platform, number: int) -> None:
    type_name, _, expected = CASES[number]
    name = column_of(type_name)

    outcome, reasons, value = built.rows(
        f"select raw.outcome, refused.reasons, kept.{name}::text from {SCHEMA}.source_everything raw"
        f" left join {SCHEMA}.rejected_everything refused on raw.raw_seq = refused._raw_seq"
        f" left join {SCHEMA}.everything kept on raw.raw_seq = kept._raw_seq where raw.raw_seq = %s",
        number + 1,
    )[0]

    if expected is REJECTED:
        assert (outcome, reasons) == ("rejected", [f"{name}: not {type_name}"])
    else:
        assert (outcome, value) == ("loaded", expected)
