"""`validate_transformation`: raw records and business rows that somebody holds in Python, against each other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from archive_jobs.database import session
from archive_jobs.planning.tables import open_library
from archive_jobs.settings import ArchiveSettings
from archive_jobs.tracing.comparison import Comparison
from archive_jobs.tracing.live_rows import EVERYTHING
from archive_jobs.tracing.side_against_side import compare_sides, keep_side
from archive_jobs.tracing.snapshot import workbench
from archive_jobs.tracing.transform import SAID, SENT, Transformation
from archive_jobs.tracing.wide_rows import texts_of
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier
from landing.settings import checked_settings

_HINT = "Nothing was compared. Both are what retrieve_archived_data gives, or pandas, or lists of dictionaries."


def validate_transformation(
    source_data: Any, analytics_data: Any, *, table_name: str | None = None, definitions: Path | str = "definitions"
) -> Comparison:
    """Transform the raw records under today's definition, and compare what they become with the business rows.

    Both may be Arrow tables or streams, pandas or Polars frames, or lists of dictionaries, as `retrieve_archived_data`
    gives them. Records need `raw_data`; of rows the columns that are there are compared. They are paired by business
    key, of which the newest record counts; without a key by `_raw_seq`, where both sides tell it. Without `table_name`
    the columns tell the object. `.differs` says whether they agree. PostgreSQL does the transforming.
    """
    settings = checked_settings(ArchiveSettings)
    library = open_library(settings, definitions)
    source, rows = _table(source_data, "source_data"), _table(analytics_data, "analytics_data")
    model = library.object(table_name) if table_name else _object_of(library, rows.column_names)
    transformation = Transformation(library, model, settings.analytics_schema)
    by_key = bool(model.primary_key) and set(model.primary_key) <= set(rows.column_names)
    by_record = "raw_seq" in source.column_names and "_raw_seq" in rows.column_names and not by_key
    pair_by = list(model.primary_key) if by_key else ["_raw_seq"] if by_record else []
    left_out = () if by_record else ("_raw_seq", "_source_order")
    columns = [c for c in transformation.columns if c.name in rows.column_names and c.name not in left_out]
    report = Comparison(model.table_name, "source_data", "analytics_data", EVERYTHING)
    with workbench(settings) as bench:
        with session(settings, read_only=True) as connection, connection.transaction():
            made = transformation.rows(connection, _records(source))
            _keep_made(bench, made, [column.name for column in transformation.columns])
        names = ", ".join(quote_identifier(column.name) for column in columns)
        expected = f"select {names} from made where _fault is null{_newest(model)}"
        keep_side(bench, "e", names, [c.name for c in columns], pair_by, bench.execute(expected).to_arrow_table())
        bench.register("given", rows)
        keep_side(bench, "f", texts_of(columns), [c.name for c in columns], pair_by, _typed(bench, columns))
        return compare_sides(bench, report, [c.name for c in columns], pair_by)


def _table(given: Any, what: str) -> pa.Table:
    if isinstance(given, pa.RecordBatchReader):
        return given.read_all()
    if isinstance(given, pa.Table):
        return given
    if hasattr(given, "to_arrow"):
        return pa.table(given.to_arrow())
    try:
        if hasattr(given, "columns"):
            return pa.Table.from_pandas(given, preserve_index=False)
        one = [given] if isinstance(given, Mapping) else list(given)
        return pa.Table.from_pylist([_plain(row) for row in one])
    except (TypeError, ValueError, AttributeError, pa.ArrowInvalid) as error:
        raise ProblemError(
            f"{what}: expected a table of rows, found {type(given).__name__}: {error}", hint=_HINT
        ) from None


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A dictionary whose nested values are JSON texts, as a payload is."""
    return {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in row.items()}


def _object_of(library: Library, names: Iterable[str]) -> ObjectModel:
    """The one object that has all these columns."""
    asked = {name for name in names if not name.startswith("_")}
    found = [model for model in library.objects if asked and asked <= {column.name for column in model.columns}]
    if len(found) != 1:
        could = ", ".join(model.table_name for model in found[:5]) or "none"
        raise ProblemError(
            f"expected one object with the columns {', '.join(sorted(asked))}, found {could}",
            hint="Nothing was compared. Name it: table_name=…",
        )
    return found[0]


def _records(source: pa.Table) -> list[pa.RecordBatch]:
    """The columns that staging reads; a number for each record where they have none."""
    if "raw_data" not in source.column_names:
        raise ProblemError(f"source_data: expected a column raw_data, found {source.column_names}", hint=_HINT)
    numbers = pa.array(range(1, source.num_rows + 1), pa.int64())
    nothing = pa.nulls(source.num_rows, pa.string())
    given: dict[str, Any] = {name: source[name] if name in source.column_names else nothing for name in SENT}
    given["raw_seq"] = source["raw_seq"] if "raw_seq" in source.column_names else numbers
    return pa.table(given).to_batches(max_chunksize=10_000)


def _keep_made(bench: duckdb.DuckDBPyConnection, batches: Iterable[pa.Table], names: list[str]) -> None:
    columns = ", ".join(f"{quote_identifier(name)} varchar" for name in (*SAID, *names))
    bench.execute(f"create temp table made ({columns})")
    for batch in batches:
        bench.register("transformed", batch)
        bench.execute("insert into made by name from transformed")
        bench.unregister("transformed")


def _newest(model: ObjectModel) -> str:
    """Of each key the record that should have the row; without a key every one."""
    if not model.primary_key:
        return ""
    key = ", ".join(quote_identifier(name) for name in model.primary_key)
    place = f"row_number() over (partition by {key} order by _source_order::bigint desc, _raw_seq::bigint desc)"
    return f" qualify {place} = 1 and _deleted = 'false'"


def _typed(bench: duckdb.DuckDBPyConnection, columns: list[LakeColumn]) -> pa.Table:
    casts = ", ".join(f"{quote_identifier(c.name)}::{c.lake_type} as {quote_identifier(c.name)}" for c in columns)
    return bench.execute(f"select {casts} from given").to_arrow_table()
