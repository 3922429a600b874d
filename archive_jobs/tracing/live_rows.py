"""Business rows and raw records of one snapshot, hot and cold, as the comparison with the source asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from archive_jobs.copying.canonical import duckdb_text
from archive_jobs.copying.engine import postgres_query
from archive_jobs.reading.read_back import Reader
from archive_jobs.times import Interval
from archive_jobs.tracing.transform import SENT
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.names import rejected, source_table
from definitions_to_dbt.sql import quote_identifier

EVERYTHING = Interval(None, None)
_ROWS_AT_ONCE = 10_000


def all_rows(reader: Reader, model: ObjectModel, interval: Interval = EVERYTHING, *, hot: bool = True) -> str:
    """DuckDB SQL for every business row there is, hot and cold, superseded versions of events included."""
    cold = reader.cold(model, "analytics", interval)
    if not hot:
        return cold
    casts = ", ".join(
        f"cast({quote_identifier(c.name)} as {c.lake_type}) as {quote_identifier(c.name)}"
        for c in lake_columns(model, "analytics", reader.platform(model))
    )
    return f"{cold}\nunion all by name\nselect {casts} from ({reader.hot(model, 'analytics', interval)}) as hot"


class LiveRows:
    """What Layer 2 and the archive hold. The range is by event or by the arrival of raw records."""

    def __init__(self, reader: Reader, schema: str, model: ObjectModel, interval: Interval, *, by_event: bool) -> None:
        self._reader, self._schema, self._engine = reader, schema, reader.engine
        self._model, self._interval, self._by_event = model, interval, by_event

    def records(self) -> Iterator[pa.RecordBatch]:
        """The raw records, with what staging reads of them."""
        names = ", ".join(quote_identifier(name) for name in SENT)
        yield from self._stream(f"select {names} from ({self._source(self._arrived)})")

    def in_range(self) -> pa.RecordBatchReader:
        """The rows that are compared: by arrival all those whose number lies between those of the records."""
        if self._by_event or self._interval == EVERYTHING:
            return self._stream(all_rows(self._reader, self._model, self._interval))
        query = f"select coalesce(min(raw_seq), 0), coalesce(max(raw_seq), -1) from ({self._source(self._interval)})"
        first, last = self._engine.execute(query).fetchone() or (0, -1)
        rows = all_rows(self._reader, self._model)
        return self._stream(f"select * from ({rows}) where _raw_seq between {first} and {last}")

    def of_keys(self, keys: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """All rows of these keys."""
        self._keep("asked_keys", keys)
        columns = {c.name: c for c in lake_columns(self._model, "analytics")}
        key = ", ".join(duckdb_text(columns[name]) for name in self._model.primary_key)
        rows = all_rows(self._reader, self._model)
        return self._stream(f"select * from ({rows}) where ({key}) in (select ({self._key()}) from asked_keys)")

    def _key(self) -> str:
        return ", ".join(quote_identifier(name) for name in self._model.primary_key)

    def records_among(self, numbers: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Those of the numbers that are a raw record's."""
        self._keep("asked_numbers", numbers)
        records = self._source(EVERYTHING)
        asked = "raw_seq in (select _seq from asked_numbers)"
        return self._stream(f"select raw_seq as _seq from ({records}) where {asked}")

    def waiting(self) -> pa.RecordBatchReader:
        """Records that no batch has judged."""
        return self._numbers(source_table(self._model), "raw_seq", "not processed")

    def rejected(self) -> pa.RecordBatchReader:
        """Records that a batch has rejected."""
        return self._numbers(rejected(self._model), "_raw_seq", "true")

    @property
    def _arrived(self) -> Interval:
        return EVERYTHING if self._by_event else self._interval

    def _source(self, interval: Interval) -> str:
        return self._reader.rows(self._model, "source", interval)

    def _numbers(self, table: str, column: str, condition: str) -> pa.RecordBatchReader:
        if not self._reader.has(table):
            return self._stream("select null::bigint as _seq where false")
        relation = f"{quote_identifier(self._schema)}.{quote_identifier(table)}"
        return self._stream(
            f"select _seq from {postgres_query(f'select {column} as _seq from {relation} where {condition}')}"
        )

    def _keep(self, name: str, stream: pa.RecordBatchReader) -> None:
        self._engine.register("asked", stream)
        self._engine.execute(f"create or replace temp table {name} as select * from asked")
        self._engine.unregister("asked")

    def _stream(self, query: str) -> pa.RecordBatchReader:
        return self._engine.execute(query).to_arrow_reader(_ROWS_AT_ONCE)
