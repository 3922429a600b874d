"""Rows as bytes, batch by batch, in the formats that are streamed: a batch is in memory, never the answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, cast

import orjson
import pyarrow as pa
from pyarrow import csv, parquet

from archive_jobs.serving.requests import StreamFormat
from definitions_to_dbt.sql import quote_identifier

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
# A cell that begins so is a formula to a spreadsheet.
_FORMULA = r"^[=+\-@\t\r\n]"
_EXACT = (
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "VARCHAR",
)


def as_json_text(name: str, lake_type: str) -> str:
    """A column as JSON can say it without losing a digit: numbers of unlimited length and times as text."""
    if (
        lake_type in _EXACT
        or (lake_type.endswith("[]") and lake_type[:-2] in _EXACT)
        or lake_type in ("FLOAT", "DOUBLE")
    ):
        return name
    if lake_type in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        text = f"strftime(timezone('UTC', {name}), '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"case when isfinite({name}) then {text} else cast({name} as varchar) end"
    if lake_type == "BLOB":
        return f"to_base64({name})"
    return f"cast({name} as varchar)"


def _as_csv_text(name: str, lake_type: str) -> str:
    """Text that a spreadsheet does not run. Numbers may begin with a minus: they are numbers."""
    text = as_json_text(name, lake_type)
    if lake_type in ("FLOAT", "DOUBLE") or lake_type.endswith("[]"):
        text = f"cast({name} as varchar)"
    if lake_type != "VARCHAR":
        return text
    return f"case when regexp_matches({name}, '{_FORMULA}') then '''' || {name} else {name} end"


def _as_it_is(name: str, _lake_type: str) -> str:
    return name


def stream_query(query: str, types: dict[str, str], format: StreamFormat, *, also: Sequence[str] = ()) -> str:
    """The query whose columns the format can write; and some that are not for it."""
    ways: dict[str, Callable[[str, str], str]] = {"ndjson": as_json_text, "csv": _as_csv_text}
    way = ways.get(format, _as_it_is)
    shown = [f"{way(quote_identifier(name), kind)} as {quote_identifier(name)}" for name, kind in types.items()]
    return f"select {', '.join([*shown, *also])} from ({query}) as found"


def encode(batches: Iterator[pa.RecordBatch], format: StreamFormat) -> Iterator[bytes]:
    """The rows in a format, as chunks. The first batch brings the schema and has no rows."""
    return _WAYS[format](batches)


def _ndjson(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        lines = [orjson.dumps(_told(row), default=str) for row in batch.to_pylist()]
        yield b"\n".join([*lines, b""]) if lines else b""


def _told(row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            row[name] = str(value)
    return row


def _csv(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = io.BytesIO()
    first = next(batches)
    with csv.CSVWriter(sink, first.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _arrow(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = io.BytesIO()
    first = next(batches)
    with pa.ipc.new_stream(sink, first.schema) as writer:
        yield _taken(sink)
        for batch in batches:
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


class _Pipe(io.RawIOBase):
    """A file that is only written, and taken from as it grows. Parquet asks it where it is."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._written = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """How much was written in all."""
        return self._written

    def write(self, data: Any) -> int:
        """Keep it until it is taken."""
        content = bytes(data)
        self._held += content
        self._written += len(content)
        return len(content)

    def take(self) -> bytes:
        """What has come since."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


def _parquet(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    pipe = _Pipe()
    first = next(batches)
    with parquet.ParquetWriter(cast(IO[Any], pipe), first.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield pipe.take()
    yield pipe.take()


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


_WAYS: dict[str, Callable[[Iterator[pa.RecordBatch]], Iterator[bytes]]] = {
    "ndjson": _ndjson, "csv": _csv, "arrow": _arrow, "parquet": _parquet
}  # fmt: skip
