"""One tool's copy of a table to Parquet, and its own reading of what it wrote. Imports nothing of this project.

    python peer_tools.py copy TOOL SCHEMA TABLE FOLDER     seconds, peak memory and bytes, as JSON
    python peer_tools.py cells TOOL SCHEMA FOLDER < tables what became of each cell, a line of JSON for each table

archive_peers starts it in an environment that holds the tools; libpq's variables name the server. Each tool is used as
its first page says, with its defaults: nothing is cast in PostgreSQL, and the clock starts after the imports.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

Copy = Callable[[str, str, Path, int | None], None]
CHUNK = 100_000
ZSTD = {"compression": "zstd"}


def url(scheme: str = "postgresql") -> str:
    """Where libpq's variables point, as a URL."""
    host, port, user = (os.environ[name] for name in ("PGHOST", "PGPORT", "PGUSER"))
    return f"{scheme}://{user}:{quote(os.environ['PGPASSWORD'])}@{host}:{port}/{os.environ['PGDATABASE']}"


def query(schema: str, table: str, only: int | None) -> str:
    """All rows, or the one with this number."""
    return f"select * from {schema}.{table}" + (f" where id = {only}" if only is not None else "")


@cache
def _duckdb() -> Any:
    import duckdb

    engine = duckdb.connect(config={"threads": 2, "memory_limit": "512MB"})
    engine.execute(f"load '{os.environ['PEER_DUCKDB_EXTENSION']}'; attach '' as pg (type postgres, read_only)")
    engine.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    return engine


def copy_with_duckdb(schema: str, table: str, folder: Path, only: int | None) -> None:
    """DuckDB attaches the database and copies its scan of the table; both count."""
    rows = query(f"pg.{schema}", table, only)
    _duckdb().execute(f"copy ({rows}) to '{folder}/rows.parquet' (format parquet, compression zstd)")


def copy_with_connectorx(schema: str, table: str, folder: Path, only: int | None) -> None:
    """ConnectorX loads the table into Arrow, pyarrow writes it."""
    import connectorx
    import pyarrow.parquet as pq

    found = connectorx.read_sql(url(), query(schema, table, only), return_type="arrow")
    pq.write_table(found, folder / "rows.parquet", **ZSTD)


@cache
def _adbc() -> Any:
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(url(), autocommit=True)


def copy_with_adbc(schema: str, table: str, folder: Path, only: int | None) -> None:
    """ADBC streams Arrow batches, pyarrow writes them."""
    import pyarrow.parquet as pq

    with _adbc().cursor() as cursor:
        cursor.execute(query(schema, table, only))
        batches = cursor.fetch_record_batch()
        with pq.ParquetWriter(folder / "rows.parquet", batches.schema, **ZSTD) as writer:
            for batch in batches:
                writer.write_batch(batch)


@cache
def _sqlalchemy() -> Any:
    import sqlalchemy

    return sqlalchemy.create_engine(url("postgresql+psycopg"))


def copy_with_pandas(schema: str, table: str, folder: Path, only: int | None) -> None:
    """pandas reads chunks from a server-side cursor, pyarrow writes them as `to_parquet` would."""
    import pandas
    import pyarrow as pa
    import pyarrow.parquet as pq
    import sqlalchemy

    engine = _sqlalchemy()
    writer = None
    with engine.connect().execution_options(stream_results=True) as connection:
        for chunk in pandas.read_sql(sqlalchemy.text(query(schema, table, only)), connection, chunksize=CHUNK):
            found = pa.Table.from_pandas(chunk, writer.schema if writer else None, preserve_index=False)
            writer = writer or pq.ParquetWriter(folder / "rows.parquet", found.schema, **ZSTD)
            writer.write_table(found)
    if writer is not None:
        writer.close()


def _dlt_table(schema: str, table: str, only: int | None) -> Any:
    from dlt.sources.sql_database import sql_table

    def one(select: Any, columns: Any) -> Any:
        return select.where(columns.c.id == only)

    return sql_table(
        credentials=_sqlalchemy(), schema=schema, table=table, backend="pyarrow", chunk_size=CHUNK,
        **({} if only is None else {"query_adapter_callback": one}),
    )  # fmt: skip


def copy_with_dlt(schema: str, table: str, folder: Path, only: int | None) -> None:
    """A dlt pipeline from `sql_table` to Parquet files in a folder."""
    import dlt

    pipeline = dlt.pipeline(
        "peer", destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/lake"), dataset_name="peer",
        pipelines_dir=str(folder / "working"), progress=None,
    )  # fmt: skip
    pipeline.run(_dlt_table(schema, table, only), loader_file_format="parquet").raise_on_failed_jobs()


def copy_cells_with_dlt(schema: str, table: str, folder: Path, only: int | None) -> None:
    """What dlt's source yields, without its loader: a pipeline takes seconds for each table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.concat_tables(list(_dlt_table(schema, table, only))), folder / "rows.parquet", **ZSTD)


TOOLS: dict[str, tuple[Copy, Copy, tuple[str, ...]]] = {
    "duckdb": (copy_with_duckdb, copy_with_duckdb, ("duckdb",)),
    "connectorx": (copy_with_connectorx, copy_with_connectorx, ("connectorx", "pyarrow.parquet")),
    "adbc": (copy_with_adbc, copy_with_adbc, ("adbc_driver_postgresql.dbapi", "pyarrow.parquet")),
    "pandas": (copy_with_pandas, copy_with_pandas, ("pandas", "pyarrow.parquet", "sqlalchemy")),
    "dlt": (copy_with_dlt, copy_cells_with_dlt, ("dlt.sources.sql_database", "pyarrow.parquet")),
}


def texts_by_duckdb(path: Path) -> dict[int, str | None]:
    """DuckDB's own text of each value, written as PostgreSQL writes it where only the writing differs."""
    import duckdb

    engine = duckdb.connect()
    engine.execute("set TimeZone = 'UTC'")
    kind = str(engine.sql(f"select v from '{path}'").types[0])
    return dict(engine.execute(f"select id, {_duckdb_text('v', kind)} from '{path}'").fetchall())


def _duckdb_text(value: str, kind: str) -> str:
    if kind.endswith("[]"):
        element = _duckdb_text("x", kind[:-2])
        quoted = f"""'"' || replace(replace({element}, '\\', '\\\\'), '"', '\\"') || '"'"""
        items = f"list_transform({value}, x -> case when x is null then 'NULL' else {quoted} end)"
        return f"'{{' || array_to_string({items}, ',') || '}}'"
    if kind == "BLOB":
        return f"'\\x' || hex({value})"
    if kind.startswith("STRUCT(x"):
        return f"'(' || {value}.x || ',' || {value}.y || ')'"
    text = f"{value}::varchar"
    before_christ = f"case when {text} like '%(BC)%' then replace({text}, ' (BC)', '') || ' BC' else {text} end"
    return before_christ if kind.startswith(("DATE", "TIMESTAMP")) else text


def texts_by_pyarrow(path: Path, kind: str) -> dict[int, str | None]:
    """What Python sees of each value, as the text that PostgreSQL would take for it."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path).to_pydict()
    values = rows.get("v", [None] * len(rows["id"]))
    return {
        number: None if value is None else _text(value, kind) for number, value in zip(rows["id"], values, strict=True)
    }


def _text(value: Any, kind: str) -> str:
    if kind in ("json", "jsonb") and not isinstance(value, str):
        return json.dumps(value, default=str)
    if kind.startswith("vector") and isinstance(value, list):
        return json.dumps(value)
    if isinstance(value, bytes) and kind in ("uuid", "uuid[]") and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if kind.endswith("[]") and isinstance(value, str) and value.startswith("["):
        value = json.loads(value)  # dlt's arrays are JSON
    if isinstance(value, list) and kind.endswith("multirange"):
        return "{" + ",".join(_text(item, kind) for item in value) + "}"
    if isinstance(value, list):
        return "{" + ",".join(_element(item, kind) for item in value) + "}"
    if isinstance(value, dict) and "bounds" in value:
        ends = ["" if value[end] is None else _text(value[end], kind) for end in ("lower", "upper")]
        return "empty" if value["empty"] else value["bounds"][0] + ",".join(ends) + value["bounds"][1]
    if isinstance(value, dict):
        return "(" + ",".join(str(item) for item in value.values()) + ")"
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if hasattr(value, "nanoseconds") and hasattr(value, "months"):
        return f"{value.months} months {value.days} days {Decimal(value.nanoseconds) / 1000:f} microseconds"
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    return str(value)


def _element(value: Any, kind: str) -> str:
    if value is None:
        return "NULL"
    text = _text(value, kind.removesuffix("[]"))
    return text if isinstance(value, list) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cells(tool: str, schema: str, folder: Path, tables: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each cell of each table: its text, or the error. A table refused as a whole is tried cell by cell."""
    copy = TOOLS[tool][1]
    for table in tables:
        yield {"begun": table["table"]}
        found = _outcome(tool, copy, schema, table, folder, None)
        if isinstance(found, list):
            found = {}
            for number in table["ids"]:
                one = _outcome(tool, copy, schema, table, folder, number)
                found |= {number: one} if isinstance(one, list) else one
        yield {"table": table["table"], "cells": found}


def _outcome(
    tool: str, copy: Copy, schema: str, table: dict[str, Any], folder: Path, only: int | None
) -> list[str] | dict[int, list[str | None]]:
    step, path = "copy", folder / "rows.parquet"
    path.unlink(missing_ok=True)
    try:
        copy(schema, table["table"], folder, only)
        step = "read"
        texts = texts_by_duckdb(path) if tool == "duckdb" else texts_by_pyarrow(path, table["type"])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of Rust is no Exception
        return [step, f"{type(error).__name__}: {error}"[:300]]
    return {number: ["text", text] for number, text in texts.items()}


def main(job: str, tool: str, schema: str, *words: str) -> None:
    """Run one job and print what came of it."""
    warnings.simplefilter("ignore")
    for module in TOOLS[tool][2]:
        importlib.import_module(module)
    folder = Path(words[-1])
    if job == "cells":
        for line in cells(tool, schema, folder, json.load(sys.stdin)):
            print(json.dumps(line), flush=True)
        return
    begun = time.monotonic()
    TOOLS[tool][0](schema, words[0], folder, None)
    seconds = time.monotonic() - begun
    # Not getrusage: what it says begins at the size of the process that started this one.
    said = Path("/proc/self/status").read_text()
    peak = int(said.partition("VmHWM:")[2].split()[0]) * 1024
    # Working files of a tool are not what it delivers.
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet") if "working" not in path.parts)
    print(json.dumps({"seconds": seconds, "peak_bytes": peak, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
