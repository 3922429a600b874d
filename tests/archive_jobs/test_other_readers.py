# ruff: noqa: E501 (a table of values is read by its columns)
"""pandas, Polars, pyarrow and DuckDB open the very files, with no help, and see the types and sums that PostgreSQL has."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pandas as pd  # type: ignore[import-untyped]  # it has no types
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.copying.content import read_content

SCRIPT = Path(__file__).parents[2] / "docs" / "content_digest.py"

# Column -> type, value of row n, and what each reader calls the type.
COLUMNS: dict[str, tuple[str, str, tuple[str, str, str, str]]] = {
    "at_time": ("timestamptz", "timestamptz '2024-01-01 00:00Z' + n * interval '1.000001 s'", ("datetime64[us, UTC]", "Datetime(time_unit='us', time_zone='UTC')", "timestamp[us, tz=UTC]", "TIMESTAMP WITH TIME ZONE")),
    "is_open": ("boolean", "n % 2 = 0", ("bool", "Boolean", "bool", "BOOLEAN")),
    "tiny": ("smallint", "n - 150", ("int16", "Int16", "int16", "SMALLINT")),
    "small": ("integer", "n * 7000000 - 1000000000", ("int32", "Int32", "int32", "INTEGER")),
    "big": ("bigint", "n * 30000000000000000 - 4000000000000000000", ("int64", "Int64", "int64", "BIGINT")),
    "amount": ("numeric(18,6)", "n * 1.000001 - 77", ("object", "Decimal(precision=18, scale=6)", "decimal128(18, 6)", "DECIMAL(18,6)")),
    "share": ("numeric(38,38)", "n * 1e-38", ("object", "Decimal(precision=38, scale=38)", "decimal128(38, 38)", "DECIMAL(38,38)")),
    "reading": ("double precision", "n * 0.5", ("float64", "Float64", "double", "DOUBLE")),
    "weight": ("real", "n * 0.25", ("float32", "Float32", "float", "FLOAT")),
    "note": ("text", "'Größe ' || n", ("str", "String", "string", "VARCHAR")),
    "born": ("date", "date '0001-01-01' + n * 12000", ("object", "Date", "date32[day]", "DATE")),
    "wall": ("timestamp", "timestamp '1900-01-01' + n * interval '1 year 1.5 s'", ("datetime64[us]", "Datetime(time_unit='us', time_zone=None)", "timestamp[us]", "TIMESTAMP")),
    "clock": ("time", "time '00:00' + n * interval '4 min 0.000001 s'", ("object", "Time", "time64[us]", "TIME")),
    "mark": ("bytea", "decode(md5(n::text), 'hex')", ("object", "Binary", "binary", "BLOB")),
    # Polars has no such type and shows the bytes.
    "device": ("uuid", "md5(n::text)::uuid", ("object", "Binary", "extension<arrow.uuid>", "UUID")),
    "document": ("jsonb", "jsonb_build_object('n', n)", ("str", "String", "string", "VARCHAR")),
    "tags": ("text[]", "array['a', n::text]", ("str", "String", "string", "VARCHAR")),
    "took": ("interval", "n * interval '-1 s'", ("str", "String", "string", "VARCHAR")),
}  # fmt: skip
ROWS = 300
NULLABLE = ("note", "document", "tags", "took", "mark", "born", "clock", "amount")


@pytest.fixture
def file(connection: psycopg.Connection[Any], tmp_path: Path) -> Path:
    """One archived day of rows with every native type; every tenth value of some columns is null."""
    model = {
        "code": "READING", "name": "Reading", "module": "SHOP", "description": "A reading.", "kind": "event",
        "time_column": "at_time", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {
            "table_name": "readings",
            "columns": [{"name": name, "type": written} for name, (written, _, _) in COLUMNS.items()],
        },
    }  # fmt: skip
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    values = ", ".join(
        f"case when n % 10 > 0 then {value} end" if name in NULLABLE else value
        for name, (_, value, _) in COLUMNS.items()
    )
    shop.execute(
        f"insert into {SCHEMA}.readings ({', '.join(COLUMNS)}, _raw_seq, _source_order)"
        f" select {values}, n, n from generate_series(1, {ROWS}) n"
    )
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.readings")
    assert shop.run("analytics").tables[0].kept_hot == []
    return shop.lake / str(shop.value("select path from archive_catalog.readable_files"))


def pandas_values(file: Path) -> dict[str, list[Any]]:
    frame = pd.read_parquet(file)
    assert {name: str(frame[name].dtype) for name in COLUMNS} == called(0)
    return {name: [None if pd.isna(value) else value for value in frame[name]] for name in COLUMNS}


def polars_values(file: Path) -> dict[str, list[Any]]:
    frame = pl.read_parquet(file)
    assert {name: str(frame[name].dtype) for name in COLUMNS} == called(1)
    return {name: frame[name].to_list() for name in COLUMNS}


def pyarrow_values(file: Path) -> dict[str, list[Any]]:
    table = pq.read_table(file)
    assert {name: str(table.schema.field(name).type) for name in COLUMNS} == called(2)
    return {name: table[name].to_pylist() for name in COLUMNS}


def duckdb_values(file: Path) -> dict[str, list[Any]]:
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        relation = engine.sql(f"from read_parquet('{file}')")
        assert {name: str(relation.select(f'"{name}"').types[0]) for name in COLUMNS} == called(3)
        return {name: [row[0] for row in relation.select(f'"{name}"').fetchall()] for name in COLUMNS}


def called(place: int) -> dict[str, str]:
    return {name: types[place] for name, (_, _, types) in COLUMNS.items()}


def plain(value: Any) -> Any:
    """A value as PostgreSQL's driver gives it, a UUID as its bytes."""
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, UUID):
        return value.bytes
    return value.item() if hasattr(value, "item") else value


def test_each_reader_sees_natural_types_and_the_very_values(connection: psycopg.Connection[Any], file: Path) -> None:
    listed = ", ".join(f"{name}::text" if types[3] == "VARCHAR" else name for name, (_, _, types) in COLUMNS.items())
    connection.execute("set TimeZone = 'UTC'")
    rows = connection.execute(f"select {listed} from {SCHEMA}.before order by _raw_seq".encode()).fetchall()
    expected = dict(zip(COLUMNS, ([plain(v) for v in values] for values in zip(*rows, strict=True)), strict=True))

    for reader in (pandas_values, polars_values, pyarrow_values, duckdb_values):
        found = {name: [plain(value) for value in values] for name, values in reader(file).items()}

        assert {name for name in COLUMNS if found[name] != expected[name]} == set(), reader
        for name in ("tiny", "small", "big", "amount", "share", "reading", "weight"):
            assert total(found[name]) == total(expected[name]), reader
        named = (value for name in ("amount", "born", "wall", "clock") for value in found[name] if value is not None)
        assert {type(value) for value in named} == {Decimal, date, datetime, time}, reader


def total(values: list[Any]) -> Any:
    return sum(value for value in values if value is not None)


def test_the_content_digest_is_taken_again_from_a_file_of_another_layout_and_by_the_published_script(
    connection: psycopg.Connection[Any], file: Path, tmp_path: Path
) -> None:
    noted = connection.execute("select content_sha256 from archive_catalog.readable_files natural join"
                               " archive_catalog.files").fetchone()  # fmt: skip
    assert noted is not None
    plain_file = f"read_parquet('{file}', hive_partitioning = false)"
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        engine.execute(
            f"copy (from {plain_file}) to '{tmp_path}/other.parquet' (compression snappy, row_group_size 2048)"
        )
        engine.execute(f"copy (from {plain_file} limit {ROWS - 1}) to '{tmp_path}/less.parquet'")

    for one in (file, tmp_path / "other.parquet"):
        assert (read_content(one).sha256, published_digest(one)) == (noted[0], noted[0]), one
    assert published_digest(tmp_path / "less.parquet") == read_content(tmp_path / "less.parquet").sha256 != noted[0]


@pytest.mark.parametrize(
    "other",
    [
        {"a": [1, 2, None, 4], "t": ["xy", "z", None, ""]}, {"a": [1, 2, 0, 3], "t": ["xy", "z", None, ""]},
        {"a": [1, None, 2, 3], "t": ["xy", "z", None, ""]}, {"b": [1, 2, None, 3], "t": ["xy", "z", None, ""]},
        {"a": [1, 2, None, 3], "t": ["x", "yz", None, ""]}, {"a": [1, 2, None, 3], "t": ["xy", "z", "", None]},
        {"a": [1, 2, None, 3], "t": [b"xy", b"z", None, b""]}, {"t": ["xy", "z", None, ""], "a": [1, 2, None, 3]},
    ],
)  # fmt: skip
def test_a_value_that_changes_its_row_column_type_or_ends_changes_the_content_digest(
    tmp_path: Path, other: dict[str, list[Any]]
) -> None:
    pq.write_table(pa.table({"a": [1, 2, None, 3], "t": ["xy", "z", None, ""]}), tmp_path / "one")
    pq.write_table(pa.table(other), tmp_path / "other")

    assert read_content(tmp_path / "one").sha256 != read_content(tmp_path / "other").sha256


def published_digest(file: Path) -> str:
    done = subprocess.run([sys.executable, str(SCRIPT), str(file)], capture_output=True, text=True, check=True)
    return done.stdout.strip()
