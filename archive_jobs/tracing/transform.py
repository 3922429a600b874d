"""What raw records become under today's definition: PostgreSQL transforms them again and keeps nothing.

The text of staging is the one dbt runs. What Layer 2 holds is not looked at here.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pc

from archive_jobs.copying.canonical import postgres_text
from archive_jobs.database import Connection
from archive_jobs.reading.read_back import interval_condition
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import LakeColumn, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.staged import staged_select, too_long_for, unbounded_indexes

# What says who wrote a row and when, and not what the record says.
_OF_THE_RUN = frozenset(("_batch_id", "_loaded_at", "_definition_version"))
# What staging reads of a raw record, and its type in PostgreSQL.
SENT = {"raw_seq": "bigint", "raw_id": "text", "raw_data": "json", "ingested_at": "timestamptz", "run_id": "uuid"}
# What is said of a record beside its columns: why it is rejected, and whether it is asked for.
SAID = ("_fault", "_in_range", "_no_order")
_RECORDS_AT_ONCE = 5_000
_NULL = "\\N"
_RECORDS = "<records>"


@dataclass(frozen=True)
class Transformation:
    """The definition of one object, ready to be run over raw records in PostgreSQL."""

    library: Library
    model: ObjectModel
    schema: str

    @property
    def columns(self) -> tuple[LakeColumn, ...]:
        """What a record becomes, as it stands in the lake, without what only says which run wrote it."""
        return compared_columns(self.model)

    def rows(
        self, control: Connection, batches: Iterable[pa.RecordBatch], interval: Interval | None = None
    ) -> Iterator[pa.Table]:
        """One row for each record, all texts: `SAID`, then the columns. `_fault` is null where it is accepted.

        `batches` have the columns of `SENT`. Runs in the caller's transaction, and writes nothing.
        """
        control.execute("set local jit = off")
        indexes = control.execute(unbounded_indexes(self.model, quote_identifier(self.schema)).encode()).fetchall()
        query = self._query(too_long_for(indexes), interval)
        for batch in batches:
            for start in range(0, batch.num_rows, _RECORDS_AT_ONCE):
                yield self._transformed(control, query, batch.slice(start, _RECORDS_AT_ONCE))

    def _query(self, too_long: str, interval: Interval | None) -> str:
        schema = quote_identifier(self.schema)
        staged = staged_select(self.library, self.model, schema, _RECORDS, too_long)
        in_range = interval_condition(self.model, "analytics", interval) if interval else "true"
        no_order = "_has_no_order" if self.model.tells_changes else "false"
        casts = [f"{c.expression.replace('{schema}', schema)} as {quote_identifier(c.name)}" for c in self.columns]
        said = ["nullif(array_to_string(_errors, '; '), '')", f"({in_range}) is true", no_order]
        casts += [f"{value} as {name}" for value, name in zip(said, SAID, strict=True)]
        texts = [f"{postgres_text(column)} as {quote_identifier(column.name)}" for column in self.columns]
        query = (
            f"copy (select {', '.join((*SAID, *texts))} from (select {', '.join(casts)}\nfrom (\n{staged}\n) as staged"
            f") as cast_rows) to stdout (format csv, header, force_quote *, null '{_NULL}')"
        )
        arrays = ", ".join(f"%s::{pg_type}[]" for pg_type in SENT.values())
        sent = f"unnest({arrays}) as sent ({', '.join(SENT)})"
        records = f"(select sent.*, 0::bigint as batch_id, false as processed from {sent}) as records"
        return query.replace("%", "%%").replace(_RECORDS, records)

    def _transformed(self, control: Connection, query: str, batch: pa.RecordBatch) -> pa.Table:
        sent = [_array(batch.column(name).cast(pa.string()).to_pylist()) for name in SENT]
        written = io.BytesIO()
        with control.cursor() as cursor, cursor.copy(query.encode(), sent) as copy:
            for piece in copy:
                written.write(piece)
        size = written.tell()
        written.seek(0)
        return pc.read_csv(
            written,
            read_options=pc.ReadOptions(block_size=max(size, 1)),
            parse_options=pc.ParseOptions(newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types={name: pa.string() for name in (*SAID, *(column.name for column in self.columns))},
                null_values=[_NULL],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _array(values: Sequence[str | None]) -> str:
    """PostgreSQL's text of an array; psycopg takes ten times as long to write one of long texts."""
    escaped = (None if v is None else v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
    return "{" + ",".join("NULL" if value is None else f'"{value}"' for value in escaped) + "}"


def compared_columns(model: ObjectModel, *, platform: bool = True) -> tuple[LakeColumn, ...]:
    """The columns of a business row that say something of the record, and not of the run that wrote it."""
    return tuple(c for c in lake_columns(model, "analytics", platform) if c.name not in _OF_THE_RUN)
