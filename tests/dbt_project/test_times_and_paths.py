"""Times that come as numbers, and values that stand deep in a payload. Each case is one record; all land in one batch."""

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

REJECTED = object()
EPOCHS = {
    "seconds": ("timestamptz", "epoch_seconds"),
    "millis": ("timestamptz", "epoch_milliseconds"),
    "micros": ("timestamptz", "epoch_microseconds"),
    "days": ("timestamptz", "epoch_days"),
    "coarse": ("timestamptz(3)", "epoch_microseconds"),
    "day": ("date", "epoch_days"),
    "day_of_millis": ("date", "epoch_milliseconds"),
    "local": ("timestamp", "epoch_seconds"),
    "clock": ("time", "epoch_microseconds"),
    "listed": ("timestamptz[]", "epoch_milliseconds"),
}
LAST_MICRO = 253402300799999999
# Column, value in the payload, the value expected as PostgreSQL's text (None: null).
TIMES: list[tuple[str, Any, Any]] = [
    ("seconds", 0, "1970-01-01 00:00:00+00"),
    ("seconds", -1, "1969-12-31 23:59:59+00"),
    ("seconds", -0.000001, "1969-12-31 23:59:59.999999+00"),
    ("seconds", 1704067200.123456, "2024-01-01 00:00:00.123456+00"),
    ("seconds", "1704067200", "2024-01-01 00:00:00+00"),
    ("seconds", "1704067200.1000000000", "2024-01-01 00:00:00.1+00"),
    ("seconds", "1.7040672e9", "2024-01-01 00:00:00+00"),
    ("seconds", "1704067200.1234567", REJECTED),
    ("seconds", 253402300799, "9999-12-31 23:59:59+00"),
    ("seconds", 253402300800, REJECTED),
    ("seconds", -62135596800, "0001-01-01 00:00:00+00"),
    ("seconds", -62135596801, REJECTED),
    ("seconds", "", None),
    ("seconds", None, None),
    *(("seconds", wrong, REJECTED) for wrong in
      (True, "now", "NaN", "Infinity", "2024-01-01T00:00:00Z", " 1", "0x1F", "1_000", [1], {"a": 1}, "1e131071",
       "9" * 5000, 1e300, "1e-99", "--1", "+")),
    ("millis", 1704067200123, "2024-01-01 00:00:00.123+00"),
    ("millis", 1704067200123.456, "2024-01-01 00:00:00.123456+00"),
    ("millis", -1, "1969-12-31 23:59:59.999+00"),
    ("millis", 9223372036825200000, REJECTED),  # what Debezium makes of infinity
    ("micros", LAST_MICRO, "9999-12-31 23:59:59.999999+00"),
    ("micros", LAST_MICRO + 1, REJECTED),
    ("micros", 0.5, REJECTED),
    ("days", 19723, "2024-01-01 00:00:00+00"),
    ("days", 0.5, "1970-01-01 12:00:00+00"),
    ("coarse", 1704067200123000, "2024-01-01 00:00:00.123+00"),
    ("coarse", 1704067200123456, REJECTED),
    ("day", 0, "1970-01-01"),
    ("day", -1, "1969-12-31"),
    ("day", 2932896, "9999-12-31"),
    ("day", 2932897, REJECTED),
    ("day", 0.5, REJECTED),
    ("day_of_millis", 1704067200000, "2024-01-01"),
    ("day_of_millis", 1704067200001, REJECTED),
    # Zone of the column: Europe/Berlin.
    ("local", 1720000000, "2024-07-03 11:46:40"),
    ("clock", 0, "00:00:00"),
    ("clock", 86399999999, "23:59:59.999999"),
    ("clock", 86400000000, REJECTED),
    ("clock", -1, REJECTED),
    ("listed", [0, "1000", None, ""], '{"1970-01-01 00:00:00+00","1970-01-01 00:00:01+00",NULL,NULL}'),
    ("listed", [0, True], REJECTED),
    ("listed", "", None),
    ("listed", 0, REJECTED),
]  # fmt: skip

PATHS = {
    "first_sku": ("text", "$.items[0].sku"),
    "second_count": ("integer", "items[1].count"),
    "skus": ("text[]", "$.items[*].sku"),
    "counts": ("integer[]", "$.items[*].count"),
    "deep_counts": ("integer[]", "$.boxes[*].items[*].count"),
    "items": ("jsonb", "$.items[*]"),
    "dotted": ("text", '$."a.b"."c d"'),
    "bracketed": ("text", "$['a.b'][\"it's odd\"]"),
    "plain": ("text", "c d.e"),
    "quote": ("text", '$."say \\"hi\\"\\\\"'),
    "of_null": ("text", "$.deep.null"),
    "corner": ("numeric(5,2)", "$.grid[1][0]"),
    "list_of_numbers": ("numeric(5,1)[]", "$.numbers"),
    "everything": ("jsonb", "$"),
    "told": ("jsonb", "$.told"),
}
# What the payload holds, column, the value expected as PostgreSQL's text.
PLACES: list[tuple[dict[str, Any], str, Any]] = [
    ({"items": [{"sku": "A"}]}, "first_sku", "A"),
    ({"items": []}, "first_sku", None),
    ({"grid": {"1": {"0": "2.50"}}}, "corner", None),
    ({"items": None}, "first_sku", None),
    ({"items": [{}, {"count": "7"}]}, "second_count", "7"),
    ({"items": [{}, {"count": "x"}]}, "second_count", REJECTED),
    ({"items": [{"sku": "A"}, {"sku": None}, {}, {"sku": "B"}]}, "skus", "{A,NULL,B}"),
    ({"items": []}, "skus", "{}"),
    ({"items": None}, "skus", None),
    ({}, "skus", None),
    ({"items": {"sku": "A"}}, "skus", REJECTED),
    ({"items": "A"}, "skus", REJECTED),
    ({"items": [{"count": "1"}, {"count": 2}, {"count": ""}]}, "counts", "{1,2,NULL}"),
    ({"items": [{"count": "1e400"}]}, "counts", REJECTED),
    ({"boxes": [{"items": [{"count": 1}, {"count": 2}]}, {}, {"items": [{"count": 3}]}]}, "deep_counts", "{1,2,3}"),
    ({"items": [1, "a", None]}, "items", '[1, "a", null]'),
    ({"a.b": {"c d": "v"}}, "dotted", "v"),
    ({"a": {"b": {"c d": "v"}}}, "dotted", None),
    ({"a.b": {"it's odd": "v"}}, "bracketed", "v"),
    ({"c d": {"e": "v"}}, "plain", "v"),
    ({'say "hi"\\': "v"}, "quote", "v"),
    ({"deep": {"null": "v"}}, "of_null", "v"),
    ({"grid": [[1], ["2.50"]]}, "corner", "2.50"),
    ({"grid": 5}, "corner", None),
    ({"numbers": ["1.5", 2, ""]}, "list_of_numbers", "{1.5,2.0,NULL}"),
    ({"numbers": ["1.55"]}, "list_of_numbers", REJECTED),
    ({"numbers": ""}, "list_of_numbers", None),
    ({"x": [1]}, "everything", '{"x": [1], "id": 127}'),
    ({"told": "-"}, "told", None),
    ({"told": ""}, "told", '""'),
]  # fmt: skip


def table(name: str, columns: list[dict[str, Any]]) -> Definition:
    key = {"name": "id", "type": "bigint", "primary_key": True}
    schema = {"table_name": name, "columns": [key, *columns]}
    return {"code": name.upper(), "name": name, "module": "SHOP", "kind": "reference", "table_schema": schema}


OBJECTS = (
    table(
        "moments",
        [
            {"name": name, "type": written, "time_format": time_format, "time_zone": "Europe/Berlin"}
            if written == "timestamp"
            else {"name": name, "type": written, "time_format": time_format}
            for name, (written, time_format) in EPOCHS.items()
        ],
    ),
    table(
        "parcels",
        [
            {"name": name, "type": written, "source_path": path, "null_values": ["-"] if name == "told" else []}
            for name, (written, path) in PATHS.items()
        ],
    ),
)


@pytest.fixture(scope="module")
def built(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """All cases landed and built in one batch for each table."""
    folder = tmp_path_factory.mktemp("paths")
    project = Project.of(folder, OBJECTS)
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        platform.land("moments", *({"id": number, name: value} for number, (name, value, _) in enumerate(TIMES)))
        platform.land("parcels", *({**payload, "id": 100 + number} for number, (payload, _, _) in enumerate(PLACES)))
        ended = project.dbt("run", "--select", "+moments", "+parcels")
        assert ended.success, ended.failed
        yield platform


def look(platform: Platform, of_table: str, raw_seq: int, name: str) -> tuple[str, list[str] | None, str | None]:
    """Outcome, reasons and value of one record."""
    found = platform.rows(
        f"select raw.outcome, refused.reasons, kept.{name}::text from {SCHEMA}.source_{of_table} raw"
        f" left join {SCHEMA}.rejected_{of_table} refused on raw.raw_seq = refused._raw_seq"
        f" left join {SCHEMA}.{of_table} kept on raw.raw_seq = kept._raw_seq where raw.raw_seq = %s",
        raw_seq,
    )
    return found[0]


@pytest.mark.parametrize("number", range(len(TIMES)), ids=[f"{n}: {json.dumps(v)[:40]}" for n, v, _ in TIMES])
def test_a_number_becomes_the_time_it_says_or_the_record_is_rejected(built: Platform, number: int) -> None:
    name, _, expected = TIMES[number]
    type_name, time_format = EPOCHS[name]

    outcome, reasons, value = look(built, "moments", number + 1, name)

    if expected is REJECTED:
        assert (outcome, reasons) == ("rejected", [f"{name}: not {type_name} as {time_format}"])
    else:
        assert (outcome, value) == ("loaded", expected)


@pytest.mark.parametrize("number", range(len(PLACES)), ids=[f"{n}: {json.dumps(p)[:40]}" for p, n, _ in PLACES])
def test_a_path_leads_to_its_value_or_to_nothing(built: Platform, number: int) -> None:
    _, name, expected = PLACES[number]

    outcome, reasons, value = look(built, "parcels", number + 1, name)

    if expected is REJECTED:
        assert outcome == "rejected" and f"{name}: not {PATHS[name][0]}" in (reasons or [])
    else:
        assert (outcome, value) == ("loaded", expected)
