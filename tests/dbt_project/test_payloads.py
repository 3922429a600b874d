"""Records that are odd as a whole, and expressions over odd values: none fails a batch, each has its outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project
from small_library import Definition

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

UNREADABLE, NO_OBJECT = ["payload: not readable as JSON"], ["payload: not a JSON object"]
THING: Definition = {
    "code": "THING",
    "name": "Thing",
    "module": "SHOP",
    "kind": "entity",
    "table_schema": {
        "table_name": "things",
        "columns": [
            {"name": "id", "type": "text", "primary_key": True},
            {"name": "a", "type": "integer"},
            {"name": "b", "type": "integer"},
            {"name": "x", "type": "double precision"},
            {"name": "tree", "type": "jsonb"},
            {"name": "inner", "type": "text", "source_path": "deep.down.here"},
            {"name": "odd_name", "type": "text", "source_name": 'it\'s "odd"\\{}'},
            {"name": "ratio", "type": "numeric(10,2)", "expression": "a / b"},
            {"name": "cube", "type": "integer", "expression": "a * a * a"},
            {"name": "rest", "type": "integer", "expression": "a % b"},
            {
                "name": "power",
                "type": "double precision",
                "expression": "x * x * x",
                "quality": [{"rule": "expression", "sql": "a / (b - 1) < 1000", "severity": "warning"}],
            },
        ],
    },
}
LAST: dict[str, Any] = {"id": "last", "a": 6, "b": 3}


def nested(depth: int) -> str:
    return '{"id": "deep", "tree": ' + "[" * depth + "]" * depth + "}"


# The record's own text, and why it is rejected (None: it is loaded).
RECORDS: dict[str, tuple[str, list[str] | None]] = {
    "a NUL character": (r'{"id": "n\u0000l"}', UNREADABLE),
    "a lone surrogate": (r'{"id": "\ud83e"}', UNREADABLE),
    "a NUL in a field nobody asked for": (r'{"id": "x", "other": "\u0000"}', UNREADABLE),
    "a number of a million digits": ('{"id": "big", "a": 1e1000000}', UNREADABLE),
    "a list": ("[1, 2]", NO_OBJECT),
    "a list of records": ('[{"id": "listed"}]', NO_OBJECT),
    "a number": ("17", NO_OBJECT),
    "a text": ('"id"', NO_OBJECT),
    "null": ("null", NO_OBJECT),
    "nothing in it": ("{}", ["id: missing"]),
    "a null key": ('{"id": null}', ["id: missing"]),
    "a key twice": ('{"id": "first", "id": "second"}', None),
    "nesting, 5,000 deep": (nested(5_000), None),
    "a surrogate pair": (r'{"id": "\ud83e\udd80"}', None),
    "an empty key": ('{"id": ""}', None),
    "a path through a text": ('{"id": "p1", "deep": "down"}', None),
    "a path through a list": ('{"id": "p2", "deep": [{"down": 1}]}', None),
    "a division by nought": ('{"id": "d0", "a": 1, "b": 0}', None),
    "a divisor of nought in a rule": ('{"id": "d1", "a": 1, "b": 1}', None),
    "a product too big for its column": ('{"id": "m", "a": 2147483647, "b": 1000}', ["cube: not integer"]),
    "a quotient of the smallest integer": (
        '{"id": "s", "a": -2147483648, "b": -1}',
        ["ratio: not numeric(10,2)", "cube: not integer"],
    ),
    "a product beyond all floats": ('{"id": "f", "x": 1e300}', ["power: not double precision"]),
    "not a number": ('{"id": "nan", "x": "NaN"}', None),
    "a key too long for an index": (
        json.dumps({"id": "".join(map(chr, range(0x4E00, 0x9FA5)))}),
        ["id: too long for an index"],
    ),
}


@pytest.fixture(scope="module")
def built(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """All records landed and built in one batch, on a server set to another time zone and date style."""
    folder = tmp_path_factory.mktemp("payloads")
    project = Project.of(folder, [THING])
    with fresh_database(server, folder) as name, psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        platform.land("things", *(text for text, _ in RECORDS.values()))
        for broken in (b"\xff\xfe", b'{"id": "cut', b""):
            platform.execute(f"insert into {SCHEMA}.source_things (raw_bytes) values (%s)", broken)
        platform.land("things", json.dumps(LAST))
        platform.execute(f"alter database {name} set timezone = 'America/New_York'")
        platform.execute(f"alter database {name} set datestyle = 'SQL, DMY'")
        ended = project.dbt("run", "--select", "+things")
        assert ended.success, ended.failed
        yield platform


@pytest.mark.parametrize("number", range(len(RECORDS)), ids=list(RECORDS))
def test_a_record_is_loaded_or_rejected_with_its_reason(built: Platform, number: int) -> None:
    _, expected = list(RECORDS.values())[number]

    outcome, _ = built.outcomes("things")[number + 1]

    assert (outcome, built.reasons("things").get(number + 1)) == ("rejected" if expected else "loaded", expected)


def test_bytes_that_are_no_json_are_rejected_as_unreadable(built: Platform) -> None:
    reasons = built.reasons("things")

    assert [reasons[len(RECORDS) + number] for number in (1, 2, 3)] == [UNREADABLE] * 3


def test_intact_records_among_them_are_loaded(built: Platform) -> None:
    found = built.rows(f"select ratio::text, cube, rest from {SCHEMA}.things where id = 'last'")

    assert found == [("2.00", 216, 0)]


def test_what_cannot_be_reckoned_is_null(built: Platform) -> None:
    found = built.rows(f"select ratio, rest, cube from {SCHEMA}.things where id = 'd0'")

    assert found == [(None, None, 1)]


def test_of_a_key_sent_twice_the_last_counts(built: Platform) -> None:
    assert built.value(f"select count(*) from {SCHEMA}.things where id = 'second'") == 1


def test_a_record_too_deep_for_jsonb_but_not_for_json_is_unreadable(platform: Platform) -> None:
    """Between the two depths lies a narrow band: PostgreSQL takes the record and cannot read it."""
    low, high = 5_000, 100_000
    while high - low > 1:
        middle = (low + high) // 2
        try:
            platform.execute("select %s::json", nested(middle))
            low = middle
        except psycopg.errors.StatementTooComplex:
            high = middle
    landed = [
        platform.land("countries", text)[0] for text in map(nested, range(low - 60, low, 3)) if fits(platform, text)
    ]

    ended = platform.project.dbt("run", "--select", "+countries")

    assert ended.success, ended.failed
    assert platform.counts("countries") == {"rejected": len(landed)} != {"rejected": 0}


def fits(platform: Platform, text: str) -> bool:
    try:
        platform.execute("create temporary table if not exists fitting (t json)")
        platform.execute("insert into fitting values (%s)", text)
        return True
    except psycopg.errors.StatementTooComplex:
        return False
