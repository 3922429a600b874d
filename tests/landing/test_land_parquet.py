"""Parquet: each value becomes JSON from which PostgreSQL gets the same value back."""

from __future__ import annotations

import decimal
import math
import uuid
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from definitions_to_dbt.errors import ProblemError
from landing import load_file

CASES = {
    "int64": (pa.array([2**63 - 1]), "9223372036854775807"),
    "uint64": (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
    "bool": (pa.array([True]), "true"),
    "double": (pa.array([0.1 + 0.2]), "0.30000000000000004"),
    "nan": (pa.array([math.nan]), '"NaN"'),
    "infinity": (pa.array([-math.inf]), '"-Infinity"'),
    "decimal": (
        pa.array([decimal.Decimal("1234567890123456789012345678.1000")]),
        "1234567890123456789012345678.1000",
    ),
    "text": (pa.array(['é"\n\0']), '"é\\"\\n\\u0000"'),
    "zoned": (
        pa.array([datetime(2024, 7, 1, 12, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin")),
        '"2024-07-01T12:00:00.000000Z"',
    ),
    "nanoseconds": (pa.array([1], pa.timestamp("ns")), '"1970-01-01T00:00:00.000000001"'),
    "date": (pa.array([date(2024, 2, 29)]), '"2024-02-29"'),
    "time": (pa.array([time(1, 2, 3, 4)]), '"01:02:03.000004"'),
    "binary": (pa.array([b"\x00\xffA"]), '"\\\\x00ff41"'),
    "list": (pa.array([[1, None, 2]]), "[1,null,2]"),
    "struct": (pa.array([{"a": decimal.Decimal("1.0"), "b": [b"x"]}]), '{"a":1.0,"b":["\\\\x78"]}'),
    "map": (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())), '{"k":1}'),
    "map by number": (pa.array([[(7, "v")]], pa.map_(pa.int32(), pa.string())), '[[7,"v"]]'),
    "dictionary": (pa.array(["x"]).dictionary_encode(), '"x"'),
    "uuid": (
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(int=1).bytes], pa.binary(16))),
        '"00000000-0000-0000-0000-000000000001"',
    ),
}


def write(file: Path, columns: dict[str, pa.Array]) -> Path:
    pq.write_table(pa.table(columns), file)
    return file


def test_every_type_is_rendered_without_loss(connection, note, raw_rows, tmp_path):
    columns = {"id": pa.array(["1"])} | {name: values for name, (values, _) in CASES.items()}
    file = write(tmp_path / "notes.parquet", columns)

    load_file(connection, note, file)

    expected = ",".join(f'"{name}":{text}' for name, (_, text) in CASES.items())
    assert raw_rows("source_notes")[0].text == '{"id":"1",' + expected + "}"


def test_nulls_stay_nulls_at_every_level(connection, note, raw_rows, tmp_path):
    columns = {
        "id": pa.array(["1", "2", None]),
        "struct": pa.array([None, {"a": None}, {"a": 1.5}]),
        "list": pa.array([None, [], [[None], None, [1]]], pa.list_(pa.list_(pa.int8()))),
        "map": pa.array([None, [], [("k", None)]], pa.map_(pa.string(), pa.int32())),
        "when": pa.array([None, None, 0], pa.timestamp("ms", "UTC")),
    }
    file = write(tmp_path / "notes.parquet", columns)

    load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [row.raw_data["struct"] for row in rows] == [None, {"a": None}, {"a": 1.5}]
    assert [row.raw_data["list"] for row in rows] == [None, [], [[None], None, [1]]]
    assert [row.raw_data["map"] for row in rows] == [None, {}, {"k": None}]
    assert [row.raw_data["when"] for row in rows] == [None, None, "1970-01-01T00:00:00.000Z"]
    assert [row.raw_id for row in rows] == ["1", "2", None]


def test_an_id_that_is_a_decimal_keeps_its_digits(connection, reading, raw_rows, tmp_path):
    at = pa.array([{"number": decimal.Decimal("7.10")}])
    file = write(tmp_path / "readings.pq", {"meter": pa.array(["m"]), "at": at})

    load_file(connection, reading, file)

    assert raw_rows("source_readings")[0].raw_id == "m:7.10"


def test_rows_stay_whole_and_in_order_over_many_batches(connection, note, raw_rows, tmp_path):
    lists = [None if n % 7 == 0 else list(range(n % 5)) for n in range(5000)]
    pairs = [None if n % 11 == 0 else [n, None] for n in range(5000)]
    columns = {
        "id": pa.array([str(n) for n in range(5000)]),
        "list": pa.array(lists),
        "pair": pa.array(pairs, pa.list_(pa.int32(), 2)),
    }
    file = write(tmp_path / "notes.parquet", columns)

    load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [row.raw_id for row in rows] == [str(n) for n in range(5000)]
    assert [row.raw_data["list"] for row in rows] == lists
    assert [row.raw_data["pair"] for row in rows] == pairs


def test_a_file_without_rows_lands_no_records(connection, note, tmp_path):
    file = write(tmp_path / "notes.parquet", {"id": pa.array([], pa.string())})

    result = load_file(connection, note, file)

    assert (result.is_new, result.records) == (True, 0)


def test_a_type_without_json_is_refused_by_name(connection, note, tmp_path):
    file = write(tmp_path / "notes.parquet", {"id": pa.array(["1"]), "gap": pa.array([1], pa.duration("s"))})

    with pytest.raises(ProblemError, match="column 'gap': there is no JSON for the type duration"):
        load_file(connection, note, file)


def test_a_damaged_file_lands_nothing(connection, note, raw_rows, tmp_path):
    file = write(tmp_path / "notes.parquet", {"id": pa.array([str(n) for n in range(50_000)])})
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    file.write_bytes(content)

    with pytest.raises(ProblemError, match="expected a readable Parquet file"):
        load_file(connection, note, file)

    assert raw_rows("source_notes") == []
