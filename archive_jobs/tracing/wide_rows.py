"""Two tables of texts that are joined by a few narrow columns: memory stays flat, whatever the rows hold.

Rows are told apart by a digest of their texts; only those that differ are ever laid beside each other, some at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from archive_jobs.copying.canonical import duckdb_text
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

ROWS_AT_ONCE = 10_000
_WIDE_AT_ONCE = 20_000


def digest_of(names: Sequence[str]) -> str:
    """SQL for the digest of texts: their lengths stand before them, so that no two lists of texts read the same."""
    quoted = [quote_identifier(name) for name in names]
    pieces = ", ".join(f"coalesce(strlen({name})::varchar, '-'), ':', {name}" for name in quoted)
    return f"unhex(sha256(concat({pieces})))"


def texts_of(columns: Sequence[LakeColumn]) -> str:
    """SQL for the columns as texts."""
    return ", ".join(f"{duckdb_text(column)} as {quote_identifier(column.name)}" for column in columns)


def keep(engine: duckdb.DuckDBPyConnection, name: str, stream: pa.RecordBatchReader | pa.Table, selected: str) -> None:
    """Take a stream in as a temporary table."""
    engine.register("stream", stream)
    engine.execute(f"create or replace temp table {name} as select {selected} from stream")
    engine.unregister("stream")


def stream_of(engine: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    """What a query gives, batch by batch."""
    return engine.execute(query).to_arrow_reader(ROWS_AT_ONCE)


def slices(engine: duckdb.DuckDBPyConnection, numbers: str) -> Iterator[tuple[int, int]]:
    """First and last of the numbers, the column `nr` of a relation, in parts that can be laid beside each other."""
    yield from engine.execute(
        f"select min(nr), max(nr) from (select nr, (row_number() over (order by nr) - 1) // {_WIDE_AT_ONCE} as part"
        f" from ({numbers})) group by part order by 1"
    ).fetchall()


def beside(names: Sequence[str]) -> str:
    """The columns of `e` and `f` beside each other, as e_… and f_…."""
    return ", ".join(
        f"{side}.{quote_identifier(n)} as {quote_identifier(f'{side}_{n}')}" for n in names for side in "ef"
    )


def count_differences(engine: duckdb.DuckDBPyConnection, wide: str, names: Sequence[str], counts: Counter[str]) -> None:
    """Add how many rows of `wide`, which has the columns of `beside`, differ in each column."""
    tests = ", ".join(
        f"count(*) filter (where {quote_identifier(f'e_{n}')} is distinct from {quote_identifier(f'f_{n}')})"
        for n in names
    )
    found = engine.execute(f"select {tests} from ({wide})").fetchone() or ()
    counts.update({name: number for name, number in zip(names, found, strict=True) if number})
