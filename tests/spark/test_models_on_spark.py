"""archive_ and history_ models built by dbt on PySpark and on Sail answer as DuckDB does, or raise; never short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyarrow.parquet as pq
import pytest
from running import Project
from small_shop import SCHEMA, Shop, write_definitions
from spark_servers import side_on
from spark_side import RefusedError, SparkSide

COLUMNS: dict[str, tuple[str, str]] = {
    "device": ("uuid", "md5(n::text)::uuid"),
    "at_time": ("timestamptz", "timestamptz '2024-01-01 00:00Z' + n * interval '3.000001 hours'"),
    "is_open": ("boolean", "n % 2 = 0"),
    "tiny": ("smallint", "n - 150"),
    "small": ("integer", "n * 900000 - 1000000000"),
    "big": ("bigint", "n * 3000000000000000 - 4000000000000000000"),
    "amount": ("numeric(18,6)", "n * 1.000001 - 77"),
    "share": ("numeric(38,38)", "n * 1e-38"),
    "reading": ("double precision", "n * 0.5"),
    "weight": ("real", "n * 0.25"),
    "note": ("text", "'Größe \\ ''n'' ' || n"),
    "born": ("date", "date '0001-01-01' + n * 1000"),
    "wall": ("timestamp", "timestamp '1900-01-01' + n * interval '1 year 1.5 s'"),
    "clock": ("time", "time '00:00' + n * interval '4 min 0.000001 s'"),
    "mark": ("bytea", "decode(md5(n::text), 'hex')"),
    "document": ("jsonb", "jsonb_build_object('n', n)"),
    "timestamp": ("text", "'a reserved word ' || n"),
}
NULLABLE = ("note", "document", "mark", "born", "clock", "amount")


def definition(*more: dict[str, Any]) -> dict[str, Any]:
    columns = [{"name": name, "type": written} for name, (written, _) in COLUMNS.items()]
    columns[0]["primary_key"] = True  # type: ignore[assignment]
    return {
        "code": "READING", "name": "Reading", "module": "SHOP", "description": "A reading.", "kind": "event",
        "time_column": "at_time", "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": "readings", "columns": [*columns, *more]},
    }  # fmt: skip


def add(shop: Shop, first: int, last: int, order: int = 1, **instead: str) -> None:
    """Rows of these numbers; the higher the order, the newer."""
    values = {name: f"case when n % 10 > 0 then {v} end" if name in NULLABLE else v for name, (_, v) in COLUMNS.items()}
    values |= instead
    names = ", ".join(f'"{name}"' for name in values)
    shop.execute(
        f"insert into {SCHEMA}.readings ({names}, _raw_seq, _source_order)"
        f" select {', '.join(values.values())}, n + {order} * 100000, {order} from generate_series({first}, {last}) n"
    )


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """Forty archived days, some in another shape; newer rows and a mark of deletion of archived keys; hot rows."""
    made = Shop(connection, write_definitions(tmp_path / "definitions", definition()), tmp_path / "lake")
    made.make_tables()
    add(made, 1, 300)
    assert made.run("analytics").tables[0].kept_hot == []
    # A file that holds a column as text, as its type could not hold the value; and one with a column of today.
    add(made, 301, 308, amount="'NaN'")
    made.run("analytics")
    (made.definitions / "object_models" / "READING.json").write_text(
        json.dumps(definition({"name": "remark", "type": "text"}))
    )
    made.execute(f"alter table {SCHEMA}.readings add column remark text")
    made.make_tables()
    add(made, 309, 330, remark="'new ' || n")
    assert made.run("analytics").tables[0].kept_hot == []
    add(made, 10, 14, order=2, at_time="now()", remark="'corrected'")
    add(made, 1000, 1040, at_time="now() - interval '1 day'", remark="'hot'")
    made.execute(
        f"insert into {SCHEMA}.readings (device, at_time, _raw_seq, _source_order, _deleted)"
        " values (md5('20')::uuid, now(), 9000001, 3, true)"
    )
    return made


@pytest.fixture(params=["sail", "pyspark"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SparkSide]:
    """One of the engines, with a session of its own."""
    with side_on(request.param, tmp_path / "side") as side:
        yield side


def handed_over(shop: Shop) -> str:
    status, said, why = shop.invoke("handover", "--definitions", str(shop.definitions))
    assert status == 0, why
    return said.strip()


def values(file: Path) -> dict[str, list[Any]]:
    """Columns as plain values; a UUID as its text, an instant in UTC."""
    table = pq.read_table(file)
    return {name: [_plain(value) for value in table[name].to_pylist()] for name in table.column_names}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.timestamp()
    return value


def test_models_answer_as_duckdb_does_and_raise_once_the_archive_has_moved_on(
    engine: SparkSide, shop: Shop, tmp_path: Path
) -> None:
    project = Project(tmp_path / "dbt_project", tmp_path / "target", shop.definitions)
    project.generate()
    moment = handed_over(shop)

    built = engine.dbt(project.folder, project.target_path, "build", ARCHIVE_HANDOVER=moment)
    assert built["success"] and not built["said"], built["said"]
    # A numeric NaN is no decimal: whoever reads that column of that file is told, and others are not kept.
    with pytest.raises(RefusedError, match="an archived value cannot be read as decimal"):
        engine.sql(f"select sum(amount) from {SCHEMA}.history_readings")
    names = [name for name in (*COLUMNS, "remark", "_raw_seq", "_source_order", "_deleted") if name != "amount"]
    listed = ", ".join(f"`{name}`" for name in names)
    for view in ("archive_readings", "history_readings"):
        query = f"select {listed} from {SCHEMA}.{view} order by _raw_seq, _deleted"
        found = values(engine.parquet(query, tmp_path / f"{view}.spark.parquet"))
        expected = _by_duckdb(shop, view, names, tmp_path / f"{view}.parquet")
        assert {name for name in names if found[name] != expected[name]} == set(), view
        assert len(found["_raw_seq"]) == {"archive_readings": 330, "history_readings": 370}[view]
        kinds = {type(v) for name in names for v in found[name] if v is not None}
        assert {date, datetime, time, Decimal, bytes} <= kinds

    # What is hot and new is not seen before it is handed over, and nothing is missed: the answer is of one moment.
    count = f"select count(*) from {SCHEMA}.history_readings"
    add(shop, 2000, 2009, at_time="now()")
    assert engine.sql(count) == [[370]]

    # The archive moves on: the views are behind, and say so.
    add(shop, 331, 340)
    shop.run("analytics")
    for view in ("archive_readings", "history_readings"):
        with pytest.raises(RefusedError, match=r"_readings is behind the archive.*run: archive-jobs handover"):
            engine.sql(f"select count(*) from {SCHEMA}.{view}")
        with pytest.raises(RefusedError, match="is behind the archive"):
            engine.sql(f"select max(note) from {SCHEMA}.{view} where device = 'nobody'")

    again = engine.dbt(project.folder, project.target_path, "build", ARCHIVE_HANDOVER=handed_over(shop))
    assert again["success"], again["said"]
    assert engine.sql(count) == [[370 + 10 + 10]]

    # A file that is gone: Spark would count without it.
    gone = sorted(shop.lake.rglob("part_day=05/*.parquet"))[0]
    gone.rename(gone.with_suffix(".elsewhere"))
    with pytest.raises(RefusedError, match=r"files that were handed over for .*_readings are gone"):
        engine.sql(count)
    gone.with_suffix(".elsewhere").rename(gone)
    assert engine.sql(count) == [[390]]
    assert sum(1 for _ in shop.lake.rglob("analytics/**/*.parquet")) == shop.value(
        "select count(*) from archive_catalog.readable_files"
    )


def _by_duckdb(shop: Shop, view: str, names: list[str], file: Path) -> dict[str, list[Any]]:
    listed = ", ".join(f'"{name}"' for name in names)
    words = ("sql", f"select {listed} from {view} order by _raw_seq, _deleted", "--format", "parquet", "-o", str(file))
    status, _, why = shop.invoke(*words, "--definitions", str(shop.definitions))
    assert status == 0, why
    return values(file)
