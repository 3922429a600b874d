"""Parquet: each row becomes a JSON object; `arrow_values` says how each type is written."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from definitions_to_dbt.errors import ProblemError
from landing.arrow_values import Array, NoRenderingError, Values, values_of
from landing.file_format import NOTHING_LANDED
from landing.raw_row import BusinessKey, Row
from landing.source_file import SourceFile

_BATCH_BYTES = 256 << 10
_BUFFER_BYTES = 1 << 20


def read_parquet(source: SourceFile, key: BusinessKey) -> Iterator[list[Row]]:
    """Yield the rows of the file, about 256 kB at a time. Raises ProblemError if it is broken or cannot be rendered."""
    try:
        # Else whole columns of a row group are held in memory, and a file may be one row group.
        with pq.ParquetFile(source.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            _check_names(source, file.schema_arrow.names)
            rows, read_rows = max(file.metadata.num_rows, 1), 0
            for batch in file.iter_batches(_batch_rows(file.metadata)):
                source.report(source.bytes * (read_rows + batch.num_rows) // rows - source.bytes * read_rows // rows)
                read_rows += batch.num_rows
                yield _rows(batch, key)
    except NoRenderingError as fault:
        raise ProblemError(
            f"{source.path}: {fault}", hint=f"{NOTHING_LANDED} Write the column with another type."
        ) from None
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ProblemError(
            f"{source.path}: expected a readable Parquet file, found: {_first_line(error)}",
            hint=f"{NOTHING_LANDED} The file is cut off or damaged: fetch it again.",
        ) from error


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """How many rows make a batch: few of them where rows are wide."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    bytes_per_row = sum(group.total_byte_size for group in groups) // max(metadata.num_rows, 1)
    return max(16, min(1024, _BATCH_BYTES // max(bytes_per_row, 1)))


def _check_names(source: SourceFile, names: list[str]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ProblemError(
            f"{source.path}: expected each column once, found {doubled[0]!r} more than once",
            hint=NOTHING_LANDED,
        )


def _rows(batch: pa.RecordBatch, key: BusinessKey) -> list[Row]:
    names = batch.schema.names
    columns = [_column(name, column) for name, column in zip(names, batch.columns, strict=True)]
    rows: list[Row] = []
    for values in zip(*columns, strict=True) if columns else ():
        payload = dict(zip(names, values, strict=True))
        record = orjson.dumps(payload)
        rows.append((key.raw_id(payload, record), record, None))
    return rows


def _column(name: str, column: Array) -> Values:
    try:
        return values_of(column)
    except NoRenderingError as fault:
        raise NoRenderingError(f"column {name!r}: {fault}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
