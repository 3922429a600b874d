"""A gzipped NDJSON file beside each Parquet file, for people: a line is a row. The Parquet stays the record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from archive_jobs.lake.store import file_sha256, sync_path
from archive_jobs.moving.attempt import Attempt, Beside
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal

_SUFFIX = ".ndjson.gz"
# What JSON has a form for; the rest is text.
_AS_THEY_ARE = ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR")


def beside(path: str) -> str:
    """The name of the file that may stand beside a Parquet file."""
    return path.removesuffix(".parquet") + _SUFFIX


def write_json(engine: duckdb.DuckDBPyConnection, attempt: Attempt) -> None:
    """Write each file of the attempt once more, from the proven Parquet. Raises OSError where there is no room."""
    for file in attempt.files:
        target = file.staged.with_name(f"{file.staged.stem}.json.part")
        try:
            engine.execute(_copy(attempt.stored_columns, file.staged, target)).fetchall()
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error
        sync_path(target)
        file.beside = Beside(target, beside(file.path), target.stat().st_size, file_sha256(target))


def _copy(columns: Sequence[LakeColumn], source: Path, target: Path) -> str:
    selected = ", ".join(_shown(column) for column in columns)
    return (
        f"copy (select {selected} from read_parquet({quote_literal(str(source))}, hive_partitioning = false))"
        f" to {quote_literal(str(target))} (format json, compression gzip)"
    )


def _shown(column: LakeColumn) -> str:
    name = quote_identifier(column.name)
    if column.lake_type in _AS_THEY_ARE:
        return name
    if column.lake_type == "BLOB":
        return f"base64({name}) as {name}"
    # A number that a JSON reader would round, or that JSON has no word for, is text: "1.10", "nan", "infinity".
    return f"{name}::varchar as {name}"
