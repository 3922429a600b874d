"""The content digest of rows: SHA-256 over the lines that PostgreSQL's COPY (format csv, force_quote *) would write.

pyarrow writes the lines: making them of strings in SQL took half of the whole proof's time.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
from pyarrow import csv

from archive_jobs.copying.canonical import duckdb_text
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

# Types that pyarrow's CSV writer and PostgreSQL write alike.
_NUMBERS = frozenset(("SMALLINT", "INTEGER", "BIGINT", "BOOLEAN", "VARCHAR"))
_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="all_valid", batch_size=4096)


class ContentDigest:
    """Takes record batches of the expressions below, in the order of the file."""

    def __init__(self) -> None:
        self._sink: Any = _Hashing()
        self._writer: Any = None

    def add(self, batch: Any) -> None:
        """Add the rows of a batch. All batches have the same columns."""
        if self._writer is None:
            file: Any = pa.PythonFile(self._sink, mode="w")
            self._writer = csv.CSVWriter(file, batch.schema, write_options=_OPTIONS)
        self._writer.write_batch(batch)

    def hexdigest(self) -> str:
        """SHA-256 of all rows so far."""
        return str(self._sink.sha256.hexdigest())


class _Hashing:
    """A file that keeps nothing but the hash of what is written."""

    closed = False

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, content: Any) -> int:
        self.sha256.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""


def content_expression(column: LakeColumn) -> str:
    """The DuckDB expression whose CSV field is the column's canonical text."""
    if column.lake_type in _NUMBERS:
        return quote_identifier(column.name)
    return duckdb_text(column)
