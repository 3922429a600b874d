"""The content digest of a Parquet file: SHA-256 over its values, column by column, whatever its layout on the disk.

Anybody who can read the file can take it again; docs/41_the_lake.md shows how. pyarrow reads here, and checks the sums
of the pages while it does: another decoder than the DuckDB that proves the values against what PostgreSQL sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DEFINITION = (
    "SHA-256 over, for each column in file order: its name, a zero byte, its Arrow type, a zero byte, and the SHA-256"
    " (32 bytes each) of 1. a byte for each row, 1 for a value and 0 for none; 2. the lengths of the values as 4 bytes,"
    " for texts and bytes only; 3. the values one after the other: texts as UTF-8, booleans as a byte, decimals as"
    " integers of 16 bytes, dates as days in 4 bytes and times as microseconds in 8, since 1970 or midnight, UUIDs as"
    " their 16 bytes, all numbers little-endian, NaN always as the quiet one without a sign"
)
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 16_384, 1 << 20


@dataclass(frozen=True)
class Content:
    """What a file says when it is read from the disk."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


def read_content(file: Path | str) -> Content:
    """Read the whole file. Raises OSError or pyarrow.ArrowException where it cannot be read."""
    rows = 0
    with pq.ParquetFile(str(file), buffer_size=_BYTES_AT_ONCE, page_checksum_verification=True) as opened:
        digest = ContentDigest(opened.schema_arrow.names)
        # A batch for types at least: a file without rows has columns too.
        for batch in _batches(opened):
            rows += batch.num_rows
            digest.add(batch)
        return Content(tuple(opened.schema_arrow.names), rows, digest.hexdigest())


def _batches(opened: Any) -> Iterator[Any]:
    yield pa.RecordBatch.from_pylist([], schema=opened.schema_arrow)
    # One row group after the other: of all at once pyarrow keeps more and more in memory.
    for group in range(opened.num_row_groups):
        yield from opened.iter_batches(batch_size=_ROWS_AT_ONCE, row_groups=[group], use_threads=False)


class ContentDigest:
    """Takes record batches in the order of the file. How they are cut does not matter."""

    def __init__(self, names: list[str]) -> None:
        self._columns = [_Column(name) for name in names]

    def add(self, batch: Any) -> None:
        """Add the rows of a batch. All batches have the same columns."""
        for column, values in zip(self._columns, batch.columns, strict=True):
            column.add(values)

    def hexdigest(self) -> str:
        """SHA-256 of all rows so far."""
        whole = hashlib.sha256()
        for column in self._columns:
            whole.update(column.said())
        return whole.hexdigest()


class _Column:
    def __init__(self, name: str) -> None:
        self._name, self._type = name, ""
        self._there, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._has_lengths = False

    def add(self, values: Any) -> None:
        kind, values = values.type, _plain(values)
        self._type = "bool" if pa.types.is_boolean(kind) else str(values.type)
        if values.null_count:
            self._there.update(values.is_valid().cast(pa.uint8()).to_numpy(zero_copy_only=False).data)
            values = values.drop_null()
        else:
            self._there.update(b"\1" * len(values))
        if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
            self._has_lengths = True
            self._add_texts(values)
        elif len(values):
            width = values.type.byte_width
            self._values.update(memoryview(values.buffers()[1])[values.offset * width :][: len(values) * width])

    def _add_texts(self, values: Any) -> None:
        if len(values):
            _, places, data = values.buffers()
            ends = np.frombuffer(places, np.dtype("<i4"), len(values) + 1, values.offset * 4)
            self._lengths.update(np.diff(ends).data)
            if data is not None:
                self._values.update(memoryview(data)[ends[0] : ends[-1]])

    def said(self) -> bytes:
        lengths = self._lengths.digest() if self._has_lengths else b""
        return b"\0".join(
            (self._name.encode(), self._type.encode(), self._there.digest() + lengths + self._values.digest())
        )


def _plain(values: Any) -> Any:
    """Under the one Arrow type that each lake type has, however the file was written."""
    if isinstance(values.type, pa.BaseExtensionType):
        values = values.storage
    kind = values.type
    if pa.types.is_boolean(kind):
        return values.cast(pa.uint8())
    if pa.types.is_decimal(kind):
        return values.cast(pa.decimal128(kind.precision, kind.scale))
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", "UTC" if kind.tz else None))
    if pa.types.is_time(kind):
        return values.cast(pa.time64("us"))
    if pa.types.is_large_string(kind):
        return values.cast(pa.string())
    if pa.types.is_large_binary(kind):
        return values.cast(pa.binary())
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(values)).as_py():
        return pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), kind), values)
    return values
